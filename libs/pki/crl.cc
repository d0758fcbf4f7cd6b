#include "libs/pki/crl.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"

namespace otrp {
namespace pki {

absl::StatusOr<Crl> Crl::Parse(absl::string_view der) {
  OTRP_ASSIGN_OR_RETURN(crypto::CrlInfo info, crypto::ParseX509Crl(der));
  return Crl(std::move(info));
}

absl::Status Crl::VerifySigner(const Certificate& issuer) const {
  if (info_.issuer_der != issuer.info().subject_der) {
    return absl::FailedPreconditionError("the CRL is another issuer's");
  }
  if (issuer.info().has_key_usage &&
      (issuer.info().key_usage & crypto::kCrlSign) == 0) {
    return absl::FailedPreconditionError("the issuer may not sign CRLs");
  }
  return crypto::VerifyX509Crl(info_.der, issuer.info());
}

absl::Time Crl::CurrentUntil(absl::Duration undated_life) const {
  return info_.next_update.value_or(this_update() + undated_life);
}

absl::Status Crl::Verify(const Certificate& issuer, absl::Time now) const {
  if (now < this_update() || now >= CurrentUntil(absl::ZeroDuration())) {
    return absl::FailedPreconditionError("the CRL isn't current");
  }
  return VerifySigner(issuer);
}

bool Crl::IsFor(const Certificate& certificate) const {
  return crypto::CoversX509(info_, certificate.info());
}

bool Crl::IsRevoked(const Certificate& certificate) const {
  const auto found = std::lower_bound(
      info_.revoked.begin(), info_.revoked.end(), certificate.serial(),
      [](const RevokedEntry& entry, const std::string& serial) {
        return entry.serial < serial;
      });
  return found != info_.revoked.end() && found->serial == certificate.serial();
}

RevocationWord WordOf(absl::Span<const Crl* const> crls,
                      const Certificate& certificate, absl::Time now,
                      absl::Duration undated_life) {
  RevocationWord word;
  const Crl* newest = nullptr;
  // Of those that are current.
  const Crl* current = nullptr;
  const auto newer = [](const Crl* a, const Crl* b) {
    return b == nullptr || std::make_pair(a->this_update(), a->number()) >
                               std::make_pair(b->this_update(), b->number());
  };
  for (const Crl* crl : crls) {
    if (newer(crl, newest)) newest = crl;
    if (crl->this_update() <= now && now < crl->CurrentUntil(undated_life) &&
        newer(crl, current)) {
      current = crl;
    }
  }
  if (newest == nullptr) return word;
  word.at = newest->this_update();
  word.revoked = newest->IsRevoked(certificate);
  if (!word.revoked && current != nullptr) {
    word.good_until = current->CurrentUntil(undated_life);
  }
  return word;
}

absl::StatusOr<Crl> IssueCrl(const CrlTemplate& crl, const Certificate& issuer,
                             const crypto::PrivateKey& issuer_key) {
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        crypto::SignX509Crl(crl, issuer.info(), issuer_key));
  return Crl::Parse(der);
}

}  // namespace pki
}  // namespace otrp
