#include "services/api/handlers/credential.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/rest/path.h"
#include "services/api/handlers/browser_rules.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

constexpr absl::string_view kNames[] = {"access_token",  "api_key",  "apikey",
                                        "authorization", "password", "token"};

Credential OfSecret(Secret::Kind kind, absl::string_view value) {
  Credential credential;
  credential.kind = Credential::Kind::kSecret;
  credential.secret = {kind, std::string(value)};
  return credential;
}

absl::StatusOr<Credential> OfHeader(absl::string_view value) {
  constexpr absl::string_view kBearer = "bearer ";
  if (!absl::StartsWithIgnoreCase(value, kBearer)) {
    return absl::UnauthenticatedError("Authorization must be a Bearer token");
  }
  const absl::string_view token =
      absl::StripLeadingAsciiWhitespace(value.substr(kBearer.size()));
  if (!IsSecret(token)) {
    return absl::UnauthenticatedError("the token is not good");
  }
  return OfSecret(Secret::Kind::kToken, token);
}

absl::StatusOr<Credential> OfCookie(absl::string_view value) {
  if (!IsSecret(value)) {
    return absl::UnauthenticatedError("the session is not good");
  }
  return OfSecret(Secret::Kind::kSession, value);
}

absl::StatusOr<Credential> OfCertificate(
    const http::ClientCertificate& certificate) {
  Credential credential;
  credential.kind = Credential::Kind::kCertificate;
  credential.caller = rpc::IdentityOfUris(certificate.uris());
  credential.serial = certificate.serial();
  credential.not_after = certificate.not_after();
  switch (credential.caller.kind) {
    case rpc::CallerKind::kOperator:
    case rpc::CallerKind::kAuditor:
    case rpc::CallerKind::kSp: return credential;
    case rpc::CallerKind::kAnonymous:
    case rpc::CallerKind::kService: break;
  }
  return absl::UnauthenticatedError(
      "the certificate must be an operator's, an auditor's or a service "
      "provider's");
}

}  // namespace

bool IsSecret(absl::string_view text) {
  if (text.empty() || text.size() > kMaxTokenBytes) return false;
  while (absl::EndsWith(text, "=")) text.remove_suffix(1);
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._~+/", c);
  });
}

bool HasCredential(absl::string_view query) {
  for (absl::string_view parameter : absl::StrSplit(query, '&')) {
    const absl::StatusOr<std::string> name = rest::PercentDecode(
        parameter.substr(0, parameter.find('=')), rest::Escapes::kQuery);
    if (!name.ok()) continue;
    if (std::any_of(std::begin(kNames), std::end(kNames),
                    [&](absl::string_view one) {
                      return absl::EqualsIgnoreCase(*name, one);
                    })) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<Credential> CredentialOf(Scheme scheme,
                                        const http::Request& request) {
  if (HasCredential(request.query)) {
    return absl::InvalidArgumentError(
        "a credential stands in no URL, where logs and histories keep it: "
        "revoke it, and send the next one as Authorization: Bearer");
  }
  const std::vector<std::string> cookies = SessionCookies(scheme, request);
  const auto headers = std::count_if(
      request.headers.begin(), request.headers.end(),
      [](const http::Header& header) {
        return absl::EqualsIgnoreCase(header.first, "Authorization");
      });
  const bool certificate = request.client_certificate.has_value();
  if (static_cast<size_t>(headers) + cookies.size() + (certificate ? 1 : 0) >
      1) {
    return absl::InvalidArgumentError(
        "there must be one credential: a client certificate, one Authorization "
        "header, or the console's cookie; a browser that shows a certificate "
        "has no use for the cookie");
  }
  if (headers == 1) return OfHeader(request.header("Authorization"));
  if (certificate) {
    OTRP_RETURN_IF_ERROR(CheckPageOfCertificate(scheme, request));
    return OfCertificate(*request.client_certificate);
  }
  if (cookies.empty()) return Credential();
  OTRP_RETURN_IF_ERROR(CheckPageOfCookie(scheme, request));
  return OfCookie(cookies[0]);
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
