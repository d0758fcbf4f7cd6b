#include "libs/http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "boost/asio/post.hpp"
#include "boost/asio/steady_timer.hpp"
#include "libs/base/status_macros.h"
#include "libs/http/beast.h"
#include "libs/http/connection.h"
#include "libs/http/host_port.h"
#include "libs/http/ip_address.h"
#include "libs/http/peers.h"
#include "libs/http/shared.h"
#include "libs/http/spare_descriptor.h"
#include "libs/http/tls_files.h"
#include "libs/telemetry/log.h"

namespace otrp {
namespace http {

using internal::Connection;
using internal::Shared;

namespace {

// Until the next attempt to accept after one that failed.
constexpr std::chrono::milliseconds kPause(50);

// The kernel takes no more than this of an answer beyond what is on its way:
// what it has taken says then what the peer has read, and little is kept for
// who reads slowly.
constexpr int kUnsentOctets = 128 * 1024;

void Tune(tcp::socket* socket) {
  error_code ignored;
  socket->set_option(tcp::no_delay(true), ignored);
  const int octets = kUnsentOctets;
  setsockopt(socket->native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &octets,
             sizeof(octets));
}

// The process needs some for itself, too.
int WithinDescriptors(int connections) {
  constexpr rlim_t kOwn = 128;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
      limit.rlim_cur == RLIM_INFINITY) {
    return connections;
  }
  const rlim_t most = limit.rlim_cur - std::min(kOwn, limit.rlim_cur / 2);
  if (most >= static_cast<rlim_t>(connections)) return connections;
  OTRP_LOG(WARNING, "fewer connections than wanted: limit of descriptors",
           {{"wanted", absl::StrCat(connections)},
            {"possible", absl::StrCat(most)}});
  return static_cast<int>(most);
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
 public:
  Impl(const Options& options, Networks trusted, Router router)
      : shared_(std::make_shared<Shared>(options, std::move(trusted),
                                         std::move(router))),
        acceptor_(shared_->io_threads[0]->context()),
        pause_(acceptor_.get_executor()),
        max_connections_(WithinDescriptors(options.max_connections)) {}

  absl::Status Open() {
    const Options& options = shared_->options;
    std::string host;
    int port = 0;
    if (!SplitHostPort(options.listen, &host, &port)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", options.listen, "\": must be host:port"));
    }
    if (!options.tls_cert_file.empty()) {
      OTRP_ASSIGN_OR_RETURN(
          shared_->tls,
          TlsFiles::Open(options.tls_cert_file, options.tls_key_file,
                         options.client_ca_file));
    } else if (!options.client_ca_file.empty()) {
      return absl::InvalidArgumentError(
          "clients' roots: must be for a listener with TLS");
    }
    error_code error;
    tcp::resolver resolver(acceptor_.get_executor());
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
    spare_.Open();
    return absl::OkStatus();
  }

  void Run() {
    Accept();
    for (const auto& io : shared_->io_threads) io->Start();
  }

  void Shutdown(absl::Duration grace) {
    if (stopped_.exchange(true)) return;
    shared_->draining = true;
    asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
      error_code ignored;
      self->acceptor_.close(ignored);
      self->pause_.cancel();
    });
    if (grace > absl::ZeroDuration()) {
      std::unique_lock<std::mutex> lock(shared_->mutex);
      for (internal::Listed* connection : shared_->connections) {
        connection->EndStream();
      }
      // Idle connections don't count: only requests and answers are waited
      // for.
      const auto end =
          std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(grace);
      while (shared_->queued + shared_->writing + shared_->streams > 0 &&
             !shared_->connections.empty() &&
             std::chrono::steady_clock::now() < end) {
        shared_->changed.wait_for(lock, std::chrono::milliseconds(20));
      }
      // The answers' last octets.
      if (!shared_->connections.empty()) {
        shared_->changed.wait_for(lock, std::chrono::milliseconds(50));
      }
    }
    CloseAll();
    shared_->over = true;
    for (const auto& io : shared_->io_threads) io->Stop();
    shared_->blocking.Stop();
    shared_->async.Stop();
    for (const auto& io : shared_->io_threads) io->RunRest();
  }

  int port() const { return port_; }

 private:
  void Accept() {
    const auto& io = shared_->io_threads[next_++ % shared_->io_threads.size()];
    acceptor_.async_accept(
        io->context(),
        [self = shared_from_this()](error_code error, tcp::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (!error) self->Welcome(std::move(socket));
          if (!error || error == asio::error::connection_aborted) {
            return self->Accept();
          }
          // No descriptor or no memory: it gets no better by asking again at
          // once.
          self->spare_.RefuseWaiting(self->acceptor_.native_handle());
          self->AcceptLater();
        });
  }

  void AcceptLater() {
    pause_.expires_after(kPause);
    pause_.async_wait([self = shared_from_this()](error_code) {
      if (self->acceptor_.is_open()) self->Accept();
    });
  }

  void Welcome(tcp::socket socket) {
    {
      std::lock_guard<std::mutex> lock(shared_->mutex);
      if (shared_->open() >= max_connections_) return;
    }
    error_code error;
    const auto endpoint = socket.remote_endpoint(error);
    // A link-local one has its interface behind it.
    const std::string text = endpoint.address().to_string();
    const absl::optional<IpAddress> peer =
        error ? absl::nullopt
              : IpAddress::Parse(text.substr(0, text.find('%')));
    // Gone already.
    if (!peer.has_value()) return;
    std::unique_ptr<internal::Peers::Place> place;
    if (!shared_->trusted.Contains(*peer)) {
      place = shared_->peers.Enter(*peer, std::chrono::steady_clock::now());
      if (place == nullptr) return;
    }
    Tune(&socket);
    if (shared_->tls != nullptr) {
      std::make_shared<Connection<TlsStream>>(std::move(socket), *peer,
                                              std::move(place), shared_)
          ->Start();
    } else {
      std::make_shared<Connection<PlainStream>>(std::move(socket), *peer,
                                                std::move(place), shared_)
          ->Start();
    }
  }

  // Connections that wait in `io` would keep it, and it them. Those whose
  // answer is still being made go with it.
  void CloseAll() {
    std::unique_lock<std::mutex> lock(shared_->mutex);
    for (internal::Listed* connection : shared_->connections) {
      connection->Abort();
    }
    shared_->changed.wait_for(lock, std::chrono::seconds(1), [this] {
      return shared_->open() <= shared_->queued;
    });
  }

  const std::shared_ptr<Shared> shared_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  const int max_connections_;
  internal::SpareDescriptor spare_;
  int port_ = 0;
  std::atomic<bool> stopped_{false};
  // Who gets the next connection; the acceptor's thread's.
  size_t next_ = 0;
};

Server::Server(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { impl_->Shutdown(absl::ZeroDuration()); }
int Server::port() const { return impl_->port(); }
void Server::Shutdown(absl::Duration grace) { impl_->Shutdown(grace); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options,
                                                      Router router) {
  OTRP_ASSIGN_OR_RETURN(Networks trusted,
                        Networks::Parse(options.trusted_proxies));
  auto impl =
      std::make_shared<Impl>(options, std::move(trusted), std::move(router));
  absl::Status status = impl->Open();
  if (!status.ok()) return status;
  impl->Run();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace http
}  // namespace otrp
