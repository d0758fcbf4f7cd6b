// What tests of the portal's handlers stand on: the real store, a CA and a
// delivery that answer at once. The real ones: tests/e2e.
//
// Thread-safety: none.

#ifndef OTRP_SERVICES_SP_PORTAL_TESTING_HANDLERS_FIXTURE_H_
#define OTRP_SERVICES_SP_PORTAL_TESTING_HANDLERS_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/fake_random.h"
#include "libs/base/secret.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/ta_image.h"
#include "libs/protocol/test_pki.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/access.pb.h"
#include "otrp/portal/v1/portal.pb.h"
#include "otrp/tsm/v1/tsm.pb.h"
#include "services/sp_portal/authz.h"
#include "services/sp_portal/clients/issuer_fetcher.h"
#include "services/sp_portal/env.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/members.h"
#include "services/sp_portal/handlers/service_providers.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/publisher_store.h"
#include "services/sp_portal/storage/rollout_store.h"
#include "services/sp_portal/storage/upload_store.h"
#include "services/sp_portal/storage/webhook_store.h"
#include "services/sp_portal/testing/fakes.h"
#include "tests/support/service_database.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace portal {

class HandlersFixture : public ::testing::Test {
 protected:
  static rpc::CallContext Call(rpc::CallerKind kind, const std::string& name,
                               const std::string& agent = "") {
    rpc::Identity caller;
    caller.kind = kind;
    caller.name = name;
    caller.agent = agent;
    return rpc::CallContext(caller, "test", "", absl::InfiniteFuture());
  }

  absl::Status Create(const std::string& spid, const std::string& name) {
    v1::CreateServiceProviderRequest request;
    request.set_spid(spid);
    request.set_name(name);
    v1::CreateServiceProviderResponse response;
    return handlers::CreateServiceProvider(operator_, env_, request, response);
  }

  absl::StatusOr<v1::EnrollCertificateResponse> Enroll(
      const rpc::CallContext& call, const std::string& spid,
      const std::string& csr) {
    v1::EnrollCertificateRequest request;
    request.set_spid(spid);
    request.set_csr_der(csr);
    v1::EnrollCertificateResponse response;
    absl::Status status =
        handlers::EnrollCertificate(call, env_, request, response);
    if (!status.ok()) return status;
    return response;
  }

  // A TA as if it had been pushed.
  void StoreVersion(const std::string& spid, const std::string& taid,
                    const std::string& version) {
    auto sp = store_.GetSp(spid);
    ASSERT_TRUE(sp.ok() && !sp->certificates.empty());
    AppVersion v;
    v.spid = spid;
    v.taid = taid;
    v.version = version;
    v.format = protocol::TaImageFormat::kJws;
    v.image_sha256 = crypto::Sha256("image");
    v.pdata_sha256 = crypto::Sha256("pdata");
    v.signer_fingerprint = sp->certificates[0].fingerprint;
    OTRP_ASSERT_OK(store_.AddVersion(
        v, *service::Version::Parse(version),
        {*blobs_.Seal("image"), *blobs_.Seal("pdata"), /*upload_id=*/""},
        Quotas(), store::AuditEvent()));
  }

  // A key and a certificate that sign images of the SP.
  void AddSigner(const std::string& spid) {
    key_ = std::make_unique<crypto::PrivateKey>(
        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value());
    SpCertificate certificate;
    certificate.der =
        protocol::test::NewLeaf(protocol::test::NewHierarchy("SP"),
                                pki::Role::kSp, key_->public_key())
            .der();
    certificate.fingerprint = crypto::Sha256(certificate.der);
    certificate.serial = "0b";
    certificate.not_after = clock_.Now() + absl::Hours(24 * 365);
    certificate.enrolled_at = clock_.Now();
    store::OutboxMessage message;
    message.event_id = absl::StrCat("signer of ", spid);
    message.topic = "tsm.catalog";
    message.key = spid;
    OTRP_ASSERT_OK(
        store_.AddCertificate(spid, certificate, message, store::AuditEvent()));
  }

  // Of format jws, by the signer, around as many octets of code.
  std::string SignedImage(const std::string& taid, const std::string& version,
                          size_t bytes) {
    return protocol::BuildJwsTaImage(std::string(bytes, 'c'), taid, version,
                                     *key_, {})
        .value();
  }

  void AddBank() {
    OTRP_ASSERT_OK(Create("bank", "Bank AG"));
    OTRP_ASSERT_OK(Enroll(operator_, "bank", "csr"));
    StoreVersion("bank", "pay", "1.0.0");
  }

  // The first token of a new member; spid "" is the operators' side.
  std::string NewMember(const std::string& spid, const std::string& role,
                        const std::string& name) {
    v1::CreateInvitationRequest invite;
    invite.set_spid(spid);
    invite.set_role(role);
    v1::CreateInvitationResponse invited;
    EXPECT_THAT(handlers::CreateInvitation(operator_, env_, invite, invited),
                ::otrp::testing::IsOk());
    v1::AcceptInvitationRequest accept;
    accept.set_code(invited.code());
    accept.set_name(name);
    v1::AcceptInvitationResponse accepted;
    EXPECT_THAT(
        handlers::AcceptInvitation(Call(rpc::CallerKind::kService, "api"), env_,
                                   accept, accepted),
        ::otrp::testing::IsOk());
    return accepted.token();
  }

  // What waits for the TSM, oldest first.
  std::vector<store::OutboxMessage> Messages() {
    std::vector<store::OutboxMessage> messages;
    absl::StatusOr<store::Rows> rows = database_.pool().Query(
        "SELECT event_id::text, payload, traceparent FROM outbox ORDER BY id");
    EXPECT_THAT(rows, ::otrp::testing::IsOk());
    if (!rows.ok()) return messages;
    for (store::Row row : *rows) {
      store::OutboxMessage& message = messages.emplace_back();
      EXPECT_THAT(row.Scan(&message.event_id, store::BytesOut(&message.payload),
                           &message.traceparent),
                  ::otrp::testing::IsOk());
    }
    return messages;
  }

  tsm::v1::ApplyRequest LastEvent() {
    const std::vector<store::OutboxMessage> messages = Messages();
    tsm::v1::ApplyRequest event;
    if (messages.empty()) {
      ADD_FAILURE() << "there is no event";
      return event;
    }
    EXPECT_TRUE(event.ParseFromString(messages.back().payload));
    EXPECT_EQ(event.event_id(), messages.back().event_id);
    return event;
  }

  std::unique_ptr<crypto::PrivateKey> key_;
  FakeClock clock_{absl::FromUnixSeconds(1763900000)};
  FakeRandom random_{1};
  ::otrp::testing::ServiceDatabase database_{
      {"portal", "services/sp_portal/storage/migrations"}};
  PortalStore store_{database_.pool()};
  BlobStore blobs_{database_.pool(), SecretBytes(std::string(32, 'k')),
                   random_};
  UploadStore uploads_{database_.pool(), blobs_};
  WebhookStore webhooks_{database_.pool(), blobs_};
  RolloutStore rollouts_{database_.pool()};
  AccessStore access_{database_.pool()};
  PublisherStore publishers_{database_.pool()};
  IssuerFetcher issuers_{publishers_, clock_, {}};
  testing::FakeCa ca_{clock_};
  testing::FakeDelivery delivery_;
  testing::FakePullLog pull_log_;
  rpc::Guard guard_{"sp_portal", Authz()};
  Env env_{guard_,
           store_,
           blobs_,
           uploads_,
           ca_,
           delivery_,
           pull_log_,
           clock_,
           random_,
           access_,
           /*max_token_life=*/absl::Hours(24),
           publishers_,
           issuers_,
           /*insecure_issuers=*/false,
           webhooks_,
           rollouts_};
  rpc::CallContext operator_ = Call(rpc::CallerKind::kOperator, "alice");
  rpc::CallContext bank_ = Call(rpc::CallerKind::kSp, "bank");
  rpc::CallContext shop_ = Call(rpc::CallerKind::kSp, "shop");
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_TESTING_HANDLERS_FIXTURE_H_
