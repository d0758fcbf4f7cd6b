#include "services/attestation_verifier/schemes/schemes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/attest/reasons.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/schemes/eat_cwt/eat_cwt.h"
#include "services/attestation_verifier/schemes/eat_jwt/eat_jwt.h"
#include "services/attestation_verifier/schemes/otrp_dsi/otrp_dsi.h"
#include "services/attestation_verifier/schemes/psa/psa.h"
#include "services/attestation_verifier/schemes/token.h"

namespace otrp {
namespace verifier {
namespace schemes {
namespace {

namespace reason = attest::reason;

constexpr absl::Duration kClockSkew = absl::Minutes(1);

// A key that stands for the token's signer.
struct Signer {
  crypto::PublicKey key;
};

bool Refuse(const char* code, std::string detail, absl::string_view claim,
            std::string value, std::string rule, attest::Appraisal* out) {
  attest::AddReason({code, std::move(detail), std::string(claim),
                     std::move(value), std::move(rule)},
                    out);
  return false;
}

bool CheckScheme(absl::string_view scheme, const Ground& ground,
                 attest::Appraisal* out) {
  if (MaySign(ground.anchors, out->tee_root_name, scheme)) return true;
  return Refuse(reason::kEvidenceScheme,
                absl::StrCat(out->tee_root_name, " doesn't sign ", scheme),
                "scheme", std::string(scheme),
                absl::StrCat("evidence anchor ", out->tee_root_name), out);
}

// By the chain that the token brings.
absl::optional<Signer> ChainSigner(const TokenSigner& named,
                                   const Ground& ground,
                                   attest::Appraisal* out) {
  const std::string& leaf = named.chain[0];
  const absl::StatusOr<attest::LeafView> view = attest::ReadLeaf(leaf);
  if (!view.ok()) {
    Refuse(reason::kTeeCertMalformed,
           absl::StrCat("x5chain[0]: ", view.status().message()), "x5chain[0]",
           absl::StrCat("sha256:", HexEncode(crypto::Sha256(leaf))),
           "X.509, RSA or P-256", out);
    return absl::nullopt;
  }
  out->did = crypto::Sha256(leaf);
  out->tee_certificate = leaf;
  const std::vector<std::string> others(named.chain.begin() + 1,
                                        named.chain.end());
  if (!attest::CheckTeeChain(leaf, others, ground.trust, ground.policies,
                             ground.now, out)) {
    return absl::nullopt;
  }
  return Signer{view->key};
}

// By the key that is registered under the id that the token names.
absl::StatusOr<absl::optional<Signer>> KeySigner(const TokenSigner& named,
                                                 const Ground& ground,
                                                 attest::Appraisal* out) {
  absl::optional<EvidenceKey> held;
  if (!named.key_id.empty()) {
    OTRP_ASSIGN_OR_RETURN(held, ground.find_key(named.key_id));
  }
  if (!held.has_value()) {
    Refuse(reason::kEvidenceUnknownSigner,
           named.key_id.empty()
               ? "it names no key and brings no chain"
               : absl::StrCat("no key is registered for its ", named.claim),
           named.claim, HexEncode(named.key_id), "evidence keys", out);
    return absl::optional<Signer>();
  }
  OTRP_ASSIGN_OR_RETURN(crypto::PublicKey key,
                        crypto::PublicKey::FromCertificateSpki(held->spki));
  out->did = held->did;
  out->tee_root_name = held->anchor;
  out->not_after = absl::InfiniteFuture();
  return absl::make_optional(Signer{std::move(key)});
}

bool CheckNonce(const TokenClaims& claims, const std::string& challenge,
                attest::Appraisal* out) {
  if (std::count(claims.nonces.begin(), claims.nonces.end(), challenge) > 0) {
    return true;
  }
  return Refuse(
      reason::kEvidenceNonce,
      claims.nonces.empty() ? "it has no nonce"
                            : "its nonce isn't the challenge that was given",
      "nonce", claims.nonces.empty() ? "" : HexEncode(claims.nonces[0]),
      absl::StrCat("challenge ", HexEncode(challenge)), out);
}

bool CheckTimes(const TokenClaims& claims, absl::Time now,
                attest::Appraisal* out) {
  if (claims.expires_at && *claims.expires_at + kClockSkew <= now) {
    return Refuse(reason::kEvidenceExpired, "its exp is over", "exp",
                  absl::FormatTime(*claims.expires_at, absl::UTCTimeZone()),
                  "the clock", out);
  }
  if (claims.not_before && *claims.not_before - kClockSkew > now) {
    return Refuse(reason::kEvidenceNotYetValid, "its nbf is still to come",
                  "nbf",
                  absl::FormatTime(*claims.not_before, absl::UTCTimeZone()),
                  "the clock", out);
  }
  return true;
}

// Each adds its own reason, so that an operator sees all that is wrong.
bool CheckClaims(const TokenClaims& claims, const std::string& challenge,
                 absl::Time now, attest::Appraisal* out) {
  out->tee_name = claims.tee_name;
  out->tee_version = claims.tee_version;
  const bool is_new = CheckNonce(claims, challenge, out);
  const bool is_current = CheckTimes(claims, now, out);
  if (!claims.unsecured.empty()) {
    Refuse(reason::kEvidenceUnsecured, claims.unsecured, claims.unsecured_claim,
           "", "a device that is secured", out);
  }
  return is_new && is_current && claims.unsecured.empty();
}

template <typename Scheme>
absl::StatusOr<attest::Appraisal> AppraiseToken(const EvidenceOctets& evidence,
                                                const Ground& ground) {
  attest::Appraisal out;
  absl::StatusOr<typename Scheme::Unverified> token =
      Scheme::Parse(evidence.octets);
  if (!token.ok()) {
    Refuse(reason::kEvidenceMalformed, std::string(token.status().message()),
           "token", "", evidence.media_type, &out);
    return out;
  }
  const TokenSigner named = token->signer;
  absl::optional<Signer> signer;
  if (named.chain.empty()) {
    OTRP_ASSIGN_OR_RETURN(signer, KeySigner(named, ground, &out));
  } else {
    signer = ChainSigner(named, ground, &out);
  }
  if (!signer || !CheckScheme(Scheme::kName, ground, &out)) return out;
  absl::StatusOr<typename Scheme::Verified> verified =
      Scheme::Verify(*std::move(token), signer->key);
  if (!verified.ok()) {
    Refuse(reason::kEvidenceSignature, std::string(verified.status().message()),
           "signature", "", absl::StrCat("the key of ", HexEncode(out.did)),
           &out);
    return out;
  }
  out.proved = true;
  const absl::StatusOr<TokenClaims> claims = Scheme::Claims(*verified);
  if (!claims.ok()) {
    Refuse(reason::kEvidenceMalformed, std::string(claims.status().message()),
           "claims", "", evidence.media_type, &out);
    return out;
  }
  out.tee_key = signer->key;
  const bool believed =
      CheckClaims(*claims, evidence.challenge, ground.received_at, &out);
  attest::Conclude(believed, ground.policies, ground.references, &out);
  return out;
}

struct MediaType {
  std::string type;
  // Of the parameter eat_profile, without its quotes.
  std::string profile;
};

MediaType ReadMediaType(absl::string_view text) {
  MediaType read;
  bool first = true;
  for (absl::string_view part : absl::StrSplit(text, ';')) {
    part = absl::StripAsciiWhitespace(part);
    if (first) {
      read.type = absl::AsciiStrToLower(part);
      first = false;
      continue;
    }
    const std::pair<absl::string_view, absl::string_view> parameter =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (!absl::EqualsIgnoreCase(parameter.first, "eat_profile")) continue;
    absl::string_view value = parameter.second;
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    read.profile = std::string(value);
  }
  return read;
}

// A CWT that doesn't say its profile outside says it inside.
bool IsPsa(const MediaType& type, absl::string_view octets) {
  if (type.type == "application/psa-attestation-token") return true;
  if (!type.profile.empty()) return Psa::IsProfile(type.profile);
  const absl::StatusOr<EatCwt::Unverified> token = EatCwt::Parse(octets);
  return token.ok() && Psa::IsProfile(token->profile);
}

absl::Status CheckChallenge(absl::string_view challenge) {
  return challenge.size() < kMinNonceBytes || challenge.size() > kMaxNonceBytes
             ? absl::InvalidArgumentError(
                   absl::StrCat("token.challenge: must be ", kMinNonceBytes,
                                " to ", kMaxNonceBytes, " octets"))
             : absl::OkStatus();
}

absl::StatusOr<SchemeAppraisal> AppraiseAnyToken(const EvidenceOctets& evidence,
                                                 const Ground& ground) {
  const MediaType type = ReadMediaType(evidence.media_type);
  const bool is_jwt = type.type == "application/eat+jwt";
  if (!is_jwt && type.type != "application/eat+cwt" &&
      type.type != "application/psa-attestation-token") {
    return absl::InvalidArgumentError(
        "token.media_type: must be application/eat+cwt, application/eat+jwt or "
        "application/psa-attestation-token");
  }
  OTRP_RETURN_IF_ERROR(CheckChallenge(evidence.challenge));
  SchemeAppraisal out;
  absl::StatusOr<attest::Appraisal> appraisal;
  if (is_jwt) {
    out.scheme = kEatJwt;
    appraisal = AppraiseToken<EatJwt>(evidence, ground);
  } else if (IsPsa(type, evidence.octets)) {
    out.scheme = kPsa;
    appraisal = AppraiseToken<Psa>(evidence, ground);
  } else {
    out.scheme = kEatCwt;
    appraisal = AppraiseToken<EatCwt>(evidence, ground);
  }
  OTRP_ASSIGN_OR_RETURN(out.appraisal, std::move(appraisal));
  return out;
}

}  // namespace

SchemeAppraisal AppraiseOtrpDsi(const attest::Evidence& evidence,
                                const Ground& ground) {
  SchemeAppraisal out = {
      kOtrpDsi, attest::Appraise(evidence, ground.trust, ground.policies,
                                 ground.references, ground.now)};
  attest::Appraisal& appraisal = out.appraisal;
  if (appraisal.verdict == attest::Verdict::kAccepted &&
      !CheckScheme(kOtrpDsi, ground, &appraisal)) {
    appraisal.verdict = attest::Verdict::kRefused;
    appraisal.tee_key.reset();
    appraisal.not_after = absl::InfinitePast();
  }
  return out;
}

absl::StatusOr<SchemeAppraisal> Appraise(const EvidenceOctets& evidence,
                                         const Ground& ground) {
  if (evidence.media_type != kOtrpDsiMediaType) {
    return AppraiseAnyToken(evidence, ground);
  }
  OTRP_ASSIGN_OR_RETURN(const v1::AppraiseRequest request,
                        ParseOtrpDsi(evidence));
  return AppraiseOtrpDsi(EvidenceOf(request), ground);
}

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp
