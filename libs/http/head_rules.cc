#include "libs/http/head_rules.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "libs/http/problem.h"

namespace otrp {
namespace http {
namespace internal {
namespace {

// The values of a list header, in order, over all of its lines.
std::vector<absl::string_view> Elements(const Request& request,
                                        absl::string_view name) {
  std::vector<absl::string_view> elements;
  for (const Header& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.first, name)) continue;
    for (absl::string_view element : absl::StrSplit(header.second, ',')) {
      element = absl::StripAsciiWhitespace(element);
      if (!element.empty()) elements.push_back(element);
    }
  }
  return elements;
}

// One Host, which may be empty, in the octets of uri-host and port.
bool HostIsRight(bool http11, const Request& request) {
  int count = 0;
  for (const Header& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.first, "Host")) continue;
    ++count;
    for (const unsigned char c : header.second) {
      if (!absl::ascii_isalnum(c) &&
          !absl::StrContains("-._~%!$&'()*+;=:[]", static_cast<char>(c))) {
        return false;
      }
    }
  }
  return count == 1 || (count == 0 && !http11);
}

// The origin-form of an absolute-form, which proxies are sent and servers
// must take; its authority counts as little as Host.
bool ToOriginForm(std::string* target) {
  if (absl::StartsWith(*target, "/") || *target == "*") return true;
  const size_t scheme = target->find("://");
  if (scheme == std::string::npos) return false;
  const absl::string_view name = absl::string_view(*target).substr(0, scheme);
  if (!absl::EqualsIgnoreCase(name, "http") &&
      !absl::EqualsIgnoreCase(name, "https")) {
    return false;
  }
  const size_t authority = scheme + 3;
  const size_t rest = target->find_first_of("/?", authority);
  if (rest == authority || authority == target->size()) return false;
  if (rest == std::string::npos) {
    *target = "/";
    return true;
  }
  target->erase(0, rest);
  if (target->front() == '?') target->insert(0, "/");
  return true;
}

absl::optional<Response> RefuseTransferCoding(bool http11,
                                              const Request& request) {
  if (!request.has_header("Transfer-Encoding")) return absl::nullopt;
  const std::vector<absl::string_view> codings =
      Elements(request, "Transfer-Encoding");
  if (!http11 || codings.empty() ||
      !absl::EqualsIgnoreCase(codings.back(), "chunked")) {
    return Problem(400, "the last transfer coding must be chunked");
  }
  if (codings.size() > 1) {
    return Problem(501, "chunked is the one transfer coding here");
  }
  return absl::nullopt;
}

absl::optional<Response> RefuseContentCoding(const Request& request) {
  for (const absl::string_view coding : Elements(request, "Content-Encoding")) {
    if (absl::EqualsIgnoreCase(coding, "identity")) continue;
    Response response =
        Problem(415, "the body must come without a content coding");
    response.headers.emplace_back("Accept-Encoding", "identity");
    return response;
  }
  return absl::nullopt;
}

}  // namespace

absl::optional<Response> RefuseHead(bool http11, Request* request) {
  if (!HostIsRight(http11, *request)) {
    return Problem(400, "Host must be there once, with a host and its port");
  }
  if (!ToOriginForm(&request->target)) {
    return Problem(400, "the target must be a path or an http URL");
  }
  const size_t question = request->target.find('?');
  request->path = request->target.substr(0, question);
  if (question != std::string::npos) {
    request->query = request->target.substr(question + 1);
  }
  absl::optional<Response> refusal = RefuseTransferCoding(http11, *request);
  if (!refusal.has_value()) refusal = RefuseContentCoding(*request);
  if (refusal.has_value()) return refusal;
  if (request->has_header("Expect") && http11 && !ExpectsContinue(*request)) {
    return Problem(417, "100-continue is the one expectation here");
  }
  return absl::nullopt;
}

bool ExpectsContinue(const Request& request) {
  return absl::EqualsIgnoreCase(request.header("Expect"), "100-continue");
}

}  // namespace internal
}  // namespace http
}  // namespace otrp
