// Who of the operators may change authorities, keys and who else may:
// --ca_admins. Those who may not run the suite all the same.
//
// Thread-safety: immutable.
// Errors: INVALID_ARGUMENT that says what no identity is.

#ifndef OTRP_SERVICES_CA_DOMAIN_CA_ADMINS_H_
#define OTRP_SERVICES_CA_DOMAIN_CA_ADMINS_H_

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pki/profile.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace ca {

class CaAdmins {
 public:
  // All operators are.
  CaAdmins() = default;
  // These: "otrp://operator/alice" is who holds her certificate,
  // "otrp://operator/ops/member/bob" one of that account's members or tokens.
  // Empty: all operators.
  static absl::StatusOr<CaAdmins> Of(
      const std::vector<std::string>& identities);

  // The caller with the role that it has here (rpc::Guard::Roles).
  rpc::Identity Here(rpc::Identity caller) const;

  // PERMISSION_DENIED where a certificate of the profile and names would make
  // its holder more than the caller is: a process of the suite, of which one
  // speaks for people, or a ca-admin. `caller` is as Here() gives it.
  absl::Status CheckGrant(const rpc::Identity& caller,
                          const pki::Profile& profile,
                          const std::vector<std::string>& uris) const;

 private:
  std::set<std::string> identities_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_CA_ADMINS_H_
