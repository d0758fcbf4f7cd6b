#include "libs/http/client.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/asio/ssl/host_name_verification.hpp"
#include "libs/http/beast.h"
#include "libs/http/host_port.h"
#include "libs/http/ip_address.h"

namespace otrp {
namespace http {
namespace {

struct Url {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;
};

bool ParseUrl(absl::string_view text, Url* url) {
  for (unsigned char c : text) {
    if (c <= ' ' || c >= 0x7f || c == '#') return false;
  }
  if (absl::ConsumePrefix(&text, "https://")) {
    url->tls = true;
  } else if (!absl::ConsumePrefix(&text, "http://")) {
    return false;
  }
  const size_t slash = text.find_first_of("/?#");
  const absl::string_view authority = text.substr(0, slash);
  url->target =
      slash == absl::string_view::npos ? "/" : std::string(text.substr(slash));
  if (url->target[0] != '/') url->target.insert(0, "/");
  int port = url->tls ? 443 : 80;
  url->host = std::string(authority);
  const bool has_port = authority.rfind(':') != absl::string_view::npos &&
                        !absl::EndsWith(authority, "]");
  if (has_port && !SplitHostPort(authority, &url->host, &port)) return false;
  url->port = std::to_string(port);
  return !url->host.empty() && url->host.find('@') == std::string::npos;
}

// Whether doing it twice does no more than once (RFC 9110 9.2.2).
bool IsIdempotent(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "PUT" ||
         method == "DELETE" || method == "OPTIONS";
}

bool IsNotPublic(const tcp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  const auto octets =
      address.is_v6()
          ? address.to_v6().to_bytes()
          : asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4())
                .to_bytes();
  IpAddress::Octets copy;
  std::copy(octets.begin(), octets.end(), copy.begin());
  return !IsPublic(IpAddress(copy));
}

// Name service has no time limit of its own; who waits for it has. A look-up
// that is too late ends on its own thread, unheard.
class Lookup {
 public:
  static std::vector<tcp::endpoint> Run(
      const std::string& host, const std::string& port,
      std::chrono::steady_clock::time_point deadline, bool* in_time) {
    *in_time = true;
    error_code no_address;
    const auto address = asio::ip::make_address(host, no_address);
    int number = 0;
    if (!no_address && absl::SimpleAtoi(port, &number)) {
      return {tcp::endpoint(address, static_cast<std::uint16_t>(number))};
    }
    auto lookup = std::make_shared<Lookup>();
    std::thread([lookup, host, port] { lookup->Ask(host, port); }).detach();
    std::unique_lock<std::mutex> lock(lookup->mutex_);
    *in_time = lookup->changed_.wait_until(lock, deadline,
                                           [&] { return lookup->done_; });
    return lookup->found_;
  }

 private:
  void Ask(const std::string& host, const std::string& port) {
    asio::io_context io;
    error_code error;
    const auto found = tcp::resolver(io).resolve(host, port, error);
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& entry : found) found_.push_back(entry.endpoint());
    done_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::vector<tcp::endpoint> found_;
};

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)) {}

  absl::StatusOr<Response> Send(const std::string& method,
                                const std::string& url_text,
                                const std::vector<Header>& headers,
                                const std::string& body) {
    std::lock_guard<std::mutex> lock(mutex_);
    deadline_ = std::chrono::steady_clock::now() +
                absl::ToChronoMilliseconds(options_.timeout);
    Url url;
    if (!ParseUrl(url_text, &url)) {
      return absl::InvalidArgumentError(
          "url: must be http://host[:port]/path or https://...");
    }
    if (options_.public_only && !options_.plain_http && !url.tls) {
      return absl::PermissionDeniedError("url: must be https://...");
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
    if (peer != peer_ || ServerHasClosed()) Disconnect();
    const bool reused = plain_ != nullptr || tls_ != nullptr;
    bool sent = false;
    absl::StatusOr<Response> response = Attempt(url, peer, request, &sent);
    // The server may have closed the idle connection just now. Whether it did
    // what it was asked before, nobody can tell.
    if (reused && absl::IsUnavailable(response.status()) &&
        (!sent || IsIdempotent(method))) {
      ++stats_.repeated;
      response = Attempt(url, peer, request, &sent);
    }
    return response;
  }

  Stats stats() {
    std::lock_guard<std::mutex> lock(mutex_);
    return stats_;
  }

 private:
  template <typename Start>
  absl::Status Run(const char* what, Start start) {
    lowest().expires_at(deadline_);
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

  // An idle connection on which something comes is at its end.
  bool ServerHasClosed() {
    if (plain_ == nullptr && tls_ == nullptr) return false;
    pollfd socket = {lowest().socket().native_handle(), POLLIN | POLLRDHUP, 0};
    return poll(&socket, 1, 0) != 0;
  }

  beast::tcp_stream& lowest() {
    return tls_ != nullptr ? beast::get_lowest_layer(*tls_) : *plain_;
  }

  absl::Status Connect(const Url& url, const std::string& peer) {
    error_code error;
    std::string host = url.host;
    if (host.size() > 2 && host.front() == '[') {
      host = host.substr(1, host.size() - 2);
    }
    bool in_time = false;
    std::vector<tcp::endpoint> found =
        Lookup::Run(host, url.port, deadline_, &in_time);
    if (!in_time) {
      return absl::DeadlineExceededError(absl::StrCat(
          "HTTP: name service for \"", url.host, "\": took too long"));
    }
    if (found.empty()) {
      return absl::UnavailableError(
          absl::StrCat("HTTP: unknown host \"", url.host, "\""));
    }
    if (options_.public_only) {
      // What is connected to is what was looked at: the name isn't asked again.
      found.erase(std::remove_if(found.begin(), found.end(), IsNotPublic),
                  found.end());
      if (found.empty()) {
        return absl::PermissionDeniedError(absl::StrCat(
            "HTTP: \"", url.host, "\" is no host of the public Internet"));
      }
    }
    buffer_.clear();
    if (url.tls) {
      context_ =
          std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
      RefuseOldTls(*context_);
      if (!options_.ca_pem.empty()) {
        context_->add_certificate_authority(
            asio::buffer(options_.ca_pem.data(), options_.ca_pem.size()),
            error);
      } else if (options_.ca_file.empty()) {
        context_->set_default_verify_paths(error);
      } else {
        context_->load_verify_file(options_.ca_file, error);
      }
      if (error) {
        return absl::FailedPreconditionError(absl::StrCat(
            "HTTP: roots \"", options_.ca_file, "\" can't be read"));
      }
      if (!options_.cert_file.empty()) {
        error_code key_error;
        context_->use_certificate_chain_file(options_.cert_file, error);
        context_->use_private_key_file(options_.key_file,
                                       asio::ssl::context::pem, key_error);
        if (error || key_error) {
          return absl::FailedPreconditionError(absl::StrCat(
              "HTTP: \"", options_.cert_file, "\" and \"", options_.key_file,
              "\" can't be used as certificate and key"));
        }
      }
      tls_ = std::make_unique<TlsStream>(io_, *context_);
      tls_->set_verify_mode(asio::ssl::verify_peer);
      tls_->set_verify_callback(asio::ssl::host_name_verification(host));
      SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
    } else {
      plain_ = std::make_unique<PlainStream>(io_);
    }
    peer_ = peer;
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
      const bhttp::request<bhttp::string_body>& request, bool* sent) {
    if (plain_ == nullptr && tls_ == nullptr) {
      const auto start = std::chrono::steady_clock::now();
      absl::Status status = Connect(url, peer);
      stats_.connecting +=
          absl::FromChrono(std::chrono::steady_clock::now() - start);
      if (!status.ok()) return status;
      ++stats_.connections;
    }
    absl::Status status = Run("request", [&](auto done) {
      const auto written = [done, sent](error_code e, size_t n) {
        if (n > 0) *sent = true;
        done(e);
      };
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
  // Of the call that runs.
  std::chrono::steady_clock::time_point deadline_;
  asio::io_context io_;
  std::unique_ptr<asio::ssl::context> context_;
  std::unique_ptr<PlainStream> plain_;
  std::unique_ptr<TlsStream> tls_;
  // Whom the stream is connected to.
  std::string peer_;
  beast::flat_buffer buffer_;
  Stats stats_;
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

Client::Stats Client::stats() const { return impl_->stats(); }

}  // namespace http
}  // namespace otrp
