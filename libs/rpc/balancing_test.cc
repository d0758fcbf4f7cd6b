// What a channel makes of a name with several addresses, and of connections
// that carry nothing: real servers, TLS and DNS, on loopback.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/run.h"
#include "libs/rpc/server.h"
#include "otrp/common/v1/common.grpc.pb.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace rpc {
namespace {

namespace pb = ::otrp::common::v1;
using ::otrp::testing::StatusIs;
using ::otrp::testing::TestTls;

sockaddr_in Loopback(const std::string& address, int port) {
  sockaddr_in found = {};
  found.sin_family = AF_INET;
  found.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(inet_pton(AF_INET, address.c_str(), &found.sin_addr), 1);
  return found;
}

const sockaddr* Plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int PortOf(int socket) {
  sockaddr_in bound = {};
  socklen_t size = sizeof(bound);
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size), 0);
  return ntohs(bound.sin_port);
}

// A name server that has one answer for every name (RFC 1035): the addresses
// of the moment, as a headless Service's are.
class NameServer {
 public:
  NameServer() : socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    EXPECT_EQ(bind(socket_, Plain(any_), sizeof(any_)), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~NameServer() {
    stop_ = true;
    thread_.join();
    close(socket_);
  }

  int port() const { return PortOf(socket_); }

  void Set(std::vector<std::string> addresses) {
    std::lock_guard<std::mutex> lock(mutex_);
    addresses_ = std::move(addresses);
  }

 private:
  static constexpr size_t kHeader = 12;
  static constexpr char kTypeA = 1;

  void Serve() {
    while (!stop_) {
      pollfd wait = {socket_, POLLIN, 0};
      if (poll(&wait, 1, 50) < 1) continue;
      char query[512];
      sockaddr_in from = {};
      socklen_t size = sizeof(from);
      const ssize_t n = recvfrom(socket_, query, sizeof(query), 0,
                                 reinterpret_cast<sockaddr*>(&from), &size);
      if (n < static_cast<ssize_t>(kHeader + 5)) continue;
      const std::string answer = Answer(std::string(query, n));
      sendto(socket_, answer.data(), answer.size(), 0, Plain(from), size);
    }
  }

  // To a message with one question; what comes behind that (EDNS) is left out.
  std::string Answer(const std::string& query) {
    const size_t end = query.find('\0', kHeader) + 5;
    const bool wants_a = query[end - 3] == kTypeA;
    std::lock_guard<std::mutex> lock(mutex_);
    const char count = wants_a ? static_cast<char>(addresses_.size()) : char{0};
    std::string answer = query.substr(0, 2);
    // A response, authoritative, without error; one question.
    answer += std::string("\x84\x00\x00\x01\x00", 5) + count;
    answer += std::string(4, '\0') + query.substr(kHeader, end - kHeader);
    for (char i = 0; i < count; ++i) {
      // The name of the question, type A, class IN, for no time, 4 octets.
      answer += std::string("\xc0\x0c\x00\x01\x00\x01\0\0\0\0\x00\x04", 12);
      const sockaddr_in address = Loopback(addresses_[i], 0);
      answer.append(reinterpret_cast<const char*>(&address.sin_addr), 4);
    }
    return answer;
  }

  const sockaddr_in any_ = Loopback("127.0.0.1", 0);
  const int socket_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::vector<std::string> addresses_;
  std::thread thread_;
};

// Stands between a client and a server, and can fall silent, as a machine does
// that has lost its power: connections stay open, nothing comes any more.
class Relay {
 public:
  explicit Relay(int target)
      : target_(target), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in any = Loopback("127.0.0.1", 0);
    EXPECT_EQ(bind(listener_, Plain(any), sizeof(any)), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    thread_ = std::thread([this] { Serve(); });
  }
  ~Relay() {
    stop_ = true;
    thread_.join();
    for (const pollfd& one : sockets_) close(one.fd);
    close(listener_);
  }

  int port() const { return PortOf(listener_); }
  int connections() const { return connections_; }
  void FallSilent() { silent_ = true; }

 private:
  void Serve() {
    while (!stop_) {
      pollfd wait = {listener_, POLLIN, 0};
      if (poll(&wait, 1, 5) == 1) Accept();
      if (silent_) continue;
      poll(sockets_.data(), sockets_.size(), 5);
      // Each stands beside the one that it is joined with.
      for (size_t i = 0; i < sockets_.size(); ++i) {
        if (sockets_[i].revents != 0) Pass(sockets_[i], sockets_[i ^ 1].fd);
      }
    }
  }

  void Accept() {
    const int client = accept(listener_, nullptr, nullptr);
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in to = Loopback("127.0.0.1", target_);
    EXPECT_EQ(connect(server, Plain(to), sizeof(to)), 0);
    sockets_.push_back({client, POLLIN, 0});
    sockets_.push_back({server, POLLIN, 0});
    ++connections_;
  }

  static void Pass(pollfd& from, int to) {
    char octets[16384];
    const ssize_t n = recv(from.fd, octets, sizeof(octets), 0);
    if (n > 0) {
      send(to, octets, n, MSG_NOSIGNAL);
      return;
    }
    shutdown(to, SHUT_WR);
    from.events = 0;
  }

  const int target_;
  const int listener_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> silent_{false};
  std::atomic<int> connections_{0};
  std::vector<pollfd> sockets_;
  std::thread thread_;
};

struct Env {
  const Guard& guard;
  std::atomic<int> calls{0};
  absl::Time deadline;
};

absl::Status List(const CallContext& call, Env& env,
                  const pb::ListAuditEventsRequest&,
                  pb::ListAuditEventsResponse&) {
  ++env.calls;
  env.deadline = call.deadline();
  return absl::OkStatus();
}

const AuthzTable& Table() {
  static const auto* table =
      new AuthzTable({{"otrp.common.v1.AuditLog.ListAuditEvents",
                       Effect::kReads,
                       {Allow::Operators()}}});
  return *table;
}

class Replica : public pb::AuditLog::Service {
 public:
  explicit Replica(const Guard& guard) : env_{guard, {}, {}} {}

  grpc::Status ListAuditEvents(grpc::ServerContext* context,
                               const pb::ListAuditEventsRequest* request,
                               pb::ListAuditEventsResponse* response) override {
    return Run(context, env_, request, response, &List);
  }

  absl::Status Start(Server::Options options) {
    options.guard = &env_.guard;
    auto server = Server::Start(options, {this});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    return absl::OkStatus();
  }
  void Stop() { server_->Shutdown(absl::Seconds(5)); }

  int port() const { return server_->port(); }
  // Since the last time.
  int TakeCalls() { return env_.calls.exchange(0); }
  absl::Time deadline() const { return env_.deadline; }

 private:
  Env env_;
  std::unique_ptr<Server> server_;
};

class BalancingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OTRP_ASSERT_OK_AND_ASSIGN(tls_, TestTls::Create());
    OTRP_ASSERT_OK_AND_ASSIGN(options_.tls_dir,
                              tls_->Issue("otrp://service/tsm"));
    OTRP_ASSERT_OK_AND_ASSIGN(client_dir_,
                              tls_->Issue("otrp://operator/alice"));
  }

  // Replicas on 127.0.0.1, 127.0.0.2, .. and one port.
  void StartReplicas(int count) {
    for (int attempt = 0; attempt < 10; ++attempt) {
      replicas_.clear();
      int port = 0;
      absl::Status status;
      for (int i = 1; i <= count && status.ok(); ++i) {
        options_.listen = absl::StrCat("127.0.0.", i, ":", port);
        replicas_.push_back(std::make_unique<Replica>(guard_));
        status = replicas_.back()->Start(options_);
        if (status.ok()) port = replicas_.back()->port();
      }
      // The port that the first one got may be taken on another address.
      if (status.ok()) return;
    }
    FAIL() << "no port is free on all addresses";
  }

  std::shared_ptr<grpc::Channel> Connect(
      const std::string& target, absl::Duration keepalive = absl::Seconds(20)) {
    auto channel = CreateChannel(
        {target, "tsm", client_dir_, keepalive, /*try_again=*/true});
    EXPECT_TRUE(channel.ok()) << channel.status();
    return *channel;
  }

  // By the name server's answers.
  std::shared_ptr<grpc::Channel> ConnectByName() {
    return Connect(absl::StrCat("dns://127.0.0.1:", names_.port(),
                                "/tsm.suite.svc:", replicas_[0]->port()));
  }

  static absl::Status CallList(const std::shared_ptr<grpc::Channel>& channel,
                               const CallOptions& options = {}) {
    return Call<pb::ListAuditEventsResponse>(
               *pb::AuditLog::NewStub(channel),
               &pb::AuditLog::Stub::ListAuditEvents,
               pb::ListAuditEventsRequest(), options)
        .status();
  }

  // Calls until the replica is reached; false after 10 s.
  bool Reaches(const std::shared_ptr<grpc::Channel>& channel, int replica) {
    const absl::Time end = absl::Now() + absl::Seconds(10);
    while (absl::Now() < end) {
      OTRP_EXPECT_OK(CallList(channel));
      if (replicas_[replica]->TakeCalls() > 0) return true;
    }
    return false;
  }

  const Guard guard_{"tsm", Table(), Guard::AuditCheck::kEnforce};
  std::unique_ptr<TestTls> tls_;
  std::string client_dir_;
  Server::Options options_;
  NameServer names_;
  std::vector<std::unique_ptr<Replica>> replicas_;
};

TEST_F(BalancingTest, TheReplicasOfANameShareTheCallsOfOneClient) {
  StartReplicas(3);
  names_.Set({"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  const auto channel = ConnectByName();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Reaches(channel, i)) << i;
  for (const auto& replica : replicas_) replica->TakeCalls();

  constexpr int kCalls = 300;
  for (int i = 0; i < kCalls; ++i) OTRP_ASSERT_OK(CallList(channel));
  for (const auto& replica : replicas_) {
    EXPECT_GE(replica->TakeCalls(), kCalls / 3 - 5);
  }
}

TEST_F(BalancingTest, AReplicaThatEndsTakesNoCallWithIt) {
  StartReplicas(2);
  names_.Set({"127.0.0.1", "127.0.0.2"});
  const auto channel = ConnectByName();
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Reaches(channel, i)) << i;

  std::thread stop([this] { replicas_[1]->Stop(); });
  const absl::Time end = absl::Now() + absl::Seconds(2);
  // Many, so that some are on their way whenever it ends.
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    callers.emplace_back([&] {
      while (absl::Now() < end) OTRP_EXPECT_OK(CallList(channel));
    });
  }
  for (std::thread& caller : callers) caller.join();
  stop.join();
  EXPECT_GT(replicas_[0]->TakeCalls(), 100);
}

TEST_F(BalancingTest, ANewReplicaIsFoundWithinTheAgeOfAConnection) {
  options_.max_connection_age = absl::Milliseconds(300);
  StartReplicas(2);
  names_.Set({"127.0.0.1"});
  const auto channel = ConnectByName();
  for (int i = 0; i < 50; ++i) OTRP_ASSERT_OK(CallList(channel));
  EXPECT_EQ(replicas_[1]->TakeCalls(), 0);
  names_.Set({"127.0.0.1", "127.0.0.2"});
  EXPECT_TRUE(Reaches(channel, 1));
}

TEST_F(BalancingTest, ARolloutFasterThanGrpcsOwnPatienceIsFollowed) {
  StartReplicas(3);
  names_.Set({"127.0.0.1", "127.0.0.2"});
  const auto channel = ConnectByName();
  ASSERT_TRUE(Reaches(channel, 0));
  ASSERT_TRUE(Reaches(channel, 1));
  // Nobody is left of those that the client has heard of.
  names_.Set({"127.0.0.3"});
  replicas_[0]->Stop();
  replicas_[1]->Stop();
  CallOptions patient;
  patient.wait_for_ready = true;
  patient.timeout = absl::Seconds(8);
  OTRP_EXPECT_OK(CallList(channel, patient));
  EXPECT_EQ(replicas_[2]->TakeCalls(), 1);
}

TEST_F(BalancingTest, AnIdleConnectionIsKeptAndOneThatVanishedIsNoticed) {
  options_.min_ping_interval = absl::Milliseconds(50);
  StartReplicas(1);
  Relay relay(replicas_[0]->port());
  const auto channel = Connect(absl::StrCat("127.0.0.1:", relay.port()),
                               absl::Milliseconds(100));
  OTRP_ASSERT_OK(CallList(channel));
  // Some twenty pings without a call: more than gRPC itself would send, and
  // than it would bear.
  const auto changes = [&](absl::Duration within) {
    return channel->WaitForStateChange(
        GRPC_CHANNEL_READY, absl::ToChronoTime(absl::Now() + within));
  };
  EXPECT_FALSE(changes(absl::Seconds(2)));
  EXPECT_EQ(relay.connections(), 1);

  relay.FallSilent();
  EXPECT_TRUE(changes(absl::Seconds(10)));
}

TEST_F(BalancingTest, NobodyWorksLongerThanTheOneWhoWaits) {
  StartReplicas(1);
  const auto channel =
      Connect(absl::StrCat("127.0.0.1:", replicas_[0]->port()));
  CallOptions options;
  options.timeout = absl::Seconds(30);
  options.deadline = absl::Now() + absl::Seconds(4);
  OTRP_ASSERT_OK(CallList(channel, options));
  EXPECT_LT(replicas_[0]->deadline(), options.deadline + absl::Seconds(1));
  // One's own patience may be the shorter one.
  options.timeout = absl::Seconds(2);
  OTRP_ASSERT_OK(CallList(channel, options));
  EXPECT_LT(replicas_[0]->deadline(), absl::Now() + absl::Seconds(3));
  // Nothing is begun for somebody who has gone.
  replicas_[0]->TakeCalls();
  options.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_THAT(CallList(channel, options),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(replicas_[0]->TakeCalls(), 0);
}

}  // namespace
}  // namespace rpc
}  // namespace otrp
