#include "services/sp_portal/handlers/uploads.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/handlers/new_version.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

constexpr char kFirstUuid[] = "00000000-0000-0000-0000-000000000000";

// As PostgreSQL writes it. Another's upload is answered as none.
absl::StatusOr<Upload> UploadFor(const rpc::CallContext& call, Env& env,
                                 const std::string& asked) {
  if (!IsUuid(asked)) return errors::UploadNotFound(asked);
  const std::string id = absl::AsciiStrToLower(asked);
  OTRP_ASSIGN_OR_RETURN(Upload upload, env.uploads.Get(id));
  const absl::Status may_act =
      TaidFor(call, env, upload.spid, upload.taid).status();
  if (absl::IsNotFound(may_act)) return errors::UploadNotFound(id);
  OTRP_RETURN_IF_ERROR(may_act);
  return upload;
}

service::AuditDetails DetailsOf(const Upload& upload) {
  return service::AuditDetails()
      .Set("version", upload.version)
      .Set("image_sha256", absl::BytesToHexString(upload.sha256))
      .Set("size", upload.size);
}

std::string SubjectOf(const Upload& upload) {
  return absl::StrCat(upload.spid, "/", upload.taid);
}

void ToProto(const Upload& upload, v1::Upload& out) {
  out.set_upload_id(upload.id);
  out.set_spid(upload.spid);
  out.set_taid(upload.taid);
  out.set_version(upload.version);
  out.set_format(std::string(protocol::TaImageFormatName(upload.format)));
  out.set_size(upload.size);
  out.set_sha256(upload.sha256);
  out.set_received(upload.received);
  out.set_completed(upload.completed());
  *out.mutable_created_at() = rpc::ToProto(upload.created_at);
  *out.mutable_expires_at() = rpc::ToProto(upload.expires_at);
}

// The same version with another image can't become one.
absl::Status CheckVersionIsFree(Env& env, const Upload& upload,
                                const service::Version& version) {
  const absl::StatusOr<AppVersion> there =
      env.store.GetVersion(upload.spid, upload.taid, version);
  if (absl::IsNotFound(there.status())) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(there.status());
  return there->image_sha256 == upload.sha256
             ? absl::OkStatus()
             : errors::VersionTaken(there->version);
}

// What a completed upload has become.
absl::Status FillCompleted(Env& env, const Upload& upload,
                           v1::CompleteUploadResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Version order,
                        service::Version::Parse(upload.version));
  OTRP_ASSIGN_OR_RETURN(const AppVersion version,
                        env.store.GetVersion(upload.spid, upload.taid, order));
  response.set_image_sha256(version.image_sha256);
  response.set_signer_fingerprint(version.signer_fingerprint);
  return absl::OkStatus();
}

}  // namespace

absl::Status CreateUpload(const rpc::CallContext& call, Env& env,
                          const v1::CreateUploadRequest& request,
                          v1::CreateUploadResponse& response) {
  Upload wanted;
  wanted.spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(wanted.taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_RETURN_IF_ERROR(CheckActive(env, wanted.spid));
  OTRP_ASSIGN_OR_RETURN(const service::Version order,
                        service::Version::Parse(request.version()));
  wanted.version = order.text();
  if (request.size() < 1 || request.size() > kMaxUploadBytes) {
    return errors::BadUploadSize();
  }
  wanted.size = request.size();
  if (request.sha256().size() != crypto::kSha256Size) {
    return errors::BadDigest("sha256");
  }
  wanted.sha256 = request.sha256();
  OTRP_ASSIGN_OR_RETURN(wanted.format, FormatOf(request.format()));
  OTRP_RETURN_IF_ERROR(CheckVersionIsFree(env, wanted, order));
  // Again when it is completed; a refusal now saves the way.
  OTRP_RETURN_IF_ERROR(
      env.store.CheckQuotas(wanted.spid, wanted.taid, wanted.size, env.quotas));
  wanted.created_at = env.clock.Now();
  wanted.expires_at = wanted.created_at + kKeepUploads;
  OTRP_ASSIGN_OR_RETURN(
      const UploadStore::Created created,
      env.uploads.Create(
          wanted, service::AuditOf(call, "upload.create", SubjectOf(wanted),
                                   store::kAuditOk, DetailsOf(wanted))));
  call.Changed(created.made);
  ToProto(created.upload, *response.mutable_upload());
  return absl::OkStatus();
}

absl::Status GetUpload(const rpc::CallContext& call, Env& env,
                       const v1::GetUploadRequest& request,
                       v1::GetUploadResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Upload upload,
                        UploadFor(call, env, request.upload_id()));
  ToProto(upload, *response.mutable_upload());
  return absl::OkStatus();
}

absl::Status ListUploads(const rpc::CallContext& call, Env& env,
                         const v1::ListUploadsRequest& request,
                         v1::ListUploadsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  const std::string after = page.after().empty() ? kFirstUuid : page.after();
  if (!IsUuid(after)) return service::BadPageToken();
  OTRP_ASSIGN_OR_RETURN(const Visible visible, VisibleTo(call, request.spid()));
  OTRP_ASSIGN_OR_RETURN(std::vector<Upload> uploads,
                        env.uploads.List(visible, after, page.limit()));
  page.Finish(uploads, response,
              [](const Upload& upload) { return upload.id; });
  for (const Upload& upload : uploads) {
    ToProto(upload, *response.add_uploads());
  }
  return absl::OkStatus();
}

absl::Status WriteChunk(const rpc::CallContext& call, Env& env,
                        const v1::WriteChunkRequest& request,
                        v1::WriteChunkResponse& response) {
  if (request.data().empty() || request.data().size() > kBlobChunkBytes) {
    return errors::BadChunkSize();
  }
  if (request.offset() < 0) return errors::BadOffset();
  OTRP_ASSIGN_OR_RETURN(const Upload upload,
                        UploadFor(call, env, request.upload_id()));
  OTRP_ASSIGN_OR_RETURN(
      const int64_t received,
      env.uploads.Write(upload.id, request.offset(), request.data(),
                        env.clock.Now() + kKeepUploads));
  // On record are the upload's beginning and its end.
  call.Changed(false);
  response.set_received(received);
  return absl::OkStatus();
}

absl::Status CompleteUpload(const rpc::CallContext& call, Env& env,
                            const v1::CompleteUploadRequest& request,
                            v1::CompleteUploadResponse& response) {
  if (request.personalization_data().size() > kMaxPersonalizationBytes) {
    return errors::BadPersonalizationSize();
  }
  OTRP_ASSIGN_OR_RETURN(const Upload upload,
                        UploadFor(call, env, request.upload_id()));
  if (upload.completed()) {
    call.Changed(false);
    return FillCompleted(env, upload, response);
  }
  if (upload.received < upload.size) {
    return errors::UploadIncomplete(upload.received, upload.size);
  }
  OTRP_ASSIGN_OR_RETURN(
      const std::string manifest,
      ManifestOf(request.has_manifest(), request.manifest(), upload.taid));
  OTRP_ASSIGN_OR_RETURN(const LargeImageTurn turn,
                        LargeImageTurn::Wait(upload.size));
  OTRP_ASSIGN_OR_RETURN(const std::string image,
                        env.blobs.ReadUnchecked(upload.blob_id));
  if (crypto::Sha256(image) != upload.sha256) return errors::WrongDigest();
  AppVersion version;
  version.spid = upload.spid;
  version.taid = upload.taid;
  version.version = upload.version;
  version.format = upload.format;
  version.manifest = manifest;
  OTRP_RETURN_IF_ERROR(CheckImage(env, image, &version));
  NewImage brought;
  brought.personalization_data = request.personalization_data();
  brought.upload_id = upload.id;
  brought.blob_id = upload.blob_id;
  OTRP_RETURN_IF_ERROR(AddVersion(call, env, brought, version));
  response.set_image_sha256(version.image_sha256);
  response.set_signer_fingerprint(version.signer_fingerprint);
  return absl::OkStatus();
}

absl::Status AbortUpload(const rpc::CallContext& call, Env& env,
                         const v1::AbortUploadRequest& request,
                         v1::AbortUploadResponse&) {
  OTRP_ASSIGN_OR_RETURN(const Upload upload,
                        UploadFor(call, env, request.upload_id()));
  return env.uploads.Abort(
      upload.id, env.clock.Now(),
      service::AuditOf(call, "upload.abort", SubjectOf(upload), store::kAuditOk,
                       DetailsOf(upload)));
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
