// Trusted publishing as values. Shared by handlers and storage.
//
// Thread-safety: values; functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_PUBLISHER_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_PUBLISHER_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "services/sp_portal/domain/id_token.h"

namespace otrp {
namespace portal {

struct Issuer {
  // As in "iss".
  std::string issuer;
  std::string audience;
  bool pinned = false;
  // A JSON Web Key Set; empty until it is fetched.
  std::string jwks;
  std::string set_by;
  absl::optional<absl::Time> fetched_at;
  std::string fetch_error;
};

struct Publisher {
  std::string id;
  std::string spid;
  std::string issuer;
  std::string subject;
  std::map<std::string, std::string> claims;
  std::string role;
  // Empty: all.
  std::vector<std::string> taids;
  std::string added_by;
  absl::Time added_at;
};

// Whether `token` is one of the publisher's.
bool Fits(const Publisher& publisher, const IdToken& token);

// The one of them that a verified token is of: of several the one that says
// most about its subject, and the oldest of those. Null where none fits.
const Publisher* BestFit(const std::vector<Publisher>& publishers,
                         const IdToken& token);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_PUBLISHER_H_
