#include "services/tsm/testing/tsm_fixture.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "libs/base/hex.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/random.h"
#include "libs/crypto/sign.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/dsi.h"
#include "services/tsm/authz.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/handlers/device_messaging.h"

namespace otrp {
namespace tsm {
namespace testing {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1800000000);

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) ADD_FAILURE() << value.status();
  return *std::move(value);
}

store::AuditEvent Audit(const std::string& action) {
  store::AuditEvent event;
  event.actor = "otrp://service/test";
  event.action = action;
  return event;
}

// The n-th key of a type, one for all tests of a process: RSA keys take 100 ms.
const crypto::PrivateKey& KeyOf(crypto::KeyType type, size_t n) {
  static auto* const keys =
      new std::map<std::pair<crypto::KeyType, size_t>, crypto::PrivateKey>();
  auto found = keys->find({type, n});
  if (found == keys->end()) {
    found = keys->emplace(std::make_pair(type, n),
                          Must(crypto::PrivateKey::Generate(type)))
                .first;
  }
  return found->second;
}

std::shared_ptr<const SigningIdentity> Make(crypto::KeyType type, size_t n) {
  const crypto::PrivateKey& key = KeyOf(type, n);
  return std::make_shared<const SigningIdentity>(
      SigningIdentity{type,
                      key,
                      {key.public_key().ToSpki()},
                      {"staple of the leaf", "staple of the CA"},
                      absl::InfiniteFuture(),
                      absl::InfiniteFuture(),
                      absl::StrCat(crypto::KeyTypeName(type), "-", n)});
}

}  // namespace

FakeIdentity::FakeIdentity() {
  for (crypto::KeyType type :
       {crypto::KeyType::kRsa, crypto::KeyType::kEcP256}) {
    all_[type] = {Make(type, 0)};
  }
}

std::shared_ptr<const SigningIdentity> FakeIdentity::Get(
    crypto::KeyType type) const {
  return ById(all_.at(type).front()->id);
}

std::shared_ptr<const SigningIdentity> FakeIdentity::ById(
    absl::string_view id) const {
  if (away || unread || revoked_.count(std::string(id)) > 0) return nullptr;
  for (const auto& [type, list] : all_) {
    for (const auto& identity : list) {
      if (identity->id == id) return identity;
    }
  }
  return nullptr;
}

std::vector<std::shared_ptr<const ReadingKey>> FakeIdentity::Readers(
    crypto::KeyType type) const {
  std::vector<std::shared_ptr<const ReadingKey>> readers;
  if (unread) return readers;
  for (const auto& identity : all_.at(type)) {
    readers.push_back(std::make_shared<const ReadingKey>(
        ReadingKey{identity->id, identity->key}));
  }
  return readers;
}

void FakeIdentity::Rotate(crypto::KeyType type) {
  auto& list = all_.at(type);
  list.insert(list.begin(), Make(type, list.size()));
}

void FakeIdentity::RevokeAll() {
  for (const auto& [type, list] : all_) {
    for (const auto& identity : list) revoked_.insert(identity->id);
  }
}

void FakeVerifier::Trust(const MiniTee& tee) {
  std::lock_guard<std::mutex> lock(mutex_);
  trusted_[tee.did()] = true;
}

void FakeVerifier::Distrust(const MiniTee& tee) {
  std::lock_guard<std::mutex> lock(mutex_);
  trusted_[tee.did()] = false;
}

absl::StatusOr<verifier::v1::AppraiseResponse> FakeVerifier::Appraise(
    const verifier::v1::AppraiseRequest& request, const rpc::CallContext&) {
  ++calls;
  if (away) return absl::UnavailableError("away");
  verifier::v1::AppraiseResponse response;
  response.set_verdict(verifier::v1::VERDICT_REFUSED);
  absl::StatusOr<protocol::Dsi> dsi = protocol::ParseDsi(request.dsi());
  if (!dsi.ok()) {
    verifier::v1::Reason* reason = response.add_reasons();
    reason->set_code("dsi-malformed");
    reason->set_detail(std::string(dsi.status().message()));
    return response;
  }
  const std::string did = crypto::Sha256(dsi->tee_certificate);
  response.set_did(did);
  response.set_tee_certificate(dsi->tee_certificate);
  response.set_tee_name(dsi->tee_name);
  absl::StatusOr<pki::Certificate> certificate =
      pki::Certificate::FromDer(dsi->tee_certificate);
  const bool signed_by_it =
      certificate.ok() &&
      crypto::VerifySha256(certificate->public_key(),
                           request.jws_signing_input(), request.jws_signature(),
                           crypto::EcFormat::kP1363)
          .ok();
  bool trusted = false;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    trusted = trusted_[did];
  }
  if (!signed_by_it) {
    response.add_reasons()->set_code("signature-invalid");
  } else if (!trusted) {
    response.add_reasons()->set_code("tee-chain-unknown-issuer");
  } else {
    response.set_verdict(verifier::v1::VERDICT_ACCEPTED);
    response.set_tee_key_spki(certificate->public_key().ToSpki());
    response.set_firmware_verified(firmware);
    response.set_tee_anchor(anchor);
    for (const std::string& spid : refused_by) {
      verifier::v1::TenantRefusal* refusal = response.add_tenant_refusals();
      refusal->set_spid(spid);
      refusal->add_reasons()->set_code("tee-denied");
    }
  }
  return response;
}

std::vector<SecretBytes> TsmFixture::OneSecret() {
  std::vector<SecretBytes> list;
  list.emplace_back(std::string(32, 's'));
  return list;
}

TsmFixture::TsmFixture(const IdentitySource* other_identity,
                       VerifierClient* other_verifier)
    : clock(kStart),
      tsm_id("https://tsm.otrp.example/otrp"),
      database({"tsm", "services/tsm/storage/migrations"}),
      store(database.pool()),
      brakes(database.pool()),
      brake(brakes, clock),
      sealer(SecretBytes(std::string(32, 'k')), crypto::SystemRandom()),
      identity_keys(SecretBytes(std::string(32, 'k')), crypto::SystemRandom()) {
  const IdentitySource* source =
      other_identity == nullptr ? &identity : other_identity;
  VerifierClient* appraiser =
      other_verifier == nullptr ? &verifier : other_verifier;
  guard = std::make_unique<rpc::Guard>("tsm", Authz(),
                                       rpc::Guard::AuditCheck::kEnforce);
  SetPull([](const PullWish&) {
    return PullOutcome{absl::UnavailableError("no endpoint here"), true};
  });
  pulls = std::make_unique<PullQueue>(
      PullQueue::Options(), clock, [this](const PullWish& wish) {
        PullQueue::Pull now;
        {
          std::lock_guard<std::mutex> lock(pull_mutex);
          now = pull;
        }
        return now(wish);
      });
  // As many refusals are recorded as a test makes.
  messenger = std::make_unique<Messenger>(
      Messenger::Options{tsm_id, OneSecret(), 1000000},
      Messenger::Collaborators{store, *source, *appraiser, clock,
                               crypto::SystemRandom(), *pulls, sealer, brake});
  env.reset(new Env{*guard, store, *messenger, clock, sealer, identity_keys,
                    brakes, brake});
}

void TsmFixture::SetPull(PullQueue::Pull next) {
  std::lock_guard<std::mutex> lock(pull_mutex);
  pull = std::move(next);
}

rpc::CallContext TsmFixture::Call(const std::string& method) const {
  return rpc::CallContext(
      {rpc::CallerKind::kService, "gateway"}, method,
      "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
      absl::InfiniteFuture());
}

absl::StatusOr<std::string> TsmFixture::Advance(const std::string& message,
                                                protocol::Dialect dialect,
                                                bool es256) {
  v1::AdvanceRequest request;
  request.set_message(message);
  request.set_dialect(dialect == protocol::Dialect::kPei03
                          ? v1::DIALECT_PEI03
                          : v1::DIALECT_IETF03);
  request.set_es256(es256);
  v1::AdvanceResponse response;
  // As its task does all the time; some tests have no database.
  brake.Refresh().IgnoreError();
  const rpc::CallContext call = Call("otrp.tsm.v1.DeviceMessaging.Advance");
  const absl::Status status = handlers::Advance(call, *env, request, response);
  told_refused = response.refused();
  told_come_again = response.come_again_after_s();
  if (!status.ok()) return status;
  // What libs/rpc enforces on a server.
  EXPECT_TRUE(call.nothing_changed() ? call.audit_records() == 0
                                     : call.audit_records() == 1)
      << "records: " << call.audit_records()
      << " nothing changed: " << call.nothing_changed();
  return std::move(*response.mutable_message());
}

std::vector<std::string> TsmFixture::Drive(MiniTee* tee,
                                           protocol::Dialect dialect,
                                           bool es256) {
  std::vector<std::string> requests;
  std::string message;
  // More than any test needs.
  for (int i = 0; i < 50; ++i) {
    absl::StatusOr<std::string> request = Advance(message, dialect, es256);
    EXPECT_TRUE(request.ok()) << request.status();
    if (!request.ok() || request->empty()) return requests;
    requests.push_back(*request);
    message = tee->Answer(*request);
  }
  ADD_FAILURE() << "the session doesn't end";
  return requests;
}

void TsmFixture::Release(const std::string& version, const std::string& signer,
                         const std::string& taid, const std::string& spid,
                         const std::string& image) {
  tsm::Release release;
  release.spid = spid;
  release.taid = taid;
  release.version = version;
  release.image =
      image.empty() ? absl::StrCat("image of ", taid, " ", version) : image;
  release.personalization = "data";
  release.signer_certificate = signer;
  release.signer_fingerprint = HexEncode(crypto::Sha256(signer));
  EXPECT_TRUE(store
                  .ApplyEvent(absl::StrCat("event-", next_event_++), release,
                              Audit("catalog.release"))
                  .ok());
}

void TsmFixture::Certificate(const std::string& certificate,
                             const std::string& spid) {
  EXPECT_TRUE(
      store
          .ApplyEvent(absl::StrCat("event-", next_event_++),
                      SpCertificate{spid, spid, certificate,
                                    HexEncode(crypto::Sha256(certificate))},
                      Audit("catalog.certificate"))
          .ok());
}

void TsmFixture::Assign(bool assigned, const Target& target,
                        const std::string& taid, const std::string& spid) {
  EXPECT_TRUE(store
                  .ApplyEvent(absl::StrCat("event-", next_event_++),
                              Assignment{spid, taid, target, assigned},
                              Audit("catalog.assign"))
                  .ok());
}

void TsmFixture::Withdraw(const std::string& taid, const std::string& spid) {
  EXPECT_TRUE(store
                  .ApplyEvent(absl::StrCat("event-", next_event_++),
                              Withdrawal{spid, taid}, Audit("catalog.withdraw"))
                  .ok());
}

DeviceDetails TsmFixture::DeviceOf(const MiniTee& tee) {
  absl::StatusOr<DeviceDetails> details = store.GetDevice(tee.did());
  EXPECT_TRUE(details.ok()) << details.status();
  return details.ok() ? *std::move(details) : DeviceDetails();
}

std::vector<Session> TsmFixture::Sessions() {
  return Must(store.ListSessions(absl::nullopt, 1000, ""));
}

std::pair<Session, std::vector<SessionMessage>> TsmFixture::SessionOf(
    const std::string& tid) {
  return Must(store.GetSession(tid));
}

std::vector<std::string> TsmFixture::LogOf(const std::string& tid) {
  std::vector<std::string> log;
  for (const SessionMessage& message : SessionOf(tid).second) {
    std::vector<std::string> parts = {WordOf(message.direction), message.name};
    const std::string status = WordOf(message.status);
    if (!status.empty()) parts.push_back(status);
    if (!message.error_code.empty()) parts.push_back(message.error_code);
    log.push_back(absl::StrJoin(parts, " "));
  }
  return log;
}

int TsmFixture::Refusals(const std::string& reason) {
  int count = 0;
  for (const store::AuditEvent& event : AuditEvents()) {
    if (event.action != "message.refused") continue;
    const json::Value details =
        Must(json::Parse(event.details_json, json::kOurs));
    if (details.Find("reason")->as_string() == reason) ++count;
  }
  return count;
}

std::string NameOf(const std::string& message) {
  if (message.empty()) return "";
  const json::Value outer = Must(json::Parse(message, json::kOurs));
  return std::string(outer.members().begin()->first);
}

std::pair<std::string, std::string> IdsOf(const std::string& request) {
  const json::Value outer = Must(json::Parse(request, json::kOurs));
  const auto jws =
      Must(jose::UnverifiedJws::Parse(outer.members().begin()->second));
  const json::Value payload = Must(json::Parse(jws.payload(), json::kOurs));
  const json::Value& tbs = payload.members().begin()->second;
  return {std::string(tbs.Find("tid")->as_string()),
          std::string(tbs.Find("rid")->as_string())};
}

}  // namespace testing
}  // namespace tsm
}  // namespace otrp
