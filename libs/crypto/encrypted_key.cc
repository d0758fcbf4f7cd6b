#include "libs/crypto/encrypted_key.h"

#include <openssl/bytestring.h>
#include <openssl/cipher.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/pkcs8.h>

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/internal.h"
#include "libs/crypto/pem.h"
#include "libs/crypto/random.h"

namespace otrp {
namespace crypto {
namespace {

using internal::ErrorScope;
using internal::Octets;
using internal::ToCbs;
using internal::ToView;

constexpr absl::string_view kLabel = "ENCRYPTED PRIVATE KEY";
// PBKDF2 with HMAC-SHA-1, which is what BoringSSL writes: half a second for
// each guess of a passphrase.
constexpr int kIterations = 1'300'000;
constexpr size_t kSaltBytes = 16;

absl::Status Unreadable(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("unusable key: ", why));
}

}  // namespace

absl::StatusOr<std::string> EncryptKey(const PrivateKey& key,
                                       absl::string_view passphrase) {
  const ErrorScope errors;
  const std::string salt = SystemRandom().Bytes(kSaltBytes);
  bssl::ScopedCBB cbb;
  uint8_t* data = nullptr;
  size_t size = 0;
  if (!CBB_init(cbb.get(), 2048) ||
      !PKCS8_marshal_encrypted_private_key(cbb.get(), -1, EVP_aes_256_cbc(),
                                           passphrase.data(), passphrase.size(),
                                           Octets(salt), salt.size(),
                                           kIterations, key.evp()) ||
      !CBB_finish(cbb.get(), &data, &size)) {
    return absl::InternalError("a key could not be encrypted");
  }
  bssl::UniquePtr<uint8_t> owned(data);
  return PemEncode(kLabel, ToView(data, size));
}

absl::StatusOr<PrivateKey> DecryptKey(absl::string_view pem,
                                      absl::string_view passphrase) {
  const ErrorScope errors;
  OTRP_ASSIGN_OR_RETURN(std::vector<PemBlock> blocks, PemDecode(pem));
  absl::StatusOr<PrivateKey> found =
      Unreadable("there is no \"BEGIN ENCRYPTED PRIVATE KEY\" block");
  int keys = 0;
  for (PemBlock& block : blocks) {
    const SecretBytes der = SecretBytes::Take(std::move(block.der));
    if (block.label == "PRIVATE KEY" && passphrase.empty()) {
      found = PrivateKey::FromAuthorityPkcs8(der.view());
    } else if (block.label == kLabel) {
      CBS cbs = ToCbs(der.view());
      const bssl::UniquePtr<EVP_PKEY> key(PKCS8_parse_encrypted_private_key(
          &cbs, passphrase.data(), passphrase.size()));
      bssl::ScopedCBB open;
      uint8_t* data = nullptr;
      size_t size = 0;
      if (!key || CBS_len(&cbs) != 0 || !CBB_init(open.get(), 2048) ||
          !EVP_marshal_private_key(open.get(), key.get()) ||
          !CBB_finish(open.get(), &data, &size)) {
        return Unreadable("the passphrase doesn't open it");
      }
      // Wiped by OPENSSL_free.
      bssl::UniquePtr<uint8_t> owned(data);
      found = PrivateKey::FromAuthorityPkcs8(ToView(data, size));
    } else {
      continue;
    }
    ++keys;
  }
  if (keys > 1) return Unreadable("there is more than one");
  return found;
}

bool IsEncryptedKey(absl::string_view pem) {
  return absl::StrContains(pem, absl::StrCat("-----BEGIN ", kLabel, "-----"));
}

}  // namespace crypto
}  // namespace otrp
