// A leaf as its issuer would sign it, signed by nobody: for lints. Apart from
// issue.h, since few need it.
//
// Thread-safety, errors: as issue.h.

#ifndef OTRP_LIBS_PKI_ISSUE_UNSIGNED_H_
#define OTRP_LIBS_PKI_ISSUE_UNSIGNED_H_

#include "absl/status/statusor.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/issue.h"

namespace otrp {
namespace pki {

// SameToBeSigned() as what IssueLeaf() makes of the same.
absl::StatusOr<Certificate> UnsignedLeaf(const LeafTemplate& leaf,
                                         const crypto::PublicKey& key,
                                         const Certificate& issuer);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_ISSUE_UNSIGNED_H_
