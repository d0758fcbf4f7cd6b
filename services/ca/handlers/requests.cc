#include "services/ca/handlers/requests.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/csr.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/paging.h"
#include "services/ca/domain/order.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/handlers/market.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

constexpr size_t kIdDigits = 32;

// The issuer's name for the certificate of a request.
std::string IssuerIdOf(const std::string& id) {
  return absl::StrCat("issuance-request-", id);
}

// The same for the same wish of the same person.
std::string IdOf(const IssuanceRequest& request) {
  return absl::BytesToHexString(
             crypto::Sha256(absl::StrCat(
                 request.requested_by, "\n", pki::RoleName(request.profile),
                 "\n", request.common_name, "\n",
                 absl::StrJoin(request.san_uris, " "), "\n",
                 crypto::Sha256(request.csr_der), request.authority)))
      .substr(0, kIdDigits);
}

v1::IssuanceRequest ToProto(const IssuanceRequest& request) {
  v1::IssuanceRequest out;
  out.set_request_id(request.id);
  out.set_state(std::string(IssuanceStateWord(request.decision.state)));
  out.set_profile(ProfileToProto(request.profile));
  out.set_common_name(request.common_name);
  for (const std::string& uri : request.san_uris) out.add_san_uris(uri);
  const absl::StatusOr<pki::Csr> csr =
      pki::Csr::ParseFor(request.csr_der, pki::ProfileFor(request.profile));
  if (csr.ok()) {
    out.set_spki_sha256(crypto::Sha256(csr->public_key().ToSpki()));
  }
  out.set_authority(request.authority);
  out.set_requested_by(request.requested_by);
  *out.mutable_requested_at() = rpc::ToProto(request.requested_at);
  if (request.decision.state != IssuanceState::kPending) {
    out.set_decided_by(request.decision.by);
    *out.mutable_decided_at() = rpc::ToProto(request.decision.at);
    out.set_reason(request.decision.reason);
  }
  return out;
}

std::string DetailsOf(const IssuanceRequest& request) {
  return service::AuditDetails()
      .Set("profile", pki::RoleName(request.profile))
      .Set("common_name", request.common_name)
      .SetList("uris", request.san_uris)
      .Set("authority", request.authority)
      .Set("requested_by", request.requested_by)
      .ToJson();
}

// As IssueCertificate would make it of its request, for the requester.
absl::StatusOr<IssueOrder> OrderOf(const Env& env,
                                   const IssuanceRequest& request,
                                   const pki::Csr& csr) {
  OTRP_ASSIGN_OR_RETURN(const rpc::Identity requester,
                        rpc::ParseIdentity(request.requester));
  const pki::Profile& profile = pki::ProfileFor(request.profile);
  OTRP_RETURN_IF_ERROR(
      CheckMayHaveOf(env, requester, profile, request.authority));
  return MakeOrder(
      requester, profile, csr,
      {request.common_name, request.san_uris, IssuerIdOf(request.id),
       /*lifetime_seconds=*/0, request.authority},
      env.client_lives);
}

absl::StatusOr<IssuanceRequest> Find(Env& env, const std::string& id) {
  absl::StatusOr<IssuanceRequest> found = env.requests.Get(id);
  if (found.ok()) return found;
  return errors::NameNotFound(found.status(),
                              errors::IssuanceRequestNotFound(id));
}

// The certificate of a request and what is above it; empty: not yet.
absl::StatusOr<std::vector<std::string>> ChainOf(Env& env,
                                                 const std::string& id,
                                                 std::string* serial) {
  std::vector<std::string> chain;
  OTRP_ASSIGN_OR_RETURN(const absl::optional<CertificateRecord> made,
                        env.store.FindRequest(IssuerIdOf(id)));
  if (!made.has_value() || made->der.empty()) return chain;
  *serial = made->serial;
  chain.push_back(made->der);
  const AuthorityPtr authority = env.authorities.Find(made->authority);
  if (authority == nullptr) return chain;
  for (std::string& der : env.authorities.ChainAbove(*authority)) {
    chain.push_back(std::move(der));
  }
  return chain;
}

// What was approved is issued, once. Whether that was now.
absl::StatusOr<bool> IssueApproved(const rpc::CallContext& call, Env& env,
                                   const IssuanceRequest& request,
                                   v1::ApproveIssuanceResponse* response) {
  std::string serial;
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> chain,
                        ChainOf(env, request.id, &serial));
  const bool is_new = chain.empty();
  if (is_new) {
    OTRP_ASSIGN_OR_RETURN(
        const pki::Csr csr,
        pki::Csr::ParseFor(request.csr_der, pki::ProfileFor(request.profile)));
    OTRP_ASSIGN_OR_RETURN(const IssueOrder order, OrderOf(env, request, csr));
    OTRP_ASSIGN_OR_RETURN(
        const Issued issued,
        env.issuer.Issue(csr, order, [&](const CertificateRecord& signed_one) {
          // The approval has its own; they count as the call's one.
          call.ResetAuditRecords();
          return service::AuditOf(call, "certificate.issue", signed_one.serial,
                                  store::kAuditOk,
                                  IssueDetails(signed_one, order));
        }));
    serial = issued.serial;
    chain = issued.chain_der;
  }
  response->set_serial(serial);
  for (const std::string& der : chain) response->add_chain_der(der);
  return is_new;
}

absl::StatusOr<RequestStore::Changed> Decide(const rpc::CallContext& call,
                                             Env& env,
                                             const IssuanceRequest& request,
                                             IssuanceState state,
                                             const std::string& reason) {
  const absl::Time now = env.clock.Now();
  return env.requests.Decide(
      request.id, {state, call.caller().ToString(), now, reason},
      now - kIssuanceRequestLife,
      service::AuditOf(call,
                       state == IssuanceState::kApproved ? "certificate.approve"
                                                         : "certificate.reject",
                       request.id, store::kAuditOk, DetailsOf(request)));
}

}  // namespace

absl::Status RequestIssuance(const rpc::CallContext& call, Env& env,
                             const v1::RequestIssuanceRequest& request,
                             v1::RequestIssuanceResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const pki::Profile profile,
                        FromProto(request.profile()));
  if (request.csr_der().empty() || request.csr_der().size() > kMaxCsrBytes) {
    return errors::BadCsr("must be a PKCS#10 request in DER, up to 16 KiB");
  }
  const absl::StatusOr<pki::Csr> csr =
      pki::Csr::ParseFor(request.csr_der(), profile);
  if (!csr.ok()) return errors::BadCsr(csr.status().message());
  IssuanceRequest wanted;
  wanted.profile = profile.role;
  wanted.csr_der = request.csr_der();
  wanted.common_name = request.common_name();
  wanted.san_uris = {request.san_uris().begin(), request.san_uris().end()};
  wanted.authority = request.authority();
  // Which of an operator's people it is doesn't count for the names.
  wanted.requester =
      rpc::Identity(call.caller().kind, call.caller().name).ToString();
  wanted.requested_by = call.caller().ToString();
  wanted.requested_at = env.clock.Now();
  wanted.id = IdOf(wanted);
  OTRP_ASSIGN_OR_RETURN(const IssueOrder order, OrderOf(env, wanted, *csr));
  wanted.common_name = order.common_name;
  wanted.san_uris = order.names.uris;
  OTRP_ASSIGN_OR_RETURN(
      const RequestStore::Changed added,
      env.requests.Add(wanted,
                       service::AuditOf(call, "certificate.request", wanted.id,
                                        store::kAuditOk, DetailsOf(wanted))));
  call.Changed(added.changed);
  *response.mutable_request() = ToProto(added.request);
  return absl::OkStatus();
}

absl::Status ApproveIssuance(const rpc::CallContext& call, Env& env,
                             const v1::ApproveIssuanceRequest& request,
                             v1::ApproveIssuanceResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const IssuanceRequest wanted,
                        Find(env, request.request_id()));
  // Who asks needn't be one.
  OTRP_RETURN_IF_ERROR(env.ca_admins.CheckGrant(
      call.caller(), pki::ProfileFor(wanted.profile), wanted.san_uris));
  OTRP_ASSIGN_OR_RETURN(
      const RequestStore::Changed decided,
      Decide(call, env, wanted, IssuanceState::kApproved, ""));
  OTRP_ASSIGN_OR_RETURN(const bool issued,
                        IssueApproved(call, env, decided.request, &response));
  call.Changed(decided.changed || issued);
  return absl::OkStatus();
}

absl::Status RejectIssuance(const rpc::CallContext& call, Env& env,
                            const v1::RejectIssuanceRequest& request,
                            v1::RejectIssuanceResponse& response) {
  if (request.reason().size() > kMaxReasonBytes) {
    return errors::BadName("reason", "must have at most 200 characters");
  }
  OTRP_ASSIGN_OR_RETURN(const IssuanceRequest wanted,
                        Find(env, request.request_id()));
  OTRP_ASSIGN_OR_RETURN(
      const RequestStore::Changed decided,
      Decide(call, env, wanted, IssuanceState::kRejected, request.reason()));
  call.Changed(decided.changed);
  *response.mutable_request() = ToProto(decided.request);
  return absl::OkStatus();
}

absl::Status GetIssuanceRequest(const rpc::CallContext&, Env& env,
                                const v1::GetIssuanceRequestRequest& request,
                                v1::GetIssuanceRequestResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const IssuanceRequest found,
                        Find(env, request.request_id()));
  std::string serial;
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                        ChainOf(env, found.id, &serial));
  *response.mutable_request() = ToProto(found);
  for (const std::string& der : chain) response.add_chain_der(der);
  return absl::OkStatus();
}

absl::Status ListIssuanceRequests(
    const rpc::CallContext&, Env& env,
    const v1::ListIssuanceRequestsRequest& request,
    v1::ListIssuanceRequestsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  const absl::optional<IssuanceState> state =
      IssuanceStateFromWord(request.state());
  if (!state.has_value() && !request.state().empty()) {
    return errors::BadIssuanceState();
  }
  OTRP_ASSIGN_OR_RETURN(std::vector<IssuanceRequest> found,
                        env.requests.List(state, page.after(), page.limit()));
  page.Finish(found, response,
              [](const IssuanceRequest& one) { return one.id; });
  for (const IssuanceRequest& one : found) {
    *response.add_requests() = ToProto(one);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
