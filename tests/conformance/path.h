// One certification path of a public vector, validated as our relying parties
// do it: libs/pki builds and checks the chain, and where the vector brings
// CRLs, each certificate below the anchor needs a current one that its issuer
// signed and that doesn't list it.
//
// Not asked for here, since libs/pki has no such inputs: the peer's host name
// (the TLS stack compares it), a vector's own depth limit and the initial
// policy set. What that changes is pinned in differences.json.
//
// Thread-safety: none.

#ifndef OTRP_TESTS_CONFORMANCE_PATH_H_
#define OTRP_TESTS_CONFORMANCE_PATH_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "libs/pki/profile.h"
#include "tests/support/vectors.h"

namespace otrp {
namespace testing {

// All in DER.
struct Path {
  std::string leaf;
  std::vector<std::string> intermediates;
  std::vector<std::string> anchors;
  std::vector<std::string> crls;
  absl::Time time;
  pki::Role role = pki::Role::kTee;
};

// A path with a certificate that can't be read is refused whole. A CRL that
// can't be read is as good as none.
absl::Status Validate(const Path& path);

// Validates and records, and fails where that takes longer than what anybody
// should be able to make us work. `expected` as in Conformance::Record().
void RecordPath(absl::string_view test, bool expected, const Path& path,
                Conformance* conformance);

// The octets of the first block of a PEM text. It fails the test where there is
// none: that PEM is the vectors' own wrapping, not what they are about.
std::string PemBody(absl::string_view pem);
// Of each text in an array; none where there is no array.
std::vector<std::string> PemBodies(const json::Value* pems);

// RFC 3339, as all of the vectors write it.
absl::Time TimeOf(absl::string_view text);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_CONFORMANCE_PATH_H_
