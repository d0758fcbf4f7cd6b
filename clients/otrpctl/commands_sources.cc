#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/revocation_sources.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;
using Stub = v1::RevocationSources::Stub;

json::Value SourceValue(const v1::RevocationSource& source) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(source.name()));
  value.Set("role", json::Value::String(RoleName(source.role())));
  value.Set("anchor", json::Value::String(source.anchor()));
  value.Set("kind", json::Value::String(source.kind()));
  value.Set("url", json::Value::String(source.url()));
  value.Set("allow_stale_hours",
            json::Value::Integer(source.allow_stale_hours()));
  value.Set("state", json::Value::String(source.state()));
  value.Set("entries", json::Value::Integer(source.entries()));
  value.Set("this_update",
            Time(source.this_update(), source.has_this_update()));
  value.Set("next_update",
            Time(source.next_update(), source.has_next_update()));
  value.Set("fetched_at", Time(source.fetched_at(), source.has_fetched_at()));
  value.Set("tried_at", Time(source.tried_at(), source.has_tried_at()));
  value.Set("error", json::Value::String(source.error()));
  return value;
}

absl::StatusOr<Result> RevocationSource(const cli::Args& args,
                                        Connections& connections) {
  v1::PutRevocationSourceRequest request;
  request.set_name(args.Get("name"));
  OTRP_ASSIGN_OR_RETURN(const common::v1::Role role,
                        ParseRole(args.Get("role")));
  request.set_role(role);
  request.set_anchor(args.Get("anchor"));
  if (args.Get("kind") != "crl" && args.Get("kind") != "ocsp") {
    return cli::UsageError("--kind: must be crl or ocsp");
  }
  request.set_kind(args.Get("kind"));
  request.set_url(args.Get("url"));
  if (args.Has("issuer")) {
    OTRP_ASSIGN_OR_RETURN(*request.mutable_issuer_der(),
                          ReadDer("issuer", args.Get("issuer"), "CERTIFICATE"));
  }
  int32_t hours = 0;
  if (args.Has("allow-stale") &&
      !absl::SimpleAtoi(args.Get("allow-stale"), &hours)) {
    return cli::UsageError("--allow-stale: must be a number of hours");
  }
  request.set_allow_stale_hours(hours);
  OTRP_ASSIGN_OR_RETURN(
      const v1::PutRevocationSourceResponse response,
      connections.Call<v1::RevocationSources>(
          Service::kVerifier, &Stub::PutRevocationSource, request));
  Result result;
  result.value = SourceValue(response.source());
  return result;
}

absl::StatusOr<Result> RevocationSources(const cli::Args& args,
                                         Connections& connections) {
  ListShape shape;
  shape.list = "sources";
  shape.columns = {{"NAME", "name"},        {"ANCHOR", "anchor"},
                   {"KIND", "kind"},        {"STATE", "state"},
                   {"NEXT", "next_update"}, {"FETCHED", "fetched_at"},
                   {"ERROR", "error"}};
  shape.name = {"name"};
  shape.time = "fetched_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(const v1::ListRevocationSourcesResponse response,
                        connections.Call<v1::RevocationSources>(
                            Service::kVerifier, &Stub::ListRevocationSources,
                            v1::ListRevocationSourcesRequest()));
  for (const v1::RevocationSource& source : response.sources()) {
    if (!selection.Take(SourceValue(source))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> RevocationForget(const cli::Args& args,
                                        Connections& connections) {
  v1::RemoveRevocationSourceRequest request;
  request.set_name(args.Get("name"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::RevocationSources>(Service::kVerifier,
                                       &Stub::RemoveRevocationSource, request)
          .status());
  Result result;
  result.value.Set("name", json::Value::String(args.Get("name")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

}  // namespace

std::vector<Command> SourceCommands() {
  const cli::Flag name = {"name", "N", true, "unique", "name"};
  return {
      {{"revocation",
        "source",
        {},
        {name,
         {"role", "tee|tfw", true, "of the trust anchor", "role"},
         {"anchor", "NAME", true, "of `trust list`", "anchor"},
         {"kind", "crl|ocsp", true, "a list, or a responder", "kind"},
         {"url", "URL", true, "where it is", "url"},
         {"issuer", "FILE", false,
          "certificate of the authority that signs it, below the anchor, where "
          "that isn't the anchor itself",
          "issuer_der"},
         {"allow-stale", "HOURS", false,
          "for how long what has run out still counts; without it its "
          "certificates are refused then",
          "allow_stale_hours"}},
        "Fetches a third party's CRL, or asks its OCSP responder, in the "
        "background."},
       RevocationSource},
      {{"revocation",
        "sources",
        {},
        SelectionFlags("fetched", /*paged=*/false),
        "Lists what is fetched, and how that does."},
       RevocationSources},
      Asking({{"revocation",
               "forget",
               {},
               {name},
               "Fetches no longer, and forgets what was fetched."},
              RevocationForget}),
  };
}

}  // namespace otrp::ctl
