#include "services/ca/issuing/key_vault.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/kek.h"

namespace otrp {
namespace ca {
namespace {

constexpr absl::string_view kAuthority = "authority.";

int BitsOf(const pki::KeyKind& kind) {
  switch (kind.type) {
    case crypto::KeyType::kEcP256: return 256;
    case crypto::KeyType::kEcP384: return 384;
    case crypto::KeyType::kEcP521: return 521;
    case crypto::KeyType::kRsa: break;
  }
  return kind.bits;
}

std::string Aad(absl::string_view owner) { return absl::StrCat("ca.", owner); }

}  // namespace

std::string KeyOwner(const std::string& authority) {
  return absl::StrCat(kAuthority, authority);
}

KeyVault KeyVault::WithPrevious(absl::string_view previous_kek) const {
  KeyVault vault = *this;
  vault.previous_kek_ = previous_kek;
  return vault;
}

// Names of authorities are letters, digits, '-' and '.': nothing to encode.
std::string KeyVault::UriOf(absl::string_view authority) const {
  return absl::StrCat(token_uri_, ";object=", authority);
}

absl::StatusOr<crypto::PrivateKey> KeyVault::NewAuthorityKey(
    const std::string& authority, const pki::KeyKind& kind) const {
  if (library_ == nullptr || token_uri_.empty()) return pki::NewKey(kind);
  absl::StatusOr<crypto::PrivateKey> made =
      library_->Generate(UriOf(authority), kind.type, kind.bits);
  // Of a try that ended between the key and its row: nothing was signed with
  // it that anybody knows.
  if (absl::IsAlreadyExists(made.status())) {
    made = library_->Find(UriOf(authority));
    if (made.ok() && (made->type() != kind.type ||
                      made->public_key().bits() != BitsOf(kind))) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the token has a key of another kind that is called ", authority,
          " already: name it otherwise there, or take it away"));
    }
  }
  return made;
}

absl::StatusOr<std::string> KeyVault::Seal(const std::string& owner,
                                           const crypto::PrivateKey& key,
                                           Random& random) const {
  absl::string_view authority = owner;
  if (key.in_token() && !absl::ConsumePrefix(&authority, kAuthority)) {
    return absl::InternalError(absl::StrCat(owner, "'s key is in a token"));
  }
  const SecretBytes kept =
      key.in_token() ? SecretBytes(UriOf(authority)) : key.ToPkcs8();
  return crypto::Kek(kek_).Seal(kept.view(), Aad(owner), random);
}

absl::StatusOr<crypto::PrivateKey> KeyVault::Open(
    const std::string& owner, absl::string_view sealed,
    const pki::Certificate& certificate) const {
  const absl::StatusOr<SecretBytes> opened =
      crypto::Kek(kek_, previous_kek_).Open(sealed, Aad(owner));
  if (!opened.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of ", owner,
                     " doesn't open: is --kek_file, or "
                     "--previous_kek_file, the one that it was sealed with?"));
  }
  const bool in_token = crypto::IsPkcs11Uri(opened->view());
  if (in_token && library_ == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of ", owner,
                     " is in a PKCS #11 token: --pkcs11_library and "
                     "--pkcs11_pin_file must say how it is reached"));
  }
  OTRP_ASSIGN_OR_RETURN(
      crypto::PrivateKey key,
      in_token ? library_->Find(opened->view())
               : crypto::PrivateKey::FromAuthorityPkcs8(opened->view()));
  if (key.public_key() != certificate.public_key()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of ", owner, " isn't its certificate's"));
  }
  return key;
}

}  // namespace ca
}  // namespace otrp
