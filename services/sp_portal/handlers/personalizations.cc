#include "services/sp_portal/handlers/personalizations.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

std::string KeyOf(const Personalization& own) {
  return absl::StrCat(own.spid, "/", own.taid);
}

service::AuditDetails DetailsOf(const Personalization& own) {
  return service::AuditDetails().Set("did", absl::BytesToHexString(own.did));
}

// The data is filled in at delivery, as it is then.
tsm::v1::ApplyRequest EventOf(const Personalization& own) {
  tsm::v1::ApplyRequest event;
  auto* changed = event.mutable_personalization_changed();
  changed->set_spid(own.spid);
  changed->set_taid(own.taid);
  changed->set_did(own.did);
  return event;
}

// Whose a request is about.
template <typename Request>
absl::StatusOr<Personalization> Of(const rpc::CallContext& call, Env& env,
                                   const Request& request) {
  OTRP_RETURN_IF_ERROR(service::CheckDid("did", request.did()));
  Personalization own;
  own.spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(own.taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  own.did = request.did();
  own.put_at = env.clock.Now();
  return own;
}

void ToProto(const Personalization& own, v1::Personalization& out) {
  out.set_did(own.did);
  out.set_bytes(own.bytes);
  out.set_sha256(own.sha256);
  *out.mutable_put_at() = rpc::ToProto(own.put_at);
}

}  // namespace

absl::Status PutPersonalization(const rpc::CallContext& call, Env& env,
                                const v1::PutPersonalizationRequest& request,
                                v1::PutPersonalizationResponse& response) {
  if (request.data().empty() || request.data().size() > kMaxOwnDataBytes) {
    return rpc::FieldMust("data", "be 1 octet to 64 KiB");
  }
  OTRP_ASSIGN_OR_RETURN(Personalization own, Of(call, env, request));
  own.bytes = static_cast<int64_t>(request.data().size());
  own.sha256 = crypto::Sha256(request.data());
  OTRP_ASSIGN_OR_RETURN(const SealedBlob sealed,
                        env.blobs.Seal(request.data()));
  const auto by = call.caller().kind == rpc::CallerKind::kSp
                      ? PortalStore::By::kSp
                      : PortalStore::By::kOperator;
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.PutPersonalization(
          own, by, sealed, NewMessage(call, env, KeyOf(own), EventOf(own)),
          service::AuditOf(call, "ta.personalization.put", KeyOf(own),
                           store::kAuditOk, DetailsOf(own))));
  response.set_delivered(Finish(call, env, change));
  ToProto(own, *response.mutable_personalization());
  return absl::OkStatus();
}

absl::Status ListPersonalizations(
    const rpc::CallContext& call, Env& env,
    const v1::ListPersonalizationsRequest& request,
    v1::ListPersonalizationsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_ASSIGN_OR_RETURN(std::vector<Personalization> list,
                        env.store.ListPersonalizations(
                            request.spid(), taid, page.after(), page.limit()));
  page.Finish(list, response,
              [](const Personalization& own) { return own.did; });
  for (const Personalization& own : list) {
    ToProto(own, *response.add_personalizations());
  }
  return absl::OkStatus();
}

absl::Status DeletePersonalization(
    const rpc::CallContext& call, Env& env,
    const v1::DeletePersonalizationRequest& request,
    v1::DeletePersonalizationResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Personalization own, Of(call, env, request));
  OTRP_RETURN_IF_ERROR(CheckMayTakeAway(call, env, own.spid));
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.DeletePersonalization(
          own, NewMessage(call, env, KeyOf(own), EventOf(own)),
          service::AuditOf(call, "ta.personalization.delete", KeyOf(own),
                           store::kAuditOk, DetailsOf(own))));
  response.set_delivered(Finish(call, env, change));
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
