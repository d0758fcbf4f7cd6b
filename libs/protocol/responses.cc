#include "libs/protocol/responses.h"

#include <utility>

#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/jose/jwe.h"
#include "libs/protocol/members.h"
#include "libs/protocol/read.h"
#include "libs/protocol/reason.h"
#include "libs/protocol/tid.h"
#include "libs/protocol/tsm_keys.h"

namespace otrp {
namespace protocol {
namespace {

constexpr char kWhere[] = "content";

absl::StatusOr<std::string> Decrypt(const VerifiedMessage& message,
                                    const ContentKeys& keys) {
  const jose::UnverifiedJwe& jwe = *message.content();
  if (crypto::Sha256(jwe.encrypted_key()) != keys.encrypted_key_sha256) {
    return DecryptForTsm(jwe, keys.tsm);
  }
  const SecretBytes cek = DeriveCek(keys.session_secret, message.tid(),
                                    message.rid(), jose::CekSize(jwe.enc()));
  return jose::DecryptWithCek(jwe, cek.view());
}

}  // namespace

absl::StatusOr<ResponseContent> OpenContent(const VerifiedMessage& message,
                                            const ContentKeys& keys) {
  ResponseContent out;
  if (!message.content()) {
    // Verify() lets only failures have none.
    out.reason = message.reason();
    return out;
  }
  OTRP_ASSIGN_OR_RETURN(std::string text, Decrypt(message, keys));
  OTRP_ASSIGN_OR_RETURN(json::Value content,
                        json::Parse(text, json::kStrangers));
  if (!content.is_object()) {
    return absl::InvalidArgumentError("content must hold a JSON object");
  }
  if (message.failed()) {
    OTRP_ASSIGN_OR_RETURN(out.reason, ReasonOf(content, kWhere));
    // The clear one is signed too.
    if (content.Find("reason") == nullptr && message.reason()) {
      out.reason = message.reason();
    }
    // A TEE that fails early may not have come as far as its did.
    if (content.Find("did") == nullptr) return out;
  }
  OTRP_ASSIGN_OR_RETURN(out.did, Read(member::kDid, content, kWhere));
  if (out.did.size() != crypto::kSha256Size) {
    return MemberError(kWhere, "did", "must be a SHA-256 in base64");
  }
  OTRP_ASSIGN_OR_RETURN(out.sdname,
                        ReadOptionalString(content, kWhere, "sdname"));
  if (const json::Value* aik = content.Find(member::kTeeSpAik.name)) {
    // A key that can't be used is as good as none: the domain is there all
    // the same, and installing into it will say what is missing.
    absl::StatusOr<crypto::PublicKey> key = ParseAik(*aik);
    if (key.ok()) out.aik = *std::move(key);
  }
  const json::Value* dsi = content.Find("dsi");
  const bool absent =
      dsi == nullptr || (dsi->is_string() && dsi->as_string().empty());
  if (!absent) {
    if (!dsi->is_object()) {
      return KindError(kWhere, "dsi", "an object", *dsi);
    }
    NewDsi fresh;
    OTRP_ASSIGN_OR_RETURN(fresh.octets, DsiOctetsOfContent(text));
    OTRP_ASSIGN_OR_RETURN(fresh.dsi, ParseDsi(fresh.octets));
    fresh.hash = DsiHash(fresh.octets);
    out.dsi = std::move(fresh);
  }
  return out;
}

}  // namespace protocol
}  // namespace otrp
