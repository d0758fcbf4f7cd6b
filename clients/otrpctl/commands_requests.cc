#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "clients/otrpctl/wanted_certificate.h"
#include "libs/base/status_macros.h"
#include "otrp/ca/v1/issuance.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

json::Value RequestValue(const v1::IssuanceRequest& request) {
  json::Value value = json::Value::Object();
  value.Set("request_id", json::Value::String(request.request_id()));
  value.Set("state", json::Value::String(request.state()));
  value.Set("profile", json::Value::String(ProfileName(request.profile())));
  value.Set("common_name", json::Value::String(request.common_name()));
  value.Set("san_uris",
            Strings({request.san_uris().begin(), request.san_uris().end()}));
  value.Set("spki_sha256",
            json::Value::String(absl::BytesToHexString(request.spki_sha256())));
  value.Set("requested_by", json::Value::String(request.requested_by()));
  value.Set("requested_at",
            Time(request.requested_at(), request.has_requested_at()));
  value.Set("decided_by", json::Value::String(request.decided_by()));
  value.Set("decided_at", Time(request.decided_at(), request.has_decided_at()));
  value.Set("reason", json::Value::String(request.reason()));
  return value;
}

absl::StatusOr<Result> IssuanceAsk(const cli::Args& args,
                                   Connections& connections) {
  v1::RequestIssuanceRequest request;
  OTRP_RETURN_IF_ERROR(FillWantedCertificate(args, &request));
  OTRP_ASSIGN_OR_RETURN(
      const v1::RequestIssuanceResponse response,
      connections.Call<v1::IssuanceRequests>(
          Service::kCa, &v1::IssuanceRequests::Stub::RequestIssuance, request));
  Result result;
  result.value = RequestValue(response.request());
  return result;
}

absl::StatusOr<Result> IssuanceList(const cli::Args& args,
                                    Connections& connections) {
  v1::ListIssuanceRequestsRequest request;
  request.set_state(args.Get("state"));
  ListShape shape;
  shape.list = "requests";
  shape.columns = {{"REQUEST", "request_id"},
                   {"STATE", "state"},
                   {"PROFILE", "profile"},
                   {"NAMES", "san_uris"},
                   {"BY", "requested_by"}};
  shape.time = "requested_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::IssuanceRequests>(
      connections, Service::kCa,
      &v1::IssuanceRequests::Stub::ListIssuanceRequests, request,
      [](const v1::ListIssuanceRequestsResponse& response) -> const auto& {
        return response.requests();
      },
      RequestValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> IssuanceShow(const cli::Args& args,
                                    Connections& connections) {
  v1::GetIssuanceRequestRequest request;
  request.set_request_id(args.Get("id"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetIssuanceRequestResponse response,
      connections.Call<v1::IssuanceRequests>(
          Service::kCa, &v1::IssuanceRequests::Stub::GetIssuanceRequest,
          request));
  Result result;
  result.value = RequestValue(response.request());
  if (!response.chain_der().empty()) {
    result.value.Set("pem", json::Value::String(
                                CertificatesPem({response.chain_der().begin(),
                                                 response.chain_der().end()})));
  }
  return result;
}

absl::StatusOr<Result> IssuanceApprove(const cli::Args& args,
                                       Connections& connections) {
  v1::ApproveIssuanceRequest request;
  request.set_request_id(args.Get("id"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ApproveIssuanceResponse response,
      connections.Call<v1::IssuanceRequests>(
          Service::kCa, &v1::IssuanceRequests::Stub::ApproveIssuance, request));
  Result result;
  result.value.Set("request_id", json::Value::String(args.Get("id")));
  result.value.Set("serial", json::Value::String(response.serial()));
  return result;
}

absl::StatusOr<Result> IssuanceReject(const cli::Args& args,
                                      Connections& connections) {
  v1::RejectIssuanceRequest request;
  request.set_request_id(args.Get("id"));
  request.set_reason(args.Get("reason"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::RejectIssuanceResponse response,
      connections.Call<v1::IssuanceRequests>(
          Service::kCa, &v1::IssuanceRequests::Stub::RejectIssuance, request));
  Result result;
  result.value = RequestValue(response.request());
  return result;
}

}  // namespace

std::vector<Command> RequestCommands() {
  const cli::Flag id = {"id", "ID", true, "of the request", "request_id"};
  return {
      {{"issuance",
        "request",
        {},
        {{"profile", IssuedProfileWords("|"), true, "as in ca issue",
          "profile"},
         {"csr", "FILE", true, "PKCS#10 request, PEM or DER", "csr_der"},
         {"cn", "NAME", false, "common name instead of the request's",
          "common_name"},
         {"san-uri", "URI[,URI]", false, "the identity (tsm: its id)",
          "san_uris"},
         AuthorityFlag()},
        "Asks for a certificate that somebody else approves."},
       IssuanceAsk},
      {{"issuance",
        "list",
        {},
        With({{"state", "STATE", false,
               "only these: pending, approved or rejected", "state"}},
             SelectionFlags("requested")),
        "Lists the certificates that were asked for."},
       IssuanceList},
      {{"issuance",
        "show",
        {},
        {id},
        "Shows what was asked for, and the certificate once there is one."},
       IssuanceShow},
      {{"issuance",
        "approve",
        {},
        {id},
        "Issues a certificate that somebody else asked for."},
       IssuanceApprove},
      {{"issuance",
        "reject",
        {},
        {id, {"reason", "TEXT", false, "for who asked", "reason"}},
        "Says no to a certificate that was asked for."},
       IssuanceReject},
  };
}

}  // namespace otrp::ctl
