// What the connections of a server share. Part of server.cc; nobody else's.
//
// Thread-safety: as said at each.

#ifndef OTRP_LIBS_HTTP_SHARED_H_
#define OTRP_LIBS_HTTP_SHARED_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "boost/asio/thread_pool.hpp"
#include "libs/http/beast.h"
#include "libs/http/budget.h"
#include "libs/http/ip_address.h"
#include "libs/http/peers.h"
#include "libs/http/router.h"
#include "libs/http/server.h"
#include "libs/http/tls_files.h"
#include "libs/http/turns.h"
#include "libs/telemetry/queue_time.h"

namespace otrp {
namespace http {
namespace internal {

// A connection as the server's end sees it.
class Listed {
 public:
  virtual ~Listed() = default;
  // Ends what it waits for, soon; on any thread.
  virtual void Abort() = 0;
  // Ends a streamed answer in order, if there is one, soon; on any thread.
  virtual void EndStream() = 0;
};

// What an idle connection has, and what of a request and of an answer is
// bounded by the number of connections, not by a budget: small requests pass
// whatever others send.
inline constexpr size_t kFreeOctets = 4096;
inline size_t BeyondFree(size_t octets) {
  return octets > kFreeOctets ? octets - kFreeOctets : 0;
}

// The limit of a transfer that is at its n-th octet: it may not stand still for
// the request's time, nor be slower than the least rate on the whole.
inline std::chrono::steady_clock::time_point ProgressLimit(
    const Server::Options& options, std::chrono::steady_clock::time_point start,
    size_t octets) {
  const auto time = absl::ToChronoMilliseconds(options.request_timeout);
  const std::chrono::milliseconds earned(1000 * octets /
                                         options.min_bytes_per_second);
  return std::min(std::chrono::steady_clock::now() + time,
                  start + time + earned);
}

// A thread for connections, and what waits for it. One context for several
// threads would wake another one at most steps of a connection: 30 instead of
// 10 changes of thread a heartbeat.
class IoThread {
 public:
  ~IoThread() { Stop(); }

  asio::io_context& context() { return context_; }

  void Start() {
    thread_ = std::thread([this] { context_.run(); });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    context_.stop();
    thread_.join();
  }
  // After Stop(): what was posted meanwhile. Ends of connections, which else
  // would stay.
  void RunRest() {
    context_.restart();
    context_.poll();
  }

 private:
  asio::io_context context_{1};
  // While a handler works, nothing of its connection waits in the context,
  // which must run on for the answer.
  asio::executor_work_guard<asio::io_context::executor_type> work_{
      context_.get_executor()};
  std::thread thread_;
};

// Threads for one kind of handler, and whose turn it is.
struct Lane {
  Lane(int threads, int turns_at_a_time)
      : pool(std::make_unique<asio::thread_pool>(static_cast<size_t>(threads))),
        turns(turns_at_a_time) {}

  // Waits for what has begun; the rest is given up.
  void Stop() {
    turns.Drop();
    pool->stop();
    pool->join();
    pool.reset();
  }

  std::unique_ptr<asio::thread_pool> pool;
  Turns turns;
};

// Thread-safe as far as its parts are; `connections` is under `mutex`.
struct Shared {
  Shared(Server::Options o, Networks proxies, Router r)
      : options(std::move(o)),
        trusted(std::move(proxies)),
        router(std::move(r)),
        memory(options.memory != nullptr
                   ? options.memory
                   : std::make_shared<Memory>(options.max_held_bytes)),
        peers({options.peer_connections, options.peer_requests_per_second,
               options.max_held_bytes / 16}),
        blocking(options.handler_threads, options.handler_threads),
        async(options.starter_threads, options.handler_threads) {
    for (int i = 0; i < options.io_threads; ++i) {
      io_threads.push_back(std::make_unique<IoThread>());
    }
  }

  const Server::Options options;
  const telemetry::QueueTime queue_time{"http"};
  const Networks trusted;
  const Router router;
  const std::shared_ptr<Memory> memory;
  Peers peers;
  // Each connection belongs to one.
  std::vector<std::unique_ptr<IoThread>> io_threads;
  // Null for plain HTTP.
  std::unique_ptr<TlsFiles> tls;
  // For handlers that block.
  Lane blocking;
  // For those that don't; a turn lasts until the answer.
  Lane async;
  // Requests without an answer yet.
  std::atomic<int> queued{0};
  // Answers that the peer doesn't have yet.
  std::atomic<int> writing{0};
  // Streamed answers that aren't at their end.
  std::atomic<int> streams{0};
  std::atomic<bool> draining{false};
  // Nothing runs in `io_threads` any more.
  std::atomic<bool> over{false};

  std::mutex mutex;
  std::condition_variable changed;
  std::set<Listed*> connections;
  // How many they are; under `mutex`, too.
  int open() const { return static_cast<int>(connections.size()); }
};

// Lists a connection for as long as it lives.
class Listing {
 public:
  Listing(Shared& shared, Listed* connection)
      : shared_(shared), connection_(connection) {
    std::lock_guard<std::mutex> lock(shared_.mutex);
    shared_.connections.insert(connection_);
  }
  ~Listing() {
    std::lock_guard<std::mutex> lock(shared_.mutex);
    shared_.connections.erase(connection_);
    shared_.changed.notify_all();
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

 private:
  Shared& shared_;
  Listed* const connection_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_SHARED_H_
