#include "services/tsm/identity/identity_keys.h"

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"

namespace otrp {
namespace tsm {
namespace {

constexpr int kRsaBits = 2048;
// Tells the few keys of a type apart.
constexpr size_t kIdOctets = 6;

// Binds a sealed key to its row.
std::string SealContext(const std::string& id) {
  return absl::StrCat("tsm.identity.", id);
}

}  // namespace

absl::StatusOr<NewIdentity> IdentityKeys::MakeFirst(
    crypto::KeyType type) const {
  return Make(type, std::string(crypto::KeyTypeName(type)));
}

absl::StatusOr<NewIdentity> IdentityKeys::MakeNext(crypto::KeyType type) const {
  return Make(type, absl::StrCat(crypto::KeyTypeName(type), "-",
                                 HexEncode(random_.Bytes(kIdOctets))));
}

absl::StatusOr<NewIdentity> IdentityKeys::Make(crypto::KeyType type,
                                               std::string id) const {
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                        crypto::PrivateKey::Generate(type, kRsaBits));
  const SecretBytes pkcs8 = key.ToPkcs8();
  NewIdentity made;
  made.key_type = type;
  OTRP_ASSIGN_OR_RETURN(
      made.sealed_key,
      crypto::AesGcmSeal(kek_.view(), pkcs8.view(), SealContext(id), random_));
  made.id = std::move(id);
  return made;
}

absl::StatusOr<crypto::PrivateKey> IdentityKeys::Open(
    const StoredIdentity& stored) const {
  absl::StatusOr<SecretBytes> pkcs8 = crypto::AesGcmOpen(
      kek_.view(), stored.sealed_key, SealContext(stored.id));
  if (!pkcs8.ok()) {
    return absl::DataLossError(absl::StrCat(
        "the sealed key ", stored.id,
        " doesn't open: is --kek_file the one that it was sealed with?"));
  }
  return crypto::PrivateKey::FromPkcs8(pkcs8->view());
}

}  // namespace tsm
}  // namespace otrp
