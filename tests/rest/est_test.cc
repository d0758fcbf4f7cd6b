// EST at the REST front, over real TLS: who gets what, and what is refused
// before anything is parsed. The services behind it say who asked for what.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/base64.h"
#include "libs/rpc/delegation.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "otrp/ca/v1/renewal.grpc.pb.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "services/api/limits.h"
#include "tests/rest/front.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

using ::otrp::testing::Front;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kEnroll[] = "/.well-known/est/simpleenroll";
constexpr char kReenroll[] = "/.well-known/est/simplereenroll";
constexpr char kCaCerts[] = "/.well-known/est/cacerts";
constexpr char kCsrAttrs[] = "/.well-known/est/csrattrs";
const http::Header kPkcs10("Content-Type", "application/pkcs10");

std::string CallerOf(const grpc::ServerContext& context) {
  const auto caller = rpc::CallerOf(rpc::IdentityOf(*context.auth_context()),
                                    context.client_metadata());
  return caller.ok() ? caller->ToString() : "refused";
}

class Portal : public portal::v1::ServiceProviders::Service {
 public:
  grpc::Status EnrollCertificate(
      grpc::ServerContext* context,
      const portal::v1::EnrollCertificateRequest* request,
      portal::v1::EnrollCertificateResponse* response) override {
    asked.push_back(absl::StrCat(CallerOf(*context), " for ", request->spid(),
                                 ": ", request->csr_der()));
    if (!error.ok()) return error;
    response->add_chain_der("0\x03\x02\x01\x07");
    response->add_chain_der("0\x03\x02\x01\x08");
    return grpc::Status::OK;
  }
  std::vector<std::string> asked;
  grpc::Status error;
};

class Authority : public ca::v1::CertificateAuthority::Service {
 public:
  grpc::Status IssueCertificate(
      grpc::ServerContext* context,
      const ca::v1::IssueCertificateRequest* request,
      ca::v1::IssueCertificateResponse* response) override {
    asked.push_back(absl::StrCat(
        CallerOf(*context), ": ", ca::v1::Profile_Name(request->profile()),
        " of ", request->authority(), ", ", request->csr_der(), " as ",
        request->request_id()));
    if (!error.ok()) return error;
    response->add_chain_der("0\x03\x02\x01\x07");
    response->add_chain_der("0\x03\x02\x01\x08");
    return grpc::Status::OK;
  }
  std::vector<std::string> asked;
  grpc::Status error;
};

class Renewal : public ca::v1::CertificateRenewal::Service {
 public:
  grpc::Status RenewCertificate(
      grpc::ServerContext* context,
      const ca::v1::RenewCertificateRequest* request,
      ca::v1::RenewCertificateResponse* response) override {
    asked.push_back(absl::StrCat(CallerOf(*context), " shows ",
                                 request->shown_serial(), ": ",
                                 request->csr_der()));
    response->add_chain_der("0\x03\x02\x01\x07");
    return grpc::Status::OK;
  }
  std::vector<std::string> asked;
};

class Directory : public ca::v1::AuthorityDirectory::Service {
 public:
  grpc::Status ListAuthorities(
      grpc::ServerContext* context, const ca::v1::ListAuthoritiesRequest*,
      ca::v1::ListAuthoritiesResponse* response) override {
    asked.push_back(CallerOf(*context));
    int n = 0;
    const auto add = [&](common::v1::Role role, const std::string& state) {
      auto* authority = response->add_authorities();
      authority->set_role(role);
      authority->set_state(state);
      authority->set_certificate_der(
          absl::StrCat("0\x03\x02\x01", std::string(1, '1' + n++)));
      return authority;
    };
    add(common::v1::ROLE_SP, "active");
    auto* tee = add(common::v1::ROLE_TEE, "active");
    tee->set_name("tee-acme.2");
    tee->set_line("tee-acme");
    tee->set_issuer("tee-root");
    add(common::v1::ROLE_SERVICE, "retiring")
        ->add_cross_certificates_der("0\x03\x02\x01x");
    add(common::v1::ROLE_SP, "revoked");
    auto* root = add(common::v1::ROLE_TEE, "active");
    root->set_name("tee-root");
    root->set_line("tee-root");
    root->set_issuer("tee-root");
    root->set_is_root(true);
    auto* gone = add(common::v1::ROLE_TEE, "revoked");
    gone->set_name("tee-gone");
    gone->set_line("tee-gone");
    auto* firmware = add(common::v1::ROLE_TFW, "active");
    firmware->set_name("tfw-acme");
    firmware->set_line("tfw-acme");
    return grpc::Status::OK;
  }
  std::vector<std::string> asked;
};

class EstTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Front::Options options;
    options.portal = {&portal_};
    options.ca = {&authority_, &renewal_, &directory_};
    OTRP_ASSERT_OK_AND_ASSIGN(front_, Front::Start(options));
    rpc::Identity ci(rpc::CallerKind::kSp, "acme");
    ci.role = rpc::Role::kOwner;
    ci.agent = "token/tok_1";
    front_->tokens.callers["otrp_ci"] = ci;
    rpc::Identity releaser = ci;
    releaser.role = rpc::Role::kReleaser;
    front_->tokens.callers["otrp_releaser"] = releaser;
    rpc::Identity bob(rpc::CallerKind::kOperator, "operators");
    bob.role = rpc::Role::kOperator;
    bob.agent = "member/bob";
    front_->tokens.callers["otrp_bob"] = bob;
    nobody_ = front_->NewClient("");
  }

  static http::Header Basic(const std::string& user, const std::string& token) {
    return {"Authorization",
            absl::StrCat("Basic ", Base64Encode(user + ":" + token))};
  }

  http::Response Send(http::Client& client, const std::string& method,
                      const std::string& path,
                      std::vector<http::Header> headers = {},
                      const std::string& body = "") {
    auto response = client.Send(method, front_->Url(path), headers, body);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *std::move(response) : http::Response();
  }
  http::Response Post(const std::string& path,
                      std::vector<http::Header> headers = {},
                      const std::string& body = "Q1NS") {
    headers.push_back(kPkcs10);
    return Send(*nobody_, "POST", path, std::move(headers), body);
  }

  Portal portal_;
  Authority authority_;
  Renewal renewal_;
  Directory directory_;
  std::unique_ptr<Front> front_;
  std::unique_ptr<http::Client> nobody_;
};

TEST_F(EstTest, ATokenAsThePasswordEnrolsItsServiceProvider) {
  for (const std::string user : {"acme", ""}) {
    portal_.asked.clear();
    const http::Response response =
        Post(kEnroll, {Basic(user, "otrp_ci")}, "Q1\r\nNS\n");
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.header("Content-Type"),
              "application/pkcs7-mime; smime-type=certs-only");
    EXPECT_EQ(response.header("Content-Transfer-Encoding"), "base64");
    EXPECT_THAT(portal_.asked,
                ElementsAre("otrp://sp/acme/token/tok_1 for acme: CSR"));
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string der,
                              Base64Decode(response.body));
    // The new certificate, and nothing else.
    EXPECT_THAT(der, HasSubstr("0\x03\x02\x01\x07"));
    EXPECT_THAT(der, Not(HasSubstr("0\x03\x02\x01\x08")));
  }
}

TEST_F(EstTest, ADeviceMakerEnrolsAtItsOwnAuthorityWhichTheCaDecides) {
  const std::string base = "/.well-known/est/tee-acme/";
  const auto asked = [&] {
    std::vector<std::string> all;
    std::swap(all, authority_.asked);
    return all;
  };
  for (int i = 0; i < 2; ++i) {
    const http::Response response =
        Post(base + "simpleenroll", {Basic("acme", "otrp_ci")});
    EXPECT_EQ(response.status, 200) << response.body;
    OTRP_ASSERT_OK_AND_ASSIGN(const std::string der,
                              Base64Decode(response.body));
    EXPECT_THAT(der, HasSubstr("0\x03\x02\x01\x07"));
    EXPECT_THAT(der, Not(HasSubstr("0\x03\x02\x01\x08")));
  }
  const std::vector<std::string> twice = asked();
  ASSERT_EQ(twice.size(), 2u);
  EXPECT_EQ(twice[0], twice[1]);
  EXPECT_THAT(twice[0],
              HasSubstr("otrp://sp/acme/token/tok_1: PROFILE_TEE of tee-acme, "
                        "CSR as est:"));
  EXPECT_THAT(directory_.asked, Contains("otrp://sp/acme/token/tok_1"));
  // Another certificate of the same request, and of firmware.
  EXPECT_EQ(Post(base + "simplereenroll", {Basic("acme", "otrp_ci")}).status,
            200);
  EXPECT_EQ(Post("/.well-known/est/tfw-acme/simplereenroll",
                 {Basic("acme", "otrp_ci")})
                .status,
            200);
  EXPECT_THAT(
      asked(),
      ElementsAre(
          "otrp://sp/acme/token/tok_1: PROFILE_TEE of tee-acme, CSR as ",
          "otrp://sp/acme/token/tok_1: PROFILE_TFW of tfw-acme, CSR as "));
  // Another's authority, by the ca's word.
  authority_.error =
      grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "is another's");
  EXPECT_EQ(Post(base + "simpleenroll", {Basic("acme", "otrp_ci")}).status,
            403);
  EXPECT_EQ(asked().size(), 1u);
  // Nobody, and what is no authority for devices.
  EXPECT_EQ(Post(base + "simpleenroll").status, 401);
  for (const char* label :
       {"tee-gone", "tee-root", "sp-ca", "none", "..", "a%20b", "a%2fb", ""}) {
    EXPECT_EQ(Post(absl::StrCat("/.well-known/est/", label, "/simpleenroll"),
                   {Basic("acme", "otrp_ci")})
                  .status,
              404)
        << label;
  }
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_THAT(portal_.asked, IsEmpty());
}

TEST_F(EstTest, AnAuthoritysChainIsForAnybody) {
  const http::Response response =
      Send(*nobody_, "GET", "/.well-known/est/tee-acme/cacerts");
  EXPECT_EQ(response.status, 200);
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string der, Base64Decode(response.body));
  // Its second generation and the root; no service provider's.
  EXPECT_THAT(der, HasSubstr("0\x03\x02\x01"
                             "2"));
  EXPECT_THAT(der, HasSubstr("0\x03\x02\x01"
                             "5"));
  EXPECT_THAT(der, Not(HasSubstr("0\x03\x02\x01"
                                 "1")));
  EXPECT_EQ(Send(*nobody_, "GET", "/.well-known/est/tee-acme/csrattrs").status,
            200);
  EXPECT_EQ(Send(*nobody_, "GET", "/.well-known/est/tee-gone/cacerts").status,
            404);
}

TEST_F(EstTest, AClientCertificateEnrolsAndRenewsItself) {
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir,
                            front_->NewCertificate("otrp://sp/acme"));
  const auto client = front_->NewClientOf(dir);
  EXPECT_EQ(Send(*client, "POST", kEnroll, {kPkcs10}, "Q1NS").status, 200);
  EXPECT_THAT(portal_.asked, ElementsAre("otrp://sp/acme for acme: CSR"));
  EXPECT_EQ(Send(*client, "POST", kReenroll, {kPkcs10}, "Q1NS").status, 200);
  EXPECT_THAT(renewal_.asked,
              ElementsAre(absl::StrCat("otrp://sp/acme shows ",
                                       Front::SerialOf(dir), ": CSR")));
  front_->revocations.Add({Front::SerialOf(dir)});
  EXPECT_EQ(Send(*client, "POST", kReenroll, {kPkcs10}, "Q1NS").status, 401);
  EXPECT_EQ(renewal_.asked.size(), 1u);
}

TEST_F(EstTest, WhoMayNotIsToldSoInPlainText) {
  struct Case {
    const char* path;
    std::vector<http::Header> headers;
    int status;
  };
  for (const Case& c : std::initializer_list<Case>{
           {kEnroll, {}, 401},
           {kReenroll, {}, 401},
           {kEnroll, {Basic("acme", "otrp_guess")}, 401},
           // Another's name before a good token.
           {kEnroll, {Basic("shop", "otrp_ci")}, 401},
           {kEnroll, {{"Authorization", "Basic Q1NS"}}, 401},
           {kEnroll, {{"Authorization", "Basic !"}}, 401},
           {kEnroll, {{"Authorization", "Digest x"}}, 401},
           {kEnroll, {Basic("", "otrp_bob")}, 403},
           // By the portal's table.
           {kEnroll, {Basic("acme", "otrp_releaser")}, 403},
           {kReenroll, {Basic("acme", "otrp_ci")}, 403},
       }) {
    const http::Response response = Post(c.path, c.headers);
    EXPECT_EQ(response.status, c.status) << c.path << " " << response.body;
    EXPECT_EQ(response.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_THAT(response.body, Not(IsEmpty()));
    EXPECT_EQ(http::HasHeader(response.headers, "WWW-Authenticate"),
              c.status == 401);
  }
  // Which of two would it be?
  const auto both = front_->NewClient("otrp://sp/acme");
  EXPECT_EQ(
      Send(*both, "POST", kEnroll, {kPkcs10, Basic("acme", "otrp_ci")}, "Q1NS")
          .status,
      400);
  EXPECT_THAT(portal_.asked, IsEmpty());
  EXPECT_THAT(renewal_.asked, IsEmpty());
}

TEST_F(EstTest, NothingIsAskedForWhatCannotBeARequest) {
  const http::Header ci = Basic("acme", "otrp_ci");
  EXPECT_EQ(Post(kEnroll, {ci}, "").status, 400);
  EXPECT_EQ(Post(kEnroll, {ci}, "not base64!").status, 400);
  EXPECT_EQ(Post(kEnroll, {ci}, "-----BEGIN CERTIFICATE REQUEST-----").status,
            400);
  // Before anything is decoded, or anybody asked who it is.
  const int asked = front_->tokens.asked;
  EXPECT_EQ(Post(kEnroll, {ci}, std::string(api::kMaxEstBytes + 1, 'A')).status,
            413);
  EXPECT_EQ(front_->tokens.asked, asked);
  EXPECT_EQ(Send(*nobody_, "POST", kEnroll,
                 {ci, {"Content-Type", "application/json"}}, "Q1NS")
                .status,
            415);
  EXPECT_EQ(Send(*nobody_, "GET", kEnroll, {ci}).status, 405);
  EXPECT_EQ(Send(*nobody_, "POST", kCaCerts, {ci}).status, 405);
  EXPECT_EQ(Send(*nobody_, "GET", "/.well-known/est/fullcmc").status, 404);
  EXPECT_EQ(Send(*nobody_, "GET", "/.well-known/est/").status, 404);
  EXPECT_THAT(portal_.asked, IsEmpty());
}

TEST_F(EstTest, AnybodyLearnsWhatToTrustAndWhichKeysAreTaken) {
  const http::Response certs = Send(*nobody_, "GET", kCaCerts);
  EXPECT_EQ(certs.status, 200) << certs.body;
  EXPECT_EQ(certs.header("Content-Type"), "application/pkcs7-mime");
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string der, Base64Decode(certs.body));
  EXPECT_THAT(der, HasSubstr("0\x03\x02\x01"
                             "1"));
  EXPECT_THAT(der, HasSubstr("0\x03\x02\x01"
                             "3"));
  EXPECT_THAT(der, HasSubstr("0\x03\x02\x01x"));
  // A device's, and one that is revoked.
  for (const char* other : {"2", "4"}) {
    EXPECT_THAT(der, Not(HasSubstr(absl::StrCat("0\x03\x02\x01", other))));
  }
  EXPECT_THAT(directory_.asked, ElementsAre("otrp://service/api"));
  const http::Response attributes = Send(*nobody_, "GET", kCsrAttrs);
  EXPECT_EQ(attributes.status, 200);
  EXPECT_EQ(attributes.header("Content-Type"), "application/csrattrs");
  EXPECT_EQ(attributes.body,
            "MCEwFQYHKoZIzj0CATEKBggqhkjOPQMBBwYIKoZIzj0EAwI=");
}

TEST_F(EstTest, GuessingATokenIsSlowedDown) {
  int refused = 0;
  for (int i = 0; i < 2 * api::kStrangersTriesAtOnce; ++i) {
    const http::Response response =
        Post(kEnroll, {Basic("acme", absl::StrCat("otrp_", i))});
    if (response.status != 429) continue;
    ++refused;
    EXPECT_TRUE(http::HasHeader(response.headers, "Retry-After"));
  }
  EXPECT_GT(refused, 0);
  EXPECT_LE(front_->tokens.asked, api::kStrangersTriesAtOnce + 1);
}

TEST_F(EstTest, WhatFailsInsideIsNotTold) {
  portal_.error = grpc::Status(grpc::StatusCode::UNAVAILABLE, "10.0.0.7: away");
  const http::Response away = Post(kEnroll, {Basic("acme", "otrp_ci")});
  EXPECT_EQ(away.status, 503);
  EXPECT_TRUE(http::HasHeader(away.headers, "Retry-After"));
  EXPECT_THAT(away.body, Not(HasSubstr("10.0.0.7")));
  portal_.error = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT,
                               "csr_der: is no request");
  const http::Response bad = Post(kEnroll, {Basic("acme", "otrp_ci")});
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(bad.body, HasSubstr("csr_der: is no request"));
}

TEST_F(EstTest, OverPlainHttpThereIsNone) {
  http::Client client({});
  OTRP_ASSERT_OK_AND_ASSIGN(
      const http::Response response,
      client.Post(front_->PlainUrl(kEnroll),
                  {Basic("acme", "otrp_ci"), kPkcs10}, "Q1NS"));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(front_->tokens.asked, 0);
}

}  // namespace
}  // namespace otrp
