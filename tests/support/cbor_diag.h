// CBOR from its diagnostic notation (RFC 8949 section 8), in which examples of
// RFCs are written, and in which a test can write what no encoder of ours
// makes:
//
//   CborOf("{10: h'0102', 265: \"tag:example,2026\"}")
//
// Comments between slashes, h'' with white space, tags as 18(..), embedded CBOR
// as <<..>>. No floats, no indefinite lengths. A text that isn't that ends the
// test.
//
// Thread-safety: a function without state.

#ifndef OTRP_TESTS_SUPPORT_CBOR_DIAG_H_
#define OTRP_TESTS_SUPPORT_CBOR_DIAG_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {
namespace testing {

std::string CborOf(absl::string_view diagnostic);

// h'..' of the octets.
std::string Diag(absl::string_view octets);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_CBOR_DIAG_H_
