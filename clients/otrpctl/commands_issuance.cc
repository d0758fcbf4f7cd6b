#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/audit_export.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/http/client.h"
#include "otrp/ca/v1/audit_recovery.grpc.pb.h"
#include "otrp/ca/v1/recovery.grpc.pb.h"
#include "otrp/ca/v1/tsm_ids.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

// As many as the ca takes at once.
constexpr size_t kLoggedPage = 1000;

json::Value TsmIdValue(const v1::TsmId& tsm_id) {
  json::Value value = json::Value::Object();
  value.Set("uri", json::Value::String(tsm_id.uri()));
  value.Set("holder", json::Value::String(tsm_id.holder()));
  value.Set("registered_at",
            Time(tsm_id.registered_at(), tsm_id.has_registered_at()));
  value.Set("registered_by", json::Value::String(tsm_id.registered_by()));
  return value;
}

absl::StatusOr<Result> TsmIdAdd(const cli::Args& args,
                                Connections& connections) {
  v1::AddTsmIdRequest request;
  request.set_uri(args.Positional(0));
  request.set_holder(args.Get("holder"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::AddTsmIdResponse response,
      connections.Call<v1::TsmIds>(Service::kCa, &v1::TsmIds::Stub::AddTsmId,
                                   request));
  Result result;
  result.value = TsmIdValue(response.tsm_id());
  return result;
}

absl::StatusOr<Result> TsmIdTransfer(const cli::Args& args,
                                     Connections& connections) {
  v1::TransferTsmIdRequest request;
  request.set_uri(args.Positional(0));
  request.set_holder(args.Get("holder"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::TransferTsmIdResponse response,
      connections.Call<v1::TsmIds>(Service::kCa,
                                   &v1::TsmIds::Stub::TransferTsmId, request));
  Result result;
  result.value = TsmIdValue(response.tsm_id());
  result.notes.push_back(
      "certificates of before stay good until they are revoked: otrpctl cert "
      "list --profile tsm");
  return result;
}

absl::StatusOr<Result> TsmIdRelease(const cli::Args& args,
                                    Connections& connections) {
  v1::ReleaseTsmIdRequest request;
  request.set_uri(args.Positional(0));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::TsmIds>(Service::kCa,
                                             &v1::TsmIds::Stub::ReleaseTsmId,
                                             request)
                           .status());
  Result result;
  result.value.Set("uri", json::Value::String(args.Positional(0)));
  result.value.Set("released", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> TsmIdList(const cli::Args& args,
                                 Connections& connections) {
  v1::ListTsmIdsRequest request;
  request.set_holder(args.Get("holder"));
  ListShape shape;
  shape.list = "tsm_ids";
  shape.columns = {{"URI", "uri"},
                   {"HOLDER", "holder"},
                   {"REGISTERED", "registered_at"},
                   {"BY", "registered_by"}};
  shape.time = "registered_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::TsmIds>(
      connections, Service::kCa, &v1::TsmIds::Stub::ListTsmIds, request,
      [](const v1::ListTsmIdsResponse& response) -> const auto& {
        return response.tsm_ids();
      },
      TsmIdValue, &selection));
  return selection.ToResult();
}

// A file, or what an http(s) URL gives: a gateway's /pki/crl/NAME.crl.
absl::StatusOr<std::string> ReadCrl(const std::string& where) {
  if (!absl::StartsWith(where, "http://") &&
      !absl::StartsWith(where, "https://")) {
    return ReadDer("crl", where, "X509 CRL");
  }
  http::Client client({});
  const absl::StatusOr<http::Response> got = client.Get(where, {});
  if (!got.ok()) return got.status();
  if (got->status != 200) {
    return cli::UsageError(absl::StrCat("--crl ", where, ": HTTP ", got->status,
                                        " instead of a list"));
  }
  return got->body;
}

// What the database has forgotten, out of an exported log.
absl::StatusOr<Result> ReconcileLog(const cli::Args& args,
                                    Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("audit", args.Get("audit")));
  const auto logged = LoggedRevocations(text);
  if (!logged.ok()) {
    return cli::UsageError(absl::StrCat("--audit ", args.Get("audit"), ": ",
                                        logged.status().message()));
  }
  std::vector<std::string> revoked, unknown, unplaced;
  for (size_t begin = 0; begin < logged->size(); begin += kLoggedPage) {
    v1::ReconcileAuditRequest request;
    request.set_dry_run(args.Has("dry-run"));
    for (size_t i = begin; i < logged->size() && i < begin + kLoggedPage; ++i) {
      *request.add_revocations() = (*logged)[i];
    }
    OTRP_ASSIGN_OR_RETURN(
        const v1::ReconcileAuditResponse response,
        connections.Call<v1::AuditRecovery>(
            Service::kCa, &v1::AuditRecovery::Stub::ReconcileAudit, request));
    revoked.insert(revoked.end(), response.revoked().begin(),
                   response.revoked().end());
    unknown.insert(unknown.end(), response.unknown().begin(),
                   response.unknown().end());
    unplaced.insert(unplaced.end(), response.unplaced().begin(),
                    response.unplaced().end());
  }
  Result result;
  result.value.Set("listed",
                   json::Value::Integer(static_cast<int64_t>(logged->size())));
  result.value.Set("revoked", Strings(revoked));
  result.value.Set("unknown", Strings(unknown));
  result.value.Set("unplaced", Strings(unplaced));
  if (args.Has("dry-run")) result.notes.push_back("nothing was changed");
  if (!unplaced.empty()) {
    result.notes.push_back(
        "of some the log doesn't say which authority issued them: they were "
        "issued before it begins, and the database doesn't know them; give "
        "the authority's list (--crl)");
  }
  return result;
}

absl::StatusOr<Result> CaReconcile(const cli::Args& args,
                                   Connections& connections) {
  if (args.Has("crl") == args.Has("audit")) {
    return cli::UsageError("--crl or --audit must be given, and not both");
  }
  if (args.Has("audit")) return ReconcileLog(args, connections);
  v1::ReconcileCrlRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_crl_der(), ReadCrl(args.Get("crl")));
  request.set_dry_run(args.Has("dry-run"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ReconcileCrlResponse response,
      connections.Call<v1::Recovery>(
          Service::kCa, &v1::Recovery::Stub::ReconcileCrl, request));
  Result result;
  result.value.Set("authority", json::Value::String(response.authority()));
  result.value.Set("crl_number", json::Value::Integer(response.crl_number()));
  result.value.Set("listed", json::Value::Integer(response.listed()));
  result.value.Set("revoked", Strings({response.revoked().begin(),
                                       response.revoked().end()}));
  result.value.Set("unknown", Strings({response.unknown().begin(),
                                       response.unknown().end()}));
  if (args.Has("dry-run")) result.notes.push_back("nothing was changed");
  return result;
}

}  // namespace

std::vector<Command> IssuanceCommands() {
  const cli::Flag holder = {"holder", "IDENTITY", true,
                            "who may have certificates for it", "holder"};
  cli::Flag service = holder;
  service.required = false;
  service.help =
      "otrp://operator/NAME for a TSM that doesn't ask by itself; "
      "else otrp://service/tsm";
  cli::Flag only = holder;
  only.required = false;
  only.help = "only this one's";
  return {
      {{"ca",
        "reconcile",
        {},
        {{"crl", "FILE", false,
          "a list that the authority signed before, DER or PEM; or its URL",
          "crl_der"},
         {"audit", "FILE", false,
          "what audit list -o json printed before, or its events one a line",
          "revocations"},
         {"dry-run", "", false, "only says what would be revoked", "dry_run"}},
        "After a restore: revokes what the database has forgotten about."},
       CaReconcile},
      {{"tsm-id",
        "add",
        {{"URI", "uri"}},
        {service},
        "Registers the id of a TSM: it gets certificates from then on."},
       TsmIdAdd},
      Asking({{"tsm-id",
               "transfer",
               {{"URI", "uri"}},
               {holder},
               "Gives a TSM's id to another holder."},
              TsmIdTransfer}),
      Asking({{"tsm-id",
               "release",
               {{"URI", "uri"}},
               {},
               "Takes a TSM's id off the list; none of its certificates may be "
               "good."},
              TsmIdRelease}),
      {{"tsm-id",
        "list",
        {},
        With({only}, SelectionFlags("registered")),
        "Lists the registered ids of TSMs."},
       TsmIdList},
  };
}

}  // namespace otrp::ctl
