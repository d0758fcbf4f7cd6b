// Images of trusted applications as SPs upload them and devices check them.
//
// Formats (docs/ta-image.md):
//   jws    a flattened JWS; protected "taid" and "taver"; payload = the binary
//   optee  an OP-TEE signed TA, magic "HSTO" (optee_image.h)
//
// Two types: Parse() gives what the image says, Verify() what the holder of a
// key has signed. Whether the certificate behind the key is the SP's is the
// caller's business.
//
// Thread-safety: values.
// Errors: INVALID_ARGUMENT naming the member; UNIMPLEMENTED for an OP-TEE
// algorithm that we don't check.
// Source: docs/ta-image.md.

#ifndef OTRP_LIBS_PROTOCOL_TA_IMAGE_H_
#define OTRP_LIBS_PROTOCOL_TA_IMAGE_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"
#include "libs/protocol/optee_image.h"

namespace otrp {
namespace protocol {

// What is parsed and checked at most: larger ones than go to devices
// (kMaxTaImageBytes) may be kept for them elsewhere.
inline constexpr size_t kMaxCheckedTaImageBytes = size_t{64} << 20;

enum class TaImageFormat { kJws, kOptee };

// "jws", "optee".
absl::string_view TaImageFormatName(TaImageFormat format);
absl::StatusOr<TaImageFormat> TaImageFormatFromName(absl::string_view name);
// By the first octets: "HSTO" is optee, everything else jws.
TaImageFormat GuessTaImageFormat(absl::string_view image);

class UnverifiedTaImage {
 public:
  static absl::StatusOr<UnverifiedTaImage> Parse(TaImageFormat format,
                                                 absl::string_view image);

  TaImageFormat format() const { return format_; }
  // jws: the members; optee: the UUID (upper case) and the decimal version,
  // both empty for a legacy image without a TA header.
  const std::string& taid() const { return taid_; }
  const std::string& version() const { return version_; }
  // jws: DER of x5c, leaf first; perhaps empty. Not validated.
  const std::vector<std::string>& x5c() const { return x5c_; }
  // optee: the binary is encrypted; no signature can be held against it here.
  bool encrypted() const { return encrypted_; }
  // optee: UUIDs of the subkeys, the top one first.
  const std::vector<std::string>& subkeys() const { return subkeys_; }

 private:
  friend class VerifiedTaImage;
  friend absl::StatusOr<class VerifiedTaImage> Verify(
      UnverifiedTaImage image, const crypto::PublicKey& key);
  UnverifiedTaImage() = default;
  absl::Status ParseJws(absl::string_view image);
  absl::Status ParseOptee(absl::string_view image);

  TaImageFormat format_ = TaImageFormat::kJws;
  std::string taid_;
  std::string version_;
  std::vector<std::string> x5c_;
  absl::optional<jose::UnverifiedJws> jws_;
  absl::optional<OpteeImage> optee_;
  bool encrypted_ = false;
  std::vector<std::string> subkeys_;
};

class VerifiedTaImage {
 public:
  const std::string& taid() const { return taid_; }
  const std::string& version() const { return version_; }
  // The executable; empty where it is encrypted.
  const std::string& binary() const { return binary_; }
  std::string TakeBinary() && { return std::move(binary_); }

 private:
  friend absl::StatusOr<VerifiedTaImage> Verify(UnverifiedTaImage image,
                                                const crypto::PublicKey& key);
  VerifiedTaImage() = default;

  std::string taid_;
  std::string version_;
  std::string binary_;
};

// `key`: of the SP's certificate. Of an optee image it may be a subkey's.
absl::StatusOr<VerifiedTaImage> Verify(UnverifiedTaImage image,
                                       const crypto::PublicKey& key);

// A jws image; what otrpctl ta sign writes. `x5c`: DER, leaf first.
absl::StatusOr<std::string> BuildJwsTaImage(
    absl::string_view binary, absl::string_view taid, absl::string_view version,
    const crypto::PrivateKey& key, const std::vector<std::string>& x5c);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TA_IMAGE_H_
