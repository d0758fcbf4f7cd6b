#include "libs/http/server.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/thread_pool.hpp"
#include "libs/base/status_macros.h"
#include "libs/http/beast.h"
#include "libs/http/host_port.h"
#include "libs/http/problem.h"
#include "libs/http/tls_files.h"

namespace otrp {
namespace http {
namespace {

// What the connections of a server share.
struct Shared {
  Shared(Server::Options o, Router r)
      : options(std::move(o)),
        router(std::move(r)),
        io(options.io_threads),
        handlers(static_cast<size_t>(options.handler_threads)) {}

  const Server::Options options;
  const Router router;
  asio::io_context io;
  // While a handler works, nothing of its connection waits in `io`, which must
  // run on for the answer.
  asio::executor_work_guard<asio::io_context::executor_type> work{
      io.get_executor()};
  // Null for plain HTTP.
  std::unique_ptr<TlsFiles> tls;
  asio::thread_pool handlers;
  std::atomic<int> queued{0};
  std::atomic<bool> draining{false};

  std::mutex mutex;
  std::condition_variable changed;
  int connections = 0;
};

// Counts a connection for as long as it lives.
class Counted {
 public:
  explicit Counted(Shared& shared) : shared_(shared) {
    std::lock_guard<std::mutex> lock(shared_.mutex);
    ++shared_.connections;
  }
  ~Counted() {
    std::lock_guard<std::mutex> lock(shared_.mutex);
    --shared_.connections;
    shared_.changed.notify_all();
  }
  Counted(const Counted&) = delete;

 private:
  Shared& shared_;
};

PlainStream MakeStream(tcp::socket socket, const TlsFiles::Context&,
                       PlainStream*) {
  return PlainStream(std::move(socket));
}
TlsStream MakeStream(tcp::socket socket, const TlsFiles::Context& tls,
                     TlsStream*) {
  return TlsStream(PlainStream(std::move(socket)), *tls);
}

// One connection. All of its steps run on the strand of its socket.
template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)),
        counted_(*shared_),
        tls_(shared_->tls == nullptr ? nullptr : shared_->tls->Get()),
        peer_(PeerOf(socket)),
        stream_(
            MakeStream(std::move(socket), tls_, static_cast<Stream*>(nullptr))),
        timer_(stream_.get_executor()) {}

  void Start() {
    asio::dispatch(stream_.get_executor(),
                   [self = this->shared_from_this()] { self->Begin(); });
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
      SetTimer(shared_->options.request_timeout);
      stream_.async_handshake(
          asio::ssl::stream_base::server,
          [self = this->shared_from_this()](error_code error) {
            self->timer_.cancel();
            if (!error) self->Read();
          });
    } else {
      Read();
    }
  }

  // Cancels what the stream is doing. `timed_out_` tells why.
  void SetTimer(absl::Duration after) {
    timed_out_ = false;
    timer_.expires_after(absl::ToChronoMilliseconds(after));
    timer_.async_wait([self = this->shared_from_this()](error_code error) {
      if (error) return;
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
    SetTimer(shared_->options.idle_timeout);
    stream_.async_read_some(
        buffer_.prepare(4096),
        [self = this->shared_from_this()](error_code error, size_t n) {
          self->timer_.cancel();
          if (error) return self->Close();
          self->buffer_.commit(n);
          self->ReadRequest();
        });
  }

  void ReadRequest() {
    SetTimer(shared_->options.request_timeout);
    bhttp::async_read(
        stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code error, size_t) {
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
    auto request = std::make_shared<Request>();
    request->method = std::string(View(message.method_string()));
    request->target = std::string(View(message.target()));
    const size_t question = request->target.find('?');
    request->path = request->target.substr(0, question);
    if (question != std::string::npos) {
      request->query = request->target.substr(question + 1);
    }
    for (const auto& field : message) {
      request->headers.emplace_back(View(field.name_string()),
                                    View(field.value()));
    }
    request->body = std::move(message.body());
    request->peer = peer_;
    if (shared_->queued.fetch_add(1) >=
        shared_->options.max_queue + shared_->options.handler_threads) {
      shared_->queued.fetch_sub(1);
      return Reply(Problem(503, "busy; try again soon"));
    }
    asio::post(shared_->handlers, [self = this->shared_from_this(), request] {
      auto response =
          std::make_shared<Response>(self->shared_->router.Handle(*request));
      self->shared_->queued.fetch_sub(1);
      asio::post(self->stream_.get_executor(),
                 [self, response] { self->Reply(std::move(*response)); });
    });
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
    SetTimer(shared_->options.request_timeout);
    bhttp::async_write(
        stream_, response_,
        [self = this->shared_from_this()](error_code error, size_t) {
          self->timer_.cancel();
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
    SetTimer(absl::Seconds(1));
    Swallow(0);
  }

  void Swallow(size_t swallowed) {
    constexpr size_t kEnough = size_t{4} << 20;
    if (swallowed > kEnough || timed_out_) {
      timer_.cancel();
      return;
    }
    buffer_.clear();
    beast::get_lowest_layer(stream_).async_read_some(
        buffer_.prepare(64 * 1024), [self = this->shared_from_this(),
                                     swallowed](error_code error, size_t n) {
          if (error) {
            self->timer_.cancel();
            return;
          }
          self->Swallow(swallowed + n);
        });
  }

  const std::shared_ptr<Shared> shared_;
  const Counted counted_;
  const TlsFiles::Context tls_;
  const std::string peer_;
  Stream stream_;
  asio::steady_timer timer_;
  bool timed_out_ = false;
  bool keep_alive_ = false;
  bool head_ = false;
  beast::flat_buffer buffer_;
  boost::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  bhttp::response<bhttp::string_body> response_;
};

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(const Options& options, Router router)
      : shared_(std::make_shared<Shared>(options, std::move(router))),
        acceptor_(asio::make_strand(shared_->io)) {}

  absl::Status Open() {
    const Options& options = shared_->options;
    std::string host;
    int port = 0;
    if (!SplitHostPort(options.listen, &host, &port)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", options.listen, "\": must be host:port"));
    }
    if (!options.tls_cert_file.empty()) {
      OTRP_ASSIGN_OR_RETURN(shared_->tls, TlsFiles::Open(options.tls_cert_file,
                                                         options.tls_key_file));
    }
    error_code error;
    tcp::resolver resolver(shared_->io);
    const auto found = resolver.resolve(host, std::to_string(port),
                                        tcp::resolver::passive, error);
    if (error || found.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", options.listen, "\": unknown host"));
    }
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor_.open(endpoint.protocol(), error);
    if (!error) {
      acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) {
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      return absl::UnavailableError(absl::StrCat(
          "can't listen on \"", options.listen, "\": ", error.message()));
    }
    port_ = acceptor_.local_endpoint(error).port();
    return absl::OkStatus();
  }

  void Run() {
    Accept();
    for (int i = 0; i < shared_->options.io_threads; ++i) {
      threads_.emplace_back([shared = shared_] { shared->io.run(); });
    }
  }

  void Shutdown(absl::Duration grace) {
    if (stopped_.exchange(true)) return;
    shared_->draining = true;
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_.close(ignored);
    });
    if (grace > absl::ZeroDuration()) {
      std::unique_lock<std::mutex> lock(shared_->mutex);
      // Idle connections don't count: only queued requests are waited for.
      const auto end =
          std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(grace);
      while (shared_->queued > 0 && shared_->connections > 0 &&
             std::chrono::steady_clock::now() < end) {
        shared_->changed.wait_for(lock, std::chrono::milliseconds(20));
      }
      // The answers' last octets.
      if (shared_->connections > 0) {
        shared_->changed.wait_for(lock, std::chrono::milliseconds(50));
      }
    }
    shared_->handlers.join();
    shared_->io.stop();
    for (std::thread& thread : threads_) thread.join();
  }

  int port() const { return port_; }

 private:
  void Accept() {
    acceptor_.async_accept(
        asio::make_strand(shared_->io),
        [self = shared_from_this()](error_code error, tcp::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (!error) self->Welcome(std::move(socket));
          if (error == boost::system::errc::too_many_files_open) {
            // Gives connections time to end.
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
          }
          self->Accept();
        });
  }

  void Welcome(tcp::socket socket) {
    {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      if (shared_->connections >= shared_->options.max_connections) return;
    }
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (shared_->tls != nullptr) {
      std::make_shared<Connection<TlsStream>>(std::move(socket), shared_)
          ->Start();
    } else {
      std::make_shared<Connection<PlainStream>>(std::move(socket), shared_)
          ->Start();
    }
  }

  const std::shared_ptr<Shared> shared_;
  tcp::acceptor acceptor_;
  int port_ = 0;
  std::atomic<bool> stopped_{false};
  std::vector<std::thread> threads_;
};

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { impl_->Shutdown(absl::ZeroDuration()); }
int Server::port() const { return impl_->port(); }
void Server::Shutdown(absl::Duration grace) { impl_->Shutdown(grace); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options,
                                                      Router router) {
  auto impl = std::make_shared<Impl>(options, std::move(router));
  absl::Status status = impl->Open();
  if (!status.ok()) return status;
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace http
}  // namespace otrp
