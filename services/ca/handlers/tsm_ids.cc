#include "services/ca/handlers/tsm_ids.h"

#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/ca/domain/order.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

v1::TsmId ToProto(const TsmIdRecord& record) {
  v1::TsmId out;
  out.set_uri(record.uri);
  out.set_holder(record.holder);
  *out.mutable_registered_at() = rpc::ToProto(record.registered_at);
  out.set_registered_by(record.registered_by);
  return out;
}

}  // namespace

absl::Status AddTsmId(const rpc::CallContext& call, Env& env,
                      const v1::AddTsmIdRequest& request,
                      v1::AddTsmIdResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckTsmId("uri", request.uri()));
  TsmIdRecord record;
  record.uri = request.uri();
  record.holder =
      request.holder().empty() ? kTsmServiceHolder : request.holder();
  OTRP_RETURN_IF_ERROR(CheckTsmIdHolder(record.holder));
  record.registered_at = env.clock.Now();
  record.registered_by = call.caller().ToString();
  OTRP_ASSIGN_OR_RETURN(
      const TsmIdStore::Changed added,
      env.tsm_ids.Add(
          record, service::AuditOf(
                      call, "tsm_id.add", record.uri, store::kAuditOk,
                      service::AuditDetails().Set("holder", record.holder))));
  call.Changed(added.changed);
  *response.mutable_tsm_id() = ToProto(added.tsm_id);
  return absl::OkStatus();
}

absl::Status TransferTsmId(const rpc::CallContext& call, Env& env,
                           const v1::TransferTsmIdRequest& request,
                           v1::TransferTsmIdResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckTsmId("uri", request.uri()));
  OTRP_RETURN_IF_ERROR(CheckTsmIdHolder(request.holder()));
  const absl::StatusOr<TsmIdStore::Changed> moved = env.tsm_ids.Transfer(
      request.uri(), request.holder(), [&](const std::string& from) {
        call.ResetAuditRecords();
        return service::AuditOf(call, "tsm_id.transfer", request.uri(),
                                store::kAuditOk,
                                service::AuditDetails()
                                    .Set("from", from)
                                    .Set("to", request.holder()));
      });
  if (!moved.ok()) {
    return errors::NameNotFound(moved.status(),
                                errors::TsmIdNotFound(request.uri()));
  }
  call.Changed(moved->changed);
  *response.mutable_tsm_id() = ToProto(moved->tsm_id);
  return absl::OkStatus();
}

absl::Status ReleaseTsmId(const rpc::CallContext& call, Env& env,
                          const v1::ReleaseTsmIdRequest& request,
                          v1::ReleaseTsmIdResponse&) {
  OTRP_RETURN_IF_ERROR(CheckTsmId("uri", request.uri()));
  return errors::NameNotFound(
      env.tsm_ids.Release(
          request.uri(), env.clock.Now(),
          service::AuditOf(call, "tsm_id.release", request.uri())),
      errors::TsmIdNotFound(request.uri()));
}

absl::Status ListTsmIds(const rpc::CallContext&, Env& env,
                        const v1::ListTsmIdsRequest& request,
                        v1::ListTsmIdsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<TsmIdRecord> records,
      env.tsm_ids.List(request.holder(), page.after(), page.limit()));
  page.Finish(records, response,
              [](const TsmIdRecord& record) { return record.uri; });
  for (const TsmIdRecord& record : records) {
    *response.add_tsm_ids() = ToProto(record);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
