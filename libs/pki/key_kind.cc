#include "libs/pki/key_kind.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace otrp {
namespace pki {
namespace {

struct KindRow {
  absl::string_view word;
  KeyKind kind;
};

constexpr KindRow kKinds[] = {
    {"RSA-2048", {crypto::KeyType::kRsa, 2048}},
    {"RSA-3072", {crypto::KeyType::kRsa, 3072}},
    {"RSA-4096", {crypto::KeyType::kRsa, 4096}},
    {"P-256", {crypto::KeyType::kEcP256, 0}},
    {"P-384", {crypto::KeyType::kEcP384, 0}},
};

}  // namespace

absl::optional<KeyKind> KeyKindFromWord(absl::string_view word) {
  for (const KindRow& row : kKinds) {
    if (row.word == word) return row.kind;
  }
  return absl::nullopt;
}

std::string KeyKindWords() {
  std::vector<absl::string_view> words;
  for (const KindRow& row : kKinds) words.push_back(row.word);
  return absl::StrJoin(words, ", ");
}

std::string KeyKindWord(const crypto::PublicKey& key) {
  return absl::StrCat(key.type() == crypto::KeyType::kRsa ? "RSA-" : "P-",
                      key.bits());
}

absl::StatusOr<crypto::PrivateKey> NewKey(const KeyKind& kind) {
  return kind.type == crypto::KeyType::kRsa
             ? crypto::PrivateKey::Generate(kind.type, kind.bits)
             : crypto::PrivateKey::Generate(kind.type);
}

}  // namespace pki
}  // namespace otrp
