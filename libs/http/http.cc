// The one translation unit that sees Boost.Beast: it takes most of a minute
// to compile.

#include <openssl/ssl.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/ssl/context.hpp"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "boost/asio/steady_timer.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/beast/core.hpp"
#include "boost/beast/http.hpp"
#include "boost/beast/ssl.hpp"
#include "libs/http/client.h"
#include "libs/http/problem.h"
#include "libs/http/server.h"

namespace otrp {
namespace http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

absl::string_view View(beast::string_view v) { return {v.data(), v.size()}; }

// "host:port" or "[v6]:port".
bool SplitHostPort(absl::string_view text, std::string* host, int* port) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return false;
  absl::string_view name = text.substr(0, colon);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  } else if (name.find(':') != absl::string_view::npos) {
    return false;
  }
  *host = std::string(name);
  return absl::SimpleAtoi(text.substr(colon + 1), port) && *port >= 0 &&
         *port <= 65535;
}

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
  std::unique_ptr<asio::ssl::context> tls;
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

PlainStream MakeStream(tcp::socket socket, Shared&, PlainStream*) {
  return PlainStream(std::move(socket));
}
TlsStream MakeStream(tcp::socket socket, Shared& shared, TlsStream*) {
  return TlsStream(PlainStream(std::move(socket)), *shared.tls);
}

// One connection. All of its steps run on the strand of its socket.
template <typename Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  Connection(tcp::socket socket, std::shared_ptr<Shared> shared)
      : shared_(std::move(shared)),
        counted_(*shared_),
        peer_(PeerOf(socket)),
        stream_(MakeStream(std::move(socket), *shared_,
                           static_cast<Stream*>(nullptr))),
        timer_(stream_.get_executor()) {}

  void Start() {
    asio::dispatch(stream_.get_executor(),
                   [self = this->shared_from_this()] { self->Begin(); });
  }

 private:
  static std::string PeerOf(const tcp::socket& socket) {
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    return error ? "" : absl::StrCat(peer.address().to_string(), ":",
                                     peer.port());
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
        error.category() != bhttp::make_error_code(
                                bhttp::error::bad_value).category()) {
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
      asio::post(self->stream_.get_executor(), [self, response] {
        self->Reply(std::move(*response));
      });
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
        buffer_.prepare(64 * 1024),
        [self = this->shared_from_this(), swallowed](error_code error,
                                                     size_t n) {
          if (error) {
            self->timer_.cancel();
            return;
          }
          self->Swallow(swallowed + n);
        });
  }

  const std::shared_ptr<Shared> shared_;
  const Counted counted_;
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
      shared_->tls = std::make_unique<asio::ssl::context>(
          asio::ssl::context::tls_server);
      SSL_CTX_set_min_proto_version(shared_->tls->native_handle(),
                                    TLS1_2_VERSION);
      error_code cert;
      error_code key;
      shared_->tls->use_certificate_chain_file(options.tls_cert_file, cert);
      shared_->tls->use_private_key_file(options.tls_key_file,
                                         asio::ssl::context::pem, key);
      if (cert || key) {
        return absl::FailedPreconditionError(absl::StrCat(
            "TLS: \"", options.tls_cert_file, "\" and \"",
            options.tls_key_file, "\" can't be used as certificate and key"));
      }
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
      return absl::UnavailableError(
          absl::StrCat("can't listen on \"", options.listen,
                       "\": ", error.message()));
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
      const auto end = std::chrono::steady_clock::now() +
                       absl::ToChronoMilliseconds(grace);
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

// --- Client.

namespace {

struct Url {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;
};

bool ParseUrl(absl::string_view text, Url* url) {
  if (absl::ConsumePrefix(&text, "https://")) {
    url->tls = true;
  } else if (!absl::ConsumePrefix(&text, "http://")) {
    return false;
  }
  const size_t slash = text.find_first_of("/?#");
  const absl::string_view authority = text.substr(0, slash);
  url->target = slash == absl::string_view::npos
                    ? "/"
                    : std::string(text.substr(slash));
  if (url->target[0] != '/') url->target.insert(0, "/");
  int port = url->tls ? 443 : 80;
  url->host = std::string(authority);
  const bool has_port = authority.rfind(':') != absl::string_view::npos &&
                        !absl::EndsWith(authority, "]");
  if (has_port && !SplitHostPort(authority, &url->host, &port)) return false;
  for (unsigned char c : url->target) {
    if (c <= ' ' || c == 0x7f || c == '#') return false;
  }
  url->port = std::to_string(port);
  return !url->host.empty() && url->host.find('@') == std::string::npos;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {}

  absl::StatusOr<Response> Send(const std::string& method,
                                const std::string& url_text,
                                const std::vector<Header>& headers,
                                const std::string& body) {
    std::lock_guard<std::mutex> lock(mutex_);
    Url url;
    if (!ParseUrl(url_text, &url)) {
      return absl::InvalidArgumentError(
          "url: must be http://host[:port]/path or https://...");
    }
    bhttp::request<bhttp::string_body> request;
    request.version(11);
    request.method_string(method);
    request.target(url.target);
    request.set(bhttp::field::host, absl::StrCat(url.host, ":", url.port));
    for (const Header& header : headers) {
      request.set(header.first, header.second);
    }
    request.body() = body;
    if (!body.empty() || method == "POST") request.prepare_payload();

    const std::string peer =
        absl::StrCat(url.tls ? "s" : "p", url.host, " ", url.port);
    if (peer != peer_) Disconnect();
    const bool reused = plain_ != nullptr || tls_ != nullptr;
    absl::StatusOr<Response> response = Attempt(url, peer, request);
    // The server may have closed an idle connection meanwhile.
    if (reused && absl::IsUnavailable(response.status())) {
      response = Attempt(url, peer, request);
    }
    return response;
  }

 private:
  template <typename Start>
  absl::Status Run(const char* what, Start start) {
    error_code result = asio::error::would_block;
    start([&result](error_code error) { result = error; });
    io_.restart();
    io_.run();
    if (!result) return absl::OkStatus();
    Disconnect();
    if (result == beast::error::timeout) {
      return absl::DeadlineExceededError(
          absl::StrCat("HTTP ", what, ": took too long"));
    }
    return absl::UnavailableError(
        absl::StrCat("HTTP ", what, ": ", result.message()));
  }

  void Disconnect() {
    plain_.reset();
    tls_.reset();
    peer_.clear();
  }

  beast::tcp_stream& lowest() {
    return tls_ != nullptr ? beast::get_lowest_layer(*tls_) : *plain_;
  }

  absl::Status Connect(const Url& url, const std::string& peer) {
    error_code error;
    tcp::resolver resolver(io_);
    std::string host = url.host;
    if (host.size() > 2 && host.front() == '[') {
      host = host.substr(1, host.size() - 2);
    }
    const auto found = resolver.resolve(host, url.port, error);
    if (error) {
      return absl::UnavailableError(
          absl::StrCat("HTTP: unknown host \"", url.host, "\""));
    }
    buffer_.clear();
    if (url.tls) {
      context_ =
          std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
      SSL_CTX_set_min_proto_version(context_->native_handle(),
                                    TLS1_2_VERSION);
      if (options_.ca_file.empty()) {
        context_->set_default_verify_paths(error);
      } else {
        context_->load_verify_file(options_.ca_file, error);
      }
      if (error) {
        return absl::FailedPreconditionError(absl::StrCat(
            "HTTP: roots \"", options_.ca_file, "\" can't be read"));
      }
      tls_ = std::make_unique<TlsStream>(io_, *context_);
      tls_->set_verify_mode(asio::ssl::verify_peer);
      tls_->set_verify_callback(asio::ssl::host_name_verification(host));
      SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    } else {
      plain_ = std::make_unique<PlainStream>(io_);
    }
    peer_ = peer;
    lowest().expires_after(absl::ToChronoMilliseconds(options_.timeout));
    absl::Status status = Run("connect", [&](auto done) {
      lowest().async_connect(
          found, [done](error_code e, const tcp::endpoint&) { done(e); });
    });
    if (!status.ok()) return status;
    lowest().socket().set_option(tcp::no_delay(true), error);
    if (tls_ == nullptr) return absl::OkStatus();
    return Run("TLS handshake", [&](auto done) {
      tls_->async_handshake(asio::ssl::stream_base::client, done);
    });
  }

  absl::StatusOr<Response> Attempt(
      const Url& url, const std::string& peer,
      const bhttp::request<bhttp::string_body>& request) {
    if (plain_ == nullptr && tls_ == nullptr) {
      absl::Status status = Connect(url, peer);
      if (!status.ok()) return status;
    }
    lowest().expires_after(absl::ToChronoMilliseconds(options_.timeout));
    absl::Status status = Run("request", [&](auto done) {
      const auto written = [done](error_code e, size_t) { done(e); };
      if (tls_ != nullptr) {
        bhttp::async_write(*tls_, request, written);
      } else {
        bhttp::async_write(*plain_, request, written);
      }
    });
    if (!status.ok()) return status;
    bhttp::response_parser<bhttp::string_body> parser;
    parser.body_limit(options_.max_body_bytes);
    if (request.method() == bhttp::verb::head) parser.skip(true);
    status = Run("response", [&](auto done) {
      const auto read = [done](error_code e, size_t) { done(e); };
      if (tls_ != nullptr) {
        bhttp::async_read(*tls_, buffer_, parser, read);
      } else {
        bhttp::async_read(*plain_, buffer_, parser, read);
      }
    });
    if (!status.ok()) return status;
    auto message = parser.release();
    Response response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message) {
      response.headers.emplace_back(View(field.name_string()),
                                    View(field.value()));
    }
    response.body = std::move(message.body());
    if (!message.keep_alive()) Disconnect();
    return response;
  }

  const Options options_;
  std::mutex mutex_;
  asio::io_context io_;
  std::unique_ptr<asio::ssl::context> context_;
  std::unique_ptr<PlainStream> plain_;
  std::unique_ptr<TlsStream> tls_;
  // Whom the stream is connected to.
  std::string peer_;
  beast::flat_buffer buffer_;
};

Client::Client(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

absl::StatusOr<Response> Client::Send(const std::string& method,
                                      const std::string& url,
                                      const std::vector<Header>& headers,
                                      const std::string& body) {
  return impl_->Send(method, url, headers, body);
}

absl::StatusOr<Response> Client::Get(const std::string& url,
                                     const std::vector<Header>& headers) {
  return Send("GET", url, headers, "");
}

absl::StatusOr<Response> Client::Post(const std::string& url,
                                      const std::vector<Header>& headers,
                                      const std::string& body) {
  return Send("POST", url, headers, body);
}

}  // namespace http
}  // namespace otrp
