#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/pipeline.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

// "REVIEW_STATE_DRAFT" to "draft".
std::string StateName(v1::ReviewState state) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(v1::ReviewState_Name(state), "REVIEW_STATE_"));
}

absl::StatusOr<v1::ReviewState> ParseState(const std::string& word) {
  v1::ReviewState state = v1::REVIEW_STATE_UNSPECIFIED;
  if (v1::ReviewState_Parse(
          absl::StrCat("REVIEW_STATE_", absl::AsciiStrToUpper(word)), &state) &&
      state != v1::REVIEW_STATE_UNSPECIFIED) {
    return state;
  }
  return cli::UsageError(absl::StrCat(
      "--state ", word, " is unknown: submitted, approved or rejected"));
}

template <typename Request>
Request Named(const cli::Args& args) {
  Request request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  request.set_version(args.Get("version"));
  return request;
}

json::Value ReviewValue(const v1::Review& review) {
  json::Value value = json::Value::Object();
  value.Set("review_id", json::Value::Integer(review.review_id()));
  value.Set("spid", json::Value::String(review.spid()));
  value.Set("taid", json::Value::String(review.taid()));
  value.Set("version", json::Value::String(review.version()));
  value.Set("state", json::Value::String(StateName(review.state())));
  value.Set("submitted_by", json::Value::String(review.submitted_by()));
  value.Set("submitted_at",
            Time(review.submitted_at(), review.has_submitted_at()));
  value.Set("reviewed_by", json::Value::String(review.reviewed_by()));
  value.Set("reviewed_at",
            Time(review.reviewed_at(), review.has_reviewed_at()));
  value.Set("reason", json::Value::String(review.reason()));
  value.Set("checks",
            Strings({review.checks().begin(), review.checks().end()}));
  return value;
}

Result VersionResult(const cli::Args& args,
                     const v1::ApplicationVersion& version) {
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("taid", json::Value::String(args.Get("taid")));
  result.value.Set("version", json::Value::String(version.version()));
  result.value.Set("format", json::Value::String(version.format()));
  result.value.Set(
      "image_sha256",
      json::Value::String(absl::BytesToHexString(version.image_sha256())));
  result.value.Set("image_bytes", json::Value::Integer(version.image_bytes()));
  result.value.Set("pushed_at",
                   Time(version.pushed_at(), version.has_pushed_at()));
  result.value.Set("review_state",
                   json::Value::String(StateName(version.review_state())));
  result.value.Set("deprecation", json::Value::String(version.deprecation()));
  result.value.Set("yanked", json::Value::Bool(version.yanked()));
  result.value.Set("yank_reason", json::Value::String(version.yank_reason()));
  result.value.Set("withheld", json::Value::String(version.withheld()));
  if (version.has_deleted_at()) {
    result.value.Set("deleted_at", Time(version.deleted_at(), true));
  }
  return result;
}

absl::StatusOr<Result> TaDeprecate(const cli::Args& args,
                                   Connections& connections) {
  auto request = Named<v1::DeprecateVersionRequest>(args);
  request.set_message(args.Get("message"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::DeprecateVersionResponse response,
      connections.Call<v1::Versions>(
          Service::kPortal, &v1::Versions::Stub::DeprecateVersion, request));
  return VersionResult(args, response.version());
}

absl::StatusOr<Result> TaYank(const cli::Args& args, Connections& connections) {
  auto request = Named<v1::YankVersionRequest>(args);
  request.set_reason(args.Get("reason"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::YankVersionResponse response,
      connections.Call<v1::Versions>(
          Service::kPortal, &v1::Versions::Stub::YankVersion, request));
  Result result = VersionResult(args, response.version());
  result.value.Set("delivered", json::Value::Bool(response.delivered()));
  if (!response.delivered()) {
    result.notes.push_back(
        "stored; until the tsm hears of it, devices may still get it");
  }
  return result;
}

absl::StatusOr<Result> TaRemove(const cli::Args& args,
                                Connections& connections) {
  if (args.Has("version")) {
    OTRP_ASSIGN_OR_RETURN(
        const v1::DeleteVersionResponse response,
        connections.Call<v1::Versions>(Service::kPortal,
                                       &v1::Versions::Stub::DeleteVersion,
                                       Named<v1::DeleteVersionRequest>(args)));
    return VersionResult(args, response.version());
  }
  v1::DeleteApplicationRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::DeleteApplicationResponse response,
      connections.Call<v1::Versions>(
          Service::kPortal, &v1::Versions::Stub::DeleteApplication, request));
  Result result;
  result.value.Set("spid", json::Value::String(request.spid()));
  result.value.Set("taid", json::Value::String(request.taid()));
  result.value.Set("deleted_versions",
                   json::Value::Integer(response.versions()));
  return result;
}

json::Value ProvenanceValue(const v1::Provenance& provenance) {
  json::Value value = json::Value::Object();
  value.Set("predicate_type", json::Value::String(provenance.predicate_type()));
  value.Set("signer_sha256", json::Value::String(absl::BytesToHexString(
                                 provenance.signer_fingerprint())));
  value.Set("sha256",
            json::Value::String(absl::BytesToHexString(provenance.sha256())));
  value.Set("attached_at",
            Time(provenance.attached_at(), provenance.has_attached_at()));
  return value;
}

json::Value SbomValue(const v1::Sbom& sbom) {
  json::Value value = json::Value::Object();
  value.Set("format", json::Value::String(sbom.format()));
  value.Set("sha256",
            json::Value::String(absl::BytesToHexString(sbom.sha256())));
  value.Set("size", json::Value::Integer(sbom.size()));
  value.Set("attached_at", Time(sbom.attached_at(), sbom.has_attached_at()));
  return value;
}

absl::StatusOr<Result> TaShow(const cli::Args& args, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const v1::GetVersionResponse response,
                        connections.Call<v1::Versions>(
                            Service::kPortal, &v1::Versions::Stub::GetVersion,
                            Named<v1::GetVersionRequest>(args)));
  Result result = VersionResult(args, response.version());
  if (response.has_review()) {
    result.value.Set("review", ReviewValue(response.review()));
  }
  if (response.has_provenance()) {
    result.value.Set("provenance", ProvenanceValue(response.provenance()));
  }
  if (response.has_sbom()) {
    result.value.Set("sbom", SbomValue(response.sbom()));
  }
  return result;
}

absl::StatusOr<Result> TaAttest(const cli::Args& args,
                                Connections& connections) {
  if (!args.Has("provenance") && !args.Has("sbom")) {
    return cli::UsageError("--provenance: give it, --sbom, or both");
  }
  Result result;
  if (args.Has("provenance")) {
    auto request = Named<v1::AttachProvenanceRequest>(args);
    OTRP_ASSIGN_OR_RETURN(*request.mutable_envelope(),
                          ReadInput("provenance", args.Get("provenance")));
    OTRP_ASSIGN_OR_RETURN(
        const v1::AttachProvenanceResponse response,
        connections.Call<v1::Versions>(
            Service::kPortal, &v1::Versions::Stub::AttachProvenance, request));
    result.value.Set("provenance", ProvenanceValue(response.provenance()));
  }
  if (args.Has("sbom")) {
    auto request = Named<v1::AttachSbomRequest>(args);
    OTRP_ASSIGN_OR_RETURN(*request.mutable_document(),
                          ReadInput("sbom", args.Get("sbom")));
    OTRP_ASSIGN_OR_RETURN(
        const v1::AttachSbomResponse response,
        connections.Call<v1::Versions>(
            Service::kPortal, &v1::Versions::Stub::AttachSbom, request));
    result.value.Set("sbom", SbomValue(response.sbom()));
  }
  return result;
}

template <typename Response>
absl::StatusOr<Result> ReviewResult(absl::StatusOr<Response> response) {
  if (!response.ok()) return response.status();
  Result result;
  result.value = ReviewValue(response->review());
  result.name = {"spid", "taid", "version"};
  return result;
}

absl::StatusOr<Result> TaSubmit(const cli::Args& args,
                                Connections& connections) {
  return ReviewResult(connections.Call<v1::Reviews>(
      Service::kPortal, &v1::Reviews::Stub::SubmitVersion,
      Named<v1::SubmitVersionRequest>(args)));
}

absl::StatusOr<Result> ReviewApprove(const cli::Args& args,
                                     Connections& connections) {
  auto request = Named<v1::ApproveVersionRequest>(args);
  request.set_reason(args.Get("reason"));
  return ReviewResult(connections.Call<v1::Reviews>(
      Service::kPortal, &v1::Reviews::Stub::ApproveVersion, request));
}

absl::StatusOr<Result> ReviewReject(const cli::Args& args,
                                    Connections& connections) {
  auto request = Named<v1::RejectVersionRequest>(args);
  request.set_reason(args.Get("reason"));
  return ReviewResult(connections.Call<v1::Reviews>(
      Service::kPortal, &v1::Reviews::Stub::RejectVersion, request));
}

absl::StatusOr<Result> ReviewList(const cli::Args& args,
                                  Connections& connections) {
  v1::ListReviewsRequest request;
  request.set_spid(args.Get("spid"));
  if (args.Has("state")) {
    OTRP_ASSIGN_OR_RETURN(const v1::ReviewState state,
                          ParseState(args.Get("state")));
    request.set_state(state);
  }
  ListShape shape;
  shape.list = "reviews";
  shape.columns = {{"SPID", "spid"},           {"TAID", "taid"},
                   {"VERSION", "version"},     {"STATE", "state"},
                   {"BY", "submitted_by"},     {"SUBMITTED", "submitted_at"},
                   {"REVIEWER", "reviewed_by"}};
  shape.name = {"spid", "taid", "version"};
  shape.time = "submitted_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Reviews>(
      connections, Service::kPortal, &v1::Reviews::Stub::ListReviews, request,
      [](const v1::ListReviewsResponse& response) -> const auto& {
        return response.reviews();
      },
      ReviewValue, &selection));
  return selection.ToResult();
}

}  // namespace

std::vector<Command> ReviewCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag taid = {"taid", "T", true, "id of the trusted application",
                          "taid"};
  const cli::Flag version = {"version", "V", true, "dotted numbers, e.g. 1.0.0",
                             "version"};
  const cli::Flag why = {"reason", "TEXT", true, "for people", "reason"};
  return {
      {{"ta",
        "show",
        {},
        {spid, taid, version},
        "Shows one version and its latest review."},
       TaShow},
      {{"ta",
        "attest",
        {},
        {spid,
         taid,
         version,
         {"provenance", "FILE", false,
          "in-toto statement in a DSSE envelope, signed with the SP's key",
          "envelope"},
         {"sbom", "FILE", false, "SPDX or CycloneDX as JSON", "document"}},
        "Keeps beside a version how it was made, and of what."},
       TaAttest},
      {{"ta",
        "submit",
        {},
        {spid, taid, version},
        "Has a version checked and puts it into the reviewers' queue."},
       TaSubmit},
      {{"ta",
        "deprecate",
        {},
        {spid,
         taid,
         version,
         {"message", "TEXT", false,
          "what to use instead; without it, it isn't deprecated any more",
          "message"}},
        "Says that another version should be used; it is delivered as before."},
       TaDeprecate},
      Asking({{"ta",
               "yank",
               {},
               {spid, taid, version, why},
               "No further device gets the version, for ever; who has it keeps "
               "it."},
              TaYank}),
      Asking({{"ta",
               "rm",
               {},
               {spid,
                taid,
                {"version", "V", false, "only this one of its versions",
                 "version"}},
               "Deletes an application, or one version: its octets, for ever."},
              TaRemove}),
      {{"review",
        "list",
        {},
        With({{"spid", "S", false, "only this service provider's", "spid"},
              {"state", "submitted|approved|rejected", false,
               "submitted: what is to be done", "state"}},
             SelectionFlags("submitted")),
        "Lists reviews of versions, oldest first."},
       ReviewList},
      {{"review",
        "approve",
        {},
        {spid,
         taid,
         version,
         {"reason", "TEXT", false, "for people", "reason"}},
        "Lets a submitted version be released; not by who pushed or submitted "
        "it."},
       ReviewApprove},
      {{"review",
        "reject",
        {},
        {spid, taid, version, why},
        "Refuses a submitted version."},
       ReviewReject},
  };
}

}  // namespace otrp::ctl
