// GETs as streams of events: what a reader gets, and what readers who go, or
// stand still, or are many, cost.

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/clock.h"
#include "libs/http/raw_client.h"
#include "libs/json/json.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "tests/rest/front.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace {

namespace v1 = ::otrp::portal::v1;
using http::testing::RawClient;
using ::otrp::testing::Front;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kAcme[] = "/v1/service-providers/acme";
constexpr char kLastChunk[] = "0\r\n\r\n";
const http::Header kEvents("Accept", "text/event-stream");

// One resource, of which a test says what it is now.
class ServiceProviders : public v1::ServiceProviders::Service {
 public:
  grpc::Status GetServiceProvider(
      grpc::ServerContext*, const v1::GetServiceProviderRequest* request,
      v1::GetServiceProviderResponse* response) override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++calls_;
    if (!status_.ok()) return status_;
    response->mutable_service_provider()->set_spid(request->spid());
    response->mutable_service_provider()->set_name(name_);
    // Another state at each look.
    if (grows_) name_[static_cast<size_t>(calls_) % name_.size()] = 'y';
    return grpc::Status::OK;
  }

  void SetName(const std::string& name) {
    std::lock_guard<std::mutex> lock(mutex_);
    name_ = name;
  }
  void SetStatus(const grpc::Status& status) {
    std::lock_guard<std::mutex> lock(mutex_);
    status_ = status;
  }
  void ChangeAlways(size_t octets) {
    std::lock_guard<std::mutex> lock(mutex_);
    name_.assign(octets, 'x');
    grows_ = true;
  }
  int calls() {
    std::lock_guard<std::mutex> lock(mutex_);
    return calls_;
  }
  void AwaitCalls(int more) {
    const int wanted = calls() + more;
    for (int i = 0; i < 1000 && calls() < wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_GE(calls(), wanted);
  }

 private:
  std::mutex mutex_;
  std::string name_ = "Acme";
  grpc::Status status_;
  bool grows_ = false;
  int calls_ = 0;
};

class WatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_.portal = {&portal_};
    options_.watch.interval = absl::Milliseconds(50);
    Start();
  }

  void Start() {
    OTRP_ASSERT_OK_AND_ASSIGN(front_, Front::Start(options_));
    for (const char* name : {"alice", "bob", "carol"}) {
      rpc::Identity caller(rpc::CallerKind::kSp, "acme");
      caller.role = rpc::Role::kDeveloper;
      caller.agent = absl::StrCat("member/", name);
      front_->tokens.callers[absl::StrCat("otrp_", name)] = caller;
    }
  }

  // The head has been read; nothing of the body.
  RawClient Watch(const std::string& name = "alice",
                  const std::string& fields = "", int receive_octets = 0) {
    RawClient client(front_->plain_port(), receive_octets);
    EXPECT_TRUE(client.Connect().Send(
        absl::StrCat("GET ", kAcme, " HTTP/1.1\r\nHost: a\r\n",
                     "Accept: text/event-stream\r\nAuthorization: Bearer otrp_",
                     name, "\r\n", fields, "\r\n")));
    return client;
  }
  static std::string Head(RawClient& client) {
    std::string head;
    while (!absl::EndsWith(head, "\r\n\r\n")) {
      const std::string octet = client.Receive(1);
      if (octet.empty()) break;
      head += octet;
    }
    return head;
  }
  static std::string Event(RawClient& client) {
    std::string chunk;
    while (!absl::EndsWith(chunk, "\n\n\r\n")) {
      const std::string octet = client.Receive(1);
      if (octet.empty()) break;
      chunk += octet;
    }
    return chunk.substr(chunk.find("\r\n") + 2);
  }

  void AwaitStreams(int wanted) {
    for (int i = 0; i < 300 && front_->streams() != wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    EXPECT_EQ(front_->streams(), wanted);
  }

  ServiceProviders portal_;
  Front::Options options_;
  std::unique_ptr<Front> front_;
};

TEST_F(WatchTest, AStateComesAtOnceAndThenWhenItIsAnother) {
  RawClient client = Watch();
  const std::string head = Head(client);
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200"),
                          HasSubstr("Content-Type: text/event-stream\r\n"),
                          HasSubstr("Cache-Control: no-store\r\n"),
                          HasSubstr("X-Request-Id: "), HasSubstr("RateLimit: "),
                          HasSubstr("X-Content-Type-Options: nosniff\r\n")));
  const std::string first = Event(client);
  const std::vector<std::string> lines = absl::StrSplit(first, '\n');
  ASSERT_THAT(lines, SizeIs(6)) << first;
  EXPECT_THAT(lines[0], ::testing::MatchesRegex("id: \"[0-9a-f]{32}\""));
  EXPECT_EQ(lines[1], "event: state");
  EXPECT_THAT(lines[2], StartsWith("data: {"));
  OTRP_ASSERT_OK_AND_ASSIGN(const json::Value state,
                            json::Parse(lines[2].substr(6), json::kStrangers));
  EXPECT_THAT(state.Serialize(), HasSubstr("\"name\":\"Acme\""));
  // The same again is nothing new.
  portal_.AwaitCalls(5);
  portal_.SetName("Acme\nAG");
  const std::string second = Event(client);
  EXPECT_THAT(second, AllOf(StartsWith("id: "), HasSubstr("Acme\\nAG")));
  EXPECT_NE(second.substr(0, 38), first.substr(0, 38));
}

TEST_F(WatchTest, WhoHasTheStateAlreadyIsSentNothingAtFirst) {
  std::string id;
  {
    RawClient client = Watch();
    Head(client);
    const std::string event = Event(client);
    id = event.substr(4, event.find('\n') - 4);
  }
  RawClient again = Watch("alice", absl::StrCat("Last-Event-ID: ", id, "\r\n"));
  EXPECT_THAT(Head(again), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(again.Receive(1, 300), "");
  portal_.SetName("Acme AG");
  EXPECT_THAT(Event(again), HasSubstr("Acme AG"));
  RawClient other = Watch("alice", "Last-Event-ID: \"0\"\r\n");
  Head(other);
  EXPECT_THAT(Event(other), HasSubstr("Acme AG"));
}

TEST_F(WatchTest, WhileNothingChangesThereIsASignOfLife) {
  options_.watch.heartbeat = absl::Milliseconds(200);
  Start();
  RawClient client = Watch();
  Head(client);
  EXPECT_THAT(Event(client), HasSubstr("event: state"));
  EXPECT_EQ(Event(client), ":\n\n\r\n");
  EXPECT_EQ(Event(client), ":\n\n\r\n");
}

TEST_F(WatchTest, AStreamEndsInOrderWhenItsTimeIsUp) {
  options_.watch.most = absl::Milliseconds(300);
  Start();
  RawClient client = Watch();
  EXPECT_THAT(client.ReceiveAll(), EndsWith(kLastChunk));
  AwaitStreams(0);
  // Over TLS, for the holder of a certificate.
  OTRP_ASSERT_OK_AND_ASSIGN(
      const http::Response response,
      front_->NewClient("otrp://operator/olga")
          ->Send("GET", front_->Url(kAcme), {kEvents}, ""));
  EXPECT_THAT(response.body,
              AllOf(HasSubstr("event: state"), HasSubstr("Acme")));
}

TEST_F(WatchTest, AServiceThatIsAwayIsToldOnceAndTheStreamGoesOn) {
  RawClient client = Watch();
  Head(client);
  const std::string first = Event(client);
  portal_.SetStatus({grpc::StatusCode::UNAVAILABLE, "away"});
  const std::string problem = Event(client);
  EXPECT_THAT(problem, StartsWith("event: problem\ndata: {"));
  EXPECT_THAT(problem, AllOf(HasSubstr("\"status\":503"),
                             HasSubstr("\"code\":\"UNAVAILABLE\"")));
  EXPECT_EQ(absl::StrSplit(problem, '\n').begin()->size(), 14u);
  portal_.AwaitCalls(5);
  portal_.SetStatus(grpc::Status::OK);
  // The same state, as its reader can't know that.
  EXPECT_EQ(Event(client), first);
}

TEST_F(WatchTest, WhoMayReadNoMoreIsToldSoAndTheStreamEnds) {
  for (const auto& [code, status] :
       {std::pair{grpc::StatusCode::NOT_FOUND, 404},
        std::pair{grpc::StatusCode::PERMISSION_DENIED, 403},
        std::pair{grpc::StatusCode::UNAUTHENTICATED, 401}}) {
    portal_.SetStatus(grpc::Status::OK);
    RawClient client = Watch();
    Head(client);
    EXPECT_THAT(Event(client), HasSubstr("event: state"));
    portal_.SetStatus({code, "no"});
    const std::string rest = client.ReceiveAll();
    EXPECT_THAT(rest, AllOf(HasSubstr("event: problem"), EndsWith(kLastChunk),
                            HasSubstr(absl::StrCat("\"status\":", status))));
    AwaitStreams(0);
  }
}

TEST_F(WatchTest, AStreamEndsWithTheCertificateOfItsReader) {
  FakeClock clock{absl::Now()};
  options_.clock = &clock;
  options_.watch.most = absl::Hours(24 * 365 * 100);
  Start();
  const auto client = front_->NewClient("otrp://operator/olga");
  std::thread later([&] {
    portal_.AwaitCalls(4);
    clock.Advance(absl::Hours(24 * 365 * 50));
  });
  const auto response = client->Send("GET", front_->Url(kAcme), {kEvents}, "");
  later.join();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->body,
              AllOf(HasSubstr("event: state"), HasSubstr("event: problem"),
                    HasSubstr("\"status\":401")));
}

TEST_F(WatchTest, AStreamEndsWhenTheCertificateOfItsReaderIsRevoked) {
  Start();
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir,
                            front_->NewCertificate("otrp://operator/olga"));
  const auto client = front_->NewClientOf(dir);
  std::thread later([&] {
    portal_.AwaitCalls(4);
    front_->revocations.Add({Front::SerialOf(dir)});
  });
  const auto response = client->Send("GET", front_->Url(kAcme), {kEvents}, "");
  later.join();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->body,
              AllOf(HasSubstr("event: state"), HasSubstr("event: problem"),
                    HasSubstr("\"status\":401"), HasSubstr("revoked")));
}

TEST_F(WatchTest, WhatFailsBeforeTheStreamIsAnAnswerAsAlways) {
  const auto client = front_->NewClient("");
  const auto status = [&](const std::string& method, const std::string& target,
                          std::vector<http::Header> headers) {
    headers.push_back(kEvents);
    const auto response =
        client->Send(method, front_->Url(target), headers, "");
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return 0;
    EXPECT_EQ(response->header("Content-Type"), "application/problem+json");
    return response->status;
  };
  const http::Header alice("Authorization", "Bearer otrp_alice");
  EXPECT_EQ(status("GET", kAcme, {}), 401);
  EXPECT_EQ(status("GET", "/v1/nothing", {alice}), 404);
  EXPECT_EQ(status("GET", absl::StrCat(kAcme, "?x=1"), {alice}), 400);
  EXPECT_EQ(status("POST", "/v1/service-providers", {alice}), 403);
  portal_.SetStatus({grpc::StatusCode::NOT_FOUND, "spid: is unknown"});
  EXPECT_EQ(status("GET", kAcme, {alice}), 404);
  EXPECT_EQ(front_->streams(), 0);
}

TEST_F(WatchTest, OnlyWhoAsksForEventsAloneGetsThem) {
  const auto client = front_->NewClient("");
  for (const auto& [method, accept] :
       {std::pair{"HEAD", "text/event-stream"},
        std::pair{"GET", "text/event-stream, application/json"},
        std::pair{"GET", "*/*"}, std::pair{"GET", "text/*"},
        std::pair{"GET", "text/event-streams"}}) {
    OTRP_ASSERT_OK_AND_ASSIGN(
        const http::Response response,
        client->Send(
            method, front_->Url(kAcme),
            {{"Authorization", "Bearer otrp_alice"}, {"Accept", accept}}, ""));
    EXPECT_EQ(response.status, 200) << accept;
    EXPECT_EQ(response.header("Content-Type"), "application/json") << accept;
    EXPECT_EQ(response.header("Vary"), "Accept, Authorization, Cookie");
  }
}

TEST_F(WatchTest, StreamsOfOneCallerHaveALimitAndSoHaveAll) {
  options_.streams = {3, 2};
  Start();
  std::vector<RawClient> open;
  for (const char* name : {"alice", "alice", "bob"}) {
    open.push_back(Watch(name));
    EXPECT_THAT(Head(open.back()), StartsWith("HTTP/1.1 200"));
  }
  RawClient third = Watch("alice");
  EXPECT_THAT(third.ReceiveUntil("\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 5")));
  RawClient fourth = Watch("carol");
  EXPECT_THAT(fourth.ReceiveUntil("\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After: 5")));
  // Other requests aren't streams.
  OTRP_ASSERT_OK_AND_ASSIGN(const http::Response response,
                            front_->NewClient("")->Send(
                                "GET", front_->Url(kAcme),
                                {{"Authorization", "Bearer otrp_alice"}}, ""));
  EXPECT_EQ(response.status, 200);
  open.erase(open.begin());
  AwaitStreams(2);
  RawClient again = Watch("alice");
  EXPECT_THAT(Head(again), StartsWith("HTTP/1.1 200"));
}

TEST_F(WatchTest, WhoHasGoneCostsNothingMore) {
  options_.watch.most = absl::Seconds(3);
  Start();
  {
    RawClient client = Watch();
    Head(client);
    EXPECT_THAT(Event(client), HasSubstr("event: state"));
    EXPECT_EQ(front_->streams(), 1);
  }
  AwaitStreams(0);
  // A look may have been under way.
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const int before = portal_.calls();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(portal_.calls(), before);
}

TEST_F(WatchTest, ForWhoDoesNotReadNothingIsAskedAndThenHeIsCutOff) {
  options_.request_timeout = absl::Seconds(2);
  Start();
  portal_.ChangeAlways(size_t{1} << 20);
  RawClient client = Watch("alice", "", 16 * 1024);
  Head(client);
  // The system takes some states; then one waits, and no other is made.
  AwaitStreams(0);
  EXPECT_LT(portal_.calls(), 20);
  EXPECT_THAT(client.ReceiveAll(), Not(EndsWith(kLastChunk)));
}

TEST_F(WatchTest, AFrontThatEndsEndsItsStreams) {
  RawClient client = Watch();
  Head(client);
  EXPECT_THAT(Event(client), HasSubstr("event: state"));
  const auto start = std::chrono::steady_clock::now();
  front_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_TRUE(client.Ended());
}

}  // namespace
}  // namespace otrp
