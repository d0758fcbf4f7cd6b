// Revocation data of third parties, fetched from a real HTTP server with lists
// that the openssl command made, and from its OCSP responder.

#include "services/attestation_verifier/trust/revocation_fetcher.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/status_macros.h"
#include "libs/http/server.h"
#include "libs/telemetry/metrics.h"
#include "otrp/verifier/v1/revocation_sources.grpc.pb.h"
#include "services/attestation_verifier/testing/verifier_fixture.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace verifier {
namespace {

using ::otrp::testing::IsOkAndHolds;
using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;

constexpr char kConfig[] = R"(
[ca]
default_ca = d
[d]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
default_days = 30
unique_subject = no
crlnumber = crlnumber
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid
[any]
commonName = supplied
[req]
distinguished_name = dn
[dn]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
[tee]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = 2.25.201836547.2
)";

// A maker with an authority that the openssl command runs, one TEE, and the
// place that its lists are fetched from.
class Maker {
 public:
  explicit Maker(const std::string& folder) : folder_(folder) {
    Write("c", kConfig);
    Write("index.txt", "");
    Write("serial", "1000\n");
    Write("crlnumber", "01\n");
    Write("tee.key", std::string(test::EcKey().ToPem().view()));
    Run("openssl req -x509 -config c -extensions root -newkey ec -pkeyopt "
        "ec_paramgen_curve:P-256 -nodes -subj /CN=Maker -days 365 -keyout "
        "ca.key -out ca.pem");
    Run("openssl req -new -config c -key tee.key -subj /CN=tee -out tee.csr");
    Run("openssl ca -batch -config c -notext -extensions tee -in tee.csr -out "
        "tee.pem");
  }

  void Run(const std::string& command) const {
    const std::string all =
        absl::StrCat("cd ", folder_, " && ", command, " >log 2>&1");
    EXPECT_EQ(std::system(all.c_str()), 0) << command << "\n" << Read("log");
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(absl::StrCat(folder_, "/", name), std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)),
                       std::istreambuf_iterator<char>());
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(absl::StrCat(folder_, "/", name)) << text;
  }

  pki::Certificate Certificate(const std::string& name) const {
    return pki::Certificate::FromPem(Read(absl::StrCat(name, ".pem"))).value();
  }

  // A new list, DER, for so many hours.
  std::string NewList(int hours = 24) const {
    Run(absl::StrCat("openssl ca -config c -gencrl -crlhours ", hours,
                     " -out list.pem && openssl crl -in list.pem -outform DER "
                     "-out list.der"));
    return Read("list.der");
  }

  void RevokeTee() const { Run("openssl ca -config c -revoke tee.pem"); }

  const std::string& folder() const { return folder_; }

 private:
  const std::string folder_;
};

// Gives what it has, and remembers what it was asked.
class ListServer {
 public:
  ListServer() {
    http::Router router;
    router.Add("GET", "/list", "list", [this](const http::Request& request) {
      return Answer(request);
    });
    http::Server::Options options;
    options.listen = "127.0.0.1:0";
    server_ = http::Server::Start(options, std::move(router)).value();
  }

  std::string url(const std::string& host = "127.0.0.1") const {
    return absl::StrCat("http://", host, ":", server_->port(), "/list");
  }

  void Give(int status, std::string body, std::string etag = "") {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
    body_ = std::move(body);
    etag_ = std::move(etag);
  }

  int asked() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  int unchanged() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return unchanged_;
  }

 private:
  http::Response Answer(const http::Request& request) {
    std::lock_guard<std::mutex> lock(mutex_);
    ++asked_;
    http::Response response;
    response.status = status_;
    if (!etag_.empty()) response.headers.push_back({"ETag", etag_});
    if (status_ == 302) {
      response.headers.push_back({"Location", "http://127.0.0.1:1/secret"});
    }
    if (!etag_.empty() && request.header("If-None-Match") == etag_) {
      ++unchanged_;
      response.status = 304;
      return response;
    }
    response.body = body_;
    return response;
  }

  mutable std::mutex mutex_;
  int status_ = 404;
  std::string body_;
  std::string etag_;
  int asked_ = 0;
  int unchanged_ = 0;
  std::unique_ptr<http::Server> server_;
};

class RevocationFetcherTest : public VerifierTest {
 protected:
  ~RevocationFetcherTest() override {
    ::otrp::testing::RemoveTree(maker_folder_);
  }

  // Lists and answers of the openssl command are of the moment.
  void SetUp() override {
    VerifierTest::SetUp();
    env_.any_revocation_host = true;
    clock_.Set(absl::Now());
    ca_.copy.anchors = {
        {AnchorRole::kTee, "maker", maker_.Certificate("ca").der()}};
    ca_.copy.crls.clear();
    Load();
    stub_ = v1::RevocationSources::NewStub(operator_);
  }

  absl::StatusOr<v1::RevocationSource> Put(const std::string& url,
                                           int stale_hours = 0,
                                           const std::string& kind = "crl") {
    v1::PutRevocationSourceRequest request;
    request.set_name("maker");
    request.set_role(common::v1::ROLE_TEE);
    request.set_anchor("maker");
    request.set_kind(kind);
    request.set_url(url);
    request.set_allow_stale_hours(stale_hours);
    OTRP_ASSIGN_OR_RETURN(
        const v1::PutRevocationSourceResponse response,
        rpc::Call<v1::PutRevocationSourceResponse>(
            *stub_, &v1::RevocationSources::Stub::PutRevocationSource,
            request));
    return response.source();
  }

  v1::RevocationSource Source() {
    return rpc::Call<v1::ListRevocationSourcesResponse>(
               *stub_, &v1::RevocationSources::Stub::ListRevocationSources,
               v1::ListRevocationSourcesRequest())
        ->sources(0);
  }

  // Reads what is due, and takes it into use.
  void Fetch(RevocationFetcher& fetcher) {
    OTRP_ASSERT_OK(fetcher.Run());
    OTRP_ASSERT_OK(updater_.PullPolicy());
  }
  void Fetch() { Fetch(fetcher_); }

  // "accepted", the first reason's code, or the error's.
  std::string VerdictNow() {
    json::Value inner = json::Value::Object();
    inner.Set("tee", test::TeeData(maker_.Certificate("tee"), {}));
    json::Value dsi = json::Value::Object();
    dsi.Set("dsi", std::move(inner));
    v1::AppraiseRequest request = GoodRequest();
    request.set_dsi(dsi.Serialize());
    const absl::StatusOr<v1::AppraiseResponse> response = Appraise(request);
    if (!response.ok()) {
      return absl::IsUnavailable(response.status())
                 ? "come again"
                 : std::string(response.status().message());
    }
    if (response->verdict() == v1::VERDICT_ACCEPTED) {
      for (const v1::Reason& reason : response->reasons()) {
        if (reason.code() == "revocation-unchecked") return reason.code();
      }
      return "accepted";
    }
    return response->reasons(0).code();
  }

  static bool Shows(const std::string& line) {
    return telemetry::Default().Serialize().find(line) != std::string::npos;
  }

  const std::string maker_folder_ = ::otrp::testing::MakeTempDir().value();
  const Maker maker_{maker_folder_};
  ListServer server_;
  std::unique_ptr<v1::RevocationSources::Stub> stub_;
};

TEST_F(RevocationFetcherTest,
       AListIsFetchedRevokesAndIsSentAgainOnlyIfItIsNew) {
  EXPECT_EQ(VerdictNow(), "revocation-unchecked");
  server_.Give(200, maker_.NewList(), "\"one\"");
  OTRP_ASSERT_OK(Put(server_.url()));
  OTRP_ASSERT_OK(updater_.PullPolicy());
  EXPECT_EQ(VerdictNow(), "come again") << "nothing was had yet";
  EXPECT_EQ(Source().state(), "waiting");
  Fetch();
  EXPECT_EQ(VerdictNow(), "accepted");
  EXPECT_EQ(Source().state(), "current");
  EXPECT_EQ(Source().entries(), 0);
  EXPECT_TRUE(Shows("otrp_revocation_sources{state=\"current\"} 1\n"));
  // It isn't due at once, and then hasn't changed.
  Fetch();
  EXPECT_EQ(server_.asked(), 1);
  clock_.Advance(absl::Hours(1));
  Fetch();
  EXPECT_EQ(server_.asked(), 2);
  EXPECT_EQ(server_.unchanged(), 1);
  EXPECT_EQ(VerdictNow(), "accepted");
  maker_.RevokeTee();
  server_.Give(200, maker_.NewList(), "\"two\"");
  clock_.Advance(absl::Hours(1));
  Fetch();
  EXPECT_EQ(VerdictNow(), "tee-cert-revoked");
  EXPECT_EQ(Source().entries(), 1);
  // With the source goes what it gave.
  v1::RemoveRevocationSourceRequest request;
  request.set_name("maker");
  OTRP_ASSERT_OK(
      rpc::Call<v1::RemoveRevocationSourceResponse>(
          *stub_, &v1::RevocationSources::Stub::RemoveRevocationSource, request)
          .status());
  Fetch();
  EXPECT_EQ(VerdictNow(), "revocation-unchecked");
}

TEST_F(RevocationFetcherTest, AnOlderOrAForeignListReplacesNothing) {
  const std::string older = maker_.NewList();
  maker_.RevokeTee();
  absl::SleepFor(absl::Seconds(1));
  server_.Give(200, maker_.NewList());
  OTRP_ASSERT_OK(Put(server_.url()));
  Fetch();
  EXPECT_EQ(VerdictNow(), "tee-cert-revoked");
  server_.Give(200, older);
  clock_.Advance(absl::Hours(1));
  Fetch();
  EXPECT_THAT(Source().error(), HasSubstr("older than what is in use"));
  EXPECT_EQ(VerdictNow(), "tee-cert-revoked");
  const std::string folder = ::otrp::testing::MakeTempDir().value();
  server_.Give(200, Maker(folder).NewList());
  ::otrp::testing::RemoveTree(folder);
  clock_.Advance(absl::Hours(1));
  Fetch();
  EXPECT_NE(Source().error(), "") << "one name, another key";
  server_.Give(200, "<html>moved</html>");
  clock_.Advance(absl::Hours(1));
  Fetch();
  EXPECT_NE(Source().error(), "");
  server_.Give(302, "");
  clock_.Advance(absl::Hours(1));
  Fetch();
  EXPECT_THAT(Source().error(), HasSubstr("GET answered 302"));
  EXPECT_EQ(VerdictNow(), "tee-cert-revoked");
}

TEST_F(RevocationFetcherTest, WhatRanOutRefusesUnlessItMayBeStaleForAWhile) {
  server_.Give(200, maker_.NewList(2));
  OTRP_ASSERT_OK(Put(server_.url(), 0));
  Fetch();
  EXPECT_EQ(VerdictNow(), "accepted");
  server_.Give(503, "");
  clock_.Advance(absl::Hours(3));
  Fetch();
  EXPECT_EQ(Source().state(), "over");
  EXPECT_TRUE(Shows("otrp_revocation_sources{state=\"stale\"} 1\n"));
  EXPECT_EQ(VerdictNow(), "tee-revocation-unknown");
  // No policy makes that good; who set the source may.
  OTRP_ASSERT_OK(Put(server_.url(), 4));
  Fetch();
  EXPECT_EQ(Source().state(), "stale");
  EXPECT_EQ(VerdictNow(), "revocation-unchecked");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(VerdictNow(), "revocation-unchecked");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(VerdictNow(), "tee-revocation-unknown");
  server_.Give(200, maker_.NewList(24));
  Fetch();
  EXPECT_EQ(VerdictNow(), "accepted");
}

TEST_F(RevocationFetcherTest, NothingOfAPrivateNetworkIsAsked) {
  server_.Give(200, maker_.NewList());
  RevocationFetcher strict(sources_, store_, clock_, {false, ""});
  // As a name, which leads there.
  OTRP_ASSERT_OK(Put(server_.url("localhost")));
  Fetch(strict);
  EXPECT_THAT(Source().error(), HasSubstr("no host of the public Internet"));
  EXPECT_EQ(server_.asked(), 0);
  env_.any_revocation_host = false;
  EXPECT_THAT(Put(server_.url()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("url:")));
  for (const char* url :
       {"http://10.0.0.1/list", "http://[::1]/list", "http://169.254.169.254/",
        "file:///etc/passwd", "http://user@oem.example/list",
        "http://oem.example/list#x", "http:///list", "ftp://oem.example/l"}) {
    EXPECT_THAT(Put(url),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("url:")))
        << url;
  }
}

TEST_F(RevocationFetcherTest, WhatWasHadAndWhatMustBeSurviveAStartWithoutAll) {
  maker_.RevokeTee();
  server_.Give(200, maker_.NewList());
  OTRP_ASSERT_OK(Put(server_.url()));
  Fetch();
  ca_.away = true;
  database_.proxy().SetReachable(false);
  Started again(*this);
  OTRP_ASSERT_OK_AND_ASSIGN(const auto snapshot, again.holder.Get());
  const pki::Certificate tee = maker_.Certificate("tee");
  EXPECT_EQ(
      snapshot->trust
          ->CheckChain(attest::ChainRole::kTee, tee.der(), {}, clock_.Now())
          .problem,
      "revoked");
  ASSERT_EQ(again.holder.All()->revocation.sources.size(), 1u);
  EXPECT_EQ(again.holder.All()->revocation.sources[0].anchor, "maker");
  database_.proxy().SetReachable(true);
}

TEST_F(RevocationFetcherTest, OfTwoReplicasOneReads) {
  OTRP_ASSERT_OK(Put(server_.url()));
  EXPECT_THAT(sources_.Claim("maker", absl::nullopt, clock_.Now()),
              IsOkAndHolds(true));
  EXPECT_THAT(sources_.Claim("maker", absl::nullopt, clock_.Now()),
              IsOkAndHolds(false));
  EXPECT_THAT(sources_.Claim("stranger", absl::nullopt, clock_.Now()),
              IsOkAndHolds(false));
}

TEST_F(RevocationFetcherTest, NamesWhatIsWrongWithASource) {
  EXPECT_THAT(Put(server_.url(), -1),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("allow_stale_hours:")));
  EXPECT_THAT(Put(server_.url(), 0, "delta"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kind:")));
  v1::PutRevocationSourceRequest request;
  request.set_name("maker");
  request.set_role(common::v1::ROLE_TEE);
  request.set_anchor("stranger");
  request.set_kind("crl");
  request.set_url(server_.url());
  const auto put = [&] {
    return rpc::Call<v1::PutRevocationSourceResponse>(
        *stub_, &v1::RevocationSources::Stub::PutRevocationSource, request);
  };
  EXPECT_THAT(put(), StatusIs(absl::StatusCode::kFailedPrecondition,
                              HasSubstr("anchor:")));
  // Somebody else's authority can't tell of this anchor's certificates.
  request.set_anchor("maker");
  request.set_issuer_der(TheOem().tee.ca.der());
  EXPECT_THAT(put(), StatusIs(absl::StatusCode::kFailedPrecondition,
                              HasSubstr("issuer_der:")));
}

// `openssl ocsp` at a port of its own.
class Responder {
 public:
  explicit Responder(const Maker& maker) {
    port_ = 20000 + static_cast<int>(::getpid() % 20000);
    pid_ = ::fork();
    if (pid_ != 0) return;
    const std::string command = absl::StrCat(
        "cd ", maker.folder(), " && exec openssl ocsp -index index.txt -CA ",
        "ca.pem -rsigner ca.pem -rkey ca.key -nmin 60 -port ", port_,
        " >responder.log 2>&1");
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  ~Responder() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }
  std::string url() const {
    return absl::StrCat("http://127.0.0.1:", port_, "/");
  }

 private:
  int port_ = 0;
  pid_t pid_ = 0;
};

TEST_F(RevocationFetcherTest,
       AResponderIsAskedAboutWhoCameAndNobodyWaitsForIt) {
  std::string verdict;
  {
    const Responder responder(maker_);
    OTRP_ASSERT_OK(Put(responder.url(), 0, "ocsp"));
    OTRP_ASSERT_OK(updater_.PullPolicy());
    EXPECT_EQ(VerdictNow(), "come again");
    // Until it listens.
    for (int i = 0; i < 200 && VerdictNow() == "come again"; ++i) {
      Fetch();
      absl::SleepFor(absl::Milliseconds(50));
    }
    EXPECT_EQ(VerdictNow(), "accepted") << Source().error();
    EXPECT_EQ(Source().state(), "current");
    EXPECT_EQ(Source().error(), "");
  }
  // What it said holds while it is away, and no longer.
  Fetch();
  EXPECT_EQ(VerdictNow(), "accepted");
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(VerdictNow(), "come again");
  clock_.Set(absl::Now());
  maker_.RevokeTee();
  const Responder responder(maker_);
  fetcher_.Want(
      {{maker_.Certificate("tee").der(), maker_.Certificate("ca").der()}});
  for (int i = 0; i < 200 && VerdictNow() != "tee-cert-revoked"; ++i) {
    Fetch();
    fetcher_.Want(
        {{maker_.Certificate("tee").der(), maker_.Certificate("ca").der()}});
    absl::SleepFor(absl::Milliseconds(50));
  }
  EXPECT_EQ(VerdictNow(), "tee-cert-revoked") << Source().error();
}

}  // namespace
}  // namespace verifier
}  // namespace otrp
