// Whom a TEE believes to be a TSM: a certificate that chains to one of its
// embedded roots, names its owner, and has stapled OCSP responses that say
// "good" for it and for each CA below the root.
//
// A TEE has no other way to ask: what isn't stapled isn't known, and what isn't
// known is refused. Responses for CAs are remembered until they run out, so
// that a TSM may leave them out in later requests.
//
// Thread-safety: one thread at a time.
// Errors: ERR_TAM_NOT_TRUSTED (refusal.h) and why.
// Source: draft-ietf-teep-opentrustprotocol-03, "GetDeviceState", "OCSP
// Stapling Data for TAM Signed Messages", "SD Owner Identification and TAM
// Certificate Requirements".

#ifndef CLIENTS_DEVICE_TSM_TRUST_H_
#define CLIENTS_DEVICE_TSM_TRUST_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/verify.h"

namespace otrp::device {

// A certificate whose chain was validated. Says nothing of revocation.
struct TsmSigner {
  // What SDs are owned by: the first URI of the SAN, else its registeredID.
  std::string owner;
  // All ids that the TSM may claim as "tamid".
  std::vector<std::string> ids;
  crypto::PublicKey key;
  std::string leaf_sha256;
  // Leaf to root.
  std::vector<pki::Certificate> chain;
  // The first end of a certificate's validity, later of an OCSP response's.
  absl::Time good_until;

  bool Claims(absl::string_view id) const;
};

class TsmTrust {
 public:
  // `roots`: DER.
  static absl::StatusOr<TsmTrust> Create(const std::vector<std::string>& roots);

  absl::StatusOr<TsmSigner> ValidateChain(const std::vector<std::string>& x5c,
                                          absl::Time now) const;

  // `responses`: DER, the leaf's first, then the CAs' in the chain's order.
  // Shortens signer.good_until; puts it into the past where a response says
  // that a certificate of the chain isn't good.
  absl::Status CheckRevocation(const std::vector<std::string>& responses,
                               absl::Time now, TsmSigner* signer);

 private:
  explicit TsmTrust(pki::TrustAnchors anchors) : anchors_(std::move(anchors)) {}

  pki::TrustAnchors anchors_;
  // Fingerprint of a CA's certificate to the end of its OCSP response.
  std::map<std::string, absl::Time> good_cas_;
};

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_TSM_TRUST_H_
