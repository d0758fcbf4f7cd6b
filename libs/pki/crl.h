// Certificate revocation lists (RFC 5280 section 5): CRLs of one issuer about
// its own certificates, all of them or those of a scope
// (issuingDistributionPoint). Deltas, indirect CRLs and those of some reasons
// only are refused.
//
// Parse() reads; only VerifySigner() says that the issuer signed it, and
// Verify() that it is current beside.
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
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"
#include "libs/pki/certificate.h"

namespace otrp {
namespace pki {

using RevokedEntry = crypto::RevokedEntry;

using CrlTemplate = crypto::CrlSpec;

class Crl {
 public:
  static absl::StatusOr<Crl> Parse(absl::string_view der);

  const std::string& der() const { return info_.der; }
  // RFC 2253.
  const std::string& issuer() const { return info_.issuer; }
  int64_t number() const { return info_.number; }
  absl::Time this_update() const { return info_.this_update; }
  // Unset where it doesn't say.
  absl::optional<absl::Time> next_update() const { return info_.next_update; }
  // Whether it speaks about some of its issuer's certificates alone: who isn't
  // on it may be revoked all the same, unless IsFor().
  bool is_partial() const {
    return info_.scope.has_point || info_.scope.only_users ||
           info_.scope.only_cas;
  }
  // Listed certificates.
  size_t size() const { return info_.revoked.size(); }
  // By serial.
  const std::vector<RevokedEntry>& revoked() const { return info_.revoked; }
  // Until when it is current: nextUpdate, or else `undated_life` after
  // thisUpdate.
  absl::Time CurrentUntil(absl::Duration undated_life) const;
  // Entries that were left out, because no certificate can have their serial.
  size_t skipped() const { return info_.skipped; }

  // Same issuer name, good signature of a key that may sign CRLs.
  absl::Status VerifySigner(const Certificate& issuer) const;
  // As VerifySigner(), and current at `now`. Without nextUpdate it never is.
  absl::Status Verify(const Certificate& issuer, absl::Time now) const;
  // True when it speaks about the certificate, whatever it says: the issuer is
  // its own and the certificate in its scope.
  bool IsFor(const Certificate& certificate) const;
  bool IsRevoked(const Certificate& certificate) const;

 private:
  explicit Crl(crypto::CrlInfo info) : info_(std::move(info)) {}
  crypto::CrlInfo info_;
};

// What an issuer has told about one of its certificates.
struct RevocationWord {
  bool revoked = false;
  // When it was told.
  absl::Time at = absl::InfinitePast();
  // Until when it is known that it isn't revoked; not at all where past.
  absl::Time good_until = absl::InfinitePast();
};

// The word of the newest list, whether it has run out or not: what an older one
// lists may have been released from hold since. All must be signed by the
// certificate's issuer and be for it (VerifySigner, IsFor).
RevocationWord WordOf(absl::Span<const Crl* const> crls,
                      const Certificate& certificate, absl::Time now,
                      absl::Duration undated_life);

absl::StatusOr<Crl> IssueCrl(const CrlTemplate& crl, const Certificate& issuer,
                             const crypto::PrivateKey& issuer_key);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_CRL_H_
