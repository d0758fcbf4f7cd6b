#include "services/tsm/handlers/outcomes.h"

#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "services/tsm/errors.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

v1::OutcomeKind ToProto(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kInstalled: return v1::OUTCOME_KIND_INSTALLED;
    case Outcome::Kind::kRemoved: return v1::OUTCOME_KIND_REMOVED;
    case Outcome::Kind::kFailed: return v1::OUTCOME_KIND_FAILED;
    case Outcome::Kind::kRefused: return v1::OUTCOME_KIND_REFUSED;
  }
  return v1::OUTCOME_KIND_UNSPECIFIED;
}

void ToProto(const Outcome& outcome, v1::Outcome& out) {
  out.set_kind(ToProto(outcome.kind));
  out.set_did(outcome.did);
  out.set_spid(outcome.spid);
  out.set_taid(outcome.taid);
  out.set_version(outcome.version);
  out.set_action(outcome.action);
  out.set_code(outcome.code);
  out.set_detail(outcome.detail);
  out.set_given_up(outcome.given_up);
}

}  // namespace

absl::Status TakeOutcomes(const rpc::CallContext& call, Env& env,
                          const v1::TakeOutcomesRequest& request,
                          v1::TakeOutcomesResponse& response) {
  const std::string& done = request.done_batch_id();
  if (!done.empty() && !IsUuid(done)) return errors::BadBatchId();
  OTRP_ASSIGN_OR_RETURN(const OutcomeBatch batch,
                        env.store.TakeOutcomes(done, env.clock.Now(),
                                               kOutcomeLease, kOutcomeBatch));
  // It is the portal's to decide what is done about it.
  call.Changed(false);
  response.set_batch_id(batch.id);
  for (const Outcome& outcome : batch.outcomes) {
    ToProto(outcome, *response.add_outcomes());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
