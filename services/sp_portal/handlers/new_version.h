// What PushImage and CompleteUpload have in common: an image becomes a version.
//
// Thread-safety: thread-safe.
// Errors: INVALID_ARGUMENT says what is wrong with the image;
// FAILED_PRECONDITION where the SP has no certificate; UNAVAILABLE while too
// many large images are looked at.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_NEW_VERSION_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_NEW_VERSION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/portal.pb.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

// Checked and serialized; empty where `given` isn't.
absl::StatusOr<std::string> ManifestOf(bool given, const v1::Manifest& manifest,
                                       const std::string& taid);

// Empty: jws.
absl::StatusOr<protocol::TaImageFormat> FormatOf(const std::string& word);

// The certificates that may sign something new for the SP now, one at least.
absl::StatusOr<std::vector<SpCertificate>> SignersOf(Env& env,
                                                     const std::string& spid);

// FAILED_PRECONDITION for a revoked one. `field`: of the request, what it
// signed.
absl::Status CheckNotRevoked(absl::string_view field,
                             const SpCertificate& signer);

// The image of `version`, whose spid, taid, version and format are set and
// checked: signed by the SP, for these names. Sets the rest.
absl::Status CheckImage(Env& env, absl::string_view image, AppVersion* version);

// Stores the version that CheckImage() took, or one that is pulled, whose image
// isn't looked at. `upload_id`, `blob_id`: of the
// upload that brought the image; empty where it is here as `image`.
struct NewImage {
  absl::string_view image;
  absl::string_view personalization_data;
  std::string upload_id;
  std::string blob_id;
};
absl::Status AddVersion(const rpc::CallContext& call, Env& env,
                        const NewImage& image, AppVersion version);

// One image at a time that takes a large part of a process's memory to check.
class LargeImageTurn {
 public:
  // UNAVAILABLE where it isn't one's turn in time.
  static absl::StatusOr<LargeImageTurn> Wait(int64_t image_bytes);
  LargeImageTurn(LargeImageTurn&& other) noexcept;
  LargeImageTurn& operator=(LargeImageTurn&&) = delete;
  ~LargeImageTurn();

 private:
  explicit LargeImageTurn(bool holds) : holds_(holds) {}
  bool holds_;
};

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_NEW_VERSION_H_
