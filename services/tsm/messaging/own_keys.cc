#include "services/tsm/messaging/own_keys.h"

#include <algorithm>
#include <utility>

#include "libs/crypto/keys.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/errors.h"

namespace otrp {
namespace tsm {

void CountKeyOp(const char* op, crypto::KeyType type) {
  telemetry::kCryptoOps.With(op, crypto::KeyTypeName(type)).Increment();
}

absl::StatusOr<std::shared_ptr<const SigningIdentity>> SignerFor(
    const IdentitySource& source, bool es256, absl::string_view id) {
  std::shared_ptr<const SigningIdentity> identity =
      id.empty()
          ? source.Get(es256 ? crypto::KeyType::kEcP256 : crypto::KeyType::kRsa)
          : source.ById(id);
  if (identity == nullptr) return errors::IdentityNotReady();
  return identity;
}

absl::StatusOr<OwnKeys> OwnKeys::Of(const IdentitySource& source) {
  OwnKeys keys(source.Readers(crypto::KeyType::kRsa),
               source.Readers(crypto::KeyType::kEcP256));
  // Nothing can be read, which says nothing of what was sent.
  if (keys.tries() == 0) return errors::IdentityNotReady();
  return keys;
}

size_t OwnKeys::tries() const { return std::max(rsa_.size(), ec_.size()); }

protocol::TsmKeys OwnKeys::Try(size_t n) const {
  protocol::TsmKeys keys;
  if (n < rsa_.size()) keys.rsa = &rsa_[n]->key;
  if (n < ec_.size()) keys.ec = &ec_[n]->key;
  return keys;
}

std::string OwnKeys::IdOf(size_t n, crypto::KeyType type) const {
  const Readers& readers = type == crypto::KeyType::kRsa ? rsa_ : ec_;
  return n < readers.size() ? readers[n]->id : "";
}

}  // namespace tsm
}  // namespace otrp
