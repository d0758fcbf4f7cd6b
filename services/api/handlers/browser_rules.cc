#include "services/api/handlers/browser_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

// As a browser writes it: without the scheme's own port.
std::string OriginOf(Scheme scheme, const http::Request& request) {
  const bool https = scheme == Scheme::kHttps;
  std::string host = absl::AsciiStrToLower(request.header("Host"));
  absl::string_view name = host;
  absl::ConsumeSuffix(&name, https ? ":443" : ":80");
  return absl::StrCat(https ? "https://" : "http://", name);
}

// Whether each header of this name has a value that `good` takes.
template <typename Good>
bool Each(const http::Request& request, absl::string_view name, Good good) {
  return std::all_of(request.headers.begin(), request.headers.end(),
                     [&](const http::Header& header) {
                       return !absl::EqualsIgnoreCase(header.first, name) ||
                              good(header.second);
                     });
}

}  // namespace

absl::string_view CookieName(Scheme scheme) {
  switch (scheme) {
    case Scheme::kHttps: return "__Host-otrp-session";
    case Scheme::kHttp: break;
  }
  return "otrp-session";
}

std::vector<std::string> SessionCookies(Scheme scheme,
                                        const http::Request& request) {
  std::vector<std::string> values;
  for (const http::Header& header : request.headers) {
    if (!absl::EqualsIgnoreCase(header.first, "Cookie")) continue;
    for (absl::string_view cookie : absl::StrSplit(header.second, ';')) {
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(cookie, absl::MaxSplits('=', 1));
      if (absl::StripAsciiWhitespace(parts.first) == CookieName(scheme)) {
        values.emplace_back(absl::StripAsciiWhitespace(parts.second));
      }
    }
  }
  return values;
}

bool IsSafe(const http::Request& request) {
  return request.method == "GET" || request.method == "HEAD";
}

absl::Status CheckPageOfCookie(Scheme scheme, const http::Request& request) {
  if (IsSafe(request)) {
    return Each(request, "Sec-Fetch-Site",
                [](absl::string_view site) {
                  return site == "same-origin" || site == "none";
                })
               ? absl::OkStatus()
               : absl::PermissionDeniedError(
                     "the console's cookie is for pages of this origin");
  }
  OTRP_RETURN_IF_ERROR(CheckSameOrigin(scheme, request));
  return request.header("X-OTrP-Console") == "1"
             ? absl::OkStatus()
             : absl::PermissionDeniedError(
                   "with the console's cookie this method needs the header "
                   "X-OTrP-Console: 1");
}

absl::Status CheckPageOfCertificate(Scheme scheme,
                                    const http::Request& request) {
  return IsSafe(request) ? absl::OkStatus() : CheckSameOrigin(scheme, request);
}

absl::Status CheckSameOrigin(Scheme scheme, const http::Request& request) {
  if (!Each(request, "Sec-Fetch-Site",
            [](absl::string_view site) { return site == "same-origin"; })) {
    return absl::PermissionDeniedError(
        "Sec-Fetch-Site must be same-origin: this is for pages of this "
        "origin");
  }
  const std::string own = OriginOf(scheme, request);
  if (!Each(request, "Origin",
            [&](absl::string_view origin) { return origin == own; })) {
    return absl::PermissionDeniedError(
        "Origin must be this origin, or not be there");
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
