// What a request shows of who sends it.
//
// Thread-safety: values.
// Source: RFC 6750 section 2.1 (the header alone), RFC 9110 section 11, RFC
// 6265 section 5.4 (cookies).

#ifndef OTRP_SERVICES_API_HANDLERS_CREDENTIAL_H_
#define OTRP_SERVICES_API_HANDLERS_CREDENTIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/http/message.h"
#include "libs/rpc/identity.h"
#include "services/api/clients/authenticator.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

struct Credential {
  enum class Kind { kNone, kCertificate, kSecret };

  Kind kind = Kind::kNone;
  // Of a certificate, which has been verified.
  rpc::Identity caller;
  std::string serial;
  absl::Time not_after;
  // A token, or a session by its cookie.
  Secret secret;
};

// INVALID_ARGUMENT where there is more than one, or one in the URL;
// UNAUTHENTICATED for one that can't be good: another scheme, a secret in
// other characters, a certificate of a service or of nobody;
// PERMISSION_DENIED for a cookie or certificate that a browser sends for
// somebody else's page (browser_rules.h).
absl::StatusOr<Credential> CredentialOf(Scheme scheme,
                                        const http::Request& request);

// Whether a token or session may be written like this: token68 of RFC 9110
// section 11.2.
bool IsSecret(absl::string_view text);

// Whether a query has a credential, by the names that clients give them.
bool HasCredential(absl::string_view query);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_CREDENTIAL_H_
