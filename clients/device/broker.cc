#include "clients/device/broker.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/json/json.h"

namespace otrp::device {
namespace {

using json::Value;

// {"OTrPBrokerError": {ver, rid, tid, errcode}}
std::string AgentError(const DialectRow& row, const Envelope* envelope,
                       absl::string_view code) {
  Value error = Value::Object();
  error.Set("ver", Value::String("1.0"));
  error.Set("rid", Value::String(envelope == nullptr ? "" : envelope->rid));
  error.Set("tid", Value::String(envelope == nullptr ? "" : envelope->tid));
  error.Set("errcode", Value::String(std::string(code)));
  Value out = Value::Object();
  out.Set(std::string(row.agent_error), std::move(error));
  return out.Serialize();
}

}  // namespace

std::string Broker::TeeError(const Envelope* envelope, const absl::Status& why,
                             Outcome* outcome) {
  const DialectRow& row = RowOf(dialect_);
  const absl::string_view code =
      absl::IsUnavailable(why) ? row.agent_tee_busy : row.agent_tee_fail;
  outcome->error_code = std::string(code);
  outcome->error_message = std::string(why.message());
  return AgentError(row, envelope, code);
}

// The older draft has a general status message for it.
std::string Broker::UnknownTee(const Envelope& envelope, Outcome* outcome) {
  outcome->error_message = "this device has no TEE of that name";
  if (dialect_ == Dialect::kIetf03) {
    outcome->error_code = "ERR_AGENT_TEE_UNKNOWN";
    return AgentError(RowOf(dialect_), &envelope, outcome->error_code);
  }
  outcome->error_code = "ERR_TEE_UNKNOWN";
  Value status = Value::Object();
  status.Set("result", Value::String("fail"));
  status.Set("error-code", Value::String(outcome->error_code));
  status.Set("error-message", Value::String(outcome->error_message));
  Value out = Value::Object();
  out.Set("status", std::move(status));
  return out.Serialize();
}

std::string Broker::DeviceState(absl::string_view request,
                                const Envelope& envelope, Outcome* outcome) {
  std::vector<std::string> entries;
  absl::Status failure = absl::InternalError("no TEE");
  bool all_passed = true;
  for (Tee* tee : tees_) {
    Outcome one;
    absl::StatusOr<std::string> answer = tee->Process(request, &one);
    if (answer.ok()) {
      entries.push_back(*std::move(answer));
    } else {
      failure = answer.status();
    }
    if (all_passed) *outcome = one;
    all_passed = all_passed && one.passed;
  }
  if (entries.empty()) return TeeError(&envelope, failure, outcome);
  outcome->answer_sigalg = SigAlgOfResponse(entries[0]);
  for (size_t i = 1; i < entries.size(); ++i) {
    if (SigAlgOfResponse(entries[i]) != outcome->answer_sigalg) {
      outcome->answer_sigalg.clear();
    }
  }
  return absl::StrCat("{\"GetDeviceStateResponse\":[",
                      absl::StrJoin(entries, ","), "]}");
}

std::string Broker::Forward(absl::string_view request, const Envelope& envelope,
                            Outcome* outcome) {
  for (Tee* tee : tees_) {
    if (tee->name() != envelope.tee) continue;
    absl::StatusOr<std::string> answer = tee->Process(request, outcome);
    return answer.ok() ? *std::move(answer)
                       : TeeError(&envelope, answer.status(), outcome);
  }
  return UnknownTee(envelope, outcome);
}

std::string Broker::Process(absl::string_view request, Outcome* outcome) {
  Outcome ignored;
  if (outcome == nullptr) outcome = &ignored;
  *outcome = Outcome();
  // The algorithms don't matter for routing.
  const absl::StatusOr<Envelope> envelope = OpenEnvelope(request, {});
  if (!envelope.ok()) return TeeError(nullptr, envelope.status(), outcome);
  outcome->request = absl::StrCat(envelope->message, "Request");
  outcome->sigalg = envelope->alg;
  return envelope->message == "GetDeviceState"
             ? DeviceState(request, *envelope, outcome)
             : Forward(request, *envelope, outcome);
}

}  // namespace otrp::device
