// A listener that has more to do than it can: queues, deadlines, ends.

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/http/echo_server.h"
#include "libs/http/raw_client.h"
#include "libs/http/server.h"

namespace otrp {
namespace http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using testing::EchoRouter;
using ::testing::HasSubstr;
using testing::kGet;
using testing::kMiB;
using ::testing::Not;
using testing::Post;
using testing::RawClient;
using testing::Start;
using ::testing::StartsWith;

// Requests whose answers are given by hand.
class Desk {
 public:
  void Take(Request request, Respond respond) {
    std::lock_guard<std::mutex> lock(mutex_);
    open_.emplace_back(std::move(request.body), std::move(respond));
    taken_.push_back(open_.back().first);
    changed_.notify_all();
  }
  void AwaitTaken(size_t n) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return taken_.size() >= n; });
  }
  std::vector<std::string> taken() {
    std::lock_guard<std::mutex> lock(mutex_);
    return taken_;
  }
  Respond Next() {
    std::lock_guard<std::mutex> lock(mutex_);
    Respond respond = std::move(open_.front().second);
    open_.pop_front();
    return respond;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::string, Respond>> open_;
  std::vector<std::string> taken_;
};

Router DeskRouter(Desk* desk) {
  Router router;
  router.AddAsync("POST", "/echo", "desk", [desk](Request request, Respond r) {
    desk->Take(std::move(request), std::move(r));
  });
  return router;
}

TEST(OverloadTest, ARequestThatWaitsTooLongIs503AndNeverDone) {
  Desk desk;
  Server::Options options;
  options.handler_threads = 1;
  options.queue_timeout = absl::Milliseconds(300);
  const auto server = Start(DeskRouter(&desk), options);
  RawClient first(server->port());
  ASSERT_TRUE(first.Connect().Send(Post(1) + "1"));
  desk.AwaitTaken(1);
  const auto start = steady_clock::now();
  RawClient second(server->port());
  ASSERT_TRUE(second.Connect().Send(Post(1) + "2"));
  EXPECT_THAT(second.ReceiveUntil("\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("Retry-After")));
  EXPECT_GE(steady_clock::now() - start, milliseconds(250));
  EXPECT_LT(steady_clock::now() - start, seconds(3));
  desk.Next()({});
  EXPECT_THAT(first.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  // Its connection and its turn are good for the next one.
  ASSERT_TRUE(second.Send(Post(1) + "3"));
  desk.AwaitTaken(2);
  EXPECT_EQ(desk.taken(), (std::vector<std::string>{"1", "3"}));
  desk.Next()({});
  EXPECT_THAT(second.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

// The one thread of the connections must be free for others while a handler
// reads what a stranger wrote.
TEST(OverloadTest, AnAsyncHandlerReadsALargeBodyOnAThreadOfItsOwn) {
  std::mutex mutex;
  std::map<size_t, std::thread::id> threads;
  Router router;
  router.AddAsync("POST", "/echo", "echo", [&](Request request, Respond r) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      threads[request.body.size()] = std::this_thread::get_id();
    }
    std::move(r)({});
  });
  Server::Options options;
  options.io_threads = 1;
  options.small_body_bytes = 1000;
  const auto server = Start(std::move(router), options);
  RawClient client(server->port());
  client.Connect();
  for (const size_t octets : {0, 1000, 1001, 100000}) {
    ASSERT_TRUE(client.Send(Post(octets) + std::string(octets, 'x')));
    ASSERT_THAT(client.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  }
  EXPECT_EQ(threads[0], threads[1000]);
  EXPECT_NE(threads[1000], threads[1001]);
  EXPECT_NE(threads[1000], threads[100000]);
}

TEST(OverloadTest, TheWorkOfWhoHasGoneIsNotDone) {
  Desk desk;
  Server::Options options;
  options.handler_threads = 1;
  options.max_queue = 2;
  const auto server = Start(DeskRouter(&desk), options);
  RawClient first(server->port());
  ASSERT_TRUE(first.Connect().Send(Post(1) + "1"));
  desk.AwaitTaken(1);
  // They fill the queue and go.
  for (int i = 0; i < 2; ++i) {
    RawClient gone(server->port());
    ASSERT_TRUE(gone.Connect().Send(Post(1) + "x"));
    // In the queue, in which there is no room then.
    std::this_thread::sleep_for(milliseconds(50));
  }
  std::string answer;
  RawClient third(server->port());
  for (int i = 0; i < 100; ++i) {
    RawClient probe(server->port());
    ASSERT_TRUE(probe.Connect().Send(Post(1) + "2"));
    answer = probe.Receive(65536, 100);
    if (answer.empty()) {
      third = std::move(probe);
      break;
    }
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 503"));
    std::this_thread::sleep_for(milliseconds(20));
  }
  ASSERT_EQ(answer, "") << "the queue stays full";
  desk.Next()({});
  desk.AwaitTaken(2);
  EXPECT_EQ(desk.taken(), (std::vector<std::string>{"1", "2"}));
  desk.Next()({});
  EXPECT_THAT(third.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

TEST(OverloadTest, ARequestThatAHandlerDropsIs500AndItsTurnIsFree) {
  Router router;
  router.AddAsync("POST", "/echo", "drop", [](const Request&, Respond) {});
  Server::Options options;
  options.handler_threads = 1;
  options.max_queue = 0;
  const auto server = Start(std::move(router), options);
  RawClient client(server->port());
  client.Connect();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(client.Send(Post(0)));
    EXPECT_THAT(client.ReceiveUntil("given up"), StartsWith("HTTP/1.1 500"));
  }
}

TEST(OverloadTest, ASecondAnswerIsNone) {
  Router router;
  router.AddAsync("POST", "/echo", "twice",
                  [](const Request&, Respond respond) {
                    Response response;
                    response.body = "first";
                    std::move(respond)(std::move(response));
                    std::move(respond)(Response{404, {}, "second"});
                  });
  const auto server = Start(std::move(router), {});
  RawClient client(server->port());
  client.Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Post(0)));
    EXPECT_THAT(client.ReceiveUntil("first"),
                AllOf(StartsWith("HTTP/1.1 200"), Not(HasSubstr("second"))));
  }
}

TEST(OverloadTest, AHandlerThatReadsForLongHoldsUpNoConnection) {
  std::mutex reading;
  std::unique_lock<std::mutex> long_read(reading);
  Router router;
  const auto read = [&](const Request&, Respond respond) {
    const std::lock_guard<std::mutex> lock(reading);
    std::move(respond)({});
  };
  router.AddAsync("POST", "/echo", "read", read);
  router.Add("GET", "/files/*", "blocking", [&](const Request&) {
    const std::lock_guard<std::mutex> lock(reading);
    return Response();
  });
  const auto server = Start(std::move(router), {});
  std::vector<RawClient> busy;
  for (int i = 0; i < 3; ++i) {
    busy.emplace_back(server->port());
    ASSERT_TRUE(busy.back().Connect().Send(Post(0)));
    busy.emplace_back(server->port());
    ASSERT_TRUE(busy.back().Connect().Send(kGet));
  }
  RawClient other(server->port());
  ASSERT_TRUE(other.Connect().Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_THAT(other.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  long_read.unlock();
  for (RawClient& client : busy) {
    EXPECT_THAT(client.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  }
}

TEST(OverloadTest, AShutdownEndsWithinItsGraceWhateverWaits) {
  std::atomic<int> begun{0};
  Router router;
  router.Add("POST", "/echo", "slow", [&](const Request&) {
    ++begun;
    std::this_thread::sleep_for(milliseconds(100));
    return Response();
  });
  Server::Options options;
  options.handler_threads = 1;
  const auto server = Start(std::move(router), options);
  std::vector<RawClient> clients;
  for (int i = 0; i < 60; ++i) {
    clients.emplace_back(server->port());
    // Accepted: what only waits for that counts for nothing at the end.
    ASSERT_TRUE(clients.back().Connect().Send(kGet));
    ASSERT_THAT(clients.back().ReceiveUntil("\r\n\r\n"),
                StartsWith("HTTP/1.1 404"));
  }
  for (RawClient& client : clients) ASSERT_TRUE(client.Send(Post(0)));
  while (begun == 0) std::this_thread::yield();
  const auto start = steady_clock::now();
  server->Shutdown(absl::Milliseconds(400));
  // All of them would take six seconds.
  EXPECT_LT(steady_clock::now() - start, milliseconds(2500));
  EXPECT_GE(begun, 3);
  EXPECT_LT(begun, 30);
}

TEST(OverloadTest, AShutdownWaitsForWhoStillReadsHisAnswer) {
  const auto server = Start(EchoRouter(), {});
  RawClient client(server->port(), 16 * 1024);
  ASSERT_TRUE(client.Connect().Send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_THAT(client.Receive(100), StartsWith("HTTP/1.1 200"));
  // Of the head some of it has been read.
  std::thread reader([&] {
    EXPECT_GE(client.ReceiveSlowly(4 * kMiB, 2 * kMiB), 2 * kMiB - 100);
  });
  server->Shutdown(absl::Seconds(10));
  reader.join();
}

TEST(OverloadTest, WithoutDescriptorsNewConnectionsAreRefusedAtOnce) {
  const auto server = Start(EchoRouter(), {});
  RawClient old(server->port());
  ASSERT_TRUE(old.Connect().Send(kGet));
  ASSERT_THAT(old.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  std::vector<RawClient> late;
  for (int i = 0; i < 5; ++i) late.emplace_back(server->port());
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 200;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<int> filling;
  for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) {
    filling.push_back(fd);
  }
  const std::clock_t cpu = std::clock();
  for (RawClient& client : late) {
    EXPECT_TRUE(client.Connect().Ended(2000));
    // Who is in is served meanwhile.
    ASSERT_TRUE(old.Send(kGet));
    EXPECT_THAT(old.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  }
  std::this_thread::sleep_for(milliseconds(500));
  EXPECT_LT(static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC, 0.25)
      << "it turns in circles";
  for (const int fd : filling) close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  RawClient next(server->port());
  ASSERT_TRUE(next.Connect().Send(kGet));
  EXPECT_THAT(next.ReceiveUntil("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
}

}  // namespace
}  // namespace http
}  // namespace otrp
