// Clients with real certificates, good and bad, against a TLS listener that
// asks for one.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/files.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"
#include "libs/http/client.h"
#include "libs/http/server.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace http {
namespace {

using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;
using ::testing::HasSubstr;

// Who the listener says is there.
Response WhoIsIt(const Request& request) {
  Response response;
  response.body = request.client_certificate.has_value()
                      ? absl::StrJoin(request.client_certificate->uris(), " ")
                      : "nobody";
  return response;
}

class ClientCertificateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(dir_, tls_->Issue("otrp://service/api"));
    options_.listen = "127.0.0.1:0";
    options_.tls_cert_file = dir_ + "/cert.pem";
    options_.tls_key_file = dir_ + "/key.pem";
    options_.client_ca_file = dir_ + "/ca.pem";
    Start();
  }

  void Start() {
    Router router;
    router.Add("GET", "/who", "who", &WhoIsIt);
    OTRP_ASSERT_OK_AND_ASSIGN(server_,
                              Server::Start(options_, std::move(router)));
  }

  // The answer to a client with the certificate in a directory; without one
  // where it is empty.
  absl::StatusOr<std::string> Ask(const std::string& dir) {
    Client::Options options;
    options.ca_file = dir_ + "/ca.pem";
    if (!dir.empty()) {
      options.cert_file = dir + "/cert.pem";
      options.key_file = dir + "/key.pem";
    }
    Client client(options);
    return Ask(client);
  }

  absl::StatusOr<std::string> Ask(Client& client) {
    auto response =
        client.Get(absl::StrCat("https://127.0.0.1:", server_->port(), "/who"),
                   {{"X-Client-Cert", "otrp://operator/admin"}});
    if (!response.ok()) return response.status();
    return response->body;
  }

  std::unique_ptr<TestTls> tls_;
  std::string dir_;
  Server::Options options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ClientCertificateTest, AGoodOneSaysWhoItIs) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string alice,
                            tls_->Issue("otrp://operator/alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string seen, Ask(alice));
  EXPECT_EQ(seen, "otrp://operator/alice");
}

TEST_F(ClientCertificateTest, AllOfItsUrisAreThereForTheReaderToJudge) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::string both, tls_->Issue("otrp://operator/a,URI:otrp://sp/bank"));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string seen, Ask(both));
  EXPECT_EQ(seen, "otrp://operator/a otrp://sp/bank");
  OTRP_ASSERT_OK_AND_ASSIGN(std::string none, tls_->Issue(""));
  OTRP_ASSERT_OK_AND_ASSIGN(seen, Ask(none));
  EXPECT_EQ(seen, "");
}

TEST_F(ClientCertificateTest, WithoutOneAClientIsNobodyWhateverItSays) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string seen, Ask(""));
  EXPECT_EQ(seen, "nobody");
}

TEST_F(ClientCertificateTest, AnotherRootsEndsTheHandshake) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto other, TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(std::string alice,
                            other->Issue("otrp://operator/alice"));
  EXPECT_FALSE(Ask(alice).ok());
}

TEST_F(ClientCertificateTest, AnExpiredOneEndsTheHandshake) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::string alice,
      tls_->IssueOdd("otrp://operator/alice", -1, "clientAuth"));
  EXPECT_FALSE(Ask(alice).ok());
}

TEST_F(ClientCertificateTest, AServersEndsTheHandshake) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      std::string alice,
      tls_->IssueOdd("otrp://operator/alice", 1, "serverAuth"));
  EXPECT_FALSE(Ask(alice).ok());
}

TEST_F(ClientCertificateTest, OneWithAnotherKeyEndsTheHandshake) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string alice,
                            tls_->Issue("otrp://operator/alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string mallory, tls_->Issue(""));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string stolen,
                            ReadWholeFile(alice + "/cert.pem"));
  OTRP_ASSERT_OK(WriteFileAtomically(mallory + "/cert.pem", stolen, 0600));
  EXPECT_FALSE(Ask(mallory).ok());
}

TEST_F(ClientCertificateTest, AListenerThatDoesNotAskBelievesNone) {
  OTRP_ASSERT_OK_AND_ASSIGN(std::string alice,
                            tls_->Issue("otrp://operator/alice"));
  options_.client_ca_file.clear();
  Start();
  OTRP_ASSERT_OK_AND_ASSIGN(std::string seen, Ask(alice));
  EXPECT_EQ(seen, "nobody");
}

TEST_F(ClientCertificateTest, NewRootsAreTakenUpWhileRunning) {
  OTRP_ASSERT_OK_AND_ASSIGN(auto other, TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(std::string old,
                            tls_->Issue("otrp://operator/alice"));
  OTRP_ASSERT_OK_AND_ASSIGN(std::string fresh,
                            other->Issue("otrp://operator/bob"));
  const std::string roots = dir_ + "/roots.pem";
  OTRP_ASSERT_OK_AND_ASSIGN(std::string pem, ReadWholeFile(old + "/ca.pem"));
  OTRP_ASSERT_OK(WriteFileAtomically(roots, pem, 0600));
  options_.client_ca_file = roots;
  Start();
  OTRP_EXPECT_OK(Ask(old));
  EXPECT_FALSE(Ask(fresh).ok());
  OTRP_ASSERT_OK_AND_ASSIGN(pem, ReadWholeFile(fresh + "/ca.pem"));
  OTRP_ASSERT_OK(WriteFileAtomically(roots, pem, 0600));
  bool taken_up = false;
  for (int i = 0; i < 50 && !taken_up; ++i) {
    absl::SleepFor(absl::Milliseconds(200));
    taken_up = Ask(fresh).ok();
  }
  EXPECT_TRUE(taken_up);
  EXPECT_FALSE(Ask(old).ok());
}

std::string Pem(const std::string& der) {
  return absl::StrCat("-----BEGIN CERTIFICATE-----\n", absl::Base64Escape(der),
                      "\n-----END CERTIFICATE-----\n");
}

TEST_F(ClientCertificateTest, AConnectionThatOutlivesItsCertificateIsNobodys) {
  OTRP_ASSERT_OK_AND_ASSIGN(
      const auto key, crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  crypto::CertificateSpec spec;
  spec.serial = "01";
  spec.common_name = "Root";
  spec.not_before = absl::Now() - absl::Minutes(1);
  spec.not_after = absl::Now() + absl::Hours(1);
  spec.is_ca = true;
  spec.key_usage = crypto::kKeyCertSign;
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string root,
      crypto::SignX509(spec, key.public_key(), nullptr, key));
  OTRP_ASSERT_OK_AND_ASSIGN(const auto issuer, crypto::ParseX509(root));
  spec.serial = "02";
  spec.common_name = "alice";
  spec.not_after = absl::Now() + absl::Seconds(3);
  spec.is_ca = false;
  spec.key_usage = crypto::kDigitalSignature;
  spec.names.uris = {"otrp://operator/alice"};
  OTRP_ASSERT_OK_AND_ASSIGN(
      const std::string leaf,
      crypto::SignX509(spec, key.public_key(), &issuer, key));
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string alice, tls_->Issue(""));
  OTRP_ASSERT_OK(
      WriteFileAtomically(alice + "/key.pem", key.ToPem().view(), 0600));
  OTRP_ASSERT_OK(WriteFileAtomically(alice + "/cert.pem", Pem(leaf), 0600));
  OTRP_ASSERT_OK(WriteFileAtomically(alice + "/ca.pem", Pem(root), 0600));
  options_.client_ca_file = alice + "/ca.pem";
  Start();

  Client::Options options;
  options.ca_file = dir_ + "/ca.pem";
  options.cert_file = alice + "/cert.pem";
  options.key_file = alice + "/key.pem";
  Client client(options);
  OTRP_ASSERT_OK_AND_ASSIGN(std::string seen, Ask(client));
  EXPECT_EQ(seen, "otrp://operator/alice");
  absl::SleepFor(spec.not_after - absl::Now() + absl::Milliseconds(1100));
  OTRP_ASSERT_OK_AND_ASSIGN(seen, Ask(client));
  EXPECT_EQ(seen, "nobody");
  EXPECT_EQ(client.stats().connections, 1);
  // That was the connection's last answer.
  EXPECT_FALSE(Ask(client).ok());
}

TEST_F(ClientCertificateTest, RootsThatCannotBeUsedAreNamed) {
  options_.client_ca_file = "/nowhere/ca.pem";
  EXPECT_THAT(Server::Start(options_, Router()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("/nowhere/ca.pem")));
  options_.client_ca_file = dir_ + "/ca.pem";
  options_.tls_cert_file.clear();
  EXPECT_THAT(Server::Start(options_, Router()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("TLS")));
}

}  // namespace
}  // namespace http
}  // namespace otrp
