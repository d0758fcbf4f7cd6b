// A VerifierStore in memory, for tests. Behaves like PgVerifierStore
// (store_conformance_test.cc), and can be told to be away.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_FAKE_VERIFIER_STORE_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_FAKE_VERIFIER_STORE_H_

#include <mutex>
#include <string>
#include <vector>

#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/storage/verifier_store.h"

namespace otrp {
namespace verifier {

class FakeVerifierStore : public VerifierStore {
 public:
  // Every call fails with UNAVAILABLE while it is away.
  void SetAway(bool away) {
    std::lock_guard<std::mutex> lock(mutex_);
    away_ = away;
  }
  std::vector<store::AuditEvent> audit_events() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return audit_;
  }
  // Calls of AddAppraisals that succeeded.
  int batches() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return batches_;
  }

  absl::StatusOr<absl::optional<TrustCopy>> LoadTrust() override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    return trust_;
  }

  absl::Status SaveTrust(const TrustCopy& copy, absl::Time) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    trust_ = copy;
    return absl::OkStatus();
  }

  absl::StatusOr<VersionedPolicy> LoadPolicy() override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    return policy_;
  }

  absl::StatusOr<int64_t> SetPolicy(const attest::Policy& policy,
                                    int64_t expected,
                                    const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    if (expected != 0 && expected != policy_.version) {
      return errors::PolicyChanged(policy_.version);
    }
    policy_ = {policy, policy_.version + 1};
    audit_.push_back(audit);
    return policy_.version;
  }

  absl::Status AddAppraisals(
      const std::vector<AppraisalRecord>& records) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    ++batches_;
    for (const AppraisalRecord& record : records) {
      appraisals_.push_back(record);
      appraisals_.back().id = static_cast<int64_t>(appraisals_.size());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<AppraisalRecord>> ListAppraisals(
      int64_t before_id, int limit, const std::string& did) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    std::vector<AppraisalRecord> found;
    for (auto it = appraisals_.rbegin(); it != appraisals_.rend(); ++it) {
      if (static_cast<int>(found.size()) == limit) break;
      if (before_id != 0 && it->id >= before_id) continue;
      if (!did.empty() && it->did != did) continue;
      found.push_back(*it);
    }
    return found;
  }

  absl::Status Audit(const store::AuditEvent& event) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    audit_.push_back(event);
    return absl::OkStatus();
  }

 private:
  static absl::Status Away() {
    return absl::UnavailableError("the database is away");
  }

  mutable std::mutex mutex_;
  bool away_ = false;
  int batches_ = 0;
  absl::optional<TrustCopy> trust_;
  VersionedPolicy policy_;
  std::vector<AppraisalRecord> appraisals_;
  std::vector<store::AuditEvent> audit_;
};

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_STORAGE_FAKE_VERIFIER_STORE_H_
