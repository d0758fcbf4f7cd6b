#include "services/sp_portal/handlers/evidence.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "services/sp_portal/domain/evidence.h"
#include "services/sp_portal/handlers/new_version.h"
#include "services/sp_portal/handlers/tenancy.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

// `evidence`: its kind, format and signer.
absl::Status Attach(const rpc::CallContext& call, Env& env,
                    const AppVersion& version, const std::string& document,
                    absl::string_view field, Evidence* evidence) {
  OTRP_RETURN_IF_ERROR(CheckActive(version));
  evidence->sha256 = crypto::Sha256(document);
  evidence->bytes = static_cast<int64_t>(document.size());
  evidence->attached_at = env.clock.Now();
  OTRP_ASSIGN_OR_RETURN(const SealedBlob sealed, env.blobs.Seal(document));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.Attach(
          version, *evidence, sealed, field,
          service::AuditOf(
              call, absl::StrCat("ta.", WordOf(evidence->kind)),
              absl::StrCat(version.spid, "/", version.taid), store::kAuditOk,
              service::AuditDetails()
                  .Set("version", version.version)
                  .Set("format", evidence->format)
                  .Set("sha256", absl::BytesToHexString(evidence->sha256)))));
  call.Changed(change.changed);
  return absl::OkStatus();
}

void ToProto(const Evidence& evidence, v1::Provenance& out) {
  out.set_predicate_type(evidence.format);
  out.set_signer_fingerprint(evidence.signer_fingerprint.value_or(""));
  out.set_sha256(evidence.sha256);
  *out.mutable_attached_at() = rpc::ToProto(evidence.attached_at);
}

void ToProto(const Evidence& evidence, v1::Sbom& out) {
  out.set_format(evidence.format);
  out.set_sha256(evidence.sha256);
  out.set_size(evidence.bytes);
  *out.mutable_attached_at() = rpc::ToProto(evidence.attached_at);
}

}  // namespace

absl::Status AttachProvenance(const rpc::CallContext& call, Env& env,
                              const v1::AttachProvenanceRequest& request,
                              v1::AttachProvenanceResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        VersionFor(call, env, request));
  OTRP_ASSIGN_OR_RETURN(const std::vector<SpCertificate> signers,
                        SignersOf(env, version.spid));
  OTRP_ASSIGN_OR_RETURN(
      const VerifiedStatement statement,
      VerifyProvenance(request.envelope(), version.image_sha256, signers));
  Evidence evidence;
  evidence.kind = EvidenceKind::kProvenance;
  evidence.format = statement.predicate_type;
  evidence.signer_fingerprint = statement.signer_fingerprint;
  OTRP_RETURN_IF_ERROR(
      Attach(call, env, version, request.envelope(), "envelope", &evidence));
  ToProto(evidence, *response.mutable_provenance());
  return absl::OkStatus();
}

absl::Status AttachSbom(const rpc::CallContext& call, Env& env,
                        const v1::AttachSbomRequest& request,
                        v1::AttachSbomResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        VersionFor(call, env, request));
  Evidence evidence;
  evidence.kind = EvidenceKind::kSbom;
  OTRP_ASSIGN_OR_RETURN(evidence.format, SbomFormat(request.document()));
  OTRP_RETURN_IF_ERROR(
      Attach(call, env, version, request.document(), "document", &evidence));
  ToProto(evidence, *response.mutable_sbom());
  return absl::OkStatus();
}

absl::Status FillEvidence(Env& env, const AppVersion& version, bool documents,
                          v1::GetVersionResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<Evidence> all,
                        env.store.ListEvidence(version));
  for (const Evidence& evidence : all) {
    std::string document;
    if (documents) {
      OTRP_ASSIGN_OR_RETURN(document,
                            env.blobs.Read(evidence.blob_id, evidence.sha256));
    }
    if (evidence.kind == EvidenceKind::kSbom) {
      ToProto(evidence, *response.mutable_sbom());
      response.mutable_sbom()->set_document(document);
    } else {
      ToProto(evidence, *response.mutable_provenance());
      response.mutable_provenance()->set_envelope(document);
    }
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
