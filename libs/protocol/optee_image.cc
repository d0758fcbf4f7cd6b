#include "libs/protocol/optee_image.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sha512.h"
#include "libs/crypto/sign.h"

namespace otrp {
namespace protocol {
namespace {

// struct shdr: magic, img_type, img_size, algo (32 bits each), hash_size,
// sig_size (16 each), then digest and signature. Little endian, all of it.
constexpr size_t kShdrSize = 20;
constexpr uint32_t kTypeLegacy = 0;
constexpr uint32_t kTypeBootstrap = 1;
constexpr uint32_t kTypeEncrypted = 2;
constexpr uint32_t kTypeSubkey = 3;
// TEE_ALG_RSASSA_PKCS1_V1_5_SHA256 and TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256.
constexpr uint32_t kRsaPkcs1Sha256 = 0x70004830;
constexpr uint32_t kRsaPssSha256 = 0x70414930;
// RSA of 2048 to 8192 bits.
constexpr size_t kMinSignature = 256;
constexpr size_t kMaxSignature = 1024;

constexpr size_t kUuidSize = 16;
// struct shdr_bootstrap_ta: UUID, version.
constexpr size_t kBootstrapSize = kUuidSize + 4;
// struct shdr_encrypted_ta: enc_algo, flags (32 bits), iv_size, tag_size (16).
constexpr size_t kEncryptedSize = 12;
constexpr uint32_t kAesGcm = 0x40000810;
constexpr size_t kIvSize = 12;
constexpr size_t kTagSize = 16;

// struct shdr_subkey: UUID, name_size, subkey_version, max_depth, algo,
// attr_count (32 bits each), then attributes: id, offs, size (32 each).
constexpr size_t kSubkeySize = kUuidSize + 20;
constexpr size_t kAttributeSize = 12;
constexpr uint32_t kRsaModulus = 0xD0000130;
constexpr uint32_t kRsaExponent = 0xD0000230;
// Each subkey costs a check of a key and of a signature. Two levels are what
// OP-TEE's documentation shows; a key of 8192 bits fits into 4 KiB.
constexpr size_t kMaxSubkeys = 8;
constexpr size_t kMaxSubkeySize = 4096;
constexpr size_t kMaxAttributes = 8;
constexpr size_t kMaxNameSize = 256;

uint32_t Little(absl::string_view bytes, size_t offset, size_t n) {
  uint32_t value = 0;
  for (size_t i = n; i > 0; --i) {
    value = (value << 8) | static_cast<unsigned char>(bytes[offset + i - 1]);
  }
  return value;
}

absl::Status ImageError(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("optee image: ", problem));
}

absl::Status SizeError() {
  return ImageError("its size isn't what the header says");
}

// Takes the first `n` octets off; they must be there.
absl::StatusOr<absl::string_view> Take(size_t n, absl::string_view* rest) {
  if (rest->size() < n) return SizeError();
  const absl::string_view taken = rest->substr(0, n);
  rest->remove_prefix(n);
  return taken;
}

absl::Status CheckAlgorithm(uint32_t algo) {
  if (algo == kRsaPssSha256 || algo == kRsaPkcs1Sha256) return absl::OkStatus();
  return absl::UnimplementedError(
      "optee image: its signature algorithm is unknown; use "
      "TEE_ALG_RSASSA_PKCS1_PSS_MGF1_SHA256 or "
      "TEE_ALG_RSASSA_PKCS1_V1_5_SHA256");
}

// A TEE_UUID's octets in a header are in the order of its text.
std::string UuidText(absl::string_view bytes) {
  const std::string hex = HexEncodeUpper(bytes);
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-",
                      hex.substr(12, 4), "-", hex.substr(16, 4), "-",
                      hex.substr(20));
}

// The UUID that must follow a subkey: its own, or the one of a name in it
// (RFC 4122 version 5, but of SHA-512).
std::string NextUuid(absl::string_view uuid, absl::string_view name) {
  if (name.empty()) return std::string(uuid);
  name = name.substr(0, name.find('\0'));
  std::string next =
      crypto::Sha512(absl::StrCat(uuid, name)).substr(0, kUuidSize);
  next[6] = static_cast<char>((next[6] & 0x0f) | 0x50);
  next[8] = static_cast<char>((next[8] & 0x3f) | 0x80);
  return next;
}

// A signed header and its signature.
struct Header {
  absl::string_view octets;
  uint32_t type = 0;
  size_t img_size = 0;
  OpteeImage::Signature signature;
};

absl::StatusOr<Header> TakeHeader(absl::string_view* rest) {
  Header header;
  if (rest->size() < kShdrSize ||
      rest->substr(0, kOpteeMagic.size()) != kOpteeMagic) {
    return ImageError("there is no signed header (HSTO) where one must be");
  }
  OTRP_ASSIGN_OR_RETURN(header.octets, Take(kShdrSize, rest));
  header.type = Little(header.octets, 4, 4);
  header.img_size = Little(header.octets, 8, 4);
  const uint32_t algo = Little(header.octets, 12, 4);
  OTRP_RETURN_IF_ERROR(CheckAlgorithm(algo));
  header.signature.is_pss = algo == kRsaPssSha256;
  if (Little(header.octets, 16, 2) != crypto::kSha256Size) {
    return ImageError("the digest must have 32 octets");
  }
  const size_t signature = Little(header.octets, 18, 2);
  if (signature < kMinSignature || signature > kMaxSignature) {
    return ImageError("the signature must be by RSA of 2048 to 8192 bits");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view digest,
                        Take(crypto::kSha256Size, rest));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view octets, Take(signature, rest));
  header.signature.digest = std::string(digest);
  header.signature.octets = std::string(octets);
  return header;
}

absl::Status CheckDigest(const Header& header,
                         std::initializer_list<absl::string_view> content) {
  crypto::Sha256Hasher hasher;
  hasher.Update(header.octets);
  for (absl::string_view part : content) hasher.Update(part);
  if (hasher.Finish() == header.signature.digest) return absl::OkStatus();
  return ImageError("the digest isn't that of its content");
}

// The number of one attribute, without the leading zeros that OP-TEE writes.
absl::StatusOr<std::string> Attribute(absl::string_view subkey, uint32_t id) {
  const size_t count = Little(subkey, kUuidSize + 16, 4);
  if (count > kMaxAttributes ||
      subkey.size() < kSubkeySize + count * kAttributeSize) {
    return ImageError("a subkey has too many attributes");
  }
  for (size_t i = 0; i < count; ++i) {
    const size_t at = kSubkeySize + i * kAttributeSize;
    if (Little(subkey, at, 4) != id) continue;
    const size_t offset = Little(subkey, at + 4, 4);
    const size_t size = Little(subkey, at + 8, 4);
    if (offset > subkey.size() || size > subkey.size() - offset) {
      return ImageError("an attribute of a subkey lies outside of it");
    }
    absl::string_view number = subkey.substr(offset, size);
    number.remove_prefix(
        std::min(number.find_first_not_of('\0'), number.size()));
    return std::string(number);
  }
  return ImageError("a subkey lacks an RSA modulus or exponent");
}

absl::StatusOr<crypto::PublicKey> KeyOf(absl::string_view subkey) {
  crypto::RsaPublicNumbers numbers;
  OTRP_ASSIGN_OR_RETURN(numbers.modulus, Attribute(subkey, kRsaModulus));
  OTRP_ASSIGN_OR_RETURN(numbers.exponent, Attribute(subkey, kRsaExponent));
  absl::StatusOr<crypto::PublicKey> key =
      crypto::PublicKey::FromRsaNumbers(numbers);
  if (key.ok()) return key;
  return ImageError(
      absl::StrCat("a subkey can't be used: ", key.status().message()));
}

// What the subkeys so far demand of what follows.
struct Below {
  // Empty: nothing.
  std::string uuid;
  // The next subkey's must be lower.
  uint32_t max_depth = 0xffffffff;
};

absl::Status CheckUuid(absl::string_view uuid, const Below& below) {
  if (below.uuid.empty() || uuid == below.uuid) return absl::OkStatus();
  return ImageError(absl::StrCat(UuidText(uuid), " stands below a subkey for ",
                                 UuidText(below.uuid)));
}

absl::Status ParseSubkey(const Header& header, absl::string_view* rest,
                         Below* below, OpteeImage* image) {
  if (image->subkeys.size() >= kMaxSubkeys) {
    return ImageError(
        absl::StrCat("it has more than ", kMaxSubkeys, " subkeys"));
  }
  if (header.img_size < kSubkeySize || header.img_size > kMaxSubkeySize) {
    return ImageError("a subkey's size can't be right");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view subkey,
                        Take(header.img_size, rest));
  OTRP_RETURN_IF_ERROR(CheckDigest(header, {subkey}));
  const absl::string_view uuid = subkey.substr(0, kUuidSize);
  const size_t name_size = Little(subkey, kUuidSize, 4);
  const uint32_t max_depth = Little(subkey, kUuidSize + 8, 4);
  OTRP_RETURN_IF_ERROR(CheckAlgorithm(Little(subkey, kUuidSize + 12, 4)));
  OTRP_RETURN_IF_ERROR(CheckUuid(uuid, *below));
  if (max_depth >= below->max_depth) {
    return ImageError("a subkey stands deeper than the one above allows");
  }
  if (name_size > kMaxNameSize) {
    return ImageError("the name below a subkey is too long");
  }
  OTRP_ASSIGN_OR_RETURN(crypto::PublicKey key, KeyOf(subkey));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view name, Take(name_size, rest));
  // No signature covers the name, but the UUID that is made of it.
  const size_t end = std::min(name.find('\0'), name.size());
  if (name.find_first_not_of('\0', end) != absl::string_view::npos) {
    return ImageError("the name below a subkey must be filled up with zeros");
  }
  below->uuid = NextUuid(uuid, name);
  below->max_depth = max_depth;
  image->subkeys.push_back({UuidText(uuid), std::move(key)});
  return absl::OkStatus();
}

// `rest` is all that follows the header's signature.
absl::Status ParseEncrypted(const Header& header, absl::string_view rest,
                            OpteeImage* image) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view encryption,
                        Take(kEncryptedSize, &rest));
  if (Little(encryption, 0, 4) != kAesGcm) {
    return absl::UnimplementedError(
        "optee image: its encryption is unknown; use TEE_ALG_AES_GCM");
  }
  if (Little(encryption, 8, 2) != kIvSize ||
      Little(encryption, 10, 2) != kTagSize) {
    return ImageError("its IV must have 12 octets and its tag 16");
  }
  OTRP_RETURN_IF_ERROR(Take(kIvSize + kTagSize, &rest).status());
  if (rest.size() != header.img_size) return SizeError();
  image->encrypted = true;
  image->binary = std::string(rest);
  return absl::OkStatus();
}

absl::Status ParseApplication(const Header& header, absl::string_view rest,
                              const Below& below, OpteeImage* image) {
  if (header.type == kTypeLegacy) {
    if (rest.size() != header.img_size) return SizeError();
    OTRP_RETURN_IF_ERROR(CheckDigest(header, {rest}));
    // Only a subkey says which application this is.
    if (!below.uuid.empty()) image->uuid = UuidText(below.uuid);
    image->binary = std::string(rest);
    return absl::OkStatus();
  }
  if (header.type != kTypeBootstrap && header.type != kTypeEncrypted) {
    return ImageError("its type is unknown");
  }
  OTRP_ASSIGN_OR_RETURN(const absl::string_view names,
                        Take(kBootstrapSize, &rest));
  OTRP_RETURN_IF_ERROR(CheckUuid(names.substr(0, kUuidSize), below));
  image->uuid = UuidText(names.substr(0, kUuidSize));
  image->version = absl::StrCat(Little(names, kUuidSize, 4));
  if (header.type == kTypeEncrypted) {
    return ParseEncrypted(header, rest, image);
  }
  if (rest.size() != header.img_size) return SizeError();
  OTRP_RETURN_IF_ERROR(CheckDigest(header, {names, rest}));
  image->binary = std::string(rest);
  return absl::OkStatus();
}

absl::Status CheckSignature(const OpteeImage::Signature& signature,
                            const crypto::PublicKey& key) {
  if (key.type() != crypto::KeyType::kRsa) {
    return ImageError("the certificate's key must be RSA");
  }
  return signature.is_pss ? crypto::VerifyRsaPssSha256Digest(
                                key, signature.digest, signature.octets)
                          : crypto::VerifySha256Digest(key, signature.digest,
                                                       signature.octets,
                                                       crypto::EcFormat::kDer);
}

}  // namespace

absl::StatusOr<OpteeImage> ParseOpteeImage(absl::string_view image) {
  OpteeImage parsed;
  Below below;
  absl::string_view rest = image;
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(Header header, TakeHeader(&rest));
    if (header.type != kTypeSubkey) {
      OTRP_RETURN_IF_ERROR(ParseApplication(header, rest, below, &parsed));
      parsed.signatures.push_back(std::move(header.signature));
      return parsed;
    }
    OTRP_RETURN_IF_ERROR(ParseSubkey(header, &rest, &below, &parsed));
    parsed.signatures.push_back(std::move(header.signature));
  }
}

absl::Status CheckOpteeSignatures(const OpteeImage& image,
                                  const crypto::PublicKey& key) {
  // The first signature that must be by `key`.
  size_t first = 0;
  for (size_t i = 0; i < image.subkeys.size(); ++i) {
    if (image.subkeys[i].key == key) first = i + 1;
  }
  OTRP_RETURN_IF_ERROR(CheckSignature(image.signatures[first], key));
  for (size_t i = first; i < image.subkeys.size(); ++i) {
    OTRP_RETURN_IF_ERROR(
        CheckSignature(image.signatures[i + 1], image.subkeys[i].key));
  }
  return absl::OkStatus();
}

}  // namespace protocol
}  // namespace otrp
