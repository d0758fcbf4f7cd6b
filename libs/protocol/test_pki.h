// A TEE's market for tests: a TEE hierarchy, a firmware hierarchy, and what a
// device of theirs presents.
//
// Thread-safety: thread-safe. Failures end the process.

#ifndef OTRP_LIBS_PROTOCOL_TEST_PKI_H_
#define OTRP_LIBS_PROTOCOL_TEST_PKI_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace protocol {
namespace test {

// When everything here is valid: a day before to a year after.
absl::Time Now();

// A root, and below it an issuing authority.
struct Hierarchy {
  crypto::PrivateKey root_key;
  pki::Certificate root;
  crypto::PrivateKey ca_key;
  pki::Certificate ca;
};
Hierarchy NewHierarchy(absl::string_view name);

// A leaf of the hierarchy's issuing authority.
pki::Certificate NewLeaf(const Hierarchy& issuer, pki::Role role,
                         const crypto::PublicKey& key,
                         absl::Time not_before = Now() - absl::Hours(24),
                         absl::Time not_after = Now() + absl::Hours(24 * 300));

// A CRL of the issuing authority (or, `by_root`, of the root).
std::string NewCrl(const Hierarchy& issuer,
                   const std::vector<std::string>& serials,
                   absl::Time this_update = Now() - absl::Hours(1),
                   absl::Time next_update = Now() + absl::Hours(24),
                   bool by_root = false);

// {"tbs","cert","sigalg","sig"} over `tid`.
json::Value FirmwareData(const pki::Certificate& certificate,
                         const crypto::PrivateKey& key, absl::string_view tid);

// {"name","ver","cert","cacert","sdlist"} of an empty TEE.
json::Value TeeData(const pki::Certificate& certificate,
                    const std::vector<pki::Certificate>& cas,
                    absl::string_view name = "Primary TEE",
                    absl::string_view version = "1.2.0");

}  // namespace test
}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TEST_PKI_H_
