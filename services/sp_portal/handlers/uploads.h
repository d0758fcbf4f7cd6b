// otrp.portal.v1.Uploads. Each: validate, fetch, act, fill.

#ifndef OTRP_SERVICES_SP_PORTAL_HANDLERS_UPLOADS_H_
#define OTRP_SERVICES_SP_PORTAL_HANDLERS_UPLOADS_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/portal/v1/uploads.pb.h"
#include "services/sp_portal/env.h"

namespace otrp {
namespace portal {
namespace handlers {

absl::Status CreateUpload(const rpc::CallContext& call, Env& env,
                          const v1::CreateUploadRequest& request,
                          v1::CreateUploadResponse& response);

absl::Status GetUpload(const rpc::CallContext& call, Env& env,
                       const v1::GetUploadRequest& request,
                       v1::GetUploadResponse& response);

absl::Status ListUploads(const rpc::CallContext& call, Env& env,
                         const v1::ListUploadsRequest& request,
                         v1::ListUploadsResponse& response);

absl::Status WriteChunk(const rpc::CallContext& call, Env& env,
                        const v1::WriteChunkRequest& request,
                        v1::WriteChunkResponse& response);

absl::Status CompleteUpload(const rpc::CallContext& call, Env& env,
                            const v1::CompleteUploadRequest& request,
                            v1::CompleteUploadResponse& response);

absl::Status AbortUpload(const rpc::CallContext& call, Env& env,
                         const v1::AbortUploadRequest& request,
                         v1::AbortUploadResponse& response);

}  // namespace handlers
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_HANDLERS_UPLOADS_H_
