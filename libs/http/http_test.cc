// The server and the client against each other over real sockets, plain and
// with TLS.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/client.h"
#include "libs/http/host_port.h"
#include "libs/http/problem.h"
#include "libs/http/server.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tls.h"

namespace otrp {
namespace http {
namespace {

using ::otrp::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Response Echo(const Request& request) {
  Response response;
  response.headers.emplace_back("Content-Type", "text/plain");
  response.headers.emplace_back(
      "X-Seen", absl::StrCat(request.method, " ", request.path, "?",
                             request.query, " ", request.header("x-ask")));
  response.body = request.body;
  return response;
}

Router EchoRouter() {
  Router router;
  router.Add("POST", "/echo", "echo", &Echo);
  router.Add("GET", "/files/*", "files", &Echo);
  router.Add("GET", "/files/exact", "exact", [](const Request&) {
    Response response;
    response.body = "exact";
    return response;
  });
  return router;
}

std::unique_ptr<Server> Start(Router router,
                              Server::Options options = Server::Options()) {
  options.listen = "127.0.0.1:0";
  auto server = Server::Start(options, std::move(router));
  EXPECT_TRUE(server.ok()) << server.status();
  return server.ok() ? *std::move(server) : nullptr;
}

std::string Url(const Server& server, const std::string& path,
                const std::string& scheme = "http") {
  return absl::StrCat(scheme, "://127.0.0.1:", server.port(), path);
}

TEST(HttpTest, CarriesARequestAndItsResponse) {
  const auto server = Start(EchoRouter());
  Client client({});
  const auto response =
      client.Post(Url(*server, "/echo?a=1&b"), {{"X-Ask", "why"}}, "the body");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "the body");
  EXPECT_EQ(response->header("x-seen"), "POST /echo?a=1&b why");
  EXPECT_EQ(response->header("CONTENT-LENGTH"), "8");
}

TEST(HttpTest, EveryOctetAndALargeBodyPass) {
  const auto server = Start(EchoRouter());
  Client client({});
  std::string body;
  for (int i = 0; i < 700'000; ++i) body.push_back(static_cast<char>(i * 7));
  const auto response = client.Post(Url(*server, "/echo"), {}, body);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, body);
}

TEST(HttpTest, RoutesByPathAndMethod) {
  const auto server = Start(EchoRouter());
  Client client({});
  EXPECT_EQ(client.Get(Url(*server, "/files/exact"))->body, "exact");
  EXPECT_EQ(client.Get(Url(*server, "/files/other"))->header("X-Seen"),
            "GET /files/other?")
      << "white space around a header is none of its own";
  const auto unknown = client.Get(Url(*server, "/nothing"));
  EXPECT_EQ(unknown->status, 404);
  EXPECT_EQ(unknown->header("Content-Type"), "application/problem+json");
  const auto wrong = client.Get(Url(*server, "/echo"));
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->header("Allow"), "POST");
  const auto head = client.Send("HEAD", Url(*server, "/files/exact"), {}, "");
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->header("Content-Length"), "5");
  EXPECT_EQ(head->body, "");
}

TEST(HttpTest, ABodyOverTheLimitIs413AndTheClientLearnsIt) {
  Server::Options options;
  options.max_body_bytes = 1000;
  const auto server = Start(EchoRouter(), options);
  Client client({});
  const std::string url = Url(*server, "/echo");
  EXPECT_EQ(client.Post(url, {}, std::string(1000, 'x'))->status, 200);
  EXPECT_EQ(client.Post(url, {}, std::string(1001, 'x'))->status, 413);
  // Far more than the sockets' buffers hold.
  EXPECT_EQ(client.Post(url, {}, std::string(3'000'000, 'x'))->status, 413);
}

TEST(HttpTest, TheClientLimitsWhatItTakes) {
  const auto server = Start(EchoRouter());
  Client::Options options;
  options.max_body_bytes = 100;
  Client client(options);
  EXPECT_TRUE(
      client.Post(Url(*server, "/echo"), {}, std::string(100, 'x')).ok());
  EXPECT_FALSE(
      client.Post(Url(*server, "/echo"), {}, std::string(101, 'x')).ok());
}

// Handlers that wait until they are let go.
class Gate {
 public:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void AwaitWaiting(int n) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= n; });
  }
  void Open() {
    std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

Router GateRouter(Gate* gate) {
  Router router;
  router.Add("GET", "/", "gate", [gate](const Request&) {
    gate->Wait();
    return Response();
  });
  return router;
}

TEST(HttpTest, AFullQueueIs503WithRetryAfterAtOnce) {
  Gate gate;
  Server::Options options;
  options.handler_threads = 1;
  options.max_queue = 0;
  const auto server = Start(GateRouter(&gate), options);
  std::thread first(
      [&] { EXPECT_EQ(Client({}).Get(Url(*server, "/"))->status, 200); });
  gate.AwaitWaiting(1);
  const auto busy = Client({}).Get(Url(*server, "/"));
  EXPECT_EQ(busy->status, 503);
  EXPECT_NE(busy->header("Retry-After"), "");
  gate.Open();
  first.join();
}

TEST(HttpTest, ShutdownAnswersWhatRuns) {
  Gate gate;
  const auto server = Start(GateRouter(&gate));
  std::thread running([&] {
    const auto response = Client({}).Get(Url(*server, "/"));
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->status, 200);
  });
  gate.AwaitWaiting(1);
  std::thread opener([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    gate.Open();
  });
  const std::string url = Url(*server, "/");
  server->Shutdown(absl::Seconds(10));
  running.join();
  opener.join();
  EXPECT_THAT(Client({}).Get(url).status(),
              StatusIs(absl::StatusCode::kUnavailable));
}

// Requests whose answers are given by hand.
class Desk {
 public:
  void Take(Request request, Respond respond) {
    std::lock_guard<std::mutex> lock(mutex_);
    open_.emplace_back(std::move(request.body), std::move(respond));
    ++taken_;
    changed_.notify_all();
  }
  void AwaitTaken(int n) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return taken_ >= n; });
  }
  int taken() {
    std::lock_guard<std::mutex> lock(mutex_);
    return taken_;
  }
  // The oldest one gets its own body back.
  void AnswerOne() {
    std::unique_lock<std::mutex> lock(mutex_);
    ASSERT_FALSE(open_.empty());
    auto [body, respond] = std::move(open_.front());
    open_.pop_front();
    lock.unlock();
    Response response;
    response.body = std::move(body);
    std::move(respond)(std::move(response));
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::string, Respond>> open_;
  int taken_ = 0;
};

Router DeskRouter(Desk* desk) {
  Router router;
  router.AddAsync("POST", "/", "desk", [desk](Request request, Respond r) {
    desk->Take(std::move(request), std::move(r));
  });
  router.AddAsync("GET", "/now", "now", [](const Request&, Respond r) {
    Response response;
    response.body = "at once";
    std::move(r)(std::move(response));
  });
  return router;
}

TEST(HttpTest, AnAsyncHandlerMayAnswerLaterOrAtOnce) {
  Desk desk;
  const auto server = Start(DeskRouter(&desk));
  std::thread asks([&] {
    Client client({});
    for (const char* body : {"one", "two"}) {
      const auto response = client.Post(Url(*server, "/"), {}, body);
      ASSERT_TRUE(response.ok()) << response.status();
      EXPECT_EQ(response->body, body);
    }
  });
  for (int n = 1; n <= 2; ++n) {
    desk.AwaitTaken(n);
    // No thread of the server is held up by those that wait.
    EXPECT_EQ(Client({}).Get(Url(*server, "/now"))->body, "at once");
    EXPECT_EQ(Client({}).Get(Url(*server, "/"))->status, 405);
    desk.AnswerOne();
  }
  asks.join();
}

TEST(HttpTest, AsyncHandlersTakeTurnsAndBeyondTheQueueIs503) {
  Desk desk;
  Server::Options options;
  options.handler_threads = 2;
  options.max_queue = 3;
  const auto server = Start(DeskRouter(&desk), options);
  std::atomic<int> answered{0};
  std::vector<std::thread> asks;
  for (int i = 0; i < 5; ++i) {
    asks.emplace_back([&, body = absl::StrCat("body ", i)] {
      const auto response = Client({}).Post(Url(*server, "/"), {}, body);
      ASSERT_TRUE(response.ok()) << response.status();
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, body);
      ++answered;
    });
  }
  desk.AwaitTaken(2);
  // 405 as long as there is room; once all five are in, there is none.
  absl::StatusOr<Response> sixth = Client({}).Get(Url(*server, "/"));
  while (sixth.ok() && sixth->status == 405) {
    sixth = Client({}).Get(Url(*server, "/"));
  }
  ASSERT_TRUE(sixth.ok()) << sixth.status();
  EXPECT_EQ(sixth->status, 503);
  EXPECT_NE(sixth->header("Retry-After"), "");
  EXPECT_EQ(desk.taken(), 2);
  for (int begun = 2; answered < 5; begun = std::min(begun + 1, 5)) {
    desk.AwaitTaken(begun);
    const int before = answered;
    desk.AnswerOne();
    while (answered == before) std::this_thread::yield();
  }
  for (std::thread& thread : asks) thread.join();
  EXPECT_EQ(desk.taken(), 5);
  EXPECT_EQ(Client({}).Get(Url(*server, "/now"))->status, 200);
}

TEST(HttpTest, ShutdownWaitsForAsyncHandlers) {
  Desk desk;
  const auto server = Start(DeskRouter(&desk));
  std::thread running([&] {
    const auto response = Client({}).Post(Url(*server, "/"), {}, "late");
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body, "late");
    EXPECT_EQ(response->header("Connection"), "close");
  });
  desk.AwaitTaken(1);
  std::thread clerk([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    desk.AnswerOne();
  });
  server->Shutdown(absl::Seconds(10));
  running.join();
  clerk.join();
}

TEST(HttpTest, AnAnswerAfterTheEndIsNobodys) {
  Desk desk;
  Server::Options options;
  options.handler_threads = 1;
  options.max_queue = 1;
  auto server = Start(DeskRouter(&desk), options);
  const std::string url = Url(*server, "/");
  const auto ask = [&] {
    Client::Options patience;
    patience.timeout = absl::Seconds(5);
    EXPECT_FALSE(Client(patience).Post(url, {}, "late").ok());
  };
  // One is at work, the other waits for its turn, which never comes.
  std::thread running(ask);
  std::thread waiting(ask);
  desk.AwaitTaken(1);
  while (Client({}).Get(url)->status == 405) std::this_thread::yield();
  server.reset();
  desk.AnswerOne();
  running.join();
  waiting.join();
  EXPECT_EQ(desk.taken(), 1);
}

// What comes back for these octets until the server ends the connection.
std::string AnswerTo(const Server& server, absl::string_view octets) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(server.port()));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience = {10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  EXPECT_EQ(send(fd, octets.data(), octets.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(octets.size()));
  std::string answer;
  char buffer[4096];
  ssize_t n;
  while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
    answer.append(buffer, static_cast<size_t>(n));
  }
  EXPECT_EQ(n, 0) << "the server doesn't end the connection";
  close(fd);
  return answer;
}

TEST(HttpTest, ASlowRequestIs408AndAnIdleConnectionEnds) {
  Server::Options options;
  options.request_timeout = absl::Milliseconds(200);
  options.idle_timeout = absl::Milliseconds(200);
  const auto server = Start(EchoRouter(), options);
  EXPECT_THAT(AnswerTo(*server, "GET /files/a HTTP/1.1\r\nHo"),
              StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(AnswerTo(*server,
                       "POST /echo HTTP/1.1\r\nHost: a\r\n"
                       "Content-Length: 9\r\n\r\nhalf"),
              StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(AnswerTo(*server, ""), "");
  Client client({});
  // A connection that the server closed meanwhile is replaced.
  ASSERT_TRUE(client.Get(Url(*server, "/files/a")).ok());
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_TRUE(client.Get(Url(*server, "/files/a")).ok());
}

TEST(HttpTest, TheClientGivesUpInTime) {
  Gate gate;
  const auto server = Start(GateRouter(&gate));
  Client::Options options;
  options.timeout = absl::Milliseconds(200);
  EXPECT_THAT(Client(options).Get(Url(*server, "/")).status(),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  gate.Open();
}

TEST(HttpTest, TlsProvesTheServer) {
  auto tls = testing::TestTls::Create();
  ASSERT_TRUE(tls.ok()) << tls.status();
  auto other = testing::TestTls::Create();
  ASSERT_TRUE(other.ok()) << other.status();
  const std::string dir = (*tls)->Issue("otrp://service/gateway").value();
  const std::string stranger =
      (*other)->Issue("otrp://service/gateway").value();
  Server::Options options;
  options.tls_cert_file = dir + "/cert.pem";
  options.tls_key_file = dir + "/key.pem";
  const auto server = Start(EchoRouter(), options);

  Client::Options trusting;
  trusting.ca_file = dir + "/ca.pem";
  Client client(trusting);
  const auto response =
      client.Post(Url(*server, "/echo", "https"), {}, "secret");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, "secret");

  Client::Options foreign;
  foreign.ca_file = stranger + "/ca.pem";
  EXPECT_THAT(Client(foreign).Get(Url(*server, "/echo", "https")).status(),
              StatusIs(absl::StatusCode::kUnavailable));
  // 127.0.0.2 is the same server under a name that isn't in its certificate.
  EXPECT_THAT(
      client.Get(absl::StrCat("https://127.0.0.2:", server->port(), "/files/a"))
          .status(),
      StatusIs(absl::StatusCode::kUnavailable));
  // And no TLS where TLS is expected.
  EXPECT_FALSE(client.Get(Url(*server, "/echo")).ok());
}

TEST(HttpTest, BadSettingsAreNamed) {
  Server::Options options;
  for (const char* listen : {"", "8080", "127.0.0.1:", "127.0.0.1:70000"}) {
    options.listen = listen;
    EXPECT_THAT(Server::Start(options, Router()).status(),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << listen;
  }
  const auto server = Start(EchoRouter());
  options.listen = absl::StrCat("127.0.0.1:", server->port());
  EXPECT_THAT(
      Server::Start(options, Router()).status(),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr(options.listen)));
  options.listen = "127.0.0.1:0";
  options.tls_cert_file = "/nowhere/cert.pem";
  options.tls_key_file = "/nowhere/key.pem";
  EXPECT_THAT(Server::Start(options, Router()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("/nowhere/cert.pem")));
  for (const char* url : {"", "ftp://a/", "http://", "http://a b/",
                          "http://a/x y", "http://user@a/", "http://a:x/"}) {
    EXPECT_THAT(Client({}).Get(url).status(),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << url;
  }
}

TEST(HostPortTest, SplitsAndRefuses) {
  std::string host;
  int port = 0;
  EXPECT_TRUE(SplitHostPort("tsm.example:443", &host, &port));
  EXPECT_EQ(host, "tsm.example");
  EXPECT_EQ(port, 443);
  EXPECT_TRUE(SplitHostPort("[::1]:0", &host, &port));
  EXPECT_EQ(host, "::1");
  for (const char* bad : {"", ":1", "a", "a:", "a:-1", "a:65536", "::1:80"}) {
    EXPECT_FALSE(SplitHostPort(bad, &host, &port)) << bad;
  }
}

TEST(ProblemTest, SaysStatusAndDetail) {
  const Response problem = Problem(413, "at most 10 octets \"here\"");
  EXPECT_EQ(problem.status, 413);
  EXPECT_EQ(problem.header("Content-Type"), "application/problem+json");
  EXPECT_THAT(problem.body, HasSubstr("\"status\":413"));
  EXPECT_THAT(problem.body, HasSubstr("at most 10 octets \\\"here\\\""));
}

}  // namespace
}  // namespace http
}  // namespace otrp
