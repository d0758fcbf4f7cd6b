#include "libs/pki/crl.h"

#include <algorithm>

#include "libs/base/status_macros.h"

namespace otrp {
namespace pki {

absl::StatusOr<Crl> Crl::Parse(absl::string_view der) {
  OTRP_ASSIGN_OR_RETURN(crypto::CrlInfo info, crypto::ParseX509Crl(der));
  return Crl(std::move(info));
}

absl::Status Crl::Verify(const Certificate& issuer, absl::Time now) const {
  if (info_.issuer_der != issuer.info().subject_der) {
    return absl::FailedPreconditionError("the CRL is another issuer's");
  }
  if (issuer.info().has_key_usage &&
      (issuer.info().key_usage & crypto::kCrlSign) == 0) {
    return absl::FailedPreconditionError("the issuer may not sign CRLs");
  }
  if (now < this_update() || now >= next_update()) {
    return absl::FailedPreconditionError("the CRL isn't current");
  }
  return crypto::VerifyX509Crl(info_.der, issuer.info());
}

bool Crl::IsFor(const Certificate& certificate) const {
  return info_.issuer_der == certificate.info().issuer_der;
}

bool Crl::IsRevoked(const Certificate& certificate) const {
  const auto found = std::lower_bound(
      info_.revoked.begin(), info_.revoked.end(), certificate.serial(),
      [](const RevokedEntry& entry, const std::string& serial) {
        return entry.serial < serial;
      });
  return found != info_.revoked.end() && found->serial == certificate.serial();
}

absl::StatusOr<Crl> IssueCrl(const CrlTemplate& crl, const Certificate& issuer,
                             const crypto::PrivateKey& issuer_key) {
  OTRP_ASSIGN_OR_RETURN(
      const std::string der,
      crypto::SignX509Crl(crl.number, crl.this_update, crl.next_update,
                          crl.revoked, issuer.info(), issuer_key));
  return Crl::Parse(der);
}

}  // namespace pki
}  // namespace otrp
