// Answers that come by and by: what their readers get, and what their sources
// are asked for and told, over real sockets.

#include "libs/http/stream.h"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/client.h"
#include "libs/http/echo_server.h"
#include "libs/http/raw_client.h"
#include "libs/http/server.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::kGet;
using testing::kMiB;
using ::testing::Not;
using testing::RawClient;
using testing::Start;
using ::testing::StartsWith;

constexpr char kStream[] = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr char kLastChunk[] = "0\r\n\r\n";

// A source whose pieces are given by hand.
class Tap final : public BodySource {
 public:
  void Next(GivePiece give) override {
    std::lock_guard<std::mutex> lock(mutex_);
    ++asked_;
    give_.emplace(std::move(give));
    changed_.notify_all();
  }
  void Abandon() override {
    absl::optional<GivePiece> dropped;
    std::lock_guard<std::mutex> lock(mutex_);
    dropped = std::exchange(give_, absl::nullopt);
    ++abandoned_;
    changed_.notify_all();
  }

  // Waits until a piece is wanted; false: none is in time.
  bool Give(const std::string& octets) {
    absl::optional<GivePiece> give = Taken();
    if (!give.has_value()) return false;
    std::move (*give)(octets);
    return true;
  }
  void End() {
    absl::optional<GivePiece> give = Taken();
    ASSERT_TRUE(give.has_value());
    std::move(*give).End();
  }
  void Drop() { ASSERT_TRUE(Taken().has_value()); }

  bool AwaitAbandoned(milliseconds most = seconds(10)) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, most, [this] { return abandoned_ > 0; });
  }
  bool AwaitAsked(int times) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, seconds(10),
                             [&] { return asked_ >= times; });
  }
  int asked() {
    std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  int abandoned() {
    std::lock_guard<std::mutex> lock(mutex_);
    return abandoned_;
  }

 private:
  absl::optional<GivePiece> Taken() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, seconds(10), [this] { return give_.has_value(); });
    return std::exchange(give_, absl::nullopt);
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  absl::optional<GivePiece> give_;
  int asked_ = 0;
  int abandoned_ = 0;
};

class StreamTest : public ::testing::Test {
 protected:
  std::unique_ptr<Server> StartServer(Server::Options options = {}) {
    Router router;
    router.AddAsync("GET", "/stream", "stream",
                    [this](const Request&, Respond respond) {
                      Response head;
                      head.headers = {{"Content-Type", "text/plain"}};
                      std::move(respond)(Streamed{std::move(head), tap_});
                    });
    router.AddAsync("GET", "/files/*", "files",
                    [](const Request&, Respond respond) {
                      std::move(respond)(Response());
                    });
    return Start(std::move(router), std::move(options));
  }

  const std::shared_ptr<Tap> tap_ = std::make_shared<Tap>();
};

TEST_F(StreamTest, EachPieceComesWhenItIsGivenAndTheEndIsTold) {
  const auto server = StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(kStream));
  const std::string head = client.ReceiveUntil("\r\n\r\n");
  EXPECT_THAT(head, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"),
                          HasSubstr("Transfer-Encoding: chunked"),
                          HasSubstr("Connection: close"),
                          Not(HasSubstr("Content-Length"))));
  for (const char* piece : {"one", "two"}) {
    ASSERT_TRUE(tap_->Give(piece));
    EXPECT_EQ(client.ReceiveUntil(piece + std::string("\r\n")),
              absl::StrCat("3\r\n", piece, "\r\n"));
  }
  tap_->End();
  EXPECT_EQ(client.ReceiveAll(), kLastChunk);
  EXPECT_TRUE(tap_->AwaitAbandoned());
  EXPECT_EQ(tap_->abandoned(), 1);
  EXPECT_EQ(tap_->asked(), 3);
}

TEST_F(StreamTest, ALargePieceComesWholeOverTlsToo) {
  OTRP_ASSERT_OK_AND_ASSIGN(const auto tls, ::otrp::testing::TestTls::Create());
  OTRP_ASSERT_OK_AND_ASSIGN(const std::string dir,
                            tls->Issue("otrp://service/gateway"));
  Server::Options options;
  options.tls_cert_file = dir + "/cert.pem";
  options.tls_key_file = dir + "/key.pem";
  const auto server = StartServer(options);
  std::string large(3 * kMiB, ' ');
  for (size_t i = 0; i < large.size(); ++i) {
    large[i] = static_cast<char>('a' + i % 23);
  }
  std::thread giver([&] {
    EXPECT_TRUE(tap_->Give(large));
    EXPECT_TRUE(tap_->Give("end"));
    tap_->End();
  });
  Client::Options trust;
  trust.ca_file = dir + "/ca.pem";
  Client client(trust);
  const auto response =
      client.Get(absl::StrCat("https://127.0.0.1:", server->port(), "/stream"));
  giver.join();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(response->body == large + "end");
}

TEST_F(StreamTest, AnOlderClientReadsUntilTheConnectionEnds) {
  const auto server = StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send("GET /stream HTTP/1.0\r\n\r\n"));
  ASSERT_TRUE(tap_->Give("one"));
  ASSERT_TRUE(tap_->Give("two"));
  tap_->End();
  EXPECT_THAT(client.ReceiveAll(),
              AllOf(EndsWith("\r\n\r\nonetwo"), Not(HasSubstr("chunked"))));
}

TEST_F(StreamTest, WhatIsGivenUpHasNoEnd) {
  const auto server = StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(kStream));
  ASSERT_TRUE(tap_->Give("one"));
  tap_->Drop();
  const std::string all = client.ReceiveAll();
  EXPECT_THAT(all, AllOf(EndsWith("3\r\none\r\n"), Not(HasSubstr(kLastChunk))));
}

TEST_F(StreamTest, HeadHasNoBodyAndAsksForNone) {
  const auto server = StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(
      "HEAD /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  EXPECT_THAT(client.ReceiveAll(), EndsWith("\r\n\r\n"));
  EXPECT_EQ(tap_->asked(), 0);
  EXPECT_EQ(tap_->abandoned(), 1);
}

TEST_F(StreamTest, WhoHasGoneIsToldWhileNothingIsSent) {
  const auto server = StartServer();
  for (const bool reset : {false, true}) {
    const int before = tap_->abandoned();
    RawClient client(server->port());
    ASSERT_TRUE(client.Connect().Send(kStream));
    client.ReceiveUntil("\r\n\r\n");
    reset ? client.Close() : client.EndSending();
    const auto end = steady_clock::now() + seconds(2);
    while (tap_->abandoned() == before && steady_clock::now() < end) {
      std::this_thread::sleep_for(milliseconds(10));
    }
    EXPECT_EQ(tap_->abandoned(), before + 1) << reset;
  }
}

TEST_F(StreamTest, WhoDoesNotReadIsAskedForNothingMoreAndCutOff) {
  Server::Options options;
  options.request_timeout = absl::Seconds(1);
  options.min_bytes_per_second = 1'000'000;
  const auto server = StartServer(options);
  RawClient client(server->port(), 16 * 1024);
  ASSERT_TRUE(client.Connect().Send(kStream));
  // The system takes some; the rest waits in one piece, and no other is made.
  int given = 0;
  while (tap_->abandoned() == 0 && tap_->Give(std::string(kMiB, 'x'))) ++given;
  EXPECT_LT(given, 8);
  EXPECT_TRUE(tap_->AwaitAbandoned());
  EXPECT_EQ(tap_->abandoned(), 1);
}

TEST_F(StreamTest, APieceThatThereIsNoMemoryForCutsTheStream) {
  Server::Options options;
  options.max_held_bytes = 64 * 1024;
  const auto server = StartServer(options);
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(kStream));
  ASSERT_TRUE(tap_->Give("small"));
  ASSERT_TRUE(tap_->Give(std::string(kMiB, 'x')));
  EXPECT_TRUE(tap_->AwaitAbandoned());
  const std::string all = client.ReceiveAll();
  EXPECT_THAT(all, HasSubstr("small"));
  EXPECT_LT(all.size(), kMiB);
}

TEST_F(StreamTest, WhoSendsWithoutEndWhileHeReadsIsCutOff) {
  const auto server = StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(kStream));
  client.ReceiveUntil("\r\n\r\n");
  for (int i = 0; i < 64 && client.Send(std::string(kMiB, 'x')); ++i) continue;
  EXPECT_TRUE(tap_->AwaitAbandoned());
}

TEST_F(StreamTest, AStreamHoldsNoTurnOfAHandler) {
  Server::Options options;
  options.handler_threads = 1;
  options.starter_threads = 1;
  options.max_queue = 1;
  const auto server = StartServer(options);
  std::vector<RawClient> readers;
  for (int i = 0; i < 5; ++i) {
    readers.emplace_back(server->port());
    ASSERT_TRUE(readers.back().Connect().Send(kStream));
    EXPECT_THAT(readers.back().ReceiveUntil("\r\n\r\n"),
                StartsWith("HTTP/1.1 200"));
  }
  RawClient other(server->port());
  ASSERT_TRUE(other.Connect().Send(kGet));
  EXPECT_THAT(other.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST_F(StreamTest, AServerThatEndsEndsItsStreamsInOrder) {
  const auto server = StartServer();
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(kStream));
  ASSERT_TRUE(tap_->Give("one"));
  ASSERT_TRUE(tap_->AwaitAsked(2));
  const auto start = steady_clock::now();
  server->Shutdown(absl::Seconds(10));
  EXPECT_LT(steady_clock::now() - start, seconds(3));
  EXPECT_THAT(client.ReceiveAll(), EndsWith(kLastChunk));
  EXPECT_EQ(tap_->abandoned(), 1);
}

TEST_F(StreamTest, AReaderWhoStandsStillHoldsUpNoEndForLongerThanItsGrace) {
  const auto server = StartServer();
  RawClient client(server->port(), 16 * 1024);
  ASSERT_TRUE(client.Connect().Send(kStream));
  ASSERT_TRUE(tap_->Give(std::string(16 * kMiB, 'x')));
  const auto start = steady_clock::now();
  server->Shutdown(absl::Seconds(1));
  EXPECT_LT(steady_clock::now() - start, seconds(4));
  EXPECT_EQ(tap_->abandoned(), 1);
}

}  // namespace
}  // namespace http
}  // namespace otrp
