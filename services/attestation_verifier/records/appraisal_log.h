// Brings appraisals into the store without making devices wait for it.
//
// Accepted ones are collected and written in batches; what waits is written at
// the end (destructor). Refused ones are written before Record() returns: a
// refusal that left no trace didn't happen.
//
// Thread-safety: thread-safe.
// Errors: Record() of a refused one gives the store's; of an accepted one
// nothing. Accepted rows that find the queue full are counted in lost() and
// logged.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_APPRAISAL_LOG_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_APPRAISAL_LOG_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/attestation_verifier/domain/model.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/verifier_store.h"

namespace otrp {
namespace verifier {

class AppraisalLog {
 public:
  struct Options {
    absl::Duration delay = kRecordDelay;
    size_t batch = kRecordBatch;
    size_t max_waiting = kMaxWaitingRecords;
    // Of evidence that is to be kept.
    size_t max_waiting_evidence = kMaxWaitingEvidenceBytes;
  };

  // The store must outlive the log.
  explicit AppraisalLog(VerifierStore& store)
      : AppraisalLog(store, Options()) {}
  AppraisalLog(VerifierStore& store, Options options);
  // Writes what waits, trying once more where the store is away.
  ~AppraisalLog();
  AppraisalLog(const AppraisalLog&) = delete;
  AppraisalLog& operator=(const AppraisalLog&) = delete;

  absl::Status Record(AppraisalRecord record);

  // Writes what waits now. The store's error leaves it waiting.
  absl::Status Flush();

  int64_t lost() const;
  // Of accepted ones, records that are written without the evidence that was to
  // be kept: too much of it waits.
  int64_t evidence_lost() const;
  size_t waiting() const;

 private:
  void Loop();
  // The oldest ones, so that a statement stays small.
  std::vector<AppraisalRecord> NextBatch() const;

  VerifierStore& store_;
  const Options options_;
  // Held while a batch is written, so that batches keep their order.
  std::mutex flush_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::vector<AppraisalRecord> waiting_;
  int64_t lost_ = 0;
  // Octets of evidence in waiting_.
  size_t waiting_evidence_ = 0;
  int64_t evidence_lost_ = 0;
  // Last, so that all above is there before it runs.
  std::thread thread_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_RECORDS_APPRAISAL_LOG_H_
