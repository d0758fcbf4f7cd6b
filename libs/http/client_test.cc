// The client against servers that break off, wait or trickle.

#include "libs/http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/status_matchers.h"

namespace otrp {
namespace http {
namespace {

using ::otrp::testing::StatusIs;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Takes one connection after the other; `serve` has its number and ends it by
// returning.
class ScriptedServer {
 public:
  using Serve =
      std::function<void(ScriptedServer&, int connection, int socket)>;

  explicit ScriptedServer(Serve serve) : serve_(std::move(serve)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listener_, any, size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, any, &size), 0);
    url_ = absl::StrCat("http://127.0.0.1:", ntohs(address.sin_port), "/");
    thread_ = std::thread([this] {
      for (int i = 0;; ++i) {
        const int peer = accept(listener_, nullptr, nullptr);
        if (peer < 0) return;
        serve_(*this, i, peer);
        close(peer);
      }
    });
  }
  ~ScriptedServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  const std::string& url() const { return url_; }
  int requests() const { return requests_; }

  // False where the client has gone.
  bool ReadRequest(int peer) {
    std::string request;
    char octets[4096];
    while (!absl::StrContains(request, "\r\n\r\n")) {
      const ssize_t n = recv(peer, octets, sizeof(octets), 0);
      if (n <= 0) return false;
      request.append(octets, static_cast<size_t>(n));
    }
    ++requests_;
    return true;
  }
  static void Answer(int peer, const std::string& octets =
                                   "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                   "\r\nok") {
    send(peer, octets.data(), octets.size(), MSG_NOSIGNAL);
  }

 private:
  const Serve serve_;
  int listener_ = -1;
  std::string url_;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

// Answers the first request of the first connection, and breaks off after it
// has read the second.
void BreakOff(ScriptedServer& server, int connection, int peer) {
  if (!server.ReadRequest(peer)) return;
  ScriptedServer::Answer(peer);
  if (connection == 0) server.ReadRequest(peer);
}

TEST(HttpClientTest, APostIsNotRepeatedAfterItWasSent) {
  ScriptedServer server(&BreakOff);
  Client client({});
  ASSERT_TRUE(client.Get(server.url()).ok());
  EXPECT_THAT(client.Post(server.url(), {}, "").status(),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(server.requests(), 2);
  EXPECT_EQ(client.stats().repeated, 0);
  EXPECT_TRUE(client.Post(server.url(), {}, "").ok());
}

TEST(HttpClientTest, WhatDoesNoHarmTwiceIsRepeatedOnce) {
  ScriptedServer server(&BreakOff);
  Client client({});
  ASSERT_TRUE(client.Get(server.url()).ok());
  EXPECT_TRUE(client.Get(server.url()).ok());
  EXPECT_EQ(server.requests(), 3);
  EXPECT_EQ(client.stats().repeated, 1);
}

TEST(HttpClientTest, APostGoesOnANewConnectionWhereTheServerEndedTheOldOne) {
  ScriptedServer server([](ScriptedServer& self, int, int peer) {
    if (self.ReadRequest(peer)) ScriptedServer::Answer(peer);
  });
  Client client({});
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(client.Post(server.url(), {}, "").ok());
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_EQ(server.requests(), 3);
  EXPECT_EQ(client.stats().repeated, 0);
}

TEST(HttpClientTest, TheTimeIsThatOfTheCallAsAWhole) {
  // Breaks off late, and answers the repetition late.
  ScriptedServer server([](ScriptedServer& self, int connection, int peer) {
    if (!self.ReadRequest(peer)) return;
    if (connection == 0) {
      ScriptedServer::Answer(peer);
      self.ReadRequest(peer);
    }
    std::this_thread::sleep_for(milliseconds(400));
    if (connection != 0) ScriptedServer::Answer(peer);
  });
  Client::Options options;
  options.timeout = absl::Milliseconds(600);
  Client client(options);
  ASSERT_TRUE(client.Get(server.url()).ok());
  const auto start = steady_clock::now();
  EXPECT_THAT(client.Get(server.url()).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(steady_clock::now() - start, milliseconds(790));
}

TEST(HttpClientTest, AnAnswerThatTricklesIsTooSlow) {
  ScriptedServer server([](ScriptedServer& self, int, int peer) {
    if (!self.ReadRequest(peer)) return;
    ScriptedServer::Answer(peer,
                           "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n");
    for (int i = 0; i < 40; ++i) {
      ScriptedServer::Answer(peer, "x");
      std::this_thread::sleep_for(milliseconds(50));
    }
  });
  Client::Options options;
  options.timeout = absl::Milliseconds(300);
  const auto start = steady_clock::now();
  EXPECT_THAT(Client(options).Get(server.url()).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(steady_clock::now() - start, milliseconds(1500));
}

TEST(HttpClientTest, AnInnerHostIsNotAskedWhateverItsName) {
  std::atomic<int> connections{0};
  ScriptedServer server([&](ScriptedServer&, int, int) { ++connections; });
  Client::Options options;
  options.public_only = true;
  Client client(options);
  const std::string port = server.url().substr(server.url().rfind(':') + 1);
  for (const std::string host :
       {"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1",
        "2130706433", "0.0.0.0"}) {
    const absl::Status status =
        client.Get(absl::StrCat("https://", host, ":", port)).status();
    EXPECT_FALSE(status.ok()) << host;
    EXPECT_FALSE(absl::StrContains(status.message(), "TLS handshake"))
        << host << ": " << status;
  }
  EXPECT_THAT(client.Get(server.url()).status(),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(client.Get(absl::StrCat("https://127.0.0.1:", port)).status(),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_EQ(connections, 0);
}

}  // namespace
}  // namespace http
}  // namespace otrp
