// Kinds of keys that authorities may have, by their words: "RSA-3072", "P-384".
//
// Thread-safety: values. Errors: those of crypto::PrivateKey::Generate().

#ifndef OTRP_LIBS_PKI_KEY_KIND_H_
#define OTRP_LIBS_PKI_KEY_KIND_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace pki {

struct KeyKind {
  crypto::KeyType type = crypto::KeyType::kRsa;
  // Of RSA.
  int bits = 0;
};

// Nothing for another word.
absl::optional<KeyKind> KeyKindFromWord(absl::string_view word);
// "RSA-2048, RSA-3072, ...".
std::string KeyKindWords();
// The kind of a key; one that is no authority's ("RSA-8192") has its word too.
std::string KeyKindWord(const crypto::PublicKey& key);
absl::StatusOr<crypto::PrivateKey> NewKey(const KeyKind& kind);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_KEY_KIND_H_
