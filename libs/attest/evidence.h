// What a TEE presents about itself, as received: nothing in it is verified.
//
// Thread-safety: values.
// Source: docs/wire.md sections 2 and 3; RFC 9334 (Evidence).

#ifndef OTRP_LIBS_ATTEST_EVIDENCE_H_
#define OTRP_LIBS_ATTEST_EVIDENCE_H_

#include "absl/strings/string_view.h"
#include "libs/protocol/dialect.h"

namespace otrp {
namespace attest {

// The views live with the caller.
struct Evidence {
  // Of the transaction: what the firmware has signed, and the freshness.
  absl::string_view tid;
  // BASE64URL(protected) '.' BASE64URL(payload).
  absl::string_view signing_input;
  // "RS256" or "ES256".
  absl::string_view alg;
  // Raw octets; ES256: r || s.
  absl::string_view signature;
  // The decrypted edsi, octet for octet.
  absl::string_view dsi;
  protocol::Dialect dialect = protocol::Dialect::kIetf03;
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_EVIDENCE_H_
