#include "libs/protocol/test_tee.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/crypto/random.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jws.h"

namespace otrp {
namespace protocol {
namespace test {
namespace {

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::cerr << "test set-up: " << value.status() << "\n";
    std::abort();
  }
  return *std::move(value);
}

const crypto::PrivateKey* NewKey(crypto::KeyType type) {
  return new crypto::PrivateKey(Must(crypto::PrivateKey::Generate(type)));
}

jose::EncryptOptions OptionsFor(const crypto::PublicKey& recipient) {
  jose::EncryptOptions options;
  options.alg = recipient.type() == crypto::KeyType::kRsa
                    ? jose::KeyAlg::kRSA1_5
                    : jose::KeyAlg::kEcdhEsA128Kw;
  return options;
}

}  // namespace

const crypto::PrivateKey& RsaKey() {
  static const auto* const kKey = NewKey(crypto::KeyType::kRsa);
  return *kKey;
}

const crypto::PrivateKey& OtherRsaKey() {
  static const auto* const kKey = NewKey(crypto::KeyType::kRsa);
  return *kKey;
}

const crypto::PrivateKey& EcKey() {
  static const auto* const kKey = NewKey(crypto::KeyType::kEcP256);
  return *kKey;
}

const crypto::PrivateKey& OtherEcKey() {
  static const auto* const kKey = NewKey(crypto::KeyType::kEcP256);
  return *kKey;
}

json::Value Tbs(absl::string_view status) {
  json::Value tbs = json::Value::Object();
  tbs.Set("ver", json::Value::String("1.0"));
  tbs.Set("status", json::Value::String(status));
  tbs.Set("rid", json::Value::String(kRid));
  tbs.Set("tid", json::Value::String(kTid));
  return tbs;
}

std::string Signed(absl::string_view outer, absl::string_view inner,
                   const json::Value& tbs, const crypto::PrivateKey& key) {
  json::Value payload = json::Value::Object();
  payload.Set(inner, tbs);
  return absl::StrCat("{\"", outer, "\":",
                      Must(jose::SignFlattened(payload.Serialize(), key)), "}");
}

std::string SignedResponse(MessageKind kind, const json::Value& tbs,
                           const crypto::PrivateKey& key) {
  const MessageRow& row = RowOf(kind);
  return Signed(row.response, row.tbs_response, tbs, key);
}

std::string DeviceStateResponse(const json::Value& tbs,
                                const crypto::PrivateKey& key) {
  return absl::StrCat("{\"GetDeviceStateResponse\":[",
                      SignedResponse(MessageKind::kGetDeviceState, tbs, key),
                      "]}");
}

json::Value Encrypted(absl::string_view plaintext,
                      const crypto::PublicKey& recipient) {
  return Must(jose::EncryptGeneral(plaintext, recipient, OptionsFor(recipient),
                                   crypto::SystemRandom()));
}

json::Value TbsOf(absl::string_view request) {
  const json::Value message = Must(json::Parse(request, json::kStrangers));
  const jose::UnverifiedJws jws =
      Must(jose::UnverifiedJws::Parse(message.members().front().second));
  const json::Value payload =
      Must(json::Parse(jws.payload(), json::kStrangers));
  return payload.members().front().second;
}

json::Value EncryptedLike(absl::string_view plaintext,
                          absl::string_view request,
                          const crypto::PrivateKey& tee_key) {
  const json::Value tbs = TbsOf(request);
  const jose::UnverifiedJwe jwe =
      Must(jose::UnverifiedJwe::Parse(*tbs.Find("content")));
  const SecretBytes cek = Must(jose::UnwrapCek(jwe, tee_key));
  return Must(jose::EncryptWithCek(plaintext, cek.view(), jwe.enc(),
                                   jwe.recipients(), crypto::SystemRandom()));
}

}  // namespace test
}  // namespace protocol
}  // namespace otrp
