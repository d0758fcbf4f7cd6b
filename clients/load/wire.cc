#include "clients/load/wire.h"

#include <chrono>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace otrp::load {
namespace {

constexpr absl::string_view kMediaType = "application/otrp+json";

bool IsLoopback(absl::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  // 127.0.0.0/8, written as an address: a name may lead anywhere.
  return absl::StartsWith(host, "127.") &&
         host.find_first_not_of("0123456789.") == absl::string_view::npos;
}

// The host of "host", "host:port", "[v6]" or "[v6]:port".
absl::string_view HostOf(absl::string_view authority) {
  if (absl::ConsumePrefix(&authority, "[")) {
    return authority.substr(0, authority.find(']'));
  }
  return authority.substr(0, authority.find(':'));
}

absl::optional<Failure> Check(const http::Response& response) {
  if (response.status == 204) {
    if (response.body.empty()) return absl::nullopt;
    return Failure{"body-with-204", "an answer 204 has a body"};
  }
  if (response.status != 200) {
    return Failure{absl::StrCat("http-", response.status),
                   response.body.substr(0, 200)};
  }
  const absl::string_view type = response.header("Content-Type");
  if (!absl::EqualsIgnoreCase(
          absl::StripAsciiWhitespace(type.substr(0, type.find(';'))),
          kMediaType)) {
    return Failure{"content-type", std::string(type)};
  }
  if (response.body.empty()) {
    return Failure{"empty-message", "an answer 200 has no body"};
  }
  return absl::nullopt;
}

}  // namespace

absl::Status CheckTarget(absl::string_view url, bool anywhere) {
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://") &&
      !absl::ConsumePrefix(&rest, "https://")) {
    return absl::InvalidArgumentError(
        absl::StrCat(url, " must begin with http:// or https://"));
  }
  const absl::string_view host =
      HostOf(rest.substr(0, rest.find_first_of("/?#")));
  if (anywhere || IsLoopback(host)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      url,
      " isn't on this machine. Load is an attack on whoever hasn't agreed "
      "to it; give --i-operate-this-server if you do"));
}

Wire::Wire(Options options) : options_(std::move(options)) { Disconnect(); }

void Wire::Disconnect() {
  http::Client::Options options;
  options.timeout = options_.timeout;
  options.ca_file = options_.ca_file;
  client_ = absl::make_unique<http::Client>(std::move(options));
}

absl::optional<Failure> Wire::Open(absl::string_view hint,
                                   Transaction* transaction, Answer* answer) {
  if (!hint.empty() && knows_hints_) {
    Transaction tried = *transaction;
    absl::optional<Failure> failure = PostTo(
        absl::StrCat(options_.url, "/", hint), "open", "", &tried, answer);
    knows_hints_ = !failure.has_value() || failure->reason != "http-404";
    if (knows_hints_) {
      *transaction = std::move(tried);
      return failure;
    }
  }
  return Post("open", "", transaction, answer);
}

absl::optional<Failure> Wire::Post(absl::string_view leg_name,
                                   const std::string& body,
                                   Transaction* transaction, Answer* answer) {
  return PostTo(options_.url, leg_name, body, transaction, answer);
}

absl::optional<Failure> Wire::PostTo(const std::string& url,
                                     absl::string_view leg_name,
                                     const std::string& body,
                                     Transaction* transaction, Answer* answer) {
  std::vector<http::Header> headers = {{"Accept", std::string(kMediaType)}};
  if (!body.empty()) {
    headers.emplace_back("Content-Type", std::string(kMediaType));
  }
  const http::Client::Stats before = client_->stats();
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<http::Response> response = client_->Post(url, headers, body);
  const absl::Duration elapsed =
      absl::FromChrono(std::chrono::steady_clock::now() - start);
  const http::Client::Stats after = client_->stats();
  const absl::Duration connecting = after.connecting - before.connecting;
  transaction->connections += after.connections - before.connections;
  transaction->connecting += connecting;
  transaction->repeated += after.repeated - before.repeated;
  transaction->legs.push_back(
      {std::string(leg_name), elapsed - connecting, /*failed=*/true});
  if (!response.ok()) {
    return Failure{absl::IsDeadlineExceeded(response.status())
                       ? "timeout"
                       : "no-connection",
                   std::string(response.status().message())};
  }
  transaction->bytes_sent += static_cast<int64_t>(body.size());
  transaction->bytes_received += static_cast<int64_t>(response->body.size());
  absl::optional<Failure> failure = Check(*response);
  if (failure.has_value()) {
    failure->detail = absl::StrCat("on ", leg_name, ": ", failure->detail);
    return failure;
  }
  transaction->legs.back().failed = false;
  answer->has_message = response->status == 200;
  answer->body = std::move(response->body);
  return absl::nullopt;
}

}  // namespace otrp::load
