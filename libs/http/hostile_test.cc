// What strangers do to a listener, over real sockets.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/client.h"
#include "libs/http/echo_server.h"
#include "libs/http/raw_client.h"
#include "libs/http/server.h"
#include "tests/support/tls.h"

namespace otrp {
namespace http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using testing::EchoRouter;
using ::testing::HasSubstr;
using testing::kChunked;
using testing::kGet;
using testing::kMiB;
using testing::Post;
using testing::RawClient;
using testing::Start;
using ::testing::StartsWith;

size_t ResidentOctets() {
  long pages = 0;
  long resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
  std::fclose(file);
  return static_cast<size_t>(resident) *
         static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

TEST(HostileHttpTest, WhatHasNoEndIsAnsweredAndNotKept) {
  Server::Options options;
  options.max_body_bytes = 100'000;
  const auto server = Start(EchoRouter(), options);
  for (const auto& [before, piece, status] :
       {std::tuple<std::string, std::string, const char*>{
            absl::StrCat(kChunked, "1;a="), "a", "431"},
        {absl::StrCat(kChunked, "0\r\nA: "), "a", "431"},
        {absl::StrCat(kChunked, "0\r\n"), "A: b\r\n", "431"},
        {kChunked, "1\r\na\r\n", "400"},
        {"POST /", "a", "431"},
        {"POST /echo HTTP/1.1\r\nHost: a\r\n", "A: b\r\n", "431"},
        {"", "\r\n", "400"},
        {Post(1 << 30), "a", "413"}}) {
    SCOPED_TRACE(absl::StrCat(before, piece));
    std::string pieces;
    while (pieces.size() < 64 * 1024) pieces += piece;
    RawClient client(server->port());
    ASSERT_TRUE(client.Connect().Send(before));
    const size_t held = ResidentOctets();
    size_t sent = 0;
    while (sent < 64 * kMiB && client.Send(pieces)) sent += pieces.size();
    // The answer, four MiB that are read and dropped, and the sockets' buffers.
    EXPECT_LT(sent, 32 * kMiB);
    EXPECT_LT(ResidentOctets(), held + 8 * kMiB);
    EXPECT_THAT(client.ReceiveAll(),
                StartsWith(absl::StrCat("HTTP/1.1 ", status)));
  }
  RawClient next(server->port());
  ASSERT_TRUE(next.Connect().Send(kGet));
  EXPECT_THAT(next.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST(HostileHttpTest, UnfinishedRequestsUseUpTheirBudgetAndSmallOnesPass) {
  Server::Options options;
  // A quarter for requests, a sixteenth for an address.
  options.max_held_bytes = 4 * kMiB;
  options.request_timeout = absl::Seconds(30);
  options.min_bytes_per_second = 1;
  const auto server = Start(EchoRouter(), options);
  const std::string part(100'000, 'x');
  const auto begin = [&](const char* from) {
    RawClient client(server->port(), 0, from);
    client.Connect().Send(Post(300'000) + part);
    return client;
  };
  // The kernel's part of it may come a moment later.
  const auto refused = [](RawClient& client) {
    return client.Receive(65536, 500);
  };
  std::vector<RawClient> open;
  std::string answer;
  // One address has its share first,
  while (open.size() < 8) {
    open.push_back(begin("127.0.0.1"));
    answer = refused(open.back());
    if (!answer.empty()) break;
  }
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After")));
  EXPECT_EQ(open.size(), 2u);
  // then all of them together.
  for (int i = 2; i < 20; ++i) {
    open.push_back(begin(absl::StrCat("127.0.0.", i).c_str()));
    answer = refused(open.back());
    if (!answer.empty()) break;
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
  EXPECT_GE(open.size(), 5u);
  EXPECT_LE(open.size(), 10u);
  RawClient small(server->port());
  ASSERT_TRUE(small.Connect().Send(Post(1000) + std::string(1000, 'x')));
  EXPECT_THAT(small.ReceiveUntil("xxx"), StartsWith("HTTP/1.1 200"));
  open.clear();
  for (int i = 0; i < 100; ++i) {
    RawClient again(server->port());
    ASSERT_TRUE(
        again.Connect().Send(Post(150'000) + std::string(150'000, 'x')));
    answer = again.ReceiveUntil("\r\n\r\n");
    if (absl::StartsWith(answer, "HTTP/1.1 200")) break;
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
}

TEST(HostileHttpTest, AnIdleConnectionHoldsNothingOfTheBudget) {
  Server::Options options;
  options.max_held_bytes = 2 * kMiB;
  const auto server = Start(EchoRouter(), options);
  std::vector<RawClient> idle;
  for (int i = 0; i < 20; ++i) {
    idle.emplace_back(server->port());
    ASSERT_TRUE(
        idle.back().Connect().Send(Post(20'000, "Expect: 100-continue\r\n")));
    idle.back().ReceiveUntil("\r\n\r\n");
    ASSERT_TRUE(idle.back().Send(std::string(20'000, 'x')));
    EXPECT_THAT(idle.back().ReceiveUntil("xx"), StartsWith("HTTP/1.1 200"));
  }
}

TEST(HostileHttpTest, AnswersThatNobodyReadsHaveABudget) {
  Server::Options options;
  options.max_held_bytes = 4 * kMiB;
  const auto server = Start(EchoRouter(), options);
  const std::string get = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
  RawClient lazy(server->port(), 4096);
  ASSERT_TRUE(lazy.Connect().Send(get));
  ASSERT_THAT(lazy.Receive(100), StartsWith("HTTP/1.1 200"));
  RawClient other(server->port());
  ASSERT_TRUE(other.Connect().Send(get));
  EXPECT_THAT(other.ReceiveUntil("\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After")));
  lazy.Close();
  std::string answer;
  for (int i = 0; i < 100; ++i) {
    RawClient again(server->port());
    ASSERT_TRUE(again.Connect().Send(get));
    answer = again.ReceiveUntil("\r\n\r\n");
    if (absl::StartsWith(answer, "HTTP/1.1 200")) break;
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200"));
}

// The relations of a 16 MiB application at 256 kbit/s, in a tenth of its time:
// the whole takes several times the limit for a stand-still.
Server::Options SlowLink() {
  Server::Options options;
  options.request_timeout = absl::Milliseconds(300);
  options.min_bytes_per_second = 256 * 1024;
  options.max_body_bytes = 4 * kMiB;
  return options;
}

TEST(HostileHttpTest, ALargeAnswerReachesWhoReadsSlowlyButSteadily) {
  const auto server = Start(EchoRouter(), SlowLink());
  RawClient client(server->port(), 16 * 1024);
  ASSERT_TRUE(client.Connect().Send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
  const auto start = steady_clock::now();
  EXPECT_GE(client.ReceiveSlowly(kMiB, 2 * kMiB), 2 * kMiB);
  EXPECT_GT(steady_clock::now() - start, milliseconds(1500));
}

TEST(HostileHttpTest, WhoReadsAnAnswerTooSlowlyIsCutOff) {
  const auto server = Start(EchoRouter(), SlowLink());
  for (const size_t rate : {size_t{1}, size_t{64 * 1024}}) {
    RawClient client(server->port(), 16 * 1024);
    ASSERT_TRUE(
        client.Connect().Send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
    if (rate == 1) {
      // Reads nothing at all.
      std::this_thread::sleep_for(seconds(2));
      EXPECT_LT(client.ReceiveAll().size(), kMiB);
    } else {
      EXPECT_LT(client.ReceiveSlowly(rate, 2 * kMiB), kMiB);
    }
  }
}

TEST(HostileHttpTest, ALargeBodyMayComeSlowlyButSteadily) {
  const auto server = Start(EchoRouter(), SlowLink());
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(Post(kMiB)));
  const auto start = steady_clock::now();
  for (size_t sent = 0; sent < kMiB; sent += 8192) {
    ASSERT_TRUE(client.Send(std::string(8192, 'x'))) << sent;
    std::this_thread::sleep_until(
        start + std::chrono::microseconds(1'000'000 * sent / kMiB));
  }
  EXPECT_THAT(client.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_GT(steady_clock::now() - start, milliseconds(700));
}

TEST(HostileHttpTest, ABodyAnOctetAtATimeIs408) {
  Server::Options options = SlowLink();
  const auto server = Start(EchoRouter(), options);
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(Post(kMiB)));
  const auto start = steady_clock::now();
  std::string answer;
  while (answer.empty() && steady_clock::now() - start < seconds(10)) {
    client.Send("x");
    answer = client.Receive(65536, 20);
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
  EXPECT_LT(steady_clock::now() - start, seconds(2));
}

TEST(HostileHttpTest, AHeadAnOctetAtATimeIs408) {
  Server::Options options = SlowLink();
  const auto server = Start(EchoRouter(), options);
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send("GET /"));
  const auto start = steady_clock::now();
  std::string answer;
  while (answer.empty() && steady_clock::now() - start < seconds(10)) {
    client.Send("x");
    answer = client.Receive(65536, 20);
  }
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 408"));
  EXPECT_LT(steady_clock::now() - start, seconds(2));
}

TEST(HostileHttpTest, WhoAsksToContinueIsToldAtOnce) {
  const auto server = Start(EchoRouter(), {});
  const std::string expect = "Expect: 100-continue\r\n";
  RawClient waits(server->port());
  ASSERT_TRUE(waits.Connect().Send(Post(3, expect)));
  EXPECT_EQ(waits.ReceiveUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(waits.Send("abc"));
  EXPECT_THAT(waits.ReceiveUntil("abc"), StartsWith("HTTP/1.1 200"));
  // Who doesn't wait needs no word.
  RawClient hasty(server->port());
  ASSERT_TRUE(hasty.Connect().Send(Post(3, expect) + "abc"));
  EXPECT_THAT(hasty.ReceiveUntil("abc"), StartsWith("HTTP/1.1 200"));
  // A refusal comes before the body.
  RawClient large(server->port());
  ASSERT_TRUE(large.Connect().Send(Post(1 << 30, expect)));
  EXPECT_THAT(large.ReceiveAll(), StartsWith("HTTP/1.1 413"));
  RawClient odd(server->port());
  ASSERT_TRUE(odd.Connect().Send(Post(3, "Expect: a-miracle\r\n")));
  EXPECT_THAT(odd.ReceiveAll(), StartsWith("HTTP/1.1 417"));
}

TEST(HostileHttpTest, AnEmptyLineBetweenRequestsIsNothing) {
  const auto server = Start(EchoRouter(), {});
  RawClient client(server->port());
  ASSERT_TRUE(client.Connect().Send(absl::StrCat(Post(2), "ab\r\n")));
  EXPECT_THAT(client.ReceiveUntil("ab"), StartsWith("HTTP/1.1 200"));
  ASSERT_TRUE(client.Send(absl::StrCat(kGet, "\r\n", kGet)));
  std::string answers;
  while (answers.find("HTTP/1.1 200", 5) == std::string::npos) {
    const std::string more = client.Receive(65536);
    ASSERT_FALSE(more.empty()) << answers;
    answers += more;
  }
}

TEST(HostileHttpTest, OneAddressDoesNotTakeAllConnections) {
  Server::Options options;
  options.peer_connections = 3;
  const auto server = Start(EchoRouter(), options);
  std::vector<RawClient> idle;
  for (int i = 0; i < 3; ++i) {
    idle.emplace_back(server->port());
    ASSERT_TRUE(idle.back().Connect().Send(kGet));
    ASSERT_THAT(idle.back().ReceiveUntil("\r\n\r\n"),
                StartsWith("HTTP/1.1 200"));
  }
  RawClient fourth(server->port());
  EXPECT_TRUE(fourth.Connect().Ended());
  RawClient other(server->port(), 0, "127.0.0.2");
  ASSERT_TRUE(other.Connect().Send(kGet));
  EXPECT_THAT(other.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

std::string Get(int port, const std::string& fields,
                const char* from = "127.0.0.1") {
  RawClient client(port, 0, from);
  client.Connect().Send(
      absl::StrCat("GET /files/a HTTP/1.1\r\nHost: a\r\n", fields, "\r\n"));
  return client.ReceiveUntil("\r\n\r\n");
}

TEST(HostileHttpTest, TooManyRequestsOfOneAddressAre429) {
  Server::Options options;
  options.peer_requests_per_second = 2;
  const auto server = Start(EchoRouter(), options);
  std::string answer;
  int passed = 0;
  while (passed < 50) {
    answer = Get(server->port(), "");
    if (!absl::StartsWith(answer, "HTTP/1.1 200")) break;
    ++passed;
  }
  EXPECT_GE(passed, 4);
  EXPECT_LT(passed, 50);
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After: 1")));
  EXPECT_THAT(Get(server->port(), "", "127.0.0.2"), StartsWith("HTTP/1.1 200"));
  // Nobody who isn't a trusted proxy speaks for others.
  EXPECT_THAT(Get(server->port(), "X-Forwarded-For: 192.0.2.1\r\n"),
              StartsWith("HTTP/1.1 429"));
}

TEST(HostileHttpTest, BehindATrustedProxyTheClientsAddressCounts) {
  Server::Options options;
  options.peer_requests_per_second = 1;
  options.peer_connections = 1;
  options.trusted_proxies = "127.0.0.1";
  const auto server = Start(EchoRouter(), options);
  const auto from = [&](const char* client) {
    return Get(server->port(),
               absl::StrCat("X-Forwarded-For: 198.51.100.7, ", client, "\r\n"));
  };
  EXPECT_THAT(from("192.0.2.1"), AllOf(StartsWith("HTTP/1.1 200"),
                                       HasSubstr("X-Peer: 192.0.2.1\r\n")));
  for (int i = 0; i < 5; ++i) from("192.0.2.1");
  EXPECT_THAT(from("192.0.2.1"), StartsWith("HTTP/1.1 429"));
  EXPECT_THAT(from("192.0.2.2"), StartsWith("HTTP/1.1 200"));
  // The proxy's own connections aren't limited.
  RawClient one(server->port());
  RawClient two(server->port());
  ASSERT_TRUE(one.Connect().Send(Post(0, "X-Forwarded-For: 192.0.2.3\r\n")));
  ASSERT_TRUE(two.Connect().Send(Post(0, "X-Forwarded-For: 192.0.2.4\r\n")));
  EXPECT_THAT(one.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(two.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST(HostileHttpTest, TheProxyProtocolIsForTrustedProxiesAlone) {
  Server::Options options;
  options.trusted_proxies = "127.0.0.1";
  options.proxy_protocol = true;
  options.peer_connections = 1;
  const auto server = Start(EchoRouter(), options);
  const std::string line = "PROXY TCP4 192.0.2.1 10.0.0.1 4711 80\r\n";
  RawClient proxied(server->port());
  ASSERT_TRUE(proxied.Connect().Send(line + kGet));
  EXPECT_THAT(
      proxied.ReceiveUntil("\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("X-Peer: 192.0.2.1\r\n")));
  // The limits are the client's.
  RawClient second(server->port());
  ASSERT_TRUE(second.Connect().Send(line + kGet));
  EXPECT_EQ(second.ReceiveAll(), "");
  RawClient without(server->port());
  ASSERT_TRUE(without.Connect().Send(kGet));
  EXPECT_EQ(without.ReceiveAll(), "");
  RawClient stranger(server->port(), 0, "127.0.0.2");
  ASSERT_TRUE(stranger.Connect().Send(line + kGet));
  EXPECT_THAT(stranger.ReceiveAll(), StartsWith("HTTP/1.1 400"));
  RawClient direct(server->port(), 0, "127.0.0.3");
  ASSERT_TRUE(direct.Connect().Send(kGet));
  EXPECT_THAT(direct.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

// A proxy in front of a server: passes one connection's octets on, behind a
// header that says whom it is from.
class Relay {
 public:
  Relay(int port, const std::string& header)
      : listener_(RawClient::Listen(&port_)), server_(port) {
    thread_ = std::thread([this, header] {
      RawClient client = RawClient::Accept(listener_);
      server_.Connect().Send(header);
      std::thread back([&] { Pump(server_, client); });
      Pump(client, server_);
      back.join();
    });
  }
  ~Relay() {
    thread_.join();
    close(listener_);
  }
  int port() const { return port_; }

 private:
  static void Pump(RawClient& from, RawClient& to) {
    for (std::string octets; !(octets = from.Receive(65536)).empty();) {
      to.Send(octets);
    }
    to.EndSending();
  }

  int port_ = 0;
  const int listener_;
  RawClient server_;
  std::thread thread_;
};

TEST(HostileHttpTest, TheProxyProtocolComesBeforeTls) {
  auto tls = ::otrp::testing::TestTls::Create();
  ASSERT_TRUE(tls.ok()) << tls.status();
  const std::string dir = (*tls)->Issue("otrp://service/gateway").value();
  Server::Options options;
  options.tls_cert_file = dir + "/cert.pem";
  options.tls_key_file = dir + "/key.pem";
  options.trusted_proxies = "127.0.0.0/8";
  options.proxy_protocol = true;
  const auto server = Start(EchoRouter(), options);
  Relay relay(server->port(), "PROXY TCP4 192.0.2.1 10.0.0.1 4711 443\r\n");
  Client::Options trusting;
  trusting.ca_file = dir + "/ca.pem";
  Client client(trusting);
  const std::string body(100'000, 'x');
  const auto response = client.Post(
      absl::StrCat("https://127.0.0.1:", relay.port(), "/echo"), {}, body);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, body);
  EXPECT_EQ(response->header("X-Peer"), "192.0.2.1");
}

}  // namespace
}  // namespace http
}  // namespace otrp
