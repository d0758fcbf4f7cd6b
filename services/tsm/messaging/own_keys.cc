#include "services/tsm/messaging/own_keys.h"

#include <string>

#include "libs/crypto/keys.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/errors.h"

namespace otrp {
namespace tsm {

void CountKeyOp(const char* op, crypto::KeyType type) {
  telemetry::kCryptoOps.With(op, crypto::KeyTypeName(type)).Increment();
}

absl::StatusOr<std::shared_ptr<const SigningIdentity>> SignerFor(
    const IdentitySource& source, bool es256) {
  std::shared_ptr<const SigningIdentity> identity =
      source.Get(es256 ? crypto::KeyType::kEcP256 : crypto::KeyType::kRsa);
  if (identity == nullptr) return errors::IdentityNotReady();
  return identity;
}

OwnKeys::OwnKeys(const IdentitySource& source)
    : rsa_(source.Get(crypto::KeyType::kRsa)),
      ec_(source.Get(crypto::KeyType::kEcP256)) {}

protocol::TsmKeys OwnKeys::keys() const {
  protocol::TsmKeys keys;
  if (rsa_ != nullptr) keys.rsa = &rsa_->key;
  if (ec_ != nullptr) keys.ec = &ec_->key;
  return keys;
}

}  // namespace tsm
}  // namespace otrp
