#include "services/sp_portal/handlers/pull_mode.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/http/host_port.h"
#include "libs/pki/certificate.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/sp_portal/domain/pull_errors.h"
#include "services/sp_portal/handlers/convert.h"
#include "services/sp_portal/handlers/events.h"
#include "services/sp_portal/handlers/new_version.h"
#include "services/sp_portal/handlers/tenancy.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace handlers {
namespace {

std::string KeyOf(const std::string& spid, const std::string& taid) {
  return absl::StrCat(spid, "/", taid);
}

// Where it leads to is looked at when it is called.
absl::Status CheckUrl(absl::string_view url) {
  const absl::Status bad = rpc::FieldMust(
      "url",
      "be https://host[:port]/path, up to 2000 characters, without user, "
      "password and fragment");
  if (url.size() > kMaxPullUrlBytes) return bad;
  for (unsigned char c : url) {
    if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') return bad;
  }
  if (!absl::ConsumePrefix(&url, "https://")) return bad;
  const absl::string_view authority = url.substr(0, url.find_first_of("/?"));
  if (authority.empty() || authority.find('@') != absl::string_view::npos) {
    return bad;
  }
  if (authority.rfind(':') == absl::string_view::npos ||
      authority.back() == ']') {
    return absl::OkStatus();
  }
  std::string host;
  int port = 0;
  const bool good =
      http::SplitHostPort(authority, &host, &port) && !host.empty() && port > 0;
  return good ? absl::OkStatus() : bad;
}

absl::Status CheckRoots(const std::string& pem) {
  if (pem.empty()) return absl::OkStatus();
  const absl::Status bad = rpc::FieldMust(
      "roots_pem", "be 1 to 8 certificates in PEM, up to 64 KiB");
  if (pem.size() > kMaxPullRootsBytes) return bad;
  const auto roots = pki::ParsePemBundle(pem);
  return roots.ok() && roots->size() <= kMaxPullRoots ? absl::OkStatus() : bad;
}

void ToProto(const PullEndpoint& endpoint, v1::PullEndpoint& out) {
  out.set_spid(endpoint.spid);
  out.set_taid(endpoint.taid);
  out.set_url(endpoint.url);
  out.set_roots_pem(endpoint.roots_pem);
  out.set_key_id(endpoint.key_id);
  *out.mutable_changed_at() = rpc::ToProto(endpoint.changed_at);
}

tsm::v1::ApplyRequest EventOf(const PullEndpoint& endpoint) {
  tsm::v1::ApplyRequest event;
  auto* changed = event.mutable_pull_endpoint_changed();
  changed->set_spid(endpoint.spid);
  changed->set_taid(endpoint.taid);
  changed->set_url(endpoint.url);
  changed->set_roots_pem(endpoint.roots_pem);
  changed->set_key_id(endpoint.key_id);
  return event;
}

// The fingerprint of the certificate that is to sign.
absl::StatusOr<std::string> SignerOf(Env& env, const std::string& spid,
                                     const std::string& asked) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<SpCertificate> signers,
                        SignersOf(env, spid));
  const auto found = std::find_if(
      signers.begin(), signers.end(), [&](const SpCertificate& certificate) {
        return asked.empty() ? certificate.current
                             : certificate.fingerprint == asked;
      });
  if (found != signers.end()) return found->fingerprint;
  return rpc::FieldMust("signer_fingerprint",
                        "be of a certificate of the service provider that is "
                        "valid now");
}

}  // namespace

absl::Status SetPullEndpoint(const rpc::CallContext& call, Env& env,
                             const v1::SetPullEndpointRequest& request,
                             v1::SetPullEndpointResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckUrl(request.url()));
  OTRP_RETURN_IF_ERROR(CheckRoots(request.roots_pem()));
  if (!request.key_id().empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckName("key_id", request.key_id()));
  }
  PullEndpoint endpoint;
  endpoint.spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(endpoint.taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  // Whoever can't sign an answer has no use for one.
  OTRP_RETURN_IF_ERROR(SignersOf(env, endpoint.spid).status());
  endpoint.url = request.url();
  endpoint.roots_pem = request.roots_pem();
  endpoint.key_id = request.key_id();
  endpoint.changed_at = env.clock.Now();
  const std::string key = KeyOf(endpoint.spid, endpoint.taid);
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.SetPullEndpoint(
          endpoint, env.quotas, NewMessage(call, env, key, EventOf(endpoint)),
          service::AuditOf(call, "ta.pull-endpoint.set", key, store::kAuditOk,
                           service::AuditDetails()
                               .Set("url", endpoint.url)
                               .Set("key_id", endpoint.key_id))));
  response.set_delivered(Finish(call, env, change));
  OTRP_ASSIGN_OR_RETURN(
      const PullEndpoint stored,
      env.store.GetPullEndpoint(endpoint.spid, endpoint.taid));
  ToProto(stored, *response.mutable_endpoint());
  return absl::OkStatus();
}

absl::Status GetPullEndpoint(const rpc::CallContext& call, Env& env,
                             const v1::GetPullEndpointRequest& request,
                             v1::GetPullEndpointResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const std::string taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_ASSIGN_OR_RETURN(const PullEndpoint endpoint,
                        env.store.GetPullEndpoint(request.spid(), taid));
  ToProto(endpoint, *response.mutable_endpoint());
  return absl::OkStatus();
}

absl::Status DeletePullEndpoint(const rpc::CallContext& call, Env& env,
                                const v1::DeletePullEndpointRequest& request,
                                v1::DeletePullEndpointResponse& response) {
  PullEndpoint none;
  none.spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(none.taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_RETURN_IF_ERROR(CheckMayTakeAway(call, env, none.spid));
  const std::string key = KeyOf(none.spid, none.taid);
  OTRP_ASSIGN_OR_RETURN(
      const Change change,
      env.store.DeletePullEndpoint(
          none.spid, none.taid, NewMessage(call, env, key, EventOf(none)),
          service::AuditOf(call, "ta.pull-endpoint.delete", key)));
  response.set_delivered(Finish(call, env, change));
  return absl::OkStatus();
}

absl::Status AddPullVersion(const rpc::CallContext& call, Env& env,
                            const v1::AddPullVersionRequest& request,
                            v1::AddPullVersionResponse& response) {
  AppVersion version;
  version.spid = request.spid();
  OTRP_ASSIGN_OR_RETURN(version.taid,
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_ASSIGN_OR_RETURN(const service::Version order,
                        service::Version::Parse(request.version()));
  version.version = order.text();
  version.pull = true;
  OTRP_ASSIGN_OR_RETURN(version.format, FormatOf(request.format()));
  OTRP_ASSIGN_OR_RETURN(
      version.manifest,
      ManifestOf(request.has_manifest(), request.manifest(), version.taid));
  OTRP_ASSIGN_OR_RETURN(
      version.signer_fingerprint,
      SignerOf(env, version.spid, request.signer_fingerprint()));
  const auto endpoint =
      env.store.GetPullEndpoint(version.spid, version.taid).status();
  if (absl::IsNotFound(endpoint)) {
    return errors::NeedsPullEndpoint(version.taid);
  }
  OTRP_RETURN_IF_ERROR(endpoint);
  OTRP_RETURN_IF_ERROR(AddVersion(call, env, NewImage(), version));
  OTRP_ASSIGN_OR_RETURN(
      const AppVersion stored,
      env.store.GetVersion(version.spid, version.taid, order));
  ToProto(stored, *response.mutable_version());
  response.set_signer_fingerprint(stored.signer_fingerprint);
  return absl::OkStatus();
}

absl::Status ListPulls(const rpc::CallContext& call, Env& env,
                       const v1::ListPullsRequest& request,
                       v1::ListPullsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  tsm::v1::GetPullLogRequest query;
  query.set_spid(request.spid());
  OTRP_ASSIGN_OR_RETURN(*query.mutable_taid(),
                        TaidFor(call, env, request.spid(), request.taid()));
  OTRP_ASSIGN_OR_RETURN(const int64_t before, page.AfterNumber(0));
  query.set_before(before);
  query.set_limit(page.limit());
  OTRP_ASSIGN_OR_RETURN(const tsm::v1::GetPullLogResponse log,
                        env.pull_log.Get(query, call));
  std::vector<tsm::v1::PullAttempt> attempts(log.attempts().begin(),
                                             log.attempts().end());
  page.Finish(attempts, response, [](const tsm::v1::PullAttempt& attempt) {
    return absl::StrCat(attempt.id());
  });
  for (const tsm::v1::PullAttempt& attempt : attempts) {
    v1::Pull& pull = *response.add_pulls();
    pull.set_version(attempt.version());
    pull.set_did(attempt.did());
    *pull.mutable_at() = attempt.at();
    pull.set_outcome(attempt.outcome());
    pull.set_error(attempt.error());
    pull.set_took_ms(attempt.took_ms());
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace portal
}  // namespace otrp
