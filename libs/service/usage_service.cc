#include "libs/service/usage_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/run.h"
#include "libs/rpc/service.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "libs/service/usage_ledger.h"
#include "otrp/common/v1/usage.grpc.pb.h"

namespace otrp {
namespace service {
namespace {

namespace pb = ::otrp::common::v1;

constexpr absl::Duration kDay = absl::Hours(24);
// Of year 9999.
const absl::Time kLastSecond = absl::FromUnixSeconds(253402300799);
// So that what a few million of it cost still fits 64 bits.
constexpr int64_t kMaxPriceMinor = 1'000'000'000'000;
// A TSM's id is the longest that a price can be for.
constexpr size_t kMaxPartyBytes = 200;

struct Env {
  const rpc::Guard& guard;
  UsageLedger& ledger;
  const UsageLedgerOptions& options;
};

// What the caller may see of it.
absl::StatusOr<UsageRange> RangeOf(const rpc::CallContext& call, const Env& env,
                                   absl::Time from, absl::Time to) {
  UsageRange range;
  range.from = from;
  range.to = to;
  if (range.from >= range.to) return rpc::FieldMust("to", "be after `from`");
  if (call.caller().kind == rpc::CallerKind::kSp) {
    range.spid = call.caller().name;
    range.taids = call.caller().taids;
    if (env.options.owned != nullptr) {
      range.authorities = env.options.owned(call.caller());
    }
  }
  return range;
}

absl::StatusOr<UsageKey> KeyOf(pb::UsageKey by) {
  switch (by) {
    case pb::USAGE_KEY_SP: return UsageKey::kSp;
    case pb::USAGE_KEY_CA: return UsageKey::kCa;
    case pb::USAGE_KEY_TEE_VENDOR: return UsageKey::kTeeVendor;
    case pb::USAGE_KEY_TSM: return UsageKey::kTsm;
    default: break;
  }
  return rpc::FieldMust("by", "say what the sums are of");
}

// "<microseconds> <id>".
std::string TokenOf(const UsageEvent& event) {
  return absl::StrCat(absl::ToUnixMicros(event.at), " ", event.id);
}

absl::StatusOr<UsageLedger::Place> PlaceOf(const Page& page,
                                           const UsageRange& range) {
  UsageLedger::Place place{range.from - absl::Microseconds(1), 0};
  if (page.after().empty()) return place;
  const std::vector<std::string> parts = absl::StrSplit(page.after(), ' ');
  int64_t micros = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &micros) ||
      !absl::SimpleAtoi(parts[1], &place.id)) {
    return BadPageToken();
  }
  place.at = absl::FromUnixMicros(micros);
  return place;
}

void ToProto(const UsageEvent& event, pb::UsageEvent& out) {
  out.set_id(event.id);
  *out.mutable_at() = rpc::ToProto(event.at);
  out.set_kind(event.kind);
  out.set_spid(event.spid);
  out.set_authority(event.authority);
  out.set_generation(event.generation);
  out.set_tee_vendor(event.tee_vendor);
  out.set_tsm_id(event.tsm_id);
  out.set_item(event.item);
  out.set_quantity(event.quantity);
  out.set_price_minor(event.price_minor);
  out.set_currency(event.currency);
}

void ToProto(const Price& price, pb::Price& out) {
  out.set_id(price.id);
  out.set_kind(price.kind);
  out.set_party(price.party);
  out.set_amount_minor(price.amount_minor);
  out.set_currency(price.currency);
  *out.mutable_since() = rpc::ToProto(price.since);
  out.set_set_by(price.set_by);
}

absl::Status CheckPrice(const pb::SetPriceRequest& request, const Env& env) {
  const std::vector<std::string>& kinds = env.options.kinds;
  if (std::find(kinds.begin(), kinds.end(), request.kind()) == kinds.end()) {
    return rpc::FieldMust(
        "kind", absl::StrCat("be one of ", absl::StrJoin(kinds, ", ")));
  }
  const std::string& party = request.party();
  if (party.size() > kMaxPartyBytes ||
      !std::all_of(party.begin(), party.end(),
                   [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return rpc::FieldMust("party",
                          absl::StrCat("be up to ", kMaxPartyBytes,
                                       " printable characters without spaces"));
  }
  if (request.amount_minor() < 0 || request.amount_minor() > kMaxPriceMinor) {
    return rpc::FieldMust("amount_minor",
                          absl::StrCat("be 0 to ", kMaxPriceMinor));
  }
  const std::string& currency = request.currency();
  if (currency.size() != 3 ||
      !std::all_of(currency.begin(), currency.end(),
                   [](unsigned char c) { return absl::ascii_isupper(c); })) {
    return rpc::FieldMust("currency",
                          "be three capital letters of ISO 4217, as EUR");
  }
  return absl::OkStatus();
}

namespace handlers {

absl::Status FindUsageEvents(const rpc::CallContext& call, Env& env,
                             const pb::FindUsageEventsRequest& request,
                             pb::FindUsageEventsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Page page, Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(
      const UsageRange range,
      RangeOf(call, env,
              request.has_from() ? rpc::FromProto(request.from())
                                 : absl::UnixEpoch(),
              request.has_to() ? rpc::FromProto(request.to()) : kLastSecond));
  OTRP_ASSIGN_OR_RETURN(const UsageLedger::Place after, PlaceOf(page, range));
  OTRP_ASSIGN_OR_RETURN(std::vector<UsageEvent> events,
                        env.ledger.List(range, after, page.limit()));
  page.Finish(events, response, TokenOf);
  for (const UsageEvent& event : events) {
    ToProto(event, *response.add_events());
  }
  return absl::OkStatus();
}

// A day that has events is a page, so that a statement's work is bounded
// however long the range is.
absl::Status SumUsage(const rpc::CallContext& call, Env& env,
                      const pb::SumUsageRequest& request,
                      pb::SumUsageResponse& response) {
  if (!request.has_from()) return rpc::FieldMust("from", "be given");
  if (!request.has_to()) return rpc::FieldMust("to", "be given");
  OTRP_ASSIGN_OR_RETURN(UsageRange range,
                        RangeOf(call, env, rpc::FromProto(request.from()),
                                rpc::FromProto(request.to())));
  OTRP_ASSIGN_OR_RETURN(const UsageKey key, KeyOf(request.by()));
  OTRP_ASSIGN_OR_RETURN(const Page page,
                        Page::Parse(/*page_size=*/1, request.page_token()));
  OTRP_ASSIGN_OR_RETURN(const int64_t from,
                        page.AfterNumber(absl::ToUnixMicros(range.from)));
  range.from = std::max(range.from, absl::FromUnixMicros(from));
  const absl::Time end = range.to;
  if (range.from >= end) return BadPageToken();
  OTRP_ASSIGN_OR_RETURN(const absl::optional<absl::Time> first,
                        env.ledger.FirstAt(range));
  if (!first.has_value()) return absl::OkStatus();
  const absl::Time next_day =
      absl::UnixEpoch() + absl::Floor(*first - absl::UnixEpoch(), kDay) + kDay;
  range.to = std::min(end, next_day);
  OTRP_ASSIGN_OR_RETURN(const std::vector<UsageSum> sums,
                        env.ledger.Sum(range, key));
  for (const UsageSum& sum : sums) {
    pb::UsageSum* out = response.add_sums();
    out->set_key(sum.key);
    out->set_kind(sum.kind);
    out->set_currency(sum.currency);
    out->set_quantity(sum.quantity);
    out->set_amount_minor(sum.amount_minor);
  }
  if (range.to < end) {
    response.set_next_page_token(
        Base64UrlEncode(absl::StrCat(absl::ToUnixMicros(range.to))));
  }
  return absl::OkStatus();
}

absl::Status SetPrice(const rpc::CallContext& call, Env& env,
                      const pb::SetPriceRequest& request,
                      pb::SetPriceResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckPrice(request, env));
  Price price;
  price.kind = request.kind();
  price.party = request.party();
  price.amount_minor = request.amount_minor();
  price.currency = request.currency();
  price.set_by = call.caller().ToString();
  OTRP_ASSIGN_OR_RETURN(
      const UsageLedger::SetResult result,
      env.ledger.SetPrice(
          price,
          AuditOf(call, "price.set",
                  absl::StrCat(price.kind, price.party.empty() ? "" : " ",
                               price.party),
                  store::kAuditOk,
                  AuditDetails()
                      .Set("amount_minor", price.amount_minor)
                      .Set("currency", price.currency))));
  call.Changed(result.changed);
  ToProto(result.price, *response.mutable_price());
  return absl::OkStatus();
}

absl::Status ListPrices(const rpc::CallContext& call, Env& env,
                        const pb::ListPricesRequest& request,
                        pb::ListPricesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Page page, Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const int64_t after, page.AfterNumber(0));
  OTRP_ASSIGN_OR_RETURN(std::vector<Price> prices,
                        env.ledger.ListPrices(after, page.limit()));
  page.Finish(prices, response,
              [](const Price& price) { return absl::StrCat(price.id); });
  for (const Price& price : prices) {
    if (call.caller().kind == rpc::CallerKind::kSp &&
        !env.options.sees_price(call.caller(), price.party)) {
      continue;
    }
    ToProto(price, *response.add_prices());
    // Who among the operators it was is theirs to know.
    if (call.caller().kind == rpc::CallerKind::kSp) {
      response.mutable_prices()->rbegin()->clear_set_by();
    }
  }
  return absl::OkStatus();
}

}  // namespace handlers

namespace v1 = ::otrp::common::v1;

struct Parts {
  Parts(const rpc::Guard& guard, store::Pool& pool, UsageLedgerOptions given)
      : ledger(pool), options(std::move(given)), env{guard, ledger, options} {}

  UsageLedger ledger;
  const UsageLedgerOptions options;
  Env env;
};

class UsageLedgerService final : public rpc::ServiceOf<v1::UsageLedger, Env> {
 public:
  UsageLedgerService(const rpc::Guard& guard, store::Pool& pool,
                     UsageLedgerOptions given)
      : ServiceOf(own_.env), own_(guard, pool, std::move(given)) {}

  OTRP_FIRST_RPC();
  OTRP_RPC(FindUsageEvents);
  OTRP_RPC(SumUsage);
  OTRP_RPC(SetPrice);
  OTRP_RPC(ListPrices);
  OTRP_LAST_RPC();

 private:
  Parts own_;
};

}  // namespace

std::vector<rpc::AuthzRule> UsageLedgerRules() {
  const std::vector<rpc::Allow> readers = {
      rpc::Allow::Operators(), rpc::Allow::Auditors(), rpc::Allow::Sps()};
  return {
      {"otrp.common.v1.UsageLedger.FindUsageEvents", rpc::Effect::kReads,
       readers},
      {"otrp.common.v1.UsageLedger.SumUsage", rpc::Effect::kReads, readers},
      {"otrp.common.v1.UsageLedger.SetPrice",
       rpc::Effect::kMutates,
       {rpc::Allow::Operators()}},
      {"otrp.common.v1.UsageLedger.ListPrices", rpc::Effect::kReads, readers},
  };
}

bool SeesOwnPrice(const rpc::Identity& caller, const std::string& party) {
  return party.empty() || party == caller.name;
}

std::unique_ptr<grpc::Service> NewUsageLedgerService(
    const rpc::Guard& guard, store::Pool& pool, UsageLedgerOptions options) {
  return std::make_unique<UsageLedgerService>(guard, pool, std::move(options));
}

}  // namespace service
}  // namespace otrp
