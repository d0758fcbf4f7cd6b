#include "services/attestation_verifier/handlers/evidence_anchors.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/attest/reasons.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/keys.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

absl::Status CheckSchemes(const std::vector<std::string>& schemes) {
  const bool known = std::all_of(
      schemes.begin(), schemes.end(), [](const std::string& scheme) {
        return std::count(std::begin(kSchemes), std::end(kSchemes), scheme) > 0;
      });
  const std::set<std::string> once(schemes.begin(), schemes.end());
  return schemes.empty() || !known || once.size() != schemes.size()
             ? errors::BadSchemes()
             : absl::OkStatus();
}

absl::Status CheckKeyId(const std::string& key_id) {
  return key_id.empty() || key_id.size() > kMaxKeyIdBytes ? errors::BadKeyId()
                                                          : absl::OkStatus();
}

void ToProto(const EvidenceAnchor& anchor, v1::EvidenceAnchor& out) {
  out.set_name(anchor.name);
  out.mutable_schemes()->Assign(anchor.schemes.begin(), anchor.schemes.end());
  *out.mutable_changed_at() = rpc::ToProto(anchor.changed_at);
  out.set_changed_by(anchor.changed_by);
}

// Devices that were accepted by a scheme that no longer counts.
absl::Status RefuseOthers(Env& env, const std::string& anchor,
                          const std::vector<std::string>& schemes) {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  const std::vector<attest::Reason> reasons = {
      {attest::reason::kEvidenceScheme,
       absl::StrCat(anchor, "'s signatures no longer count for it"), "scheme",
       "", absl::StrCat("evidence anchor ", anchor)}};
  for (;;) {
    OTRP_ASSIGN_OR_RETURN(
        const std::vector<std::string> dids,
        env.evidence.DevicesByOtherSchemes(anchor, schemes, kWithdrawalBatch));
    if (dids.empty()) return absl::OkStatus();
    const absl::Time now = env.clock.Now();
    OTRP_ASSIGN_OR_RETURN(
        const int64_t refused,
        env.evidence.RefuseDevices(dids, absl::InfiniteFuture(), reasons,
                                   snapshot->policy.version, now));
    // Others have refused them meanwhile.
    if (refused == 0) return absl::OkStatus();
  }
}

// It is stored: the next pull brings it where this one fails.
void HoldNow(const rpc::CallContext& call, Env& env) {
  const absl::Status held = env.updater.PullPolicy();
  if (held.ok()) return;
  OTRP_LOG(
      WARNING, "a changed evidence anchor isn't in use everywhere yet",
      {{"error", std::string(held.message())}, {"trace_id", call.trace_id()}});
}

}  // namespace

absl::Status PutEvidenceAnchor(const rpc::CallContext& call, Env& env,
                               const v1::PutEvidenceAnchorRequest& request,
                               v1::PutEvidenceAnchorResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  EvidenceAnchor anchor;
  anchor.name = request.name();
  anchor.schemes.assign(request.schemes().begin(), request.schemes().end());
  OTRP_RETURN_IF_ERROR(CheckSchemes(anchor.schemes));
  anchor.changed_at = env.clock.Now();
  anchor.changed_by = call.caller().ToString();
  OTRP_RETURN_IF_ERROR(env.evidence.PutAnchor(
      anchor, service::AuditOf(
                  call, "evidence_anchor.put", anchor.name, store::kAuditOk,
                  service::AuditDetails().SetList("schemes", anchor.schemes))));
  HoldNow(call, env);
  OTRP_RETURN_IF_ERROR(RefuseOthers(env, anchor.name, anchor.schemes));
  ToProto(anchor, *response.mutable_anchor());
  return absl::OkStatus();
}

absl::Status DeleteEvidenceAnchor(
    const rpc::CallContext& call, Env& env,
    const v1::DeleteEvidenceAnchorRequest& request,
    v1::DeleteEvidenceAnchorResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  OTRP_RETURN_IF_ERROR(env.evidence.DeleteAnchor(
      request.name(),
      service::AuditOf(call, "evidence_anchor.delete", request.name())));
  HoldNow(call, env);
  return RefuseOthers(env, request.name(), {kOtrpDsi});
}

absl::Status ListEvidenceAnchors(const rpc::CallContext&, Env& env,
                                 const v1::ListEvidenceAnchorsRequest&,
                                 v1::ListEvidenceAnchorsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const EvidenceAnchorList list,
                        env.evidence.LoadAnchors());
  for (const EvidenceAnchor& anchor : list.anchors) {
    ToProto(anchor, *response.add_anchors());
  }
  return absl::OkStatus();
}

absl::Status AddEvidenceKey(const rpc::CallContext& call, Env& env,
                            const v1::AddEvidenceKeyRequest& request,
                            v1::AddEvidenceKeyResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckKeyId(request.key_id()));
  OTRP_RETURN_IF_ERROR(service::CheckName("anchor", request.anchor()));
  OTRP_ASSIGN_OR_RETURN(
      const EvidenceKey key,
      NewEvidenceKey(request.key_id(), request.anchor(), request.spki(),
                     env.clock.Now(), call.caller().ToString()));
  OTRP_RETURN_IF_ERROR(env.evidence.AddKeys(
      {key}, service::AuditOf(call, "evidence_key.add", HexEncode(key.key_id),
                              store::kAuditOk,
                              service::AuditDetails()
                                  .Set("anchor", key.anchor)
                                  .Set("did", HexEncode(key.did)))));
  ToProto(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status RemoveEvidenceKey(const rpc::CallContext& call, Env& env,
                               const v1::RemoveEvidenceKeyRequest& request,
                               v1::RemoveEvidenceKeyResponse&) {
  OTRP_RETURN_IF_ERROR(CheckKeyId(request.key_id()));
  OTRP_ASSIGN_OR_RETURN(const absl::optional<EvidenceKey> held,
                        env.evidence.FindKey(request.key_id()));
  if (!held.has_value()) return errors::NoEvidenceKey();
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  OTRP_RETURN_IF_ERROR(env.evidence.RemoveKey(
      held->key_id,
      service::AuditOf(call, "evidence_key.remove", HexEncode(held->key_id))));
  return env.evidence
      .RefuseDevices(
          {held->did}, absl::InfiniteFuture(),
          {{attest::reason::kEvidenceUnknownSigner, "its key was removed",
            "key_id", HexEncode(held->key_id), "evidence keys"}},
          snapshot->policy.version, env.clock.Now())
      .status();
}

absl::Status ListEvidenceKeys(const rpc::CallContext&, Env& env,
                              const v1::ListEvidenceKeysRequest& request,
                              v1::ListEvidenceKeysResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("anchor", request.anchor()));
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  // Key ids are octets; a page's place is text.
  const absl::StatusOr<std::string> after = HexDecode(page.after());
  if (!after.ok()) return service::BadPageToken();
  OTRP_ASSIGN_OR_RETURN(
      std::vector<EvidenceKey> keys,
      env.evidence.ListKeys(*after, page.limit(), request.anchor()));
  page.Finish(keys, response,
              [](const EvidenceKey& key) { return HexEncode(key.key_id); });
  for (const EvidenceKey& key : keys) ToProto(key, *response.add_keys());
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
