#include "services/tsm/messaging/refusals.h"

#include "absl/strings/str_cat.h"
#include "libs/advice/advice.h"
#include "libs/base/limits.h"
#include "libs/base/printable.h"
#include "libs/json/json.h"
#include "libs/service/audit.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace tsm {
namespace {

struct VerdictRow {
  MessageVerdict verdict;
  absl::string_view word;
};

constexpr VerdictRow kVerdictRows[] = {
    {MessageVerdict::kOk, "ok"},
    {MessageVerdict::kFail, "fail"},
    {MessageVerdict::kRepeated, "repeated"},
    {MessageVerdict::kUnavailable, "unavailable"},
    {MessageVerdict::kMalformed, advice::refusal::kMalformed},
    {MessageVerdict::kUnknownTid, advice::refusal::kUnknownTid},
    {MessageVerdict::kUnknownRid, advice::refusal::kUnknownRid},
    {MessageVerdict::kExpired, advice::refusal::kExpired},
    {MessageVerdict::kReplay, advice::refusal::kReplay},
    {MessageVerdict::kNotAuthentic, advice::refusal::kNotAuthentic},
    {MessageVerdict::kSignature, advice::refusal::kSignature},
    {MessageVerdict::kWrongDevice, advice::refusal::kWrongDevice},
    {MessageVerdict::kWrongMessage, advice::refusal::kWrongMessage},
    {MessageVerdict::kAgentError, advice::refusal::kAgentError},
    {MessageVerdict::kNotTrusted, advice::refusal::kNotTrusted},
};

}  // namespace

absl::string_view WordOf(MessageVerdict verdict) {
  for (const VerdictRow& row : kVerdictRows) {
    if (row.verdict == verdict) return row.word;
  }
  return "";
}

RefusalLog::RefusalLog(TsmStore& store, const Clock& clock,
                       int64_t max_per_second)
    : store_(store), clock_(clock), max_per_second_(max_per_second) {}

int64_t RefusalLog::Admit() {
  const absl::Time now = clock_.Now();
  std::lock_guard<std::mutex> lock(mutex_);
  // A clock that was set back opens a new window too.
  if (now - window_ >= absl::Seconds(1) || now < window_) {
    window_ = now;
    in_window_ = 0;
  }
  if (in_window_ >= max_per_second_) {
    ++suppressed_;
    return -1;
  }
  ++in_window_;
  const int64_t missing = suppressed_;
  suppressed_ = 0;
  return missing;
}

void RefusalLog::Record(const rpc::CallContext& call, const Refusal& refusal) {
  const int64_t missing = Admit();
  if (missing < 0) {
    call.Changed(false);
    return;
  }
  // Whatever the step had recorded before didn't come to be.
  call.ResetAuditRecords();
  json::Value details = json::Value::Object();
  const std::string reason(WordOf(refusal.reason));
  details.Set("reason", json::Value::String(reason));
  details.Set("detail",
              json::Value::String(Printable(refusal.detail, kMaxDetailBytes)));
  if (!refusal.error.empty()) {
    details.Set("error",
                json::Value::String(Printable(refusal.error, kMaxDetailBytes)));
  }
  if (missing > 0) {
    details.Set("left_out_before", json::Value::Integer(missing));
  }
  const absl::Status status = store_.Audit(service::AuditOf(
      call, "message.refused", Printable(refusal.tid, kMaxIdBytes),
      store::kAuditRefused, details.Serialize()));
  if (!status.ok()) {
    call.Changed(false);
    OTRP_LOG(ERROR, "a refused message could not be audited",
             {{"reason", reason}, {"error", status.ToString()}});
  }
}

}  // namespace tsm
}  // namespace otrp
