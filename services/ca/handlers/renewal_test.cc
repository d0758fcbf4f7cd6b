// Client certificates go on for who holds them, and for nobody else: the real
// CA over its real database, and over mutual TLS where the connection's own
// certificate is what counts.

#include "services/ca/handlers/renewal.h"

#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/identity.h"
#include "libs/rpc/server.h"
#include "otrp/ca/v1/renewal.grpc.pb.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/limits.h"
#include "services/ca/services.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kStopped = absl::StatusCode::kFailedPrecondition;
constexpr auto kDenied = absl::StatusCode::kPermissionDenied;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::Duration kLife = absl::Hours(16);
constexpr char kAlice[] = "otrp://operator/alice";

using Renewed = absl::StatusOr<v1::RenewCertificateResponse>;

// One CA, whose clock begins now: connections are checked by the real one.
Suite& TheSuite() {
  static auto* const suite = new Suite(absl::Now());
  return *suite;
}

class RenewalTest : public ::testing::Test {
 protected:
  RenewalTest() { clock_.Set(absl::Now()); }

  absl::StatusOr<v1::IssueCertificateResponse> Give(
      const std::string& uri, int64_t lifetime_seconds = 0,
      const std::string& csr = NewCsr()) {
    v1::IssueCertificateRequest request;
    request.set_profile(v1::PROFILE_CLIENT);
    request.set_csr_der(csr);
    request.add_san_uris(uri);
    request.set_lifetime_seconds(lifetime_seconds);
    v1::IssueCertificateResponse response;
    OTRP_RETURN_IF_ERROR(IssueCertificate(Operator(), env_, request, response));
    return response;
  }

  Renewed Renew(const std::string& serial, const std::string& csr = NewCsr(),
                const rpc::Identity& caller = {rpc::CallerKind::kOperator,
                                               "alice"},
                int64_t lifetime_seconds = 0) {
    RenewalEnv env{env_.guard, env_, serial, false};
    v1::RenewCertificateRequest request;
    request.set_csr_der(csr);
    request.set_lifetime_seconds(lifetime_seconds);
    v1::RenewCertificateResponse response;
    const rpc::CallContext call(caller, "test", "", absl::InfiniteFuture());
    OTRP_RETURN_IF_ERROR(RenewCertificate(call, env, request, response));
    return response;
  }

  void Revoke(const std::string& serial, v1::RevocationReason reason) {
    v1::RevokeCertificateRequest request;
    request.set_serial(serial);
    request.set_reason(reason);
    v1::RevokeCertificateResponse response;
    ASSERT_THAT(RevokeCertificate(Operator(), env_, request, response), IsOk());
  }

  static absl::Time EndOf(const v1::RenewCertificateResponse& renewed) {
    return absl::FromUnixSeconds(renewed.not_after().seconds());
  }
  static pki::Certificate LeafOf(const v1::RenewCertificateResponse& renewed) {
    return pki::Certificate::FromDer(renewed.chain_der(0)).value();
  }

  Suite& suite_ = TheSuite();
  Env& env_ = *suite_.env;
  FakeClock& clock_ = suite_.clock;
};

TEST_F(RenewalTest, AtHalfLifeItLivesAnewWithTheSameNames) {
  for (const std::string uri :
       {"otrp://operator/alice", "otrp://auditor/eve", "otrp://sp/bank"}) {
    clock_.Set(absl::Now());
    const auto given = Give(uri);
    ASSERT_THAT(given.status(), IsOk());
    clock_.Advance(kLife / 2);
    OTRP_ASSERT_OK_AND_ASSIGN(
        const v1::RenewCertificateResponse renewed,
        Renew(given->serial(), NewCsr(), rpc::ParseIdentity(uri).value()));
    EXPECT_NE(renewed.serial(), given->serial());
    EXPECT_EQ(LeafOf(renewed).not_after(), EndOf(renewed));
    EXPECT_LE(absl::AbsDuration(EndOf(renewed) - clock_.Now() - kLife),
              absl::Seconds(1));
    const pki::Certificate leaf = LeafOf(renewed);
    EXPECT_EQ(leaf.san_uris(), std::vector<std::string>{uri});
    EXPECT_EQ(leaf.common_name(), "device");
    EXPECT_EQ(leaf.eku_oids(), pki::ProfileFor(pki::Role::kClient).eku_oids);
    ASSERT_EQ(renewed.chain_der_size(), 3);
  }
}

TEST_F(RenewalTest, TheSameRequestAgainGetsTheSameAnswer) {
  const auto given = Give(kAlice);
  const std::string csr = NewCsr();
  OTRP_ASSERT_OK_AND_ASSIGN(const auto first, Renew(given->serial(), csr));
  const size_t records = suite_.database.AuditEvents().size();
  OTRP_ASSERT_OK_AND_ASSIGN(const auto again, Renew(given->serial(), csr));
  EXPECT_EQ(again.serial(), first.serial());
  EXPECT_EQ(suite_.database.AuditEvents().size(), records);
  EXPECT_EQ(suite_.database.AuditEvents().back().action, "certificate.renew");
}

TEST_F(RenewalTest, WhatHasEndedIsRenewedNoMore) {
  const auto given = Give(kAlice);
  clock_.Advance(kLife);
  EXPECT_THAT(Renew(given->serial()).status(),
              StatusIs(kStopped, HasSubstr("your certificate ended at ")));
}

TEST_F(RenewalTest, ARevokedOneIsRenewedNoMoreNorWhatCameFromItOrBesideIt) {
  const auto first = Give(kAlice);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto child, Renew(first->serial()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto sibling, Renew(first->serial()));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto grandchild, Renew(child.serial()));
  Revoke(sibling.serial(), v1::REVOCATION_REASON_PRIVILEGE_WITHDRAWN);
  EXPECT_THAT(Renew(sibling.serial()).status(),
              StatusIs(kStopped, HasSubstr("was revoked")));
  for (const std::string& serial :
       {first->serial(), child.serial(), grandchild.serial()}) {
    EXPECT_THAT(Renew(serial).status(),
                StatusIs(kStopped, HasSubstr("came from the same one")));
  }
  // Another one of hers has nothing to do with it.
  EXPECT_THAT(Renew(Give(kAlice)->serial()).status(), IsOk());
}

TEST_F(RenewalTest, ThatANewerOneCameStopsNothing) {
  const auto first = Give(kAlice);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto child, Renew(first->serial()));
  Revoke(first->serial(), v1::REVOCATION_REASON_SUPERSEDED);
  EXPECT_THAT(Renew(child.serial()).status(), IsOk());
}

TEST_F(RenewalTest, RightsCannotGrow) {
  const auto given = Give("otrp://sp/bank");
  const rpc::Identity bank(rpc::CallerKind::kSp, "bank");
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto csr = [&](const std::string& name,
                       const std::vector<std::string>& uris,
                       const std::vector<std::string>& dns = {}) {
    return pki::Csr::Create(key, name, uris, dns).value().der();
  };
  const auto refused =
      StatusIs(kInvalid, HasSubstr("csr_der: must have the names"));
  EXPECT_THAT(
      Renew(given->serial(), csr("device", {"otrp://operator/bank"}), bank)
          .status(),
      refused);
  EXPECT_THAT(Renew(given->serial(),
                    csr("device", {"otrp://sp/bank", "otrp://sp/shop"}), bank)
                  .status(),
              refused);
  EXPECT_THAT(Renew(given->serial(), csr("root", {}), bank).status(), refused);
  EXPECT_THAT(
      Renew(given->serial(), csr("device", {}, {"ca.otrp.internal"}), bank)
          .status(),
      refused);
  EXPECT_THAT(
      Renew(given->serial(), csr("device", {"otrp://sp/bank"}), bank).status(),
      IsOk());
  // Nor by another's certificate, whoever learned its number.
  for (const rpc::Identity& other :
       {rpc::Identity(rpc::CallerKind::kSp, "shop"),
        rpc::Identity(rpc::CallerKind::kOperator, "bank")}) {
    EXPECT_THAT(Renew(given->serial(), NewCsr(), other).status(),
                StatusIs(kDenied));
  }
}

TEST_F(RenewalTest, OtherProfilesAndOthersCertificatesAreNot) {
  v1::IssueCertificateRequest request;
  request.set_profile(v1::PROFILE_SERVICE);
  request.set_csr_der(NewCsr());
  request.add_san_uris("otrp://service/tsm");
  v1::IssueCertificateResponse service;
  ASSERT_THAT(IssueCertificate(Operator(), env_, request, service), IsOk());
  EXPECT_THAT(
      Renew(service.serial(), NewCsr(), {rpc::CallerKind::kService, "tsm"})
          .status(),
      StatusIs(kDenied));
  EXPECT_THAT(Renew("f00d").status(),
              StatusIs(kStopped, HasSubstr("didn't issue")));
}

TEST_F(RenewalTest, TokensAndSessionsRenewNothing) {
  const auto given = Give("otrp://sp/bank");
  rpc::Identity owner(rpc::CallerKind::kSp, "bank");
  owner.role = rpc::Role::kOwner;
  owner.agent = "token/tok_1";
  EXPECT_THAT(Renew(given->serial(), NewCsr(), owner).status(),
              StatusIs(kDenied, HasSubstr("a token or session")));
}

TEST_F(RenewalTest, AKeyThatWasCompromisedIsNotTheNewOnes) {
  const auto key =
      crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
  const auto leaked = Give("otrp://sp/leaky", 0, CsrOf(key));
  const auto given = Give(kAlice);
  Revoke(leaked->serial(), v1::REVOCATION_REASON_KEY_COMPROMISE);
  EXPECT_THAT(Renew(given->serial(), CsrOf(key)).status(),
              StatusIs(kInvalid, HasSubstr("csr_der: its key")));
}

TEST_F(RenewalTest, RenewingEndsAMonthAfterTheFirst) {
  const auto given = Give(kAlice);
  const absl::Time begin = clock_.Now();
  std::string serial = given->serial();
  absl::Time end = begin + kLife;
  int renewals = 0;
  for (;;) {
    clock_.Advance(absl::Hours(12));
    if (clock_.Now() >= end) break;
    const Renewed renewed = Renew(serial);
    ASSERT_THAT(renewed.status(), IsOk()) << "after " << renewals;
    ASSERT_LT(++renewals, 100);
    serial = renewed->serial();
    end = EndOf(*renewed);
    EXPECT_LE(end, begin + kClientRenewableFor);
  }
  EXPECT_GE(renewals, 58);
  EXPECT_GE(end, begin + kClientRenewableFor - absl::Minutes(6));
  // Who gets it anew begins anew.
  EXPECT_THAT(Renew(Give(kAlice)->serial()).status(), IsOk());
}

TEST_F(RenewalTest, AMonthAfterTheFirstALongOneIsRenewedNoMoreEither) {
  const int64_t month = absl::ToInt64Seconds(kClientMaxLifetime);
  const auto given = Give(kAlice, month);
  ASSERT_THAT(given.status(), IsOk());
  clock_.Advance(kClientRenewableFor - absl::Minutes(1));
  EXPECT_THAT(Renew(given->serial()).status(),
              StatusIs(kStopped, HasSubstr("is renewed no more")));
}

TEST_F(RenewalTest, LifetimesBeyondTheCasFlagsAreRefused) {
  const int64_t max = absl::ToInt64Seconds(kClientMaxLifetime);
  for (int64_t bad : {int64_t{-1}, int64_t{1}, int64_t{599}, max + 1,
                      std::numeric_limits<int64_t>::max()}) {
    EXPECT_THAT(Give(kAlice, bad).status(),
                StatusIs(kInvalid, HasSubstr("lifetime_seconds: must be 600")))
        << bad;
    const auto given = Give(kAlice);
    EXPECT_THAT(Renew(given->serial(), NewCsr(),
                      {rpc::CallerKind::kOperator, "alice"}, bad)
                    .status(),
                StatusIs(kInvalid, HasSubstr("lifetime_seconds")))
        << bad;
  }
  for (int64_t good : {int64_t{600}, max}) {
    const auto given = Give(kAlice, good);
    ASSERT_THAT(given.status(), IsOk());
    EXPECT_LE(std::abs(given->not_after().seconds() -
                       absl::ToUnixSeconds(clock_.Now()) - good),
              1);
    // It says so itself, too.
    EXPECT_EQ(absl::ToUnixSeconds(
                  pki::Certificate::FromDer(given->chain_der(0))->not_after()),
              given->not_after().seconds());
  }
  // Of other profiles what they have is the most.
  v1::IssueCertificateRequest request;
  request.set_profile(v1::PROFILE_TEE);
  request.set_csr_der(NewCsr());
  request.set_lifetime_seconds(3651 * 86400);
  v1::IssueCertificateResponse response;
  EXPECT_THAT(IssueCertificate(Operator(), env_, request, response),
              StatusIs(kInvalid, HasSubstr("lifetime_seconds")));
}

// Over mutual TLS.
class RenewalOverTlsTest : public RenewalTest {
 protected:
  RenewalOverTlsTest() {
    services_ = NewServices(env_);
    Serve(crypto::KeyType::kEcP256);
  }

  // With a certificate of such a key.
  void Serve(crypto::KeyType type) {
    server_.reset();
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &suite_.guard;
    options.tls_dir = Holder(v1::PROFILE_SERVICE, "otrp://service/ca",
                             "ca.otrp.internal", type);
    std::vector<grpc::Service*> services;
    for (const auto& service : services_) services.push_back(service.get());
    server_ = rpc::Server::Start(options, services).value();
  }

  // Makes a folder for --tls_dir and remembers the certificate's serial.
  std::string Holder(v1::Profile profile, const std::string& uri,
                     const std::string& dns = "",
                     crypto::KeyType type = crypto::KeyType::kEcP256) {
    const auto key = crypto::PrivateKey::Generate(type).value();
    std::vector<std::string> names;
    if (!dns.empty()) names.push_back(dns);
    v1::IssueCertificateRequest request;
    request.set_profile(profile);
    request.set_csr_der(
        pki::Csr::Create(key, "holder", {}, names).value().der());
    request.add_san_uris(uri);
    v1::IssueCertificateResponse response;
    EXPECT_THAT(IssueCertificate(Operator(), env_, request, response), IsOk());
    serial_ = response.serial();
    static int folders = 0;
    const std::string dir =
        absl::StrCat(::testing::TempDir(), "/renewal-", ++folders);
    EXPECT_THAT(MakeFolder(dir), IsOk());
    std::string chain;
    for (int i = 0; i + 1 < response.chain_der_size(); ++i) {
      chain +=
          pki::ToPem(pki::Certificate::FromDer(response.chain_der(i)).value());
    }
    const std::string root = pki::ToPem(
        pki::Certificate::FromDer(*response.chain_der().rbegin()).value());
    EXPECT_THAT(WriteFileAtomically(dir + "/cert.pem", chain, 0600), IsOk());
    EXPECT_THAT(WriteFileAtomically(dir + "/key.pem", key.ToPem().view(), 0600),
                IsOk());
    EXPECT_THAT(WriteFileAtomically(dir + "/ca.pem", root, 0600), IsOk());
    return dir;
  }

  Renewed Call(const std::string& dir, const std::string& shown_serial = "",
               absl::optional<rpc::Identity> caller = {}) {
    const auto stub = v1::CertificateRenewal::NewStub(
        rpc::CreateChannel(
            {absl::StrCat("127.0.0.1:", server_->port()), "ca", dir})
            .value());
    v1::RenewCertificateRequest request;
    request.set_csr_der(
        CsrOf(crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value(),
              "holder"));
    request.set_shown_serial(shown_serial);
    rpc::CallOptions options;
    options.timeout = absl::Seconds(20);
    options.caller = std::move(caller);
    return rpc::Call<v1::RenewCertificateResponse>(
        *stub, &v1::CertificateRenewal::Stub::RenewCertificate, request,
        options);
  }

  std::string FirstOf(const std::string& serial) {
    return env_.renewals.Find(serial)->first_serial;
  }

  std::string serial_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<rpc::Server> server_;
};

TEST_F(RenewalOverTlsTest, WhatIsRenewedIsTheCertificateOfTheConnection) {
  const std::string other_dir = Holder(v1::PROFILE_CLIENT, kAlice);
  const std::string other = serial_;
  const std::string dir = Holder(v1::PROFILE_CLIENT, kAlice);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto renewed, Call(dir));
  EXPECT_EQ(FirstOf(renewed.serial()), serial_);
  // Another one of the same name is another key's.
  EXPECT_THAT(Call(dir, other).status(),
              StatusIs(kInvalid, HasSubstr("shown_serial")));
  EXPECT_THAT(
      Call(Holder(v1::PROFILE_SERVICE, "otrp://service/tsm"), other).status(),
      StatusIs(kDenied));
}

TEST_F(RenewalOverTlsTest, KeysOnP384DoOnBothEnds) {
  Serve(crypto::KeyType::kEcP384);
  const std::string dir =
      Holder(v1::PROFILE_CLIENT, kAlice, "", crypto::KeyType::kEcP384);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto renewed, Call(dir));
  EXPECT_EQ(FirstOf(renewed.serial()), serial_);
}

TEST_F(RenewalOverTlsTest, TheFrontSaysWhatItWasShown) {
  Holder(v1::PROFILE_CLIENT, kAlice);
  const std::string shown = serial_;
  const std::string front = Holder(v1::PROFILE_SERVICE, "otrp://service/api");
  const rpc::Identity alice(rpc::CallerKind::kOperator, "alice");
  OTRP_ASSERT_OK_AND_ASSIGN(const auto renewed, Call(front, shown, alice));
  EXPECT_EQ(FirstOf(renewed.serial()), shown);
  EXPECT_THAT(Call(front, "", alice).status(),
              StatusIs(kInvalid, HasSubstr("shown_serial")));
  EXPECT_THAT(
      Call(front, shown, rpc::Identity(rpc::CallerKind::kOperator, "mallory"))
          .status(),
      StatusIs(kDenied));
  EXPECT_THAT(Call(front, shown).status(), StatusIs(kDenied));
}

}  // namespace
}  // namespace handlers
}  // namespace ca
}  // namespace otrp
