// Who was revoked calls nothing more: certificates of the real CA, out of its
// real database, over a new connection and over one that was open, at the CA
// and at another service.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/base/files.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/service/caller_revocations.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "services/ca/handlers/certificates.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/services.h"
#include "services/ca/testing/suite.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace ca {
namespace {

using ::otrp::testing::IsOk;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kRefused = absl::StatusCode::kUnauthenticated;
constexpr absl::Duration kWait = absl::Seconds(20);

// A certificate with its key, as a process's --tls_dir.
struct Holder {
  std::string serial;
  std::string dir;
};

// The CA and another service, which have learned nothing yet.
class Stage {
 public:
  static Stage& Shared() {
    static auto* const stage = new Stage();
    return *stage;
  }

  Holder Issue(v1::Profile profile, const std::string& uri,
               const std::string& dns = "") {
    const auto key =
        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256).value();
    v1::IssueCertificateRequest request;
    request.set_profile(profile);
    std::vector<std::string> names;
    if (!dns.empty()) names.push_back(dns);
    request.set_csr_der(
        pki::Csr::Create(key, "holder", {}, names).value().der());
    request.add_san_uris(uri);
    v1::IssueCertificateResponse response;
    EXPECT_THAT(
        handlers::IssueCertificate(Operator(), *suite_.env, request, response),
        IsOk());
    Holder holder{response.serial(),
                  absl::StrCat(::testing::TempDir(), "/tls-", ++folders_)};
    EXPECT_THAT(MakeFolder(holder.dir), IsOk());
    std::string chain;
    for (int i = 0; i + 1 < response.chain_der_size(); ++i) {
      chain +=
          pki::ToPem(pki::Certificate::FromDer(response.chain_der(i)).value());
    }
    const std::string root = pki::ToPem(
        pki::Certificate::FromDer(*response.chain_der().rbegin()).value());
    Write(holder.dir + "/cert.pem", chain);
    Write(holder.dir + "/key.pem", std::string(key.ToPem().view()));
    Write(holder.dir + "/ca.pem", root);
    return holder;
  }

  void Revoke(const Holder& holder) {
    v1::RevokeCertificateRequest request;
    request.set_serial(holder.serial);
    request.set_reason(v1::REVOCATION_REASON_KEY_COMPROMISE);
    v1::RevokeCertificateResponse response;
    ASSERT_THAT(
        handlers::RevokeCertificate(Operator(), *suite_.env, request, response),
        IsOk());
  }

  void LetAllLearn() {
    ASSERT_TRUE(own_->PullAndWait(kWait));
    ASSERT_TRUE(others_->PullAndWait(kWait));
  }

  int ca_port() const { return ca_->port(); }
  int other_port() const { return other_->port(); }
  const rpc::Guard& guard() const { return suite_.guard; }

  static void Write(const std::string& path, const std::string& text) {
    ASSERT_THAT(WriteFileAtomically(path, text, 0600), IsOk());
  }

 private:
  Stage() : suite_(absl::Now()) {
    for (const auto& [name, authority] : suite_.authorities->all()) {
      EXPECT_THAT(suite_.revocation->PublishCrl(name), IsOk());
    }
    services_ = NewServices(*suite_.env);
    service::CrlSource source;
    source.list_authorities = [this](const v1::ListAuthoritiesRequest& request)
        -> absl::StatusOr<v1::ListAuthoritiesResponse> {
      v1::ListAuthoritiesResponse response;
      absl::Status status =
          handlers::ListAuthorities(Operator(), *suite_.env, request, response);
      if (!status.ok()) return status;
      return response;
    };
    source.get_crl = [this](const v1::GetCrlRequest& request)
        -> absl::StatusOr<v1::GetCrlResponse> {
      v1::GetCrlResponse response;
      absl::Status status =
          handlers::GetCrl(Operator(), *suite_.env, request, response);
      if (!status.ok()) return status;
      return response;
    };
    own_ = std::make_unique<service::CallerRevocations>(
        std::move(source), service::RevocationOptions(), RealClock());
    ca_ = Start("ca", &own_->view());
    const Holder tsm = Issue(v1::PROFILE_SERVICE, "otrp://service/tsm");
    others_ = std::make_unique<service::CallerRevocations>(
        service::CrlsOf(
            rpc::CreateChannel(
                {absl::StrCat("127.0.0.1:", ca_->port()), "ca", tsm.dir})
                .value()),
        service::RevocationOptions(), RealClock());
    other_ = Start("tsm", &others_->view());
  }

  std::unique_ptr<rpc::Server> Start(const std::string& name,
                                     const rpc::RevocationView* view) {
    rpc::Server::Options options;
    options.listen = "127.0.0.1:0";
    options.guard = &suite_.guard;
    options.revocations = view;
    options.tls_dir = Issue(v1::PROFILE_SERVICE, "otrp://service/" + name,
                            name + ".otrp.internal")
                          .dir;
    std::vector<grpc::Service*> services;
    for (const auto& service : services_) services.push_back(service.get());
    return rpc::Server::Start(options, services).value();
  }

  Suite suite_;
  int folders_ = 0;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<service::CallerRevocations> own_;
  std::unique_ptr<service::CallerRevocations> others_;
  std::unique_ptr<rpc::Server> ca_;
  std::unique_ptr<rpc::Server> other_;
};

// A connection of its own.
class Connection {
 public:
  Connection(const Holder& holder, int port, const std::string& service)
      : stub_(v1::AuthorityDirectory::NewStub(
            rpc::CreateChannel(
                {absl::StrCat("127.0.0.1:", port), service, holder.dir})
                .value())) {}

  absl::Status Call() {
    rpc::CallOptions options;
    options.timeout = absl::Seconds(10);
    return rpc::Call<v1::ListAuthoritiesResponse>(
               *stub_, &v1::AuthorityDirectory::Stub::ListAuthorities,
               v1::ListAuthoritiesRequest(), options)
        .status();
  }

 private:
  std::unique_ptr<v1::AuthorityDirectory::Stub> stub_;
};

struct Kind {
  const char* name;
  v1::Profile profile;
  const char* uri;
};

class RevokedCallersTest : public ::testing::TestWithParam<Kind> {
 protected:
  Stage& stage_ = Stage::Shared();
};

TEST_P(RevokedCallersTest, CallNothingMoreOverNewAndOpenConnections) {
  const Holder holder = stage_.Issue(GetParam().profile, GetParam().uri);
  const Holder other = stage_.Issue(GetParam().profile, GetParam().uri);
  Connection open_to_ca(holder, stage_.ca_port(), "ca");
  Connection open_to_other(holder, stage_.other_port(), "tsm");
  ASSERT_THAT(open_to_ca.Call(), IsOk());
  ASSERT_THAT(open_to_other.Call(), IsOk());
  stage_.Revoke(holder);
  stage_.LetAllLearn();
  const auto refused = StatusIs(kRefused, HasSubstr("revoked"));
  EXPECT_THAT(open_to_ca.Call(), refused);
  EXPECT_THAT(open_to_other.Call(), refused);
  EXPECT_THAT(Connection(holder, stage_.ca_port(), "ca").Call(), refused);
  EXPECT_THAT(Connection(holder, stage_.other_port(), "tsm").Call(), refused);
  // The same name with another certificate is somebody else's key.
  EXPECT_THAT(Connection(other, stage_.ca_port(), "ca").Call(), IsOk());
  EXPECT_THAT(Connection(other, stage_.other_port(), "tsm").Call(), IsOk());
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RevokedCallersTest,
    ::testing::Values(
        Kind{"Operator", v1::PROFILE_CLIENT, "otrp://operator/mallory"},
        Kind{"Auditor", v1::PROFILE_CLIENT, "otrp://auditor/eve"},
        Kind{"Sp", v1::PROFILE_CLIENT, "otrp://sp/bank"},
        Kind{"Service", v1::PROFILE_SERVICE, "otrp://service/sp_portal"}),
    [](const auto& info) { return info.param.name; });

// A view with a deny list of its own, at a server of its own.
class DeniedCallersTest : public ::testing::Test {
 protected:
  void Start(service::RevocationOptions options, bool ca_is_there) {
    service::CrlSource source;
    if (ca_is_there) {
      source = service::CrlsOf(
          rpc::CreateChannel(
              {absl::StrCat("127.0.0.1:", stage_.ca_port()), "ca", tsm_.dir})
              .value());
    } else {
      source.list_authorities = [](const v1::ListAuthoritiesRequest&) {
        return absl::UnavailableError("the CA is away");
      };
    }
    revocations_ = std::make_unique<service::CallerRevocations>(
        std::move(source), std::move(options), RealClock());
    rpc::Server::Options server;
    server.listen = "127.0.0.1:0";
    server.guard = &guard_;
    server.revocations = &revocations_->view();
    server.tls_dir = tsm_.dir;
    server_ = rpc::Server::Start(server, {}).value();
  }

  // What the door says before anything else is looked for.
  absl::Status Call(const Holder& holder) {
    return Connection(holder, server_->port(), "tsm").Call();
  }
  bool IsLetIn(const Holder& holder) {
    return absl::IsPermissionDenied(Call(holder));
  }

  Stage& stage_ = Stage::Shared();
  rpc::AuthzTable table_{{}};
  rpc::Guard guard_{"tsm", table_};
  const Holder tsm_ = stage_.Issue(v1::PROFILE_SERVICE, "otrp://service/tsm",
                                   "tsm.otrp.internal");
  const Holder alice_ =
      stage_.Issue(v1::PROFILE_CLIENT, "otrp://operator/alice");
  const Holder bob_ = stage_.Issue(v1::PROFILE_CLIENT, "otrp://operator/bob");
  std::unique_ptr<service::CallerRevocations> revocations_;
  std::unique_ptr<rpc::Server> server_;
};

TEST_F(DeniedCallersTest, WhoIsOnTheListIsRefusedUntilHeIsOffIt) {
  service::RevocationOptions options;
  options.denied_callers_file = ::testing::TempDir() + "/denied";
  Stage::Write(options.denied_callers_file,
               absl::StrCat("# until the CA is back\n\notrp://operator/alice",
                            "  # left\n000", bob_.serial, "\n"));
  Start(options, /*ca_is_there=*/true);
  ASSERT_TRUE(revocations_->PullAndWait(kWait));
  EXPECT_THAT(Call(alice_), StatusIs(kRefused, HasSubstr("denied")));
  EXPECT_THAT(Call(bob_), StatusIs(kRefused, HasSubstr("denied")));
  EXPECT_TRUE(IsLetIn(tsm_));
  Stage::Write(options.denied_callers_file, bob_.serial);
  ASSERT_TRUE(revocations_->PullAndWait(kWait));
  EXPECT_TRUE(IsLetIn(alice_));
  EXPECT_THAT(Call(bob_), StatusIs(kRefused));
  // A file that can't be read lets nobody in again.
  Stage::Write(options.denied_callers_file, "otrp://nobody/x\n");
  EXPECT_FALSE(revocations_->PullAndWait(absl::Seconds(2)));
  EXPECT_THAT(Call(bob_), StatusIs(kRefused));
}

TEST_F(DeniedCallersTest, WithoutTheCaPeopleAreLetInUnlessThatIsNotWanted) {
  service::RevocationOptions options;
  Start(options, /*ca_is_there=*/false);
  EXPECT_FALSE(revocations_->PullAndWait(absl::Seconds(2)));
  EXPECT_TRUE(IsLetIn(alice_));
  server_.reset();
  options.refuse_people_when_stale = true;
  Start(options, /*ca_is_there=*/false);
  EXPECT_FALSE(revocations_->PullAndWait(absl::Seconds(2)));
  EXPECT_THAT(Call(alice_), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(IsLetIn(tsm_));
}

TEST(ReadDeniedCallersTest, ALineThatNamesNobodyIsNamedByItsNumber) {
  const std::string path = ::testing::TempDir() + "/list";
  for (const char* line : {"alice", "otrp://operator", "otrp://operator/a/b",
                           "otrp://x/y", "0x1a", "otrp://sp/bank/member/a/b",
                           "12345678901234567890123456789012345678901"}) {
    Stage::Write(path, absl::StrCat("# who\n", line, "\n"));
    EXPECT_THAT(service::ReadDeniedCallers(path),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("line 2 must be a serial")))
        << line;
  }
  Stage::Write(path, "001A\notrp://sp/bank/member/alice\n");
  EXPECT_EQ(service::ReadDeniedCallers(path).value(),
            (std::vector<std::string>{"1a", "otrp://sp/bank/member/alice"}));
  EXPECT_THAT(service::ReadDeniedCallers(path + ".none").status(), Not(IsOk()));
}

}  // namespace
}  // namespace ca
}  // namespace otrp
