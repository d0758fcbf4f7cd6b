#include "services/attestation_verifier/results/result_signer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/jose/jwk.h"
#include "libs/json/json.h"
#include "services/attestation_verifier/errors.h"

namespace otrp {
namespace verifier {
namespace {

std::string ContextOf(absl::string_view kid) {
  return absl::StrCat("otrp verifier result key ", kid);
}

}  // namespace

absl::StatusOr<StoredResultKey> ResultSigner::Make() {
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  StoredResultKey made;
  made.kid = attest::ear::KeyId(key.public_key());
  made.spki = key.public_key().ToSpki();
  OTRP_ASSIGN_OR_RETURN(made.sealed,
                        crypto::AesGcmSeal(kek_.view(), key.ToPkcs8().view(),
                                           ContextOf(made.kid), random_));
  return made;
}

absl::Status ResultSigner::Use(ResultKeys keys) {
  std::stable_sort(keys.begin(), keys.end(),
                   [](const StoredResultKey& a, const StoredResultKey& b) {
                     return a.state < b.state;
                   });
  if (keys.empty() || keys[0].state != KeyState::kCurrent) {
    return absl::DataLossError("there is no current result key");
  }
  const absl::StatusOr<SecretBytes> pkcs8 =
      crypto::AesGcmOpen(kek_.view(), keys[0].sealed, ContextOf(keys[0].kid));
  if (!pkcs8.ok()) {
    return absl::DataLossError(
        "the sealed result key doesn't open: is --kek_file the one that it was "
        "sealed with?");
  }
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey current,
                        crypto::PrivateKey::FromPkcs8(pkcs8->view()));
  auto loaded = std::make_shared<const Loaded>(
      Loaded{std::move(keys), std::move(current)});
  std::lock_guard<std::mutex> lock(mutex_);
  loaded_ = std::move(loaded);
  return absl::OkStatus();
}

absl::Status ResultSigner::Refresh() {
  if (kek_.empty()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(ResultKeys keys, store_.Load());
  if (RotationIsDue(keys, clock_.Now())) {
    OTRP_ASSIGN_OR_RETURN(keys, store_.Change([this](const ResultKeys& held) {
      return AfterRotation(held, Rotation::kWhenDue, clock_.Now(),
                           [this] { return Make(); });
    }));
  }
  return Use(std::move(keys));
}

absl::StatusOr<std::string> ResultSigner::Rotate(
    Rotation rotation, const store::AuditEvent& audit) {
  if (kek_.empty()) return errors::NoResultKeys();
  OTRP_ASSIGN_OR_RETURN(ResultKeys keys,
                        store_.Change(
                            [this, rotation](const ResultKeys& held) {
                              return AfterRotation(held, rotation, clock_.Now(),
                                                   [this] { return Make(); });
                            },
                            &audit));
  OTRP_RETURN_IF_ERROR(Use(std::move(keys)));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Loaded> loaded, Get());
  return loaded->keys[0].kid;
}

absl::StatusOr<std::shared_ptr<const ResultSigner::Loaded>> ResultSigner::Get()
    const {
  if (kek_.empty()) return errors::NoResultKeys();
  std::lock_guard<std::mutex> lock(mutex_);
  if (loaded_ == nullptr) return errors::NotLoadedYet("result keys are");
  return loaded_;
}

absl::StatusOr<std::string> ResultSigner::Sign(
    const attest::ear::Result& result) const {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Loaded> loaded, Get());
  return attest::ear::Sign(result, loaded->current);
}

absl::StatusOr<attest::ear::OwnResult> ResultSigner::Open(
    absl::string_view token) const {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Loaded> loaded, Get());
  return attest::ear::Open(token, [&loaded](absl::string_view kid) {
    for (const StoredResultKey& key : loaded->keys) {
      if (key.kid != kid) continue;
      absl::StatusOr<crypto::PublicKey> read =
          crypto::PublicKey::FromSpki(key.spki);
      if (read.ok()) return absl::make_optional(*std::move(read));
    }
    return absl::optional<crypto::PublicKey>();
  });
}

absl::StatusOr<ResultKeys> ResultSigner::Keys() const {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Loaded> loaded, Get());
  return loaded->keys;
}

absl::StatusOr<std::string> JwkSetOf(const ResultKeys& keys) {
  json::Value list = json::Value::Array();
  for (const StoredResultKey& key : keys) {
    OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey public_key,
                          crypto::PublicKey::FromSpki(key.spki));
    json::Value jwk = jose::ToJwk(public_key);
    jwk.Set("kid", json::Value::String(key.kid));
    jwk.Set("use", json::Value::String("sig"));
    jwk.Set("alg", json::Value::String("ES256"));
    list.Append(std::move(jwk));
  }
  json::Value out = json::Value::Object();
  out.Set("keys", std::move(list));
  return out.Serialize();
}

}  // namespace verifier
}  // namespace otrp
