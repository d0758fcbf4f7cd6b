// The TSM's handlers in one process for tests: real crypto, real wire format,
// a real PostgreSQL, and doubles that behave for the other services.
//
// Thread-safety: Advance() may be called by many threads.

#ifndef OTRP_SERVICES_TSM_TESTING_TSM_FIXTURE_H_
#define OTRP_SERVICES_TSM_TESTING_TSM_FIXTURE_H_

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/clock.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/run.h"
#include "libs/store/audit.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/tsm/env.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/testing/mini_tee.h"
#include "tests/support/service_database.h"

namespace otrp {
namespace tsm {
namespace testing {

// Identities whose "certificates" are the SPKI of their keys.
class FakeIdentity : public IdentitySource {
 public:
  FakeIdentity();
  std::shared_ptr<const SigningIdentity> Get(
      crypto::KeyType type) const override;
  std::shared_ptr<const SigningIdentity> ById(
      absl::string_view id) const override;
  std::vector<std::shared_ptr<const ReadingKey>> Readers(
      crypto::KeyType type) const override;

  // Another key takes the place of the current one, which is retired.
  void Rotate(crypto::KeyType type);
  // What is there so far signs no more.
  void RevokeAll();

  // Certificates or staples are.
  std::atomic<bool> away{false};
  // Nothing has been loaded.
  std::atomic<bool> unread{false};

 private:
  // Current ones first.
  std::map<crypto::KeyType, std::vector<std::shared_ptr<const SigningIdentity>>>
      all_;
  std::set<std::string> revoked_;
};

// Trusts the certificates that it was told of, and checks signatures for real.
class FakeVerifier : public VerifierClient {
 public:
  void Trust(const MiniTee& tee);
  void Distrust(const MiniTee& tee);

  absl::StatusOr<verifier::v1::AppraiseResponse> Appraise(
      const verifier::v1::AppraiseRequest& request,
      const rpc::CallContext& call) override;

  std::atomic<bool> away{false};
  // Of those that it accepts: firmware evidence is good; the anchor's name.
  std::atomic<bool> firmware{false};
  std::string anchor = "maker";
  // Service providers that refuse them.
  std::vector<std::string> refused_by;
  std::atomic<int> calls{0};

 private:
  std::mutex mutex_;
  // By did.
  std::map<std::string, bool> trusted_;
};

class TsmFixture {
 public:
  // `other_identity` and `other_verifier` take the doubles' places.
  explicit TsmFixture(const IdentitySource* other_identity = nullptr,
                      VerifierClient* other_verifier = nullptr);

  // As the gateway; what the device gets.
  absl::StatusOr<std::string> Advance(
      const std::string& message,
      protocol::Dialect dialect = protocol::Dialect::kIetf03,
      bool es256 = false);
  // Whether the latest answer says that the evidence isn't believed.
  std::atomic<bool> told_refused{false};
  // When it says that the device had better come again; 0: it doesn't.
  std::atomic<int> told_come_again{0};
  // From connect until nothing is left; the messages that the device got.
  std::vector<std::string> Drive(
      MiniTee* tee, protocol::Dialect dialect = protocol::Dialect::kIetf03,
      bool es256 = false);

  // --- Catalog
  // `image`: empty for some octets.
  void Release(const std::string& version, const std::string& signer,
               const std::string& taid = "wallet",
               const std::string& spid = "bank", const std::string& image = "");
  void Certificate(const std::string& certificate,
                   const std::string& spid = "bank");
  void Assign(bool assigned, const Target& target = AllDevices(),
              const std::string& taid = "wallet",
              const std::string& spid = "bank");
  void Withdraw(const std::string& taid = "wallet",
                const std::string& spid = "bank");

  // What the service providers' endpoints do from now on; none is there before.
  void SetPull(PullQueue::Pull next);

  // --- What there is
  DeviceDetails DeviceOf(const MiniTee& tee);
  // Newest first.
  std::vector<Session> Sessions();
  std::pair<Session, std::vector<SessionMessage>> SessionOf(
      const std::string& tid);
  // "to-device CreateSDRequest", "from-device CreateSDResponse pass", ...
  std::vector<std::string> LogOf(const std::string& tid);
  // What was audited, oldest first; its actions; the refusals for a reason.
  std::vector<store::AuditEvent> AuditEvents() {
    return database.AuditEvents();
  }
  std::vector<std::string> AuditActions() { return database.AuditActions(); }
  int Refusals(const std::string& reason);

  static std::vector<SecretBytes> OneSecret();

  rpc::CallContext Call(const std::string& method) const;

  // What SetPull() set; before the queue, whose threads use it.
  std::mutex pull_mutex;
  PullQueue::Pull pull;
  FakeClock clock;
  FakeIdentity identity;
  FakeVerifier verifier;
  const std::string tsm_id;
  ::otrp::testing::ServiceDatabase database;
  TsmStore store;
  std::unique_ptr<rpc::Guard> guard;
  std::unique_ptr<PullQueue> pulls;
  BrakeStore brakes;
  RemovalBrake brake;
  DataSealer sealer;
  IdentityKeys identity_keys;
  // Made with OneSecret().
  std::unique_ptr<Messenger> messenger;
  std::unique_ptr<Env> env;

 private:
  int next_event_ = 1;
};

// "CreateSDRequest" of {"CreateSDRequest": ...}; empty for nothing.
std::string NameOf(const std::string& message);
// tid and rid of a request, read without any check.
std::pair<std::string, std::string> IdsOf(const std::string& request);

}  // namespace testing
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_TESTING_TSM_FIXTURE_H_
