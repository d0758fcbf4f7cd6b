// The gateway's numbers, each with its reason.

#ifndef OTRP_SERVICES_GATEWAY_LIMITS_H_
#define OTRP_SERVICES_GATEWAY_LIMITS_H_

#include <cstddef>

#include "absl/time/time.h"

namespace otrp {
namespace gateway {

// A device's message: the TSM may wait for the verifier (2 s) and the
// database meanwhile. Less than a device's own patience (30 s).
inline constexpr absl::Duration kAdvanceTimeout = absl::Seconds(10);

// A CRL or an OCSP response comes out of the CA's tables or costs it one
// signature.
inline constexpr absl::Duration kPkiTimeout = absl::Seconds(5);

// How long relying parties and caches may keep a CRL or an OCSP response,
// although it is valid for longer: a revocation should be seen soon.
inline constexpr absl::Duration kPkiMaxAge = absl::Minutes(1);

// Issuers don't change below their name.
inline constexpr absl::Duration kIssuerMaxAge = absl::Hours(1);

// RFC 6960 A.1: GET is for requests below 255 octets after encoding; some
// clients send somewhat more.
inline constexpr size_t kMaxOcspPathBytes = 1024;
inline constexpr size_t kMaxOcspRequestBytes = 16 * 1024;

// OCSP responses that many ask for; so soon a revocation is seen here. Short
// beside kPkiMaxAge, long beside what one call of the CA takes.
inline constexpr absl::Duration kOcspCacheLife = absl::Seconds(2);
// Some thousand responses with their signers' certificates.
inline constexpr size_t kMaxOcspCacheOctets = size_t{8} << 20;

// Running messages are answered before the process ends.
inline constexpr absl::Duration kDrain = absl::Seconds(12);

// Reading the worst of this size takes 0.1 ms; a TLS handshake, on the same
// thread, ten times that. Most messages are smaller, and another thread for
// them costs 0.05 ms, as much as all that is done with them.
inline constexpr size_t kSmallMessageBytes = 16 * 1024;

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_LIMITS_H_
