#include "services/ca/issuing/ocsp_signers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/pki/issue.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

std::string SignerKeyOwner(const OcspSignerRecord& signer) {
  return absl::StrCat("ocsp_signer.", signer.authority, ".", signer.serial);
}

store::AuditEvent Record(absl::string_view actor,
                         const OcspSignerRecord& signer) {
  store::AuditEvent event;
  event.actor = std::string(actor);
  event.action = "ocsp_signer.create";
  event.subject = absl::StrCat(signer.authority, "/", signer.serial);
  return event;
}

}  // namespace

absl::Status OcspSigners::Renew(absl::string_view actor) {
  // One that fails is no reason for the others to run out.
  absl::Status first_error;
  for (const auto& [name, authority] : authorities_.all()) {
    first_error.Update(RenewOne(*authority, actor));
  }
  return first_error;
}

std::shared_ptr<const OcspSigner> OcspSigners::Of(
    const std::string& authority) const {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto found = by_authority_.find(authority);
  if (found == by_authority_.end() ||
      found->second->certificate.not_after() <= clock_.Now()) {
    return nullptr;
  }
  return found->second;
}

absl::Status OcspSigners::RenewOne(const Authority& authority,
                                   absl::string_view actor) {
  OTRP_ASSIGN_OR_RETURN(absl::optional<OcspSignerRecord> signer,
                        store_.CurrentSigner(authority.name));
  // In the last days of its authority no signer ends later than that.
  const absl::Time horizon =
      std::min(clock_.Now() + kOcspSignerLifetime / 2,
               authority.certificate.not_after() - absl::Seconds(1));
  if (!signer.has_value() || signer->not_after <= horizon) {
    OTRP_ASSIGN_OR_RETURN(signer, Make(authority, horizon, actor));
  }
  return TakeIn(authority, *signer);
}

// Signed before it is recorded, as authorities are: what a crash leaves in
// between is a certificate whose key nobody has.
absl::StatusOr<OcspSignerRecord> OcspSigners::Make(const Authority& authority,
                                                   absl::Time horizon,
                                                   absl::string_view actor) {
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        crypto::PrivateKey::Generate(authority.key.type()));
  pki::OcspSignerTemplate wanted;
  wanted.serial = pki::NewSerial(random_);
  wanted.common_name = absl::StrCat("OCSP ", authority.name);
  wanted.not_before = clock_.Now() - kBackdate;
  wanted.not_after = clock_.Now() + kOcspSignerLifetime;
  OTRP_ASSIGN_OR_RETURN(
      const pki::Certificate certificate,
      pki::IssueOcspSigner(wanted, key.public_key(), authority.certificate,
                           authority.key));
  OTRP_RETURN_IF_ERROR(pki::CheckIssued(certificate, authority.certificate));
  OcspSignerRecord signer;
  signer.serial = certificate.serial();
  signer.authority = authority.name;
  signer.certificate_der = certificate.der();
  signer.not_after = certificate.not_after();
  OTRP_ASSIGN_OR_RETURN(signer.sealed_key,
                        keys_.Seal(SignerKeyOwner(signer), key, random_));
  return store_.ReplaceSigner(
      signer,
      OwnCertificateRecord(certificate, OwnCertificate::kOcspSigner,
                           authority.name),
      horizon, Record(actor, signer));
}

absl::Status OcspSigners::TakeIn(const Authority& authority,
                                 const OcspSignerRecord& signer) {
  const std::shared_ptr<const OcspSigner> known = Of(authority.name);
  if (known != nullptr && known->certificate.serial() == signer.serial) {
    return absl::OkStatus();
  }
  OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                        pki::Certificate::FromDer(signer.certificate_der));
  OTRP_ASSIGN_OR_RETURN(
      crypto::PrivateKey key,
      keys_.Open(SignerKeyOwner(signer), signer.sealed_key, certificate));
  auto taken = std::make_shared<const OcspSigner>(
      OcspSigner{std::move(certificate), std::move(key)});
  std::lock_guard<std::mutex> lock(mutex_);
  by_authority_[authority.name] = std::move(taken);
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
