// What a request shows of who sends it.
//
// Thread-safety: values.
// Source: RFC 6750 section 2.1 (the header alone), RFC 9110 section 11.

#ifndef OTRP_SERVICES_API_HANDLERS_CREDENTIAL_H_
#define OTRP_SERVICES_API_HANDLERS_CREDENTIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/http/message.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace api {
namespace handlers {

struct Credential {
  enum class Kind { kNone, kCertificate, kToken };

  Kind kind = Kind::kNone;
  // Of a certificate, which has been verified.
  rpc::Identity caller;
  // Nobody has checked it.
  std::string token;
};

// INVALID_ARGUMENT where there is more than one, or one in the URL;
// UNAUTHENTICATED for one that can't be good: another scheme, a token in
// other characters, a certificate of a service or of nobody.
absl::StatusOr<Credential> CredentialOf(const http::Request& request);

// Whether a query has a credential, by the names that clients give them.
bool HasCredential(absl::string_view query);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_CREDENTIAL_H_
