#include "services/attestation_verifier/handlers/reference_imports.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/attest/appraise.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/attestation_verifier/domain/corim.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/handlers/reference_values.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// id-kp-codeSigning: a device's certificate doesn't have it, so that no device
// says what devices are good.
constexpr char kCodeSigning[] = "1.3.6.1.5.5.7.3.3";

absl::Status Check(const v1::ImportCorimRequest& request) {
  if (request.corim().empty()) return errors::FieldMissing("corim");
  if (request.corim().size() > kMaxCorimBytes) {
    return errors::FieldTooLong("corim", kMaxCorimBytes);
  }
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  if (request.name().size() > kMaxImportNameBytes) {
    return errors::FieldTooLong("name", kMaxImportNameBytes);
  }
  return service::CheckName("anchor", request.anchor());
}

// The key that the operator was given, or that of a chain to the maker's root.
absl::StatusOr<crypto::PublicKey> SignerOf(
    const Snapshot& snapshot, const v1::ImportCorimRequest& request,
    const UnverifiedCorim& corim, absl::Time now) {
  if (!request.signer_spki().empty()) {
    absl::StatusOr<crypto::PublicKey> key =
        crypto::PublicKey::FromCertificateSpki(request.signer_spki());
    if (!key.ok()) return errors::BadCorimSigner(key.status().message());
    return key;
  }
  if (corim.chain().empty()) {
    return errors::BadCorim("it is signed and has no chain: give signer_spki");
  }
  const std::string& leaf = corim.chain()[0];
  attest::Appraisal found;
  if (!attest::CheckTeeChain(
          leaf, {corim.chain().begin() + 1, corim.chain().end()},
          *snapshot.trust, snapshot.policy.policy, now, &found)) {
    return errors::BadCorim(
        absl::StrCat("its signer's chain: ", found.reasons.back().detail));
  }
  if (found.tee_root_name != request.anchor()) {
    return errors::BadCorim(
        absl::StrCat("its signer's chain leads to ", found.tee_root_name));
  }
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                        pki::Certificate::FromDer(leaf));
  const std::vector<std::string>& usages = certificate.eku_oids();
  if (std::count(usages.begin(), usages.end(), kCodeSigning) == 0) {
    return errors::BadCorim("its signer's certificate isn't for code signing");
  }
  return certificate.public_key();
}

struct Opened {
  CorimContent content;
  std::string signer = "unsigned";
};

absl::StatusOr<Opened> Open(const Snapshot& snapshot,
                            const v1::ImportCorimRequest& request,
                            absl::Time now) {
  Opened opened;
  std::string payload = request.corim();
  if (IsSignedCorim(request.corim())) {
    absl::StatusOr<UnverifiedCorim> corim =
        UnverifiedCorim::Parse(request.corim());
    if (!corim.ok()) return errors::BadCorim(corim.status().message());
    OTRP_ASSIGN_OR_RETURN(const crypto::PublicKey key,
                          SignerOf(snapshot, request, *corim, now));
    absl::StatusOr<std::string> verified = (*std::move(corim)).Verify(key, now);
    if (!verified.ok()) return errors::BadCorim(verified.status().message());
    payload = *std::move(verified);
    opened.signer = HexEncode(crypto::Sha256(key.ToSpki()));
  } else if (!request.unsigned_ok()) {
    return errors::BadCorim(
        "nobody signed it; unsigned_ok takes it all the "
        "same");
  }
  absl::StatusOr<CorimContent> content = ReadCorim(payload, now);
  if (!content.ok()) return errors::BadCorim(content.status().message());
  opened.content = *std::move(content);
  return opened;
}

std::vector<StoredReference> ValuesOf(const v1::ImportCorimRequest& request,
                                      const CorimContent& content,
                                      const std::string& by, absl::Time now) {
  std::vector<StoredReference> values;
  for (const CorimValue& value : content.values) {
    StoredReference stored;
    stored.name = absl::StrCat(request.name(), "-", values.size() + 1);
    stored.tee = {request.anchor(), value.tee_name, value.tee_version};
    stored.changed_at = now;
    stored.changed_by = by;
    values.push_back(std::move(stored));
  }
  return values;
}

absl::StatusOr<std::vector<EvidenceKey>> KeysOf(
    const v1::ImportCorimRequest& request, const CorimContent& content,
    const std::string& by, absl::Time now) {
  std::vector<EvidenceKey> keys;
  for (const CorimKey& key : content.keys) {
    absl::StatusOr<EvidenceKey> read =
        NewEvidenceKey(key.key_id, request.anchor(), key.spki, now, by);
    if (!read.ok()) return errors::BadCorim(read.status().message());
    keys.push_back(*std::move(read));
  }
  return keys;
}

}  // namespace

absl::Status ImportCorim(const rpc::CallContext& call, Env& env,
                         const v1::ImportCorimRequest& request,
                         v1::ImportCorimResponse& response) {
  OTRP_RETURN_IF_ERROR(Check(request));
  OTRP_RETURN_IF_ERROR(CheckAnchor(env, request.anchor()));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  const absl::Time now = env.clock.Now();
  const std::string by = call.caller().ToString();
  OTRP_ASSIGN_OR_RETURN(const Opened opened, Open(*snapshot, request, now));
  const std::vector<StoredReference> values =
      ValuesOf(request, opened.content, by, now);
  OTRP_ASSIGN_OR_RETURN(const std::vector<EvidenceKey> keys,
                        KeysOf(request, opened.content, by, now));
  OTRP_RETURN_IF_ERROR(env.references.Import(
      values, keys, request.dry_run(),
      service::AuditOf(
          call, "reference_value.import", request.name(), store::kAuditOk,
          service::AuditDetails()
              .Set("anchor", request.anchor())
              .Set("values", static_cast<int64_t>(values.size()))
              .Set("keys", static_cast<int64_t>(keys.size()))
              .Set("signer", opened.signer)
              .Set("sha256", HexEncode(crypto::Sha256(request.corim()))))));
  if (request.dry_run()) call.Changed(false);
  for (const StoredReference& value : values) {
    v1::ImportedValue* entry = response.add_values();
    entry->set_name(value.name);
    entry->set_tee_name(value.tee.tee_name);
    entry->set_tee_version(value.tee.tee_version);
  }
  for (const EvidenceKey& key : keys) ToProto(key, *response.add_keys());
  response.set_dry_run(request.dry_run());
  response.set_signer(opened.signer);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
