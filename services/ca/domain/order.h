// Who may have which certificate, and under which names: decided by the
// profile's row (libs/pki/profile.h) from what a caller wishes.
//
// Thread-safety: functions without state.
// Errors: PERMISSION_DENIED, or INVALID_ARGUMENT that names the field
// (services/ca/errors.h).

#ifndef OTRP_SERVICES_CA_DOMAIN_ORDER_H_
#define OTRP_SERVICES_CA_DOMAIN_ORDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "libs/crypto/x509.h"
#include "libs/pki/csr.h"
#include "libs/pki/profile.h"
#include "libs/rpc/identity.h"
#include "services/ca/domain/model.h"

namespace otrp {
namespace ca {

// As a caller sent it, beside the PKCS#10 request; nothing is checked.
struct Wish {
  // Empty: of the request.
  std::string common_name;
  std::vector<std::string> san_uris;
  // Empty: no idempotency.
  std::string request_id;
};

// What is to be signed: allowed, and with names that the profile grants.
struct IssueOrder {
  pki::Role role = pki::Role::kTee;
  std::string common_name;
  crypto::SubjectNames names;
  std::string request_id;
  absl::optional<TsmIdClaim> claim;
};

// Before anything of the request is looked at.
absl::Status CheckMayHave(const rpc::Identity& caller,
                          const pki::Profile& profile);

// Whether the certificate is one that the caller may revoke: an operator any,
// a service those of the profile that it asks for, an SP the client
// certificates of its own name.
bool MayRevoke(const rpc::Identity& caller,
               const CertificateRecord& certificate);

// Whose the key of a certificate of these names is, among those of its profile:
// the identity or TSM id where the profile has one, else the common name. Empty
// where the profile doesn't ask for a key of one owner.
std::string KeyOwnerOf(const pki::Profile& profile,
                       const std::vector<std::string>& uris,
                       const std::string& common_name);

// Who asks for certificates of TSMs by himself.
inline constexpr char kTsmServiceHolder[] = "otrp://service/tsm";

// INVALID_ARGUMENT that names `field` unless it is an absolute https URI that
// can stand in a certificate.
absl::Status CheckTsmId(absl::string_view field, const std::string& uri);
// INVALID_ARGUMENT unless it is the identity of one who may ask for
// certificates of TSMs: the service that does, or an operator.
absl::Status CheckTsmIdHolder(const std::string& holder);

absl::StatusOr<IssueOrder> MakeOrder(const rpc::Identity& caller,
                                     const pki::Profile& profile,
                                     const pki::Csr& csr, const Wish& wish);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_ORDER_H_
