// Certificate revocation lists (RFC 5280 section 5): full CRLs of one issuer.
//
// Parse() reads; only Verify() says that the issuer signed it and that it is
// current.
//
// Thread-safety: immutable. Errors: INVALID_ARGUMENT for octets that are no
// CRL; FAILED_PRECONDITION from Verify() that says what is wrong.

#ifndef OTRP_LIBS_PKI_CRL_H_
#define OTRP_LIBS_PKI_CRL_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"
#include "libs/pki/certificate.h"

namespace otrp {
namespace pki {

using RevokedEntry = crypto::RevokedEntry;

struct CrlTemplate {
  int64_t number = 0;
  absl::Time this_update;
  absl::Time next_update;
  std::vector<RevokedEntry> revoked;
};

class Crl {
 public:
  static absl::StatusOr<Crl> Parse(absl::string_view der);

  const std::string& der() const { return info_.der; }
  int64_t number() const { return info_.number; }
  absl::Time this_update() const { return info_.this_update; }
  absl::Time next_update() const { return info_.next_update; }

  // Same issuer name, good signature, current at `now`.
  absl::Status Verify(const Certificate& issuer, absl::Time now) const;
  // True when it speaks for the certificate's issuer at all.
  bool IsFor(const Certificate& certificate) const;
  bool IsRevoked(const Certificate& certificate) const;

 private:
  explicit Crl(crypto::CrlInfo info) : info_(std::move(info)) {}
  crypto::CrlInfo info_;
};

absl::StatusOr<Crl> IssueCrl(const CrlTemplate& crl, const Certificate& issuer,
                             const crypto::PrivateKey& issuer_key);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_CRL_H_
