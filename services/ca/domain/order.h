// Who may have which certificate, and under which names: decided by the
// profile's row (libs/pki/profile.h) from what a caller wishes.
//
// Thread-safety: functions without state.
// Errors: PERMISSION_DENIED, or INVALID_ARGUMENT that names the field
// (services/ca/errors.h).

#ifndef OTRP_SERVICES_CA_DOMAIN_ORDER_H_
#define OTRP_SERVICES_CA_DOMAIN_ORDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/x509.h"
#include "libs/pki/csr.h"
#include "libs/pki/profile.h"
#include "libs/rpc/identity.h"
#include "services/ca/domain/model.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {

// As a caller sent it, beside the PKCS#10 request; nothing is checked.
struct Wish {
  // Empty: of the request.
  std::string common_name;
  std::vector<std::string> san_uris;
  // Empty: no idempotency.
  std::string request_id;
  // 0: the profile's.
  int64_t lifetime_seconds = 0;
  // Name of the authority; empty: the role's default.
  std::string authority = {};
};

// Of client certificates.
struct ClientLives {
  // What may be asked for instead of the profile's.
  absl::Duration max = kClientMaxLifetime;
  // No renewal lives longer than this after the first of them was given.
  absl::Duration renewable_for = kClientRenewableFor;
};

// What is to be signed: allowed, and with names that the profile grants.
struct IssueOrder {
  pki::Role role = pki::Role::kTee;
  std::string common_name;
  crypto::SubjectNames names;
  std::string request_id;
  absl::optional<TsmIdClaim> claim;
  // From now on; 0: the profile's.
  absl::Duration lifetime = absl::ZeroDuration();
  // It doesn't live longer, whatever its lifetime.
  absl::Time latest_end = absl::InfiniteFuture();
  // The first certificate of those that it renews; empty: it is the first.
  std::string first_serial;
  // As Wish's.
  std::string authority = {};
};

// Before anything of the request is looked at.
absl::Status CheckMayHave(const rpc::Identity& caller,
                          const pki::Profile& profile);

// Whether the caller may have certificates of an authority, and see what it
// costs: an operator of all, others of what is nobody's or their own.
bool MayUse(const rpc::Identity& caller, const AuthorityTerms& terms);

// Whether the caller is whose the authority is.
bool Owns(const rpc::Identity& caller, const AuthorityTerms& terms);

// INVALID_ARGUMENT for a name that the authority's certificate doesn't let it
// certify (RFC 5280 4.2.1.10).
absl::Status CheckWithin(const AuthorityTerms& terms,
                         const std::string& common_name,
                         const crypto::SubjectNames& names);

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

// INVALID_ARGUMENT unless it can be the common name of a certificate.
absl::Status CheckCommonName(absl::string_view name);

// INVALID_ARGUMENT that names `field` unless it is an absolute https URI that
// can stand in a certificate.
absl::Status CheckTsmId(absl::string_view field, const std::string& uri);
// INVALID_ARGUMENT unless it is the identity of one who may ask for
// certificates of TSMs: the service that does, or an operator.
absl::Status CheckTsmIdHolder(const std::string& holder);

absl::StatusOr<IssueOrder> MakeOrder(const rpc::Identity& caller,
                                     const pki::Profile& profile,
                                     const pki::Csr& csr, const Wish& wish,
                                     const ClientLives& lives);

// Of `lifetime_seconds`: 0 for 0.
absl::StatusOr<absl::Duration> GrantLifetime(int64_t seconds,
                                             const pki::Profile& profile,
                                             const ClientLives& lives);

// A certificate that its holder wants renewed.
struct Renewable {
  CertificateRecord certificate;
  // Of the first of those that it renews; its own where it renews none.
  std::string first_serial;
  absl::Time given_at;
  // Another of them was revoked, and not just because there was a newer one.
  bool is_stopped = false;
};

// What `caller` gets for it at `now`. FAILED_PRECONDITION for one that can't be
// renewed, PERMISSION_DENIED for another's.
absl::StatusOr<IssueOrder> MakeRenewal(const rpc::Identity& caller,
                                       const Renewable& renewable,
                                       const pki::Csr& csr,
                                       int64_t lifetime_seconds,
                                       const ClientLives& lives,
                                       absl::Time now);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_ORDER_H_
