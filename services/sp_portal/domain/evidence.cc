#include "services/sp_portal/domain/evidence.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/sign.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kPayloadType[] = "application/vnd.in-toto+json";
// A bill of materials has some dozen values a package, deep in one another.
constexpr json::Limits kSbomJson = {32, size_t{1} << 19, 1024};
// Each costs a check by each certificate.
constexpr size_t kMaxSignatures = 8;

// What is signed (DSSE's pre-authentication encoding).
std::string SignedOctets(absl::string_view payload) {
  const absl::string_view type = kPayloadType;
  return absl::StrCat("DSSEv1 ", type.size(), " ", type, " ", payload.size(),
                      " ", payload);
}

// The fingerprint of the certificate that made one of the signatures.
absl::StatusOr<std::string> FindSigner(
    const json::Value& envelope, absl::string_view payload,
    const std::vector<SpCertificate>& certificates) {
  const json::Value* signatures = envelope.Find("signatures");
  if (signatures == nullptr || signatures->items().empty() ||
      signatures->items().size() > kMaxSignatures) {
    return errors::BadProvenance("its envelope must have 1 to 8 signatures");
  }
  const std::string octets = SignedOctets(payload);
  for (const json::Value& item : signatures->items()) {
    const json::Value* text = item.Find("sig");
    if (text == nullptr) continue;
    const absl::StatusOr<std::string> signature =
        Base64DecodeAny(text->as_string());
    if (!signature.ok()) continue;
    for (const SpCertificate& certificate : certificates) {
      OTRP_ASSIGN_OR_RETURN(const pki::Certificate parsed,
                            pki::Certificate::FromDer(certificate.der));
      if (crypto::VerifySha256(parsed.public_key(), octets, *signature,
                               crypto::EcFormat::kDer)
              .ok()) {
        return certificate.fingerprint;
      }
    }
  }
  return errors::BadProvenance(
      "none of its signatures is by a valid certificate of this service "
      "provider");
}

bool IsAbout(const json::Value& subject, absl::string_view image_sha256) {
  const json::Value* digest = subject.Find("digest");
  if (digest == nullptr) return false;
  const json::Value* sha256 = digest->Find("sha256");
  return sha256 != nullptr &&
         sha256->as_string() == absl::BytesToHexString(image_sha256);
}

// The predicate's type.
absl::StatusOr<std::string> CheckStatement(absl::string_view payload,
                                           absl::string_view image_sha256) {
  const absl::StatusOr<json::Value> statement =
      json::Parse(payload, json::kStrangers);
  if (!statement.ok()) {
    return errors::BadProvenance("its payload is no JSON that is read here");
  }
  const json::Value* type = statement->Find("_type");
  if (type == nullptr ||
      !absl::StartsWith(type->as_string(), "https://in-toto.io/Statement/v")) {
    return errors::BadProvenance("its payload is no in-toto statement");
  }
  const json::Value* predicate_type = statement->Find("predicateType");
  if (predicate_type == nullptr || predicate_type->as_string().empty() ||
      predicate_type->as_string().size() > kMaxPredicateTypeBytes) {
    return errors::BadProvenance("it needs a predicateType");
  }
  const json::Value* subjects = statement->Find("subject");
  if (subjects != nullptr) {
    for (const json::Value& subject : subjects->items()) {
      if (IsAbout(subject, image_sha256)) return predicate_type->as_string();
    }
  }
  return errors::BadProvenance(
      absl::StrCat("none of its subjects has the image's sha256, ",
                   absl::BytesToHexString(image_sha256)));
}

std::string Text(const json::Value& object, absl::string_view name) {
  const json::Value* member = object.Find(name);
  return member == nullptr ? "" : member->as_string();
}

}  // namespace

absl::StatusOr<VerifiedStatement> VerifyProvenance(
    absl::string_view envelope, absl::string_view image_sha256,
    const std::vector<SpCertificate>& certificates) {
  if (envelope.empty() || envelope.size() > kMaxProvenanceBytes) {
    return errors::BadProvenance("must be 1 octet to 1 MiB");
  }
  const absl::StatusOr<json::Value> parsed =
      json::Parse(envelope, json::kStrangers);
  if (!parsed.ok() || !parsed->is_object()) {
    return errors::BadProvenance("it is no DSSE envelope in JSON");
  }
  if (Text(*parsed, "payloadType") != kPayloadType) {
    return errors::BadProvenance(
        absl::StrCat("its payloadType must be ", kPayloadType));
  }
  const absl::StatusOr<std::string> payload =
      Base64DecodeAny(Text(*parsed, "payload"));
  if (!payload.ok()) return errors::BadProvenance("its payload is no base64");
  VerifiedStatement statement;
  // The signature first: the rest is believed by it.
  OTRP_ASSIGN_OR_RETURN(statement.signer_fingerprint,
                        FindSigner(*parsed, *payload, certificates));
  OTRP_ASSIGN_OR_RETURN(statement.predicate_type,
                        CheckStatement(*payload, image_sha256));
  return statement;
}

absl::StatusOr<std::string> SbomFormat(absl::string_view document) {
  if (document.empty() || document.size() > kMaxSbomBytes) {
    return errors::BadSbom("must be 1 octet to 4 MiB");
  }
  const absl::StatusOr<json::Value> parsed = json::Parse(document, kSbomJson);
  if (!parsed.ok() || !parsed->is_object()) {
    return errors::BadSbom("it is no JSON object that is read here");
  }
  std::string version = Text(*parsed, "spdxVersion");
  if (absl::StartsWith(version, "SPDX-2.")) {
    return absl::StrCat("spdx-", absl::StripPrefix(version, "SPDX-"));
  }
  if (absl::StartsWith(Text(*parsed, "@context"), "https://spdx.org/rdf/3.")) {
    return std::string("spdx-3");
  }
  version = Text(*parsed, "specVersion");
  if (Text(*parsed, "bomFormat") == "CycloneDX" && version.size() < 8 &&
      absl::StartsWith(version, "1.")) {
    return absl::StrCat("cyclonedx-", version);
  }
  return errors::BadSbom(
      "it must be SPDX 2 or 3, or CycloneDX 1, each as JSON");
}

}  // namespace portal
}  // namespace otrp
