#include "libs/service/audit_service.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/run.h"
#include "libs/rpc/service.h"
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

void FillTimestamp(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    --seconds;
  }
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(rest * 1000));
}

namespace handlers {

absl::Status ListAuditEvents(const rpc::CallContext&, Env& env,
                             const pb::ListAuditEventsRequest& request,
                             pb::ListAuditEventsResponse& response) {
  store::AuditFilter filter;
  OTRP_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  OTRP_ASSIGN_OR_RETURN(const std::string after,
                        DecodePageToken(request.page_token()));
  if (!after.empty() &&
      (!absl::SimpleAtoi(after, &filter.before_id) || filter.before_id < 1)) {
    return absl::InvalidArgumentError(
        "page_token: must be the next_page_token of an answer");
  }
  filter.subject = request.subject();
  filter.action_prefix = request.action_prefix();
  // One more than asked for tells whether there is a next page.
  filter.limit = size + 1;
  OTRP_ASSIGN_OR_RETURN(auto events, store::ListAuditEvents(env.pool, filter));
  const bool more = events.size() > static_cast<size_t>(size);
  if (more) events.resize(static_cast<size_t>(size));
  for (const store::StoredAuditEvent& stored : events) {
    pb::AuditEvent* out = response.add_events();
    out->set_id(stored.id);
    FillTimestamp(stored.at, out->mutable_at());
    out->set_actor(stored.event.actor);
    out->set_action(stored.event.action);
    out->set_subject(stored.event.subject);
    out->set_outcome(stored.event.outcome);
    out->set_details_json(stored.event.details_json);
    out->set_trace_id(stored.event.trace_id);
  }
  if (more) {
    response.set_next_page_token(
        EncodePageToken(absl::StrCat(events.back().id)));
  }
  return absl::OkStatus();
}

absl::Status VerifyAuditLog(const rpc::CallContext&, Env& env,
                            const pb::VerifyAuditLogRequest&,
                            pb::VerifyAuditLogResponse& response) {
  OTRP_ASSIGN_OR_RETURN(store::AuditVerification result,
                        store::VerifyAuditLog(env.pool));
  response.set_intact(result.intact);
  response.set_sealed_events(result.sealed_events);
  response.set_seals(result.seals);
  response.set_unsealed_events(result.unsealed_events);
  for (std::string& fault : result.faults) {
    response.add_faults(std::move(fault));
  }
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
