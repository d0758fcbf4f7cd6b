#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/publishers.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

json::Value IssuerValue(const v1::Issuer& issuer) {
  json::Value value = json::Value::Object();
  value.Set("issuer", json::Value::String(issuer.issuer()));
  value.Set("audience", json::Value::String(issuer.audience()));
  value.Set("pinned", json::Value::Bool(issuer.pinned()));
  value.Set("keys", json::Value::Integer(issuer.keys()));
  value.Set("fetched_at", Time(issuer.fetched_at(), issuer.has_fetched_at()));
  value.Set("fetch_error", json::Value::String(issuer.fetch_error()));
  return value;
}

absl::StatusOr<Result> IssuerSet(const cli::Args& args,
                                 Connections& connections) {
  v1::SetIssuerRequest request;
  request.set_issuer(args.Get("issuer"));
  request.set_audience(args.Get("audience"));
  if (args.Has("jwks")) {
    OTRP_ASSIGN_OR_RETURN(*request.mutable_jwks(),
                          ReadInput("jwks", args.Get("jwks")));
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetIssuerResponse response,
      connections.Call<v1::Issuers>(Service::kPortal,
                                    &v1::Issuers::Stub::SetIssuer, request));
  Result result;
  result.value = IssuerValue(response.issuer());
  return result;
}

absl::StatusOr<Result> IssuerList(const cli::Args& args,
                                  Connections& connections) {
  ListShape shape;
  shape.list = "issuers";
  shape.columns = {{"ISSUER", "issuer"},
                   {"AUDIENCE", "audience"},
                   {"KEYS", "keys"},
                   {"FETCHED", "fetched_at"},
                   {"ERROR", "fetch_error"}};
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Issuers>(
      connections, Service::kPortal, &v1::Issuers::Stub::ListIssuers,
      v1::ListIssuersRequest(),
      [](const v1::ListIssuersResponse& response) -> const auto& {
        return response.issuers();
      },
      IssuerValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> IssuerRemove(const cli::Args& args,
                                    Connections& connections) {
  v1::RemoveIssuerRequest request;
  request.set_issuer(args.Get("issuer"));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::Issuers>(Service::kPortal,
                                              &v1::Issuers::Stub::RemoveIssuer,
                                              request)
                           .status());
  Result result;
  result.value.Set("issuer", json::Value::String(args.Get("issuer")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

json::Value PublisherValue(const v1::Publisher& publisher) {
  json::Value claims = json::Value::Object();
  for (const auto& [name, value] : publisher.claims()) {
    claims.Set(name, json::Value::String(value));
  }
  json::Value value = json::Value::Object();
  value.Set("publisher_id", json::Value::String(publisher.publisher_id()));
  value.Set("spid", json::Value::String(publisher.spid()));
  value.Set("issuer", json::Value::String(publisher.issuer()));
  value.Set("subject", json::Value::String(publisher.subject()));
  value.Set("claims", std::move(claims));
  value.Set("role", json::Value::String(publisher.role()));
  value.Set("taids",
            Strings({publisher.taids().begin(), publisher.taids().end()}));
  value.Set("added_by", json::Value::String(publisher.added_by()));
  value.Set("added_at", Time(publisher.added_at(), publisher.has_added_at()));
  return value;
}

absl::StatusOr<Result> PublisherAdd(const cli::Args& args,
                                    Connections& connections) {
  v1::AddPublisherRequest request;
  request.set_spid(args.Get("spid"));
  request.set_issuer(args.Get("issuer"));
  request.set_subject(args.Get("subject"));
  request.set_role(args.Get("role"));
  for (absl::string_view taid :
       absl::StrSplit(args.Get("taid"), ',', absl::SkipEmpty())) {
    request.add_taids(std::string(taid));
  }
  for (absl::string_view claim :
       absl::StrSplit(args.Get("claim"), ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(claim, absl::MaxSplits('=', 1));
    if (parts.first.empty() || parts.second.empty()) {
      return cli::UsageError(
          absl::StrCat("--claim ", claim, " can't be: it takes NAME=VALUE"));
    }
    (*request.mutable_claims())[parts.first] = parts.second;
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::AddPublisherResponse response,
      connections.Call<v1::Publishers>(
          Service::kPortal, &v1::Publishers::Stub::AddPublisher, request));
  Result result;
  result.value = PublisherValue(response.publisher());
  return result;
}

absl::StatusOr<Result> PublisherList(const cli::Args& args,
                                     Connections& connections) {
  v1::ListPublishersRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "publishers";
  shape.columns = {{"ID", "publisher_id"},
                   {"ISSUER", "issuer"},
                   {"SUBJECT", "subject"},
                   {"ROLE", "role"},
                   {"SINCE", "added_at"}};
  shape.time = "added_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Publishers>(
      connections, Service::kPortal, &v1::Publishers::Stub::ListPublishers,
      request, [](const v1::ListPublishersResponse& response) -> const auto& {
        return response.publishers();
      },
      PublisherValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> PublisherRemove(const cli::Args& args,
                                       Connections& connections) {
  v1::RemovePublisherRequest request;
  request.set_spid(args.Get("spid"));
  request.set_publisher_id(args.Get("id"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Publishers>(Service::kPortal,
                                &v1::Publishers::Stub::RemovePublisher, request)
          .status());
  Result result;
  result.value.Set("publisher_id", json::Value::String(args.Get("id")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

}  // namespace

std::vector<Command> PublisherCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag issuer = {"issuer", "URL", true, "as in the tokens' iss",
                            "issuer"};
  return {
      {{"issuer",
        "set",
        {},
        {issuer,
         {"audience", "A", false, "what aud must be; \"otrp\" without it",
          "audience"},
         {"jwks", "FILE", false, "its keys; without it they are fetched",
          "jwks"}},
        "ID tokens of this issuer are believed."},
       IssuerSet},
      {{"issuer",
        "list",
        {},
        SelectionFlags(""),
        "Lists the issuers of ID tokens."},
       IssuerList},
      Asking({{"issuer",
               "rm",
               {},
               {issuer},
               "No ID token of this issuer is believed."},
              IssuerRemove}),
      {{"publisher",
        "add",
        {},
        {spid,
         issuer,
         {"subject", "SUB", true, "what sub must be; may end in *", "subject"},
         {"claim", "NAME=VALUE", false,
          "a claim that must be there; may be repeated", "claims", 0, true},
         {"role", "R", false, "developer (without it), releaser or auditor",
          "role"},
         {"taid", "T", false, "only for this application; may be repeated",
          "taids", 0, true}},
        "A CI's jobs get tokens of a service provider."},
       PublisherAdd},
      {{"publisher",
        "list",
        {},
        With({spid}, SelectionFlags("added")),
        "Lists a service provider's trusted publishers."},
       PublisherList},
      Asking({{"publisher",
               "rm",
               {},
               {spid, {"id", "ID", true, "of the publisher", "publisher_id"}},
               "Removes a trusted publisher and revokes its tokens."},
              PublisherRemove}),
  };
}

}  // namespace otrp::ctl
