#include "libs/protocol/pull.h"

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/jose/jwe.h"
#include "libs/jose/jwk.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/encrypted_ta.h"
#include "libs/protocol/members.h"
#include "libs/protocol/read.h"

namespace otrp {
namespace protocol {
namespace {

using json::Value;

constexpr char kRequestType[] = "otrp-pull-request";
constexpr char kAnswerType[] = "otrp-pull-answer";
constexpr char kRequest[] = "pull request";
constexpr char kAnswer[] = "pull answer";
constexpr char kParts[] = "pull answer: encrypted_ta";
constexpr size_t kMaxRequestBytes = size_t{64} << 10;
constexpr size_t kMaxUrlBytes = 2000;

absl::Status NotTaken(absl::string_view why) {
  return absl::UnauthenticatedError(why);
}

Value Text(absl::string_view text) { return Value::String(text); }

// What both have and the answer repeats.
Value Binding(const PullRequest& request, absl::Time at) {
  Value out = Value::Object();
  out.Set("spid", Text(request.spid));
  out.Set("taid", Text(request.taid));
  out.Set("version", Text(request.version));
  out.Set("did", Text(HexEncode(request.did)));
  out.Set("nonce", Text(Base64UrlEncode(request.nonce)));
  out.Set("iat", Value::Integer(absl::ToUnixSeconds(at)));
  return out;
}

absl::Status CheckType(const Value& protected_header, absl::string_view type) {
  const Value* typ = protected_header.Find("typ");
  if (typ != nullptr && typ->as_string() == type) return absl::OkStatus();
  return NotTaken(absl::StrCat("its protected \"typ\" isn't ", type));
}

absl::Status CheckTime(const Value& object, absl::string_view where,
                       absl::Time now) {
  const Value* iat = object.Find("iat");
  if (iat == nullptr || !iat->is_integer()) {
    return MemberError(where, "iat", "must be a number of seconds");
  }
  const absl::Time at = absl::FromUnixSeconds(iat->as_integer());
  if (at > now + kPullMaxAge) return NotTaken("it is of the future");
  if (at < now - kPullMaxAge) return NotTaken("it is too old");
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadText(const Value& object,
                                     absl::string_view name, size_t max) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadName(object, kRequest, name));
  if (text.size() > max) return MemberError(kRequest, name, "is too long");
  return text;
}

absl::StatusOr<crypto::PublicKey> ReadAik(const Value& payload) {
  OTRP_ASSIGN_OR_RETURN(const Value* jwk, ReadObject(payload, kRequest, "aik"));
  return jose::FromJwk(*jwk, {jose::JwkPurpose::Use::kEncrypt, ""});
}

absl::StatusOr<PullRequest> ReadRequest(const Value& payload) {
  OTRP_ASSIGN_OR_RETURN(crypto::PublicKey aik, ReadAik(payload));
  PullRequest out = {
      "", "", "", "", "", "", "", {}, Dialect::kIetf03, std::move(aik)};
  OTRP_ASSIGN_OR_RETURN(out.tsm_id, ReadText(payload, "iss", kMaxUrlBytes));
  OTRP_ASSIGN_OR_RETURN(out.audience, ReadText(payload, "aud", kMaxUrlBytes));
  OTRP_ASSIGN_OR_RETURN(out.spid, ReadText(payload, "spid", kMaxNameBytes));
  OTRP_ASSIGN_OR_RETURN(out.taid, ReadText(payload, "taid", kMaxNameBytes));
  OTRP_ASSIGN_OR_RETURN(out.version,
                        ReadText(payload, "version", kMaxNameBytes));
  OTRP_ASSIGN_OR_RETURN(const std::string did,
                        ReadText(payload, "did", kMaxNameBytes));
  absl::StatusOr<std::string> did_octets = HexDecode(did);
  if (!did_octets.ok() || did_octets->size() != kDidBytes) {
    return MemberError(kRequest, "did", "must be 64 hex digits");
  }
  out.did = *std::move(did_octets);
  OTRP_ASSIGN_OR_RETURN(const std::string nonce,
                        ReadText(payload, "nonce", kMaxNameBytes));
  absl::StatusOr<std::string> nonce_octets = Base64UrlDecode(nonce);
  if (!nonce_octets.ok() || nonce_octets->size() != kPullNonceBytes) {
    return MemberError(kRequest, "nonce", "must be 32 octets in base64url");
  }
  out.nonce = *std::move(nonce_octets);
  OTRP_ASSIGN_OR_RETURN(const std::string dialect,
                        ReadText(payload, "dialect", kMaxNameBytes));
  OTRP_ASSIGN_OR_RETURN(out.dialect, DialectFromName(dialect));
  return out;
}

// The certificate of the TSM that signed `jws`.
absl::StatusOr<pki::Certificate> SignerOf(const jose::UnverifiedJws& jws,
                                          const pki::TrustAnchors& roots,
                                          absl::Time now) {
  if (jws.x5c().empty() || jws.x5c().size() > kMaxChainLength) {
    return NotTaken("it has no chain of certificates (x5c)");
  }
  std::vector<pki::Certificate> chain;
  for (const std::string& der : jws.x5c()) {
    OTRP_ASSIGN_OR_RETURN(pki::Certificate one, pki::Certificate::FromDer(der));
    chain.push_back(std::move(one));
  }
  const auto verified =
      pki::VerifyChain(chain.front(), absl::MakeSpan(chain).subspan(1), roots,
                       {now, pki::Role::kTsm});
  if (!verified.ok()) {
    return NotTaken(absl::StrCat("its signer isn't a TSM that is trusted: ",
                                 pki::ChainError(verified.status())));
  }
  return verified->leaf();
}

absl::Status CheckPart(const member::Base64& name, const Value& parts,
                       bool must_be, size_t max) {
  if (!must_be && parts.Find(name.name) == nullptr) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const std::string octets, Read(name, parts, kParts));
  // Padding adds up to a block.
  if (octets.size() % crypto::kAesBlockSize != 0 ||
      octets.size() > max + crypto::kAesBlockSize) {
    return MemberError(kParts, name.name,
                       "must be whole blocks of AES, within the limit");
  }
  return absl::OkStatus();
}

// What a TEE would refuse by its form alone never gets to one.
absl::Status CheckParts(const Value& parts, Dialect dialect) {
  for (const Value::Member& member : parts.members()) {
    const absl::string_view name = member.first;
    if (name != "key" && name != "iv" && name != "alg" &&
        name != member::kCipherTaData.name &&
        name != member::kCipherPData.name) {
      return MemberError(kParts, "a member", "is none that it may have");
    }
  }
  if (RowOf(dialect).ta_key_jwe) {
    OTRP_ASSIGN_OR_RETURN(const Value* key, ReadObject(parts, kParts, "key"));
    OTRP_RETURN_IF_ERROR(jose::UnverifiedJwe::Parse(*key).status());
  } else {
    OTRP_RETURN_IF_ERROR(Read(member::kTaKey, parts, kParts).status());
  }
  OTRP_ASSIGN_OR_RETURN(const std::string iv, ReadName(parts, kParts, "iv"));
  const absl::StatusOr<std::string> iv_octets = HexDecode(iv);
  if (!iv_octets.ok() || iv_octets->size() != crypto::kAesBlockSize) {
    return MemberError(kParts, "iv", "must be 16 octets in hex");
  }
  OTRP_ASSIGN_OR_RETURN(const std::string alg, ReadName(parts, kParts, "alg"));
  if (alg != "AESCBC") return MemberError(kParts, "alg", "must be AESCBC");
  OTRP_RETURN_IF_ERROR(CheckPart(member::kCipherTaData, parts,
                                 /*must_be=*/true, kMaxTaImageBytes));
  return CheckPart(member::kCipherPData, parts, /*must_be=*/false,
                   kMaxPersonalizationBytes);
}

// Each member that both have, so that the error can say which one differs.
absl::Status CheckBinding(const Value& answer, const PullRequest& asked) {
  const Value wanted = Binding(asked, asked.at);
  for (const Value::Member& member : wanted.members()) {
    if (member.first == "iat") continue;
    const Value* found = answer.Find(member.first);
    if (found == nullptr || *found != member.second) {
      return NotTaken(absl::StrCat("its \"", member.first,
                                   "\" isn't the one that was asked for"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> SignPullRequest(
    const PullRequest& request, absl::string_view key_id,
    const crypto::PrivateKey& key, const std::vector<std::string>& chain) {
  Value payload = Binding(request, request.at);
  payload.Set("iss", Text(request.tsm_id));
  payload.Set("aud", Text(request.audience));
  payload.Set("dialect", Text(DialectName(request.dialect)));
  payload.Set("aik", jose::ToJwk(request.aik));
  jose::SignOptions options;
  options.x5c = chain;
  options.protected_members.Set("typ", Text(kRequestType));
  if (!key_id.empty()) options.protected_members.Set("kid", Text(key_id));
  return jose::SignFlattened(payload.Serialize(), key, options);
}

absl::StatusOr<VerifiedPullRequest> OpenPullRequest(
    absl::string_view text, const pki::TrustAnchors& tsm_roots,
    absl::string_view tsm_id, absl::string_view audience, absl::Time now) {
  if (text.size() > kMaxRequestBytes) {
    return absl::InvalidArgumentError("a pull request isn't as large as that");
  }
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws jws,
                        jose::UnverifiedJws::ParseText(text));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate signer,
                        SignerOf(jws, tsm_roots, now));
  absl::StatusOr<jose::VerifiedJws> verified =
      jose::Verify(std::move(jws), signer.public_key());
  if (!verified.ok()) return NotTaken("its signature is wrong");
  OTRP_RETURN_IF_ERROR(CheckType(verified->protected_header(), kRequestType));
  OTRP_ASSIGN_OR_RETURN(const Value payload,
                        json::Parse(verified->payload(), json::kStrangers));
  OTRP_ASSIGN_OR_RETURN(PullRequest request, ReadRequest(payload));
  OTRP_RETURN_IF_ERROR(CheckTime(payload, kRequest, now));
  request.at = absl::FromUnixSeconds(payload.Find("iat")->as_integer());
  if (request.tsm_id != tsm_id) return NotTaken("it is another TSM's");
  if (request.audience != audience) {
    return NotTaken("it is for another endpoint");
  }
  VerifiedPullRequest out(std::move(request));
  const Value* kid = verified->protected_header().Find("kid");
  if (kid != nullptr) out.key_id_ = kid->as_string();
  return out;
}

absl::StatusOr<std::string> SignPullAnswer(const VerifiedPullRequest& asked,
                                           absl::string_view image,
                                           absl::string_view personalization,
                                           const crypto::PrivateKey& key,
                                           absl::Time now, Random& random) {
  const PullRequest& request = asked.request();
  OTRP_ASSIGN_OR_RETURN(
      Value parts,
      EncryptTa(request.dialect, request.aik, member::kCipherTaData, image,
                member::kCipherPData, personalization, random));
  Value payload = Binding(request, now);
  payload.Set("encrypted_ta", std::move(parts));
  jose::SignOptions options;
  options.protected_members.Set("typ", Text(kAnswerType));
  return jose::SignFlattened(payload.Serialize(), key, options);
}

absl::StatusOr<UnverifiedPullAnswer> UnverifiedPullAnswer::Parse(
    absl::string_view text) {
  if (text.size() > kMaxPullAnswerBytes) {
    return absl::InvalidArgumentError("the answer is too large");
  }
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws jws,
                        jose::UnverifiedJws::ParseText(text));
  return UnverifiedPullAnswer(std::move(jws));
}

absl::StatusOr<VerifiedPullAnswer> VerifiedPullAnswer::Verify(
    UnverifiedPullAnswer answer, const PullRequest& asked,
    absl::Span<const crypto::PublicKey> signers, absl::Time now) {
  size_t signer = 0;
  while (signer < signers.size() &&
         !jose::CheckSignature(answer.jws_, signers[signer]).ok()) {
    ++signer;
  }
  if (signer == signers.size()) {
    return NotTaken(
        "it isn't signed by a certificate of the service provider that is good "
        "now");
  }
  OTRP_ASSIGN_OR_RETURN(jose::VerifiedJws jws,
                        jose::Verify(std::move(answer.jws_), signers[signer]));
  OTRP_RETURN_IF_ERROR(CheckType(jws.protected_header(), kAnswerType));
  OTRP_ASSIGN_OR_RETURN(const Value payload,
                        json::Parse(jws.payload(), json::kStrangers));
  OTRP_RETURN_IF_ERROR(CheckBinding(payload, asked));
  OTRP_RETURN_IF_ERROR(CheckTime(payload, kAnswer, now));
  OTRP_ASSIGN_OR_RETURN(const Value* parts,
                        ReadObject(payload, kAnswer, "encrypted_ta"));
  OTRP_RETURN_IF_ERROR(CheckParts(*parts, asked.dialect));
  return VerifiedPullAnswer(*parts, signer);
}

}  // namespace protocol
}  // namespace otrp
