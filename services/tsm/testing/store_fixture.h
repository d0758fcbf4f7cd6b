// The store on a database of its own, and values to fill it with.

#ifndef OTRP_SERVICES_TSM_TESTING_STORE_FIXTURE_H_
#define OTRP_SERVICES_TSM_TESTING_STORE_FIXTURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/store/audit.h"
#include "services/tsm/storage/tsm_store.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace tsm {

inline store::AuditEvent Audit(const std::string& action) {
  store::AuditEvent event;
  event.actor = "otrp://service/test";
  event.action = action;
  event.subject = "subject";
  event.trace_id = std::string(32, 'a');
  return event;
}

inline std::string Did(char c) { return std::string(32, c); }

inline absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1800000000 + seconds);
}

class TsmStoreTest : public ::testing::Test {
 protected:
  std::vector<std::string> actions() { return database_.AuditActions(); }

  void Apply(const CatalogEvent& event) {
    OTRP_ASSERT_OK(store_.ApplyEvent(absl::StrCat("event-", next_event_++),
                                     event, Audit("catalog")));
  }

  void ApplyWallet(const std::string& version, const std::string& image) {
    Release release;
    release.spid = "bank";
    release.taid = "wallet";
    release.version = version;
    release.image = image;
    release.personalization = "data";
    release.signer_certificate = "signer";
    release.signer_fingerprint = HexEncode(crypto::Sha256("signer"));
    Apply(release);
  }

  static Device TestDevice(char c) {
    Device device;
    device.did = Did(c);
    device.dialect = protocol::Dialect::kIetf03;
    device.key_type = crypto::KeyType::kRsa;
    device.tee_name = "Primus TEE";
    device.tee_version = "1.2";
    device.tee_certificate = std::string("cert\0x", 6);
    device.tee_spki = "spki";
    device.signer_required = true;
    device.verdict = Verdict::kAccepted;
    device.reasons = {{"code", "it's \"fine\""}};
    device.attested_at = At(1);
    device.first_seen = At(1);
    device.last_seen = At(1);
    return device;
  }

  static SessionCommit Open(const std::string& tid, char did) {
    SessionCommit commit;
    commit.session.tid = tid;
    commit.session.state = SessionState::kOpen;
    commit.session.dialect = protocol::Dialect::kIetf03;
    commit.session.expected_rid = "rid-1";
    commit.session.memory = "{}";
    commit.session.dids = {Did(did)};
    commit.session.current_did = Did(did);
    commit.session.opened_at = At(10);
    commit.session.last_message_at = At(10);
    commit.session.expires_at = At(610);
    commit.consumed_rid = "rid-0";
    commit.message_sha256 = crypto::Sha256("message 0");
    commit.reply = std::string("reply\0one", 9);
    commit.messages = {Message(1, Direction::kFromDevice),
                       Message(2, Direction::kToDevice)};
    DeviceUpdate update;
    update.device = TestDevice(did);
    update.did = Did(did);
    update.last_seen = At(1);
    update.state = TeeState{"{\"dsi\":{}}", crypto::Sha256("x"), true, {}};
    update.domains = std::vector<SecurityDomain>{
        {"bank.sd", "bank", {"aa", "bb"}, {{"card", ""}, {"wallet", "1.0"}}}};
    commit.devices = {update};
    commit.audit = Audit("session.open");
    return commit;
  }

  static SessionCommit Step(const std::string& tid, char did) {
    SessionCommit commit = Open(tid, did);
    commit.session.expected_rid = "rid-2";
    commit.session.last_message_at = At(20);
    commit.expected_version = 1;
    commit.consumed_rid = "rid-1";
    commit.message_sha256 = crypto::Sha256("message 1");
    commit.reply = "reply two";
    commit.messages = {Message(3, Direction::kFromDevice)};
    commit.devices[0].device.reset();
    commit.devices[0].last_seen = At(20);
    commit.audit = Audit("session.step");
    return commit;
  }

  static SessionMessage Message(int n, Direction direction) {
    SessionMessage message;
    message.n = n;
    message.direction = direction;
    message.name = "CreateSDRequest";
    message.rid = "rid";
    message.status = MessageStatus::kPass;
    message.error_code = "ERR";
    message.at = At(n);
    message.server_us = 1234;
    message.trace_id = "trace";
    return message;
  }

  testing::ServiceDatabase database_{
      {"tsm", "services/tsm/storage/migrations"}};
  TsmStore store_{database_.pool()};
  int next_event_ = 1;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_TESTING_STORE_FIXTURE_H_
