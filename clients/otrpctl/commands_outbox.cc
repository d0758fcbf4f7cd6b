#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/common/v1/outbox.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::common::v1;

constexpr char kStatePrefix[] = "OUTBOX_MESSAGE_STATE_";

// The one that has messages for another.
absl::StatusOr<Service> ServiceOf(const cli::Args& args) {
  if (!args.Has("service") || args.Get("service") == "sp_portal") {
    return Service::kPortal;
  }
  return cli::UsageError(absl::StrCat("--service ", args.Get("service"),
                                      " has no outbox: sp_portal has"));
}

absl::StatusOr<int64_t> IdOf(const cli::Args& args) {
  const std::string word = args.Positional(0);
  int64_t id = 0;
  if (absl::SimpleAtoi(word, &id) && id > 0) return id;
  return cli::UsageError(absl::StrCat(
      "ID ", word, " can't be: it takes a number that outbox ", "list shows"));
}

json::Value Value(const v1::OutboxMessage& message) {
  json::Value value = json::Value::Object();
  const std::string state = v1::OutboxMessageState_Name(message.state());
  value.Set("id", json::Value::Integer(message.id()));
  value.Set("lane", json::Value::String(message.lane()));
  value.Set("key", json::Value::String(message.key()));
  value.Set("topic", json::Value::String(message.topic()));
  value.Set("type", json::Value::String(message.type()));
  value.Set("state", json::Value::String(absl::AsciiStrToLower(
                         state.substr(sizeof(kStatePrefix) - 1))));
  value.Set("attempts", json::Value::Integer(message.attempts()));
  value.Set("failures", json::Value::Integer(message.failures()));
  value.Set("last_error", json::Value::String(message.last_error()));
  value.Set("created_at", Time(message.created_at(), message.has_created_at()));
  value.Set("next_try_at",
            Time(message.next_try_at(), message.has_next_try_at()));
  value.Set("parked_at", Time(message.parked_at(), message.has_parked_at()));
  value.Set("delivered_at",
            Time(message.delivered_at(), message.has_delivered_at()));
  value.Set("event_id", json::Value::String(message.event_id()));
  value.Set("content_type", json::Value::String(message.content_type()));
  value.Set("payload_bytes", json::Value::Integer(message.payload_bytes()));
  value.Set(
      "payload_sha256",
      json::Value::String(absl::BytesToHexString(message.payload_sha256())));
  return value;
}

absl::StatusOr<Result> OutboxList(const cli::Args& args,
                                  Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const Service service, ServiceOf(args));
  v1::ListOutboxMessagesRequest request;
  request.set_include_waiting(args.Has("all"));
  ListShape shape;
  shape.list = "messages";
  shape.columns = {{"ID", "id"},           {"LANE", "lane"},
                   {"TYPE", "type"},       {"KEY", "key"},
                   {"STATE", "state"},     {"ATTEMPTS", "attempts"},
                   {"MADE", "created_at"}, {"ERROR", "last_error"}};
  shape.time = "created_at";
  shape.default_limit = kDefaultRows;
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Outbox>(
      connections, service, &v1::Outbox::Stub::ListOutboxMessages, request,
      [](const v1::ListOutboxMessagesResponse& response) -> const auto& {
        return response.messages();
      },
      [](const v1::OutboxMessage& message) { return Value(message); },
      &selection));
  return selection.ToResult();
}

// `request` about the message, by `rpc`.
template <typename Request, typename Rpc>
absl::StatusOr<Result> CallAbout(const cli::Args& args,
                                 Connections& connections, Request request,
                                 Rpc rpc) {
  OTRP_ASSIGN_OR_RETURN(const Service service, ServiceOf(args));
  OTRP_ASSIGN_OR_RETURN(const int64_t id, IdOf(args));
  request.set_id(id);
  OTRP_ASSIGN_OR_RETURN(const auto response,
                        connections.Call<v1::Outbox>(service, rpc, request));
  Result result;
  result.value = Value(response.message());
  return result;
}

absl::StatusOr<Result> OutboxShow(const cli::Args& args,
                                  Connections& connections) {
  return CallAbout(args, connections, v1::GetOutboxMessageRequest(),
                   &v1::Outbox::Stub::GetOutboxMessage);
}

absl::StatusOr<Result> OutboxRetry(const cli::Args& args,
                                   Connections& connections) {
  return CallAbout(args, connections, v1::RetryOutboxMessageRequest(),
                   &v1::Outbox::Stub::RetryOutboxMessage);
}

absl::StatusOr<Result> OutboxSkip(const cli::Args& args,
                                  Connections& connections) {
  v1::SkipOutboxMessageRequest request;
  request.set_reason(args.Get("reason"));
  return CallAbout(args, connections, std::move(request),
                   &v1::Outbox::Stub::SkipOutboxMessage);
}

}  // namespace

std::vector<Command> OutboxCommands() {
  const cli::Word id = {"ID", "id"};
  const cli::Flag any_service = {"service", "sp_portal", false,
                                 "whose outbox; sp_portal where not given"};
  const cli::Flag service = {"service", "sp_portal", true, "whose outbox"};
  return {
      {{"outbox",
        "list",
        {},
        With({any_service,
              {"all", "", false,
               "also what wasn't tried yet: new, or behind what is held up"}},
             SelectionFlags("made")),
        "Lists what a service tried to tell another one in vain, oldest first; "
        "100 without --limit."},
       OutboxList},
      {{"outbox",
        "show",
        {id},
        {any_service},
        "Shows one message, without its payload."},
       OutboxShow},
      {{"outbox",
        "retry",
        {id},
        {service},
        "Has a message that is parked or waits delivered at once."},
       OutboxRetry},
      Asking(
          {{"outbox",
            "skip",
            {id},
            {service, {"reason", "TEXT", true, "for the audit log", "reason"}},
            "Gives a message up: the receiver never gets it, and what is "
            "behind it goes on."},
           OutboxSkip}),
  };
}

}  // namespace otrp::ctl
