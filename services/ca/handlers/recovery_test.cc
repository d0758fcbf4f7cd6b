// A database that was restored from a dump, and what the authorities told after
// that.

#include "services/ca/handlers/recovery.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/crypto/random.h"
#include "libs/pki/crl.h"
#include "libs/pki/issue.h"
#include "services/ca/handlers/audit_recovery.h"
#include "services/ca/testing/suite.h"
#include "tests/support/postgres.h"
#include "tests/support/status_matchers.h"
#include "tests/support/subprocess.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A ca over the database of a dump.
class Restored {
 public:
  Restored(std::unique_ptr<store::Pool> pool, Env& other)
      : pool_(std::move(pool)),
        store(*pool_),
        tsm_ids_(*pool_),
        recovery_(*pool_),
        authorities_(Authorities::Load(store, TestKek()).value()),
        revocation_(authorities_, store, other.clock,
                    Issuer::Urls{"http://pki.example"}),
        env{other.guard,    store,
            authorities_,   other.generations,
            other.issuer,   revocation_,
            other.ocsp,     other.clock,
            tsm_ids_,       recovery_,
            other.batches,  other.requests,
            other.renewals, other.client_lives} {}

 private:
  const std::unique_ptr<store::Pool> pool_;

 public:
  CaStore store;

 private:
  TsmIdStore tsm_ids_;
  RecoveryStore recovery_;
  const Authorities authorities_;
  Revocation revocation_;

 public:
  Env env;
};

class RecoveryTest : public SuiteTest {
 protected:
  std::string Path() {
    return absl::StrCat(::testing::TempDir(), "/recovery.dump");
  }

  void Dump() {
    ASSERT_THAT(testing::RunProgram(
                    {"pg_dump", "--format=custom", "--file=" + Path(),
                     "--dbname=" + database_.database().SuperuserDsn()}),
                IsOk());
  }

  std::unique_ptr<Restored> Restore() {
    const std::string name = database_.database().name();
    const auto in_new = [&](const std::string& dsn) {
      return absl::StrReplaceAll(dsn, {{name, "restored"}});
    };
    const std::string superuser = database_.database().SuperuserDsn();
    EXPECT_THAT(testing::RunProgram({"psql", "--dbname=" + superuser,
                                     "--command", "CREATE DATABASE restored"}),
                IsOk());
    EXPECT_THAT(testing::RunProgram({"pg_restore", "--exit-on-error",
                                     "--dbname=" + in_new(superuser), Path()}),
                IsOk());
    store::Pool::Options options;
    options.dsn = in_new(database_.database().Dsn("ca"));
    options.schema = "ca";
    options.size = 2;
    return std::make_unique<Restored>(store::Pool::Create(options).value(),
                                      env_);
  }

  static absl::StatusOr<v1::ReconcileCrlResponse> Reconcile(
      Env& env, const std::string& crl, bool dry_run = false) {
    v1::ReconcileCrlRequest request;
    request.set_crl_der(crl);
    request.set_dry_run(dry_run);
    v1::ReconcileCrlResponse response;
    const absl::Status status =
        ReconcileCrl(Operator(), env, request, response);
    if (!status.ok()) return status;
    return response;
  }
};

TEST_F(RecoveryTest,
       WhatWasRevokedAfterTheDumpIsRevokedAgainOnceTheListIsRead) {
  const std::string lost = Issue(v1::PROFILE_TEE, NewCsr())->serial();
  ASSERT_THAT(env_.revocation.PublishCrl("tee-ca"), IsOk());
  Dump();
  const std::string late = Issue(v1::PROFILE_TEE, NewCsr())->serial();
  ASSERT_THAT(Revoke(lost), IsOk());
  ASSERT_THAT(Revoke(late, v1::REVOCATION_REASON_SUPERSEDED), IsOk());
  const CrlRecord told = store_.GetCrl("tee-ca").value();
  const Revoked first = *store_.GetCertificate(lost)->revoked;

  const std::unique_ptr<Restored> restored = Restore();
  CaStore& store = restored->store;
  ASSERT_EQ(store.GetCertificate(lost)->state, CertificateState::kIssued)
      << "the fault that this is about";
  ASSERT_LT(store.GetCrl("tee-ca")->number, told.number);
  clock_.Advance(absl::Seconds(1));
  ASSERT_THAT(restored->env.revocation.PublishCrl("tee-ca"), IsOk());
  EXPECT_GT(store.GetCrl("tee-ca")->number, told.number);

  auto learnt = Reconcile(restored->env, told.der, /*dry_run=*/true);
  ASSERT_THAT(learnt.status(), IsOk());
  EXPECT_EQ(store.GetCertificate(lost)->state, CertificateState::kIssued);
  learnt = Reconcile(restored->env, told.der);
  ASSERT_THAT(learnt.status(), IsOk());
  EXPECT_EQ(learnt->authority(), "tee-ca");
  EXPECT_EQ(learnt->crl_number(), told.number);
  EXPECT_THAT(learnt->revoked(), ElementsAre(lost));
  EXPECT_THAT(learnt->unknown(), ElementsAre(late));

  const CertificateRecord again = store.GetCertificate(lost).value();
  EXPECT_EQ(again.state, CertificateState::kRevoked);
  EXPECT_EQ(again.revoked->reason, RevocationReason::kKeyCompromise);
  EXPECT_EQ(absl::ToUnixSeconds(again.revoked->at),
            absl::ToUnixSeconds(first.at));
  const CrlRecord next = store.GetCrl("tee-ca").value();
  EXPECT_GT(next.number, told.number);
  std::vector<std::string> listed;
  const pki::Crl next_crl = pki::Crl::Parse(next.der).value();
  for (const pki::RevokedEntry& entry : next_crl.revoked()) {
    listed.push_back(entry.serial);
  }
  EXPECT_THAT(listed, ::testing::IsSupersetOf({lost, late}));

  learnt = Reconcile(restored->env, told.der);
  ASSERT_THAT(learnt.status(), IsOk());
  EXPECT_THAT(learnt->revoked(), IsEmpty());
  EXPECT_THAT(learnt->unknown(), IsEmpty());
  clock_.Advance(-absl::Seconds(1));
}

TEST_F(RecoveryTest, WhereNoListIsLeftTheLogThatWasExportedTellsIt) {
  const std::string lost = Issue(v1::PROFILE_TEE, NewCsr())->serial();
  const std::string placeless = Issue(v1::PROFILE_SP, NewCsr())->serial();
  const std::string good = Issue(v1::PROFILE_TEE, NewCsr())->serial();
  v1::ReconcileAuditRequest request;
  const auto add = [&](const std::string& serial, const std::string& authority,
                       v1::RevocationReason reason) {
    v1::LoggedRevocation* one = request.add_revocations();
    one->set_serial(serial);
    one->set_authority(authority);
    one->set_reason(reason);
    one->mutable_revoked_at()->set_seconds(
        absl::ToUnixSeconds(clock_.Now() - absl::Hours(1)));
  };
  add(absl::AsciiStrToUpper(lost), "tee-ca",
      v1::REVOCATION_REASON_KEY_COMPROMISE);
  add(placeless, "", v1::REVOCATION_REASON_SUPERSEDED);
  add("a1b2", "tee-ca", v1::REVOCATION_REASON_UNSPECIFIED);
  add("a1b3", "", v1::REVOCATION_REASON_UNSPECIFIED);
  add("a1b4", "nobody", v1::REVOCATION_REASON_UNSPECIFIED);
  v1::ReconcileAuditResponse response;
  request.set_dry_run(true);
  ASSERT_THAT(ReconcileAudit(Operator(), env_, request, response), IsOk());
  EXPECT_EQ(response.revoked_size(), 2);
  EXPECT_EQ(store_.GetCertificate(lost)->state, CertificateState::kIssued);

  request.set_dry_run(false);
  response.Clear();
  const size_t records = AuditCount();
  ASSERT_THAT(ReconcileAudit(Operator(), env_, request, response), IsOk());
  EXPECT_THAT(response.revoked(),
              ::testing::UnorderedElementsAre(lost, placeless));
  EXPECT_THAT(response.unknown(), ElementsAre("a1b2"));
  EXPECT_THAT(response.unplaced(), ElementsAre("a1b3", "a1b4"));
  EXPECT_EQ(AuditCount(), records + 2);
  const CertificateRecord again = store_.GetCertificate(lost).value();
  EXPECT_EQ(again.revoked->reason, RevocationReason::kKeyCompromise);
  EXPECT_EQ(again.revoked->at, clock_.Now() - absl::Hours(1));
  EXPECT_EQ(store_.GetCertificate(good)->state, CertificateState::kIssued);
  const pki::Crl list = pki::Crl::Parse(store_.GetCrl("tee-ca")->der).value();
  std::vector<std::string> listed;
  for (const pki::RevokedEntry& entry : list.revoked()) {
    listed.push_back(entry.serial);
  }
  EXPECT_THAT(listed, ::testing::IsSupersetOf({lost, std::string("a1b2")}));
  // Again is nothing, and takes nothing back.
  response.Clear();
  ASSERT_THAT(ReconcileAudit(Operator(), env_, request, response), IsOk());
  EXPECT_EQ(response.revoked_size() + response.unknown_size(), 0);
  EXPECT_EQ(AuditCount(), records + 2);

  for (const char* bad : {"", "xyz", "a1b2"}) {
    v1::ReconcileAuditRequest wrong;
    wrong.add_revocations()->set_serial("a1b2");
    wrong.add_revocations()->set_serial(bad);
    EXPECT_THAT(ReconcileAudit(Operator(), env_, wrong, response),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
  EXPECT_THAT(ReconcileAudit(Operator(), env_, {}, response),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("revocations: must be 1 to 1000")));
}

TEST_F(RecoveryTest, AListOfNobodysTeachesNothing) {
  const std::string good = Issue(v1::PROFILE_TEE, NewCsr())->serial();
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  pki::AuthorityTemplate root;
  root.serial = pki::NewSerial(crypto::SystemRandom());
  // As ours is called.
  root.common_name = authorities_.Find("tee-ca")->certificate.common_name();
  root.not_before = clock_.Now() - absl::Hours(1);
  root.not_after = clock_.Now() + absl::Hours(1);
  pki::CrlTemplate crl;
  crl.number = 7;
  crl.this_update = clock_.Now();
  crl.next_update = clock_.Now() + absl::Hours(1);
  crl.revoked = {{good, clock_.Now(), 1}};
  const std::string forged =
      pki::IssueCrl(crl, pki::IssueRoot(root, key).value(), key)->der();
  std::string changed = store_.GetCrl("tee-ca")->der;
  changed[changed.size() - 5] ^= 1;
  for (const std::string& octets :
       {std::string(), std::string("hello"), forged, changed}) {
    EXPECT_THAT(
        Reconcile(env_, octets).status(),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("crl_der: ")));
  }
  EXPECT_EQ(store_.GetCertificate(good)->state, CertificateState::kIssued);
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
