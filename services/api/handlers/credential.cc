#include "services/api/handlers/credential.h"

#include <algorithm>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/rest/path.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

constexpr absl::string_view kNames[] = {"access_token",  "api_key",  "apikey",
                                        "authorization", "password", "token"};

// token68 of RFC 9110 section 11.2.
bool IsToken68(absl::string_view token) {
  if (token.empty() || token.size() > kMaxTokenBytes) return false;
  while (absl::EndsWith(token, "=")) token.remove_suffix(1);
  return !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._~+/", c);
  });
}

absl::StatusOr<Credential> OfHeader(absl::string_view value) {
  constexpr absl::string_view kBearer = "bearer ";
  if (!absl::StartsWithIgnoreCase(value, kBearer)) {
    return absl::UnauthenticatedError("Authorization must be a Bearer token");
  }
  const absl::string_view token =
      absl::StripLeadingAsciiWhitespace(value.substr(kBearer.size()));
  if (!IsToken68(token)) {
    return absl::UnauthenticatedError("the token is not good");
  }
  Credential credential;
  credential.kind = Credential::Kind::kToken;
  credential.token = std::string(token);
  return credential;
}

absl::StatusOr<Credential> OfCertificate(
    const http::ClientCertificate& certificate) {
  Credential credential;
  credential.kind = Credential::Kind::kCertificate;
  credential.caller = rpc::IdentityOfUris(certificate.uris());
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

absl::StatusOr<Credential> CredentialOf(const http::Request& request) {
  if (HasCredential(request.query)) {
    return absl::InvalidArgumentError(
        "a credential stands in no URL, where logs and histories keep it: "
        "revoke it, and send the next one as Authorization: Bearer");
  }
  const auto count = std::count_if(
      request.headers.begin(), request.headers.end(),
      [](const http::Header& header) {
        return absl::EqualsIgnoreCase(header.first, "Authorization");
      });
  if (count + (request.client_certificate.has_value() ? 1 : 0) > 1) {
    return absl::InvalidArgumentError(
        "there must be one credential: a client certificate or one "
        "Authorization header");
  }
  if (count == 1) return OfHeader(request.header("Authorization"));
  if (request.client_certificate.has_value()) {
    return OfCertificate(*request.client_certificate);
  }
  return Credential();
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
