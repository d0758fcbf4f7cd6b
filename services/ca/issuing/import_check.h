// Whether a certificate that somebody else has signed may become one of our
// authorities: looked at in full before anything of it is stored.
//
// Thread-safety: a function without state.
// Errors: INVALID_ARGUMENT that names the field of ImportGenerationRequest.

#ifndef OTRP_SERVICES_CA_ISSUING_IMPORT_CHECK_H_
#define OTRP_SERVICES_CA_ISSUING_IMPORT_CHECK_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/pki/certificate.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace ca {

// `above`: its issuer first, root last; empty for a root. Checked are the
// kinds of keys, basicConstraints, path lengths, keyUsage, extended key usages
// against the profiles of `role`, name constraints, critical extensions, and of
// the whole chain signatures and validity at `now`. Whether the private key is
// its own is for who has the key.
absl::Status CheckImported(const pki::Certificate& certificate,
                           absl::Span<const pki::Certificate> above,
                           pki::Role role, bool is_root, absl::Time now);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_IMPORT_CHECK_H_
