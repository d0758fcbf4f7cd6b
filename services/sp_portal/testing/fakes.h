// A CA and a delivery that answer at once, for tests of handlers. The real
// ones: tests/e2e.
//
// Thread-safety: none.

#ifndef OTRP_SERVICES_SP_PORTAL_TESTING_FAKES_H_
#define OTRP_SERVICES_SP_PORTAL_TESTING_FAKES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/clients/ca_client.h"
#include "services/sp_portal/clients/event_delivery.h"
#include "services/sp_portal/clients/pull_log.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace testing {

// Answers with a "certificate" made from the CSR; idempotent by request_id.
class FakeCa : public CaClient {
 public:
  explicit FakeCa(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<IssuedCertificate> IssueSpCertificate(
      const std::string& spid, const std::string& csr_der,
      const std::string& request_id, const rpc::CallContext&) override {
    if (down) return absl::UnavailableError("the CA is away");
    last_request_id = request_id;
    if (absl::StartsWith(csr_der, "bad")) {
      return absl::InvalidArgumentError("csr_der: signature doesn't verify");
    }
    IssuedCertificate issued;
    issued.serial = absl::StrCat("a", csr_der.size());
    issued.chain = {absl::StrCat("leaf of ", spid, " ", csr_der), "ca", "root"};
    if (revoked.count(issued.serial) > 0) {
      // As the real one: never a revoked certificate again.
      issued.serial += "b";
      issued.chain[0] += " anew";
    }
    issued.not_after = clock_.Now() + absl::Hours(24 * 365);
    return issued;
  }

  absl::StatusOr<RevokedCertificate> RevokeSpCertificate(
      const std::string& serial, ca::v1::RevocationReason reason,
      const rpc::CallContext&) override {
    if (down) return absl::UnavailableError("the CA is away");
    return revoked.insert({serial, {clock_.Now(), reason}}).first->second;
  }

  bool down = false;
  std::string last_request_id;
  std::map<std::string, RevokedCertificate> revoked;

 private:
  const Clock& clock_;
};

class FakeDelivery : public EventDelivery {
 public:
  bool WaitDelivered(int64_t id, absl::Duration timeout) override {
    waited_for.push_back(id);
    EXPECT_LE(timeout, kDeliveryWait);
    return !tsm_down;
  }
  bool tsm_down = false;
  std::vector<int64_t> waited_for;
};

// A TSM's log of any application.
class FakePullLog : public PullLog {
 public:
  absl::StatusOr<tsm::v1::GetPullLogResponse> Get(
      const tsm::v1::GetPullLogRequest& request,
      const rpc::CallContext&) override {
    if (tsm_down) return absl::UnavailableError("the TSM is away");
    asked_for.push_back(absl::StrCat(request.spid(), "/", request.taid()));
    tsm::v1::GetPullLogResponse response;
    for (const tsm::v1::PullAttempt& attempt : attempts) {
      const bool later =
          request.before() > 0 && attempt.id() >= request.before();
      if (later || response.attempts_size() == request.limit()) continue;
      *response.add_attempts() = attempt;
    }
    return response;
  }
  bool tsm_down = false;
  std::vector<std::string> asked_for;
  // Newest first.
  std::vector<tsm::v1::PullAttempt> attempts;
};

}  // namespace testing
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_TESTING_FAKES_H_
