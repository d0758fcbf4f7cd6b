#include "libs/protocol/ta_image.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"

namespace otrp {
namespace protocol {
namespace {

// struct shdr of OP-TEE, little endian: magic, img_type, img_size, algo (32
// bits each), hash_size, sig_size (16 each), then digest and signature.
constexpr absl::string_view kOpteeMagic("HSTO", 4);
constexpr size_t kShdrSize = 20;
// TEE_ALG_RSASSA_PKCS1_V1_5_SHA256.
constexpr uint32_t kRsaPkcs1Sha256 = 0x70004830;
// TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256.
constexpr uint32_t kRsaPssSha256 = 0x70414930;
constexpr uint32_t kTypeLegacy = 0;
constexpr uint32_t kTypeBootstrap = 1;
// struct shdr_bootstrap_ta: UUID, version.
constexpr size_t kBootstrapSize = 20;

uint32_t Little(absl::string_view bytes, size_t offset, size_t n) {
  uint32_t value = 0;
  for (size_t i = n; i > 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[offset + i - 1]);
  }
  return value;
}

absl::Status OpteeError(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("optee image: ", problem));
}

// TEE_UUID in memory order of the header is big endian, like its text.
std::string UuidText(absl::string_view bytes) {
  const std::string hex = HexEncodeUpper(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

absl::StatusOr<std::string> HeaderString(const json::Value& header,
                                         absl::string_view name) {
  const json::Value* member = header.Find(name);
  if (member == nullptr || !member->is_string() ||
      member->as_string().empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "jws image: the protected header needs a \"", name, "\" string"));
  }
  return std::string(member->as_string());
}

}  // namespace

absl::string_view TaImageFormatName(TaImageFormat format) {
  return format == TaImageFormat::kOptee ? "optee" : "jws";
}

absl::StatusOr<TaImageFormat> TaImageFormatFromName(absl::string_view name) {
  for (TaImageFormat format : {TaImageFormat::kJws, TaImageFormat::kOptee}) {
    if (TaImageFormatName(format) == name) return format;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("image format \"", name, "\" is unknown: jws or optee"));
}

TaImageFormat GuessTaImageFormat(absl::string_view image) {
  return image.substr(0, kOpteeMagic.size()) == kOpteeMagic
             ? TaImageFormat::kOptee
             : TaImageFormat::kJws;
}

absl::StatusOr<UnverifiedTaImage> UnverifiedTaImage::Parse(
    TaImageFormat format, absl::string_view image) {
  if (image.empty()) return absl::InvalidArgumentError("the image is empty");
  if (image.size() > kMaxTaImageBytes) {
    return absl::InvalidArgumentError("the image is larger than 16 MiB");
  }
  UnverifiedTaImage parsed;
  parsed.format_ = format;
  OTRP_RETURN_IF_ERROR(format == TaImageFormat::kOptee
                           ? parsed.ParseOptee(image)
                           : parsed.ParseJws(image));
  return parsed;
}

absl::Status UnverifiedTaImage::ParseJws(absl::string_view image) {
  OTRP_ASSIGN_OR_RETURN(jws_, jose::UnverifiedJws::ParseText(image));
  OTRP_ASSIGN_OR_RETURN(taid_, HeaderString(jws_->protected_header(), "taid"));
  OTRP_ASSIGN_OR_RETURN(version_,
                        HeaderString(jws_->protected_header(), "taver"));
  x5c_ = jws_->x5c();
  return absl::OkStatus();
}

absl::Status UnverifiedTaImage::ParseOptee(absl::string_view image) {
  if (image.size() < kShdrSize ||
      image.substr(0, kOpteeMagic.size()) != kOpteeMagic) {
    return OpteeError("it doesn't start with a signed header (HSTO)");
  }
  const uint32_t type = Little(image, 4, 4);
  const uint32_t img_size = Little(image, 8, 4);
  const uint32_t algo = Little(image, 12, 4);
  const size_t hash_size = Little(image, 16, 2);
  const size_t sig_size = Little(image, 18, 2);
  if (algo != kRsaPssSha256 && algo != kRsaPkcs1Sha256) {
    return absl::UnimplementedError(
        "optee image: its signature algorithm is unknown; use "
        "TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256 or "
        "TEE_ALG_RSASSA_PKCS1_V1_5_SHA256");
  }
  is_pss_ = algo == kRsaPssSha256;
  if (type != kTypeLegacy && type != kTypeBootstrap) {
    return absl::UnimplementedError(
        "optee image: encrypted and subkey images are not supported");
  }
  if (hash_size != crypto::kSha256Size) {
    return OpteeError("the digest must have 32 octets");
  }
  const size_t body = kShdrSize + hash_size + sig_size;
  const size_t extra = type == kTypeBootstrap ? kBootstrapSize : 0;
  if (image.size() != body + extra + img_size) {
    return OpteeError("its size isn't what the header says");
  }
  digest_ = std::string(image.substr(kShdrSize, hash_size));
  signature_ = std::string(image.substr(kShdrSize + hash_size, sig_size));
  const absl::string_view rest = image.substr(body);
  // The digest covers the header without digest and signature, and the rest.
  crypto::Sha256Hasher hasher;
  hasher.Update(image.substr(0, kShdrSize));
  hasher.Update(rest);
  if (hasher.Finish() != digest_) {
    return OpteeError("the digest isn't that of its content");
  }
  if (type == kTypeBootstrap) {
    taid_ = UuidText(rest.substr(0, 16));
    version_ = absl::StrCat(Little(rest, 16, 4));
  }
  binary_ = std::string(rest.substr(extra));
  return absl::OkStatus();
}

absl::StatusOr<VerifiedTaImage> Verify(UnverifiedTaImage image,
                                       const crypto::PublicKey& key) {
  VerifiedTaImage verified;
  if (image.format_ == TaImageFormat::kJws) {
    OTRP_ASSIGN_OR_RETURN(jose::VerifiedJws jws,
                          jose::Verify(*std::move(image.jws_), key));
    verified.binary_ = std::move(jws).TakePayload();
  } else {
    if (key.type() != crypto::KeyType::kRsa) {
      return OpteeError("the certificate's key must be RSA");
    }
    OTRP_RETURN_IF_ERROR(
        image.is_pss_
            ? crypto::VerifyRsaPssSha256Digest(key, image.digest_,
                                               image.signature_)
            : crypto::VerifySha256Digest(key, image.digest_, image.signature_,
                                         crypto::EcFormat::kDer));
    verified.binary_ = std::move(image.binary_);
  }
  verified.taid_ = std::move(image.taid_);
  verified.version_ = std::move(image.version_);
  return verified;
}

absl::StatusOr<std::string> BuildJwsTaImage(
    absl::string_view binary, absl::string_view taid, absl::string_view version,
    const crypto::PrivateKey& key, const std::vector<std::string>& x5c) {
  if (taid.empty() || version.empty()) {
    return absl::InvalidArgumentError("a jws image needs a taid and a version");
  }
  jose::SignOptions options;
  options.x5c = x5c;
  options.protected_members.Set("taid", json::Value::String(std::string(taid)));
  options.protected_members.Set("taver",
                                json::Value::String(std::string(version)));
  return jose::SignFlattened(binary, key, options);
}

}  // namespace protocol
}  // namespace otrp
