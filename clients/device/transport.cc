#include "clients/device/transport.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/http/client.h"

namespace otrp::device {
namespace {

constexpr char kMediaType[] = "application/otrp+json";

class HttpTransport : public Transport {
 public:
  HttpTransport(std::string url, const std::string& hint,
                http::Client::Options options)
      : url_(std::move(url)), client_(std::move(options)) {
    if (hint.empty()) return;
    opening_url_ = absl::StrCat(absl::StripSuffix(url_, "/"), "/", hint);
  }

  absl::StatusOr<TransportReply> Post(absl::string_view body) override {
    if (!body.empty() || opening_url_.empty()) return PostTo(url_, body);
    absl::StatusOr<TransportReply> reply = PostTo(opening_url_, body);
    if (!reply.ok() || reply->status < 400 || reply->status >= 500) {
      return reply;
    }
    opening_url_.clear();
    return PostTo(url_, body);
  }

 private:
  absl::StatusOr<TransportReply> PostTo(const std::string& url,
                                        absl::string_view body) {
    std::vector<http::Header> headers = {{"Accept", kMediaType}};
    if (!body.empty()) headers.emplace_back("Content-Type", kMediaType);
    OTRP_ASSIGN_OR_RETURN(http::Response response,
                          client_.Post(url, headers, std::string(body)));
    TransportReply reply;
    reply.status = response.status;
    reply.content_type = std::string(response.header("Content-Type"));
    reply.body = std::move(response.body);
    int seconds = 0;
    if (absl::SimpleAtoi(response.header("Retry-After"), &seconds) &&
        seconds >= 0) {
      reply.retry_after = absl::Seconds(seconds);
    }
    reply.refused = response.header("OTrP-Verdict") == "refused";
    return reply;
  }

  const std::string url_;
  // Empty: url_.
  std::string opening_url_;
  http::Client client_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Transport>> CreateHttpTransport(
    HttpTransportOptions options) {
  if (!absl::StartsWith(options.url, "http://") &&
      !absl::StartsWith(options.url, "https://")) {
    return absl::InvalidArgumentError(
        "url: must begin with http:// or https://");
  }
  http::Client::Options client;
  client.timeout = options.timeout;
  client.ca_file = std::move(options.ca_file);
  return absl::make_unique<HttpTransport>(std::move(options.url), options.hint,
                                          std::move(client));
}

}  // namespace otrp::device
