#include "libs/service/audit_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/run.h"
#include "libs/rpc/service.h"
#include "libs/rpc/time.h"
#include "libs/service/paging.h"
#include "libs/store/audit.h"
#include "otrp/common/v1/common.grpc.pb.h"

namespace otrp {
namespace service {
namespace {

namespace pb = ::otrp::common::v1;

struct Env {
  const rpc::Guard& guard;
  store::Pool& pool;
};

namespace handlers {

absl::Status ListAuditEvents(const rpc::CallContext&, Env& env,
                             const pb::ListAuditEventsRequest& request,
                             pb::ListAuditEventsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Page page, Page::Of(request));
  store::AuditFilter filter;
  OTRP_ASSIGN_OR_RETURN(filter.before_id, page.AfterNumber(0));
  filter.subject = request.subject();
  filter.action_prefix = request.action_prefix();
  filter.limit = page.limit();
  OTRP_ASSIGN_OR_RETURN(auto events, store::ListAuditEvents(env.pool, filter));
  page.Finish(events, response, [](const store::StoredAuditEvent& stored) {
    return absl::StrCat(stored.id);
  });
  for (const store::StoredAuditEvent& stored : events) {
    pb::AuditEvent* out = response.add_events();
    out->set_id(stored.id);
    *out->mutable_at() = rpc::ToProto(stored.at);
    out->set_actor(stored.event.actor);
    out->set_action(stored.event.action);
    out->set_subject(stored.event.subject);
    out->set_outcome(stored.event.outcome);
    out->set_details_json(stored.event.details_json);
    out->set_trace_id(stored.event.trace_id);
  }
  return absl::OkStatus();
}

absl::Status VerifyAuditLog(const rpc::CallContext&, Env& env,
                            const pb::VerifyAuditLogRequest& request,
                            pb::VerifyAuditLogResponse& response) {
  if (request.after_seal() < 0) {
    return rpc::FieldMust("after_seal", "be one that a former answer gave");
  }
  store::AuditPart part;
  part.after_seal = request.after_seal();
  OTRP_ASSIGN_OR_RETURN(store::AuditVerification result,
                        store::VerifyAuditLog(env.pool, part));
  response.set_intact(result.intact);
  response.set_sealed_events(result.sealed_events);
  response.set_seals(result.seals);
  response.set_unsealed_events(result.unsealed_events);
  for (std::string& fault : result.faults) {
    response.add_faults(std::move(fault));
  }
  for (store::AuditEpoch& epoch : result.epochs) {
    pb::AuditEpoch* out = response.add_epochs();
    out->set_epoch(epoch.epoch);
    out->set_first_seal(epoch.first_seal);
    *out->mutable_at() = rpc::ToProto(epoch.at);
    out->set_reason(std::move(epoch.reason));
  }
  response.set_next_after_seal(result.next_after_seal);
  return absl::OkStatus();
}

}  // namespace handlers

namespace v1 = ::otrp::common::v1;

class AuditLogService final : public rpc::ServiceOf<v1::AuditLog, Env> {
 public:
  AuditLogService(const rpc::Guard& guard, store::Pool& pool)
      : ServiceOf(own_env_), own_env_{guard, pool} {}

  OTRP_FIRST_RPC();
  OTRP_RPC(ListAuditEvents);
  OTRP_RPC(VerifyAuditLog);
  OTRP_LAST_RPC();

 private:
  Env own_env_;
};

}  // namespace

std::vector<rpc::AuthzRule> AuditLogRules() {
  return {
      {"otrp.common.v1.AuditLog.ListAuditEvents",
       rpc::Effect::kReads,
       {rpc::Allow::Operators(), rpc::Allow::Auditors()}},
      {"otrp.common.v1.AuditLog.VerifyAuditLog",
       rpc::Effect::kReads,
       {rpc::Allow::Operators(), rpc::Allow::Auditors()}},
  };
}

std::unique_ptr<grpc::Service> NewAuditLogService(const rpc::Guard& guard,
                                                  store::Pool& pool) {
  return std::make_unique<AuditLogService>(guard, pool);
}

}  // namespace service
}  // namespace otrp
