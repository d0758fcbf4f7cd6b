#include "services/sp_portal/handlers/new_version.h"

#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/sp_portal/certificate_errors.h"
#include "services/sp_portal/domain/image.h"
#include "services/sp_portal/domain/manifest.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// Of the process, as its memory is.
std::timed_mutex& LargeImages() {
  static auto* mutex = new std::timed_mutex();
  return *mutex;
}

// Says so where an image that none of the SP's good certificates signed was
// signed by a revoked one.
absl::Status CheckNoRevokedSigner(Env& env, absl::string_view image,
                                  const AppVersion& version) {
  OTRP_ASSIGN_OR_RETURN(const Sp sp, env.store.GetSp(version.spid));
  std::vector<SpCertificate> revoked;
  for (const SpCertificate& certificate : sp.certificates) {
    if (certificate.revoked.has_value()) revoked.push_back(certificate);
  }
  const absl::StatusOr<std::string> signer = CheckImageSignature(
      version.format, image, version.taid, version.version, revoked);
  if (!signer.ok()) return absl::OkStatus();
  for (const SpCertificate& certificate : revoked) {
    if (certificate.fingerprint == *signer) {
      return CheckNotRevoked("image", certificate);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ManifestOf(bool given, const v1::Manifest& manifest,
                                       const std::string& taid) {
  if (!given) return std::string();
  Manifest checked;
  checked.display_name = manifest.display_name();
  checked.tee_kinds.assign(manifest.tee_kinds().begin(),
                           manifest.tee_kinds().end());
  for (const v1::Dependency& one : manifest.dependencies()) {
    checked.dependencies.push_back({one.taid(), one.min_version()});
  }
  checked.personalization_schema = manifest.personalization_schema();
  OTRP_RETURN_IF_ERROR(CheckManifest(checked, taid));
  // Members that we don't know have no limits.
  v1::Manifest kept = manifest;
  kept.DiscardUnknownFields();
  return kept.SerializeAsString();
}

absl::StatusOr<protocol::TaImageFormat> FormatOf(const std::string& word) {
  if (word.empty()) return protocol::TaImageFormat::kJws;
  absl::StatusOr<protocol::TaImageFormat> format =
      protocol::TaImageFormatFromName(word);
  if (!format.ok()) return errors::BadFormat();
  return format;
}

absl::StatusOr<std::vector<SpCertificate>> SignersOf(Env& env,
                                                     const std::string& spid) {
  OTRP_ASSIGN_OR_RETURN(const Sp sp, env.store.GetSp(spid));
  OTRP_RETURN_IF_ERROR(CheckActive(sp));
  std::vector<SpCertificate> valid;
  for (const SpCertificate& certificate : sp.certificates) {
    if (certificate.revoked.has_value()) continue;
    if (certificate.not_after > env.clock.Now()) valid.push_back(certificate);
  }
  if (valid.empty()) return errors::NoCertificate(spid);
  return valid;
}

absl::Status CheckNotRevoked(absl::string_view field,
                             const SpCertificate& signer) {
  if (!signer.revoked.has_value()) return absl::OkStatus();
  return errors::SignerRevoked(field, signer.serial, signer.revoked->at,
                               ReasonWord(signer.revoked->reason));
}

absl::Status CheckImage(Env& env, absl::string_view image,
                        AppVersion* version) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<SpCertificate> signers,
                        SignersOf(env, version->spid));
  absl::StatusOr<std::string> signer = CheckImageSignature(
      version->format, image, version->taid, version->version, signers);
  if (!signer.ok()) {
    OTRP_RETURN_IF_ERROR(CheckNoRevokedSigner(env, image, *version));
    return signer.status();
  }
  version->signer_fingerprint = *std::move(signer);
  version->image_sha256 = crypto::Sha256(image);
  version->image_bytes = static_cast<int64_t>(image.size());
  return absl::OkStatus();
}

absl::Status AddVersion(const rpc::CallContext& call, Env& env,
                        const NewImage& image, AppVersion version) {
  version.pdata_sha256 = crypto::Sha256(image.personalization_data);
  version.pushed_at = env.clock.Now();
  version.pushed_by = call.caller().ToString();
  OTRP_ASSIGN_OR_RETURN(const service::Version order,
                        service::Version::Parse(version.version));
  SealedImage sealed;
  sealed.upload_id = image.upload_id;
  sealed.image.id = image.blob_id;
  if (!version.pull && image.upload_id.empty()) {
    OTRP_ASSIGN_OR_RETURN(sealed.image, env.blobs.Seal(image.image));
  }
  if (!image.personalization_data.empty()) {
    OTRP_ASSIGN_OR_RETURN(sealed.personalization_data,
                          env.blobs.Seal(image.personalization_data));
  }
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.AddVersion(
          version, order, sealed, env.quotas,
          service::AuditOf(
              call, "ta.push", absl::StrCat(version.spid, "/", version.taid),
              store::kAuditOk,
              service::AuditDetails()
                  .Set("version", version.version)
                  .Set("image_sha256",
                       absl::BytesToHexString(version.image_sha256)))));
  Finish(call, env, change);
  return absl::OkStatus();
}

absl::StatusOr<LargeImageTurn> LargeImageTurn::Wait(int64_t image_bytes) {
  if (image_bytes <= static_cast<int64_t>(kMaxTaImageBytes)) {
    return LargeImageTurn(false);
  }
  if (!LargeImages().try_lock_for(
          absl::ToChronoMilliseconds(kLargeImageWait))) {
    return errors::LargeImagesBusy();
  }
  return LargeImageTurn(true);
}

LargeImageTurn::LargeImageTurn(LargeImageTurn&& other) noexcept
    : holds_(std::exchange(other.holds_, false)) {}

LargeImageTurn::~LargeImageTurn() {
  if (holds_) LargeImages().unlock();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
