#include "services/attestation_verifier/records/appraisal_log.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace verifier {
namespace {

// No two of all that are kept have the same.
constexpr size_t kKeyBytes = 16;

size_t EvidenceBytes(const AppraisalRecord& record) {
  return record.evidence.has_value() ? record.evidence->octets.size() : 0;
}

}  // namespace

AppraisalLog::AppraisalLog(VerifierStore& store, Options options)
    : store_(store), options_(options), thread_([this] { Loop(); }) {}

AppraisalLog::~AppraisalLog() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  absl::Status flushed = Flush();
  if (!flushed.ok()) flushed = Flush();
  if (!flushed.ok()) {
    OTRP_LOG(ERROR, "appraisals lost at the end",
             {{"rows", std::to_string(waiting())},
              {"error", std::string(flushed.message())}});
  }
}

absl::Status AppraisalLog::Record(AppraisalRecord record) {
  record.key = absl::BytesToHexString(crypto::SystemRandom().Bytes(kKeyBytes));
  if (!record.accepted) return store_.AddAppraisals({std::move(record)});
  std::lock_guard<std::mutex> lock(mutex_);
  if (waiting_.size() >= options_.max_waiting) {
    ++lost_;
    return absl::OkStatus();
  }
  if (waiting_evidence_ + EvidenceBytes(record) >
      options_.max_waiting_evidence) {
    record.evidence.reset();
    ++evidence_lost_;
  }
  waiting_evidence_ += EvidenceBytes(record);
  waiting_.push_back(std::move(record));
  return absl::OkStatus();
}

std::vector<AppraisalRecord> AppraisalLog::NextBatch() const {
  std::lock_guard<std::mutex> lock(mutex_);
  size_t n = 0;
  size_t bytes = 0;
  while (n < std::min(waiting_.size(), options_.batch)) {
    bytes += EvidenceBytes(waiting_[n]);
    if (n > 0 && bytes > kRecordBatchBytes) break;
    ++n;
  }
  return {waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n)};
}

absl::Status AppraisalLog::Flush() {
  std::lock_guard<std::mutex> flush(flush_mutex_);
  for (;;) {
    const std::vector<AppraisalRecord> batch = NextBatch();
    if (batch.empty()) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(store_.AddAppraisals(batch));
    std::lock_guard<std::mutex> lock(mutex_);
    for (const AppraisalRecord& record : batch) {
      waiting_evidence_ -= EvidenceBytes(record);
    }
    waiting_.erase(
        waiting_.begin(),
        waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
  }
}

int64_t AppraisalLog::lost() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return lost_;
}

int64_t AppraisalLog::evidence_lost() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return evidence_lost_;
}

size_t AppraisalLog::waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_.size();
}

void AppraisalLog::Loop() {
  int64_t reported = 0;
  int64_t evidence_reported = 0;
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, absl::ToChronoMilliseconds(options_.delay),
                     [this] { return stop_; });
      if (stop_) return;
    }
    const absl::Status flushed = Flush();
    if (!flushed.ok()) {
      OTRP_LOG(WARNING, "appraisals wait for the database",
               {{"rows", std::to_string(waiting())},
                {"error", std::string(flushed.message())}});
    }
    const int64_t lost_now = lost();
    if (lost_now != reported) {
      OTRP_LOG(ERROR, "records of accepted appraisals lost",
               {{"rows", std::to_string(lost_now - reported)}});
      reported = lost_now;
    }
    const int64_t evidence_now = evidence_lost();
    if (evidence_now != evidence_reported) {
      OTRP_LOG(WARNING, "evidence that was to be kept is lost",
               {{"rows", std::to_string(evidence_now - evidence_reported)}});
      evidence_reported = evidence_now;
    }
  }
}

}  // namespace verifier
}  // namespace otrp
