// One connection of a server, and what the connections of a server share.
// Part of server.cc; nobody else's.
//
// Thread-safety: as said at each.
// Errors: none; what goes wrong ends the connection.

#ifndef OTRP_LIBS_HTTP_CONNECTION_H_
#define OTRP_LIBS_HTTP_CONNECTION_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "boost/asio/dispatch.hpp"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/thread_pool.hpp"
#include "libs/http/beast.h"
#include "libs/http/message.h"
#include "libs/http/problem.h"
#include "libs/http/router.h"
#include "libs/http/server.h"
#include "libs/http/tls_files.h"
#include "libs/telemetry/queue_time.h"

namespace otrp {
namespace http {
namespace internal {

// Lets a number of pieces of work run at the same time; others wait in order.
// Thread-safe.
class Turns {
 public:
  explicit Turns(int most) : free_(most) {}

  // Starts `work`, now or later, on this thread or one that calls End().
  void Begin(std::function<void()> work) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (free_ == 0) {
        waiting_.push_back(std::move(work));
        return;
      }
      --free_;
    }
    work();
  }

  // Once for each piece of work that has begun.
  void End() {
    std::function<void()> next;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (waiting_.empty()) {
        ++free_;
        return;
      }
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    next();
  }

  // Forgets what waits.
  void Drop() {
    std::deque<std::function<void()>> dropped;
    std::lock_guard<std::mutex> lock(mutex_);
    dropped.swap(waiting_);
  }

 private:
  std::mutex mutex_;
  int free_;
  std::deque<std::function<void()>> waiting_;
};

// A connection as the server's end sees it.
class Listed {
 public:
  virtual ~Listed() = default;
  // Ends what it waits for, soon; on any thread.
  virtual void Abort() = 0;
};

// What the connections of a server share. Thread-safe as far as its parts are;
// `connections` is under `mutex`.
struct Shared {
  Shared(Server::Options o, Router r)
      : options(std::move(o)),
        router(std::move(r)),
        io(options.io_threads),
        handlers(static_cast<size_t>(options.handler_threads)),
        turns(options.handler_threads) {}

  const Server::Options options;
  const telemetry::QueueTime queue_time{"http"};
  const Router router;
  asio::io_context io;
  // While a handler works, nothing of its connection waits in `io`, which must
  // run on for the answer.
  asio::executor_work_guard<asio::io_context::executor_type> work{
      io.get_executor()};
  // Null for plain HTTP.
  std::unique_ptr<TlsFiles> tls;
  // For handlers that block.
  asio::thread_pool handlers;
  // For those that don't.
  Turns turns;
  // Requests without an answer yet.
  std::atomic<int> queued{0};
  std::atomic<bool> draining{false};
  // Nothing runs in `io` any more.
  std::atomic<bool> over{false};

  std::mutex mutex;
  std::condition_variable changed;
  std::set<Listed*> connections;
  // How many they are; under `mutex`, too.
  int open() const { return static_cast<int>(connections.size()); }
};

// From now until a request's turn. A value.
class Waiting {
 public:
  explicit Waiting(const Shared& shared)
      : counts_(shared.options.counts_queue_time) {}
  void End(const Shared& shared) const {
    if (!counts_) return;
    shared.queue_time.Observe(
        absl::FromChrono(std::chrono::steady_clock::now() - start_));
  }

 private:
  const bool counts_;
  const std::chrono::steady_clock::time_point start_ =
      std::chrono::steady_clock::now();
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

inline PlainStream MakeStream(tcp::socket socket, const TlsFiles::Context&,
                              PlainStream*) {
  return PlainStream(std::move(socket));
}
inline TlsStream MakeStream(tcp::socket socket, const TlsFiles::Context& tls,
                            TlsStream*) {
  return TlsStream(PlainStream(std::move(socket)), *tls);
}

// One connection. All of its steps run on the strand of its socket.
template <typename Stream>
class Connection : public Listed,
                   public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)),
        tls_(shared_->tls == nullptr ? nullptr : shared_->tls->Get()),
        peer_(PeerOf(socket)),
        stream_(
            MakeStream(std::move(socket), tls_, static_cast<Stream*>(nullptr))),
        timer_(stream_.get_executor()) {}

  void Start() {
    listing_.emplace(*shared_, this);
    asio::dispatch(stream_.get_executor(),
                   [self = this->shared_from_this()] { self->Begin(); });
  }

  void Abort() override {
    // Null where the last owner is just letting go of it.
    auto self = this->weak_from_this().lock();
    if (self == nullptr) return;
    const auto executor = stream_.get_executor();
    // Handed over wholly: the caller holds the lock that a last owner needs.
    asio::post(executor, [self = std::move(self)] {
      error_code ignored;
      beast::get_lowest_layer(self->stream_).socket().close(ignored);
    });
  }

 private:
  static std::string PeerOf(const tcp::socket& socket) {
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    return error ? ""
                 : absl::StrCat(peer.address().to_string(), ":", peer.port());
  }

  void Begin() {
    if constexpr (std::is_same<Stream, TlsStream>::value) {
      SetTimeLimit(shared_->options.request_timeout);
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [self = this->shared_from_this()](error_code error) {
            if (!error) self->Read();
          });
    } else {
      Read();
    }
  }

  // For what the stream does next: when the time is over, the socket closes.
  void SetTimeLimit(absl::Duration time) {
    beast::get_lowest_layer(stream_).expires_after(
        absl::ToChronoMilliseconds(time));
  }

  // Not the stream's own time limit: who is too slow gets an answer, so the
  // socket must stay open.
  void SetRequestTimer() {
    beast::get_lowest_layer(stream_).expires_never();
    timed_out_ = false;
    timer_.expires_after(
        absl::ToChronoMilliseconds(shared_->options.request_timeout));
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      // It may have been on its way here when it was cancelled.
      if (error || self->read_) return;
      self->timed_out_ = true;
      beast::get_lowest_layer(self->stream_).cancel();
    });
  }

  void Read() {
    parser_.emplace();
    parser_->body_limit(shared_->options.max_body_bytes);
    parser_->header_limit(
        static_cast<std::uint32_t>(shared_->options.max_header_bytes));
    // Waits for the first octets with the longer time.
    if (buffer_.size() > 0) {
      ReadRequest();
      return;
    }
    SetTimeLimit(shared_->options.idle_timeout);
    stream_.async_read_some(
        buffer_.prepare(4096),
        [self = this->shared_from_this()](error_code error, size_t n) {
          if (error) return self->Close();
          self->buffer_.commit(n);
          self->ReadRequest();
        });
  }

  void ReadRequest() {
    read_ = false;
    SetRequestTimer();
    bhttp::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, size_t) {
          self->read_ = true;
          self->timer_.cancel();
          self->OnRead(error);
        });
  }

  void OnRead(error_code error) {
    if (!error) return Dispatch();
    keep_alive_ = false;
    if (timed_out_) return Reply(Problem(408, "the request came too slowly"));
    if (error == bhttp::error::body_limit) {
      return Reply(Problem(
          413, absl::StrCat("the body may have ",
                            shared_->options.max_body_bytes, " octets")));
    }
    if (error == bhttp::error::header_limit ||
        error == bhttp::error::buffer_overflow) {
      return Reply(Problem(431, "the header is too large"));
    }
    if (error == bhttp::error::end_of_stream ||
        error == bhttp::error::partial_message ||
        error.category() !=
            bhttp::make_error_code(bhttp::error::bad_value).category()) {
      return Close();
    }
    Reply(Problem(400, "not a request of HTTP/1.1"));
  }

  void Dispatch() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive() && !shared_->draining;
    head_ = message.method() == bhttp::verb::head;
    Request request;
    request.method = std::string(View(message.method_string()));
    request.target = std::string(View(message.target()));
    const size_t question = request.target.find('?');
    request.path = request.target.substr(0, question);
    if (question != std::string::npos) {
      request.query = request.target.substr(question + 1);
    }
    for (const auto& field : message) {
      request.headers.emplace_back(View(field.name_string()),
                                   View(field.value()));
    }
    request.body = std::move(message.body());
    request.peer = peer_;
    if (shared_->queued.fetch_add(1) >=
        shared_->options.max_queue + shared_->options.handler_threads) {
      shared_->queued.fetch_sub(1);
      return Reply(Problem(503, "busy; try again soon"));
    }
    const Router::Match match = shared_->router.Find(request);
    const Waiting waiting(*shared_);
    switch (match.kind()) {
      case Router::Kind::kNone:
        return match.Handle(std::move(request), ToStrand());
      case Router::Kind::kBlocking:
        asio::post(shared_->handlers,
                   [shared = shared_, waiting, match, respond = ToStrand(),
                    request = std::move(request)]() mutable {
                     waiting.End(*shared);
                     match.Handle(std::move(request), std::move(respond));
                   });
        return;
      case Router::Kind::kAsync: break;
    }
    // std::function wants what it holds to be copyable.
    auto held = std::make_shared<Request>(std::move(request));
    shared_->turns.Begin(
        [shared = shared_, waiting, match, held, respond = ToStrand()] {
          waiting.End(*shared);
          match.Handle(std::move(*held), [shared, respond](Response response) {
            respond(std::move(response));
            shared->turns.End();
          });
        });
  }

  // Takes the answer, on any thread.
  Respond ToStrand() {
    return [self = this->shared_from_this()](Response response) {
      if (self->shared_->over) return;
      asio::dispatch(self->stream_.get_executor(),
                     [self, response = std::move(response)]() mutable {
                       self->shared_->queued.fetch_sub(1);
                       self->Reply(std::move(response));
                     });
    };
  }

  void Reply(Response response) {
    response_ = {};
    response_.version(11);
    response_.result(static_cast<unsigned>(response.status));
    response_.reason(std::string(ReasonPhrase(response.status)));
    for (const Header& header : response.headers) {
      response_.insert(header.first, header.second);
    }
    response_.body() = std::move(response.body);
    if (response.status != 204 && response.status != 304) {
      response_.content_length(response_.body().size());
    }
    if (head_) response_.body().clear();
    if (shared_->draining) keep_alive_ = false;
    response_.keep_alive(keep_alive_);
    SetTimeLimit(shared_->options.request_timeout);
    bhttp::async_write(
        stream_, response_,
        [self = this->shared_from_this()](error_code error, size_t) {
          if (error || !self->keep_alive_) return self->Close();
          self->head_ = false;
          self->Read();
        });
  }

  // Says goodbye, then swallows for a moment what the peer still sends: a
  // close with unread octets would reset the connection and lose the reply.
  void Close() {
    error_code ignored;
    beast::get_lowest_layer(stream_).socket().shutdown(
        tcp::socket::shutdown_send, ignored);
    SetTimeLimit(absl::Seconds(1));
    Swallow(0);
  }

  void Swallow(size_t swallowed) {
    constexpr size_t kEnough = size_t{4} << 20;
    if (swallowed > kEnough) return;
    buffer_.clear();
    beast::get_lowest_layer(stream_).async_read_some(
        buffer_.prepare(64 * 1024), [self = this->shared_from_this(),
                                     swallowed](error_code error, size_t n) {
          if (!error) self->Swallow(swallowed + n);
        });
  }

  const std::shared_ptr<Shared> shared_;
  // From Start() on: until then nobody may call Abort().
  absl::optional<Listing> listing_;
  const TlsFiles::Context tls_;
  const std::string peer_;
  Stream stream_;
  asio::steady_timer timer_;
  // Whether the request has been read, or its time was over first.
  bool read_ = false;
  bool timed_out_ = false;
  bool keep_alive_ = false;
  bool head_ = false;
  beast::flat_buffer buffer_;
  boost::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  bhttp::response<bhttp::string_body> response_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_CONNECTION_H_
