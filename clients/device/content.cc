#include "clients/device/content.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/refusal.h"
#include "clients/device/strict.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/jose/jwe.h"

namespace otrp::device {
namespace {

using json::Value;

absl::Status Unsupported(absl::string_view member) {
  return Refuse(Refusal::kUnsupportedCryptoAlg,
                absl::StrCat("the content's \"", member,
                             "\" isn't one that this TEE supports"));
}

Value ProtectedHeader(const Value& jwe) {
  absl::StatusOr<std::string> text = Base64UrlDecode(TextOf(jwe, "protected"));
  if (!text.ok()) return Value();
  absl::StatusOr<Value> header = json::Parse(*text, json::kStrangers);
  return header.ok() ? *std::move(header) : Value();
}

// Wherever it stands; empty where it doesn't.
std::string AlgOf(const Value& jwe, const Value& protected_header) {
  if (protected_header.Find("alg") != nullptr) {
    return TextOf(protected_header, "alg");
  }
  for (const absl::string_view place : {"header", "unprotected"}) {
    const Value* header = jwe.Find(place);
    if (header != nullptr && header->is_object() &&
        header->Find("alg") != nullptr) {
      return TextOf(*header, "alg");
    }
  }
  const Value* recipients = jwe.Find("recipients");
  if (recipients == nullptr || !recipients->is_array() ||
      recipients->items().empty() || !recipients->items()[0].is_object()) {
    return "";
  }
  const Value* header = recipients->items()[0].Find("header");
  if (header == nullptr || !header->is_object()) return "";
  return TextOf(*header, "alg");
}

// Only what is named: a missing name is a matter of structure.
absl::Status CheckAlgorithms(const Value& jwe, const crypto::PrivateKey& key) {
  const Value header = ProtectedHeader(jwe);
  if (!header.is_object()) return absl::OkStatus();
  const std::string enc = TextOf(header, "enc");
  if (!enc.empty() && !jose::EncFromName(enc).ok()) return Unsupported("enc");
  const std::string name = AlgOf(jwe, header);
  if (name.empty()) return absl::OkStatus();
  const absl::StatusOr<jose::KeyAlg> alg = jose::KeyAlgFromName(name);
  if (!alg.ok()) return Unsupported("alg");
  const bool for_rsa = *alg == jose::KeyAlg::kRSA1_5;
  const bool is_rsa = key.type() == crypto::KeyType::kRsa;
  return for_rsa == is_rsa ? absl::OkStatus() : Unsupported("alg");
}

}  // namespace

absl::StatusOr<OpenedContent> DecryptContent(const Value& jwe,
                                             const crypto::PrivateKey& key) {
  OTRP_RETURN_IF_ERROR(CheckAlgorithms(jwe, key));
  absl::StatusOr<jose::UnverifiedJwe> parsed = jose::UnverifiedJwe::Parse(jwe);
  if (!parsed.ok()) {
    return Refuse(Refusal::kRequestInvalid, parsed.status().message());
  }
  absl::StatusOr<SecretBytes> cek = jose::UnwrapCek(*parsed, key);
  absl::StatusOr<std::string> text =
      cek.ok() ? jose::DecryptWithCek(*parsed, cek->view())
               : absl::StatusOr<std::string>(cek.status());
  if (!text.ok()) {
    return Refuse(Refusal::kRequestInvalid, "the content can't be decrypted");
  }
  return OpenedContent{
      *std::move(text),
      ContentKey{*std::move(cek), parsed->enc(), parsed->recipients()}};
}

}  // namespace otrp::device
