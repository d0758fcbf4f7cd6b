#include <cstdint>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/common/v1/usage.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::common::v1;
using Stub = v1::UsageLedger::Stub;

struct Ledger {
  const char* name;
  Service service;
};

constexpr Ledger kLedgers[] = {{"ca", Service::kCa},
                               {"tsm", Service::kTsm},
                               {"attestation_verifier", Service::kVerifier}};

struct By {
  const char* word;
  const char* title;
  v1::UsageKey key;
};

constexpr By kBys[] = {{"sp", "SP", v1::USAGE_KEY_SP},
                       {"ca", "CA", v1::USAGE_KEY_CA},
                       {"tee-vendor", "TEE VENDOR", v1::USAGE_KEY_TEE_VENDOR},
                       {"tsm", "TSM", v1::USAGE_KEY_TSM}};

absl::StatusOr<By> ParseBy(const cli::Args& args) {
  for (const By& by : kBys) {
    if (args.Get("by") == by.word) return by;
  }
  return cli::UsageError(absl::StrCat("--by ", args.Get("by"),
                                      " is unknown: it takes sp, ca, "
                                      "tee-vendor or tsm"));
}

// A day is its first moment in UTC.
absl::StatusOr<absl::Time> ParseMoment(const cli::Args& args,
                                       const std::string& flag) {
  const std::string word = args.Get(flag);
  absl::Time at;
  for (const char* format : {"%Y-%m-%d", absl::RFC3339_full}) {
    if (absl::ParseTime(format, word, absl::UTCTimeZone(), &at, nullptr) &&
        at >= absl::UnixEpoch() && at < absl::FromUnixSeconds(253402300800)) {
      return at;
    }
  }
  return cli::UsageError(absl::StrCat("--", flag, " ", word,
                                      " is no day: give 2026-11-29, or a time "
                                      "such as 2026-11-29T12:00:00Z"));
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  proto.set_seconds(absl::ToUnixSeconds(time));
  return proto;
}

struct Range {
  google::protobuf::Timestamp from;
  google::protobuf::Timestamp to;
};

absl::StatusOr<Range> ParseRange(const cli::Args& args) {
  OTRP_ASSIGN_OR_RETURN(const absl::Time from, ParseMoment(args, "from"));
  OTRP_ASSIGN_OR_RETURN(const absl::Time to, ParseMoment(args, "to"));
  if (from >= to) {
    return cli::UsageError(
        absl::StrCat("--to ", args.Get("to"), " must be after --from ",
                     args.Get("from"), ", and is no part of the range"));
  }
  return Range{ToProto(from), ToProto(to)};
}

absl::StatusOr<std::vector<Ledger>> Ledgers(const cli::Args& args) {
  std::vector<Ledger> wanted;
  for (const Ledger& ledger : kLedgers) {
    if (!args.Has("service") || args.Get("service") == ledger.name) {
      wanted.push_back(ledger);
    }
  }
  if (!wanted.empty()) return wanted;
  return cli::UsageError(absl::StrCat("--service ", args.Get("service"),
                                      " is unknown: one of ca, tsm, ",
                                      "attestation_verifier"));
}

struct Amount {
  int64_t quantity = 0;
  int64_t minor = 0;

  // OUT_OF_RANGE where it doesn't fit 64 bits.
  absl::Status Add(const Amount& more) {
    if (__builtin_add_overflow(quantity, more.quantity, &quantity) ||
        __builtin_add_overflow(minor, more.minor, &minor)) {
      return absl::OutOfRangeError(
          "the sum doesn't fit 64 bits: ask for a shorter range");
    }
    return absl::OkStatus();
  }
};

// By key, kind and currency.
using Sums =
    std::map<std::tuple<std::string, std::string, std::string>, Amount>;

absl::Status AddLedger(Connections& connections, const Ledger& ledger,
                       const Range& range, v1::UsageKey by, Sums* sums) {
  v1::SumUsageRequest request;
  *request.mutable_from() = range.from;
  *request.mutable_to() = range.to;
  request.set_by(by);
  do {
    OTRP_ASSIGN_OR_RETURN(const v1::SumUsageResponse response,
                          connections.Call<v1::UsageLedger>(
                              ledger.service, &Stub::SumUsage, request));
    for (const v1::UsageSum& sum : response.sums()) {
      Amount& amount = (*sums)[{sum.key(), sum.kind(), sum.currency()}];
      OTRP_RETURN_IF_ERROR(amount.Add({sum.quantity(), sum.amount_minor()}));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

json::Value Row(const std::string& key, const std::string& kind,
                const std::string& currency, const Amount& amount) {
  json::Value row = json::Value::Object();
  row.Set("key", json::Value::String(key));
  row.Set("kind", json::Value::String(kind));
  row.Set("quantity", json::Value::Integer(amount.quantity));
  row.Set("amount_minor", json::Value::Integer(amount.minor));
  row.Set("currency", json::Value::String(currency));
  return row;
}

// A report that lacks a service's part would be a wrong bill: there is none
// then.
absl::StatusOr<Result> UsageReport(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const By by, ParseBy(args));
  OTRP_ASSIGN_OR_RETURN(const Range range, ParseRange(args));
  OTRP_ASSIGN_OR_RETURN(const std::vector<Ledger> ledgers, Ledgers(args));
  Sums sums;
  for (const Ledger& ledger : ledgers) {
    OTRP_RETURN_IF_ERROR(AddLedger(connections, ledger, range, by.key, &sums));
  }
  json::Value rows = json::Value::Array();
  std::map<std::string, Amount> totals;
  for (const auto& [names, amount] : sums) {
    const auto& [key, kind, currency] = names;
    rows.Append(Row(key, kind, currency, amount));
    OTRP_RETURN_IF_ERROR(totals[currency].Add(amount));
  }
  json::Value ends = json::Value::Array();
  for (const auto& [currency, amount] : totals) {
    ends.Append(Row("TOTAL", "", currency, amount));
  }
  Result result;
  result.value.Set("by", json::Value::String(by.word));
  result.value.Set("from", Time(range.from, true));
  result.value.Set("to", Time(range.to, true));
  result.value.Set("rows", std::move(rows));
  result.value.Set("totals", std::move(ends));
  result.list = "rows";
  result.totals = "totals";
  result.name = {"key"};
  result.columns = {{by.title, "key"},
                    {"KIND", "kind"},
                    {"QUANTITY", "quantity"},
                    {"MINOR UNITS", "amount_minor"},
                    {"CURRENCY", "currency"}};
  return result;
}

json::Value EventValue(const v1::UsageEvent& event, const Ledger& ledger) {
  json::Value item = json::Value::Object();
  item.Set("at", Time(event.at(), event.has_at()));
  item.Set("service", json::Value::String(ledger.name));
  item.Set("id", json::Value::Integer(event.id()));
  item.Set("kind", json::Value::String(event.kind()));
  item.Set("spid", json::Value::String(event.spid()));
  item.Set("authority", json::Value::String(event.authority()));
  item.Set("generation", json::Value::Integer(event.generation()));
  item.Set("tee_vendor", json::Value::String(event.tee_vendor()));
  item.Set("tsm_id", json::Value::String(event.tsm_id()));
  item.Set("item", json::Value::String(event.item()));
  item.Set("quantity", json::Value::Integer(event.quantity()));
  item.Set("price_minor", json::Value::Integer(event.price_minor()));
  item.Set("currency", json::Value::String(event.currency()));
  return item;
}

// Service after service, each oldest first.
absl::StatusOr<Result> UsageEvents(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const Range range, ParseRange(args));
  OTRP_ASSIGN_OR_RETURN(const std::vector<Ledger> ledgers, Ledgers(args));
  json::Value events = json::Value::Array();
  for (const Ledger& ledger : ledgers) {
    v1::FindUsageEventsRequest request;
    *request.mutable_from() = range.from;
    *request.mutable_to() = range.to;
    request.set_page_size(1000);
    do {
      OTRP_ASSIGN_OR_RETURN(
          const v1::FindUsageEventsResponse response,
          connections.Call<v1::UsageLedger>(ledger.service,
                                            &Stub::FindUsageEvents, request));
      for (const v1::UsageEvent& event : response.events()) {
        events.Append(EventValue(event, ledger));
      }
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
  }
  Result result;
  result.value.Set("events", std::move(events));
  result.list = "events";
  result.name = {"service", "id"};
  result.columns = {{"AT", "at"},
                    {"KIND", "kind"},
                    {"SP", "spid"},
                    {"CA", "authority"},
                    {"TEE VENDOR", "tee_vendor"},
                    {"TSM", "tsm_id"},
                    {"ITEM", "item"},
                    {"QUANTITY", "quantity"},
                    {"MINOR UNITS", "price_minor"},
                    {"CURRENCY", "currency"}};
  return result;
}

// Of the service that counts the kind.
Service ServiceOf(const std::string& kind) {
  if (absl::StartsWith(kind, "certificate-")) return Service::kCa;
  if (absl::StartsWith(kind, "appraisal-")) return Service::kVerifier;
  return Service::kTsm;
}

json::Value PriceValue(const v1::Price& price) {
  json::Value item = json::Value::Object();
  item.Set("kind", json::Value::String(price.kind()));
  item.Set("party", json::Value::String(price.party()));
  item.Set("amount_minor", json::Value::Integer(price.amount_minor()));
  item.Set("currency", json::Value::String(price.currency()));
  item.Set("since", Time(price.since(), price.has_since()));
  item.Set("set_by", json::Value::String(price.set_by()));
  return item;
}

absl::StatusOr<Result> PriceSet(const cli::Args& args,
                                Connections& connections) {
  v1::SetPriceRequest request;
  request.set_kind(args.Positional(0));
  request.set_party(args.Get("party"));
  request.set_currency(args.Get("currency"));
  int64_t amount = 0;
  if (!absl::SimpleAtoi(args.Get("minor-units"), &amount)) {
    return cli::UsageError(absl::StrCat(
        "--minor-units ", args.Get("minor-units"),
        " is no whole number: give cents, where the currency has them"));
  }
  request.set_amount_minor(amount);
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetPriceResponse response,
      connections.Call<v1::UsageLedger>(ServiceOf(request.kind()),
                                        &Stub::SetPrice, request));
  Result result;
  result.value = PriceValue(response.price());
  return result;
}

// Service after service, each oldest first.
absl::StatusOr<Result> PriceList(const cli::Args& args,
                                 Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<Ledger> ledgers, Ledgers(args));
  ListShape shape;
  shape.list = "prices";
  shape.columns = {{"KIND", "kind"},
                   {"PARTY", "party"},
                   {"MINOR UNITS", "amount_minor"},
                   {"CURRENCY", "currency"},
                   {"SINCE", "since"}};
  shape.name = {"kind", "party"};
  shape.time = "since";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  for (const Ledger& ledger : ledgers) {
    OTRP_RETURN_IF_ERROR(TakePages<v1::UsageLedger>(
        connections, ledger.service, &Stub::ListPrices, v1::ListPricesRequest(),
        [](const v1::ListPricesResponse& response) -> const auto& {
          return response.prices();
        },
        PriceValue, &selection));
  }
  return selection.ToResult();
}

}  // namespace

std::vector<Command> UsageCommands() {
  const cli::Flag from = {"from", "DATE", true,
                          "first day (UTC), 2026-11-01, or a time", "from"};
  const cli::Flag to = {"to", "DATE", true,
                        "the day, or time, that it ends before", "to"};
  const cli::Flag service = {"service", "ca|tsm|attestation_verifier", false,
                             "only its part"};
  return {
      {{"usage",
        "report",
        {},
        {{"by", "sp|ca|tee-vendor|tsm", true, "what the sums are of", "by"},
         from,
         to,
         service},
        "Sums up what was used and what it cost."},
       UsageReport},
      {{"usage",
        "events",
        {},
        {from, to, service},
        "Lists what was used, one thing a line."},
       UsageEvents},
      {{"price",
        "set",
        {{"KIND", "kind"}},
        {{"minor-units", "N", true, "of one: cents, where there are such",
          "amount_minor"},
         {"currency", "ISO", true, "as EUR", "currency"},
         {"party", "NAME", false,
          "the authority, SP or TEE vendor that it is for; without, all that "
          "have no price of their own",
          "party"}},
        "Sets what one thing costs from now on."},
       PriceSet},
      {{"price",
        "list",
        {},
        With({service}, SelectionFlags("set")),
        "Lists prices with their history, oldest first."},
       PriceList},
  };
}

}  // namespace otrp::ctl
