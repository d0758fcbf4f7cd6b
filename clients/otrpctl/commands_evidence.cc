#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "otrp/verifier/v1/evidence.grpc.pb.h"
#include "otrp/verifier/v1/reference_imports.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::verifier::v1;
using AdminStub = v1::EvidenceAdmin::Stub;
using AnchorsStub = v1::EvidenceAnchors::Stub;

absl::StatusOr<std::string> Octets(const cli::Args& args,
                                   const std::string& flag) {
  absl::StatusOr<std::string> octets =
      HexDecode(absl::AsciiStrToLower(args.Get(flag)));
  if (octets.ok()) return octets;
  return cli::UsageError(
      absl::StrCat("--", flag, ": must be hexadecimal digits"));
}

std::string VerdictName(v1::Verdict verdict) {
  return verdict == v1::VERDICT_ACCEPTED ? "accepted" : "refused";
}

template <typename Reasons>
json::Value ReasonsOf(const Reasons& reasons) {
  json::Value list = json::Value::Array();
  for (const v1::Reason& reason : reasons) {
    json::Value value = json::Value::Object();
    value.Set("code", json::Value::String(reason.code()));
    value.Set("detail", json::Value::String(reason.detail()));
    value.Set("claim", json::Value::String(reason.claim()));
    value.Set("value", json::Value::String(reason.value()));
    value.Set("rule", json::Value::String(reason.rule()));
    list.Append(std::move(value));
  }
  return list;
}

// --- Makers and keys --------------------------------------------------------

json::Value AnchorOf(const v1::EvidenceAnchor& anchor) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(anchor.name()));
  value.Set("schemes",
            Strings({anchor.schemes().begin(), anchor.schemes().end()}));
  value.Set("changed_at", Time(anchor.changed_at(), anchor.has_changed_at()));
  value.Set("changed_by", json::Value::String(anchor.changed_by()));
  return value;
}

json::Value KeyOf(const v1::EvidenceKey& key) {
  json::Value value = json::Value::Object();
  value.Set("key_id",
            json::Value::String(absl::BytesToHexString(key.key_id())));
  value.Set("anchor", json::Value::String(key.anchor()));
  value.Set("did", json::Value::String(absl::BytesToHexString(key.did())));
  value.Set("added_at", Time(key.added_at(), key.has_added_at()));
  value.Set("added_by", json::Value::String(key.added_by()));
  return value;
}

absl::StatusOr<Result> EvidenceAllow(const cli::Args& args,
                                     Connections& connections) {
  v1::PutEvidenceAnchorRequest request;
  request.set_name(args.Get("name"));
  for (absl::string_view scheme :
       absl::StrSplit(args.Get("scheme"), ',', absl::SkipEmpty())) {
    request.add_schemes(std::string(scheme));
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::PutEvidenceAnchorResponse response,
      connections.Call<v1::EvidenceAnchors>(
          Service::kVerifier, &AnchorsStub::PutEvidenceAnchor, request));
  Result result;
  result.value = AnchorOf(response.anchor());
  return result;
}

absl::StatusOr<Result> EvidenceForbid(const cli::Args& args,
                                      Connections& connections) {
  v1::DeleteEvidenceAnchorRequest request;
  request.set_name(args.Get("name"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::EvidenceAnchors>(
              Service::kVerifier, &AnchorsStub::DeleteEvidenceAnchor, request)
          .status());
  Result result;
  result.value.Set("name", json::Value::String(args.Get("name")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> EvidenceList(const cli::Args& args,
                                    Connections& connections) {
  ListShape shape;
  shape.list = "anchors";
  shape.columns = {{"NAME", "name"},
                   {"SCHEMES", "schemes"},
                   {"CHANGED", "changed_at"},
                   {"BY", "changed_by"}};
  shape.name = {"name"};
  shape.time = "changed_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListEvidenceAnchorsResponse response,
      connections.Call<v1::EvidenceAnchors>(Service::kVerifier,
                                            &AnchorsStub::ListEvidenceAnchors,
                                            v1::ListEvidenceAnchorsRequest()));
  for (const v1::EvidenceAnchor& anchor : response.anchors()) {
    if (!selection.Take(AnchorOf(anchor))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> EvidenceAddKey(const cli::Args& args,
                                      Connections& connections) {
  v1::AddEvidenceKeyRequest request;
  request.set_anchor(args.Get("anchor"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_key_id(), Octets(args, "key-id"));
  OTRP_ASSIGN_OR_RETURN(
      *request.mutable_spki(),
      ReadDer("public-key", args.Get("public-key"), "PUBLIC KEY"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::AddEvidenceKeyResponse response,
      connections.Call<v1::EvidenceAnchors>(
          Service::kVerifier, &AnchorsStub::AddEvidenceKey, request));
  Result result;
  result.value = KeyOf(response.key());
  return result;
}

absl::StatusOr<Result> EvidenceRemoveKey(const cli::Args& args,
                                         Connections& connections) {
  v1::RemoveEvidenceKeyRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_key_id(), Octets(args, "key-id"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::EvidenceAnchors>(Service::kVerifier,
                                     &AnchorsStub::RemoveEvidenceKey, request)
          .status());
  Result result;
  result.value.Set("key_id", json::Value::String(args.Get("key-id")));
  result.value.Set("removed", json::Value::Bool(true));
  return result;
}

absl::StatusOr<Result> EvidenceKeys(const cli::Args& args,
                                    Connections& connections) {
  ListShape shape;
  shape.list = "keys";
  shape.columns = {{"KEY ID", "key_id"},
                   {"DID", "did"},
                   {"ADDED", "added_at"},
                   {"BY", "added_by"}};
  shape.name = {"key_id"};
  shape.time = "added_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  v1::ListEvidenceKeysRequest request;
  request.set_anchor(args.Get("anchor"));
  request.set_page_size(1000);
  do {
    OTRP_ASSIGN_OR_RETURN(
        const v1::ListEvidenceKeysResponse page,
        connections.Call<v1::EvidenceAnchors>(
            Service::kVerifier, &AnchorsStub::ListEvidenceKeys, request));
    for (const v1::EvidenceKey& key : page.keys()) {
      if (!selection.Take(KeyOf(key))) return selection.ToResult();
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return selection.ToResult();
}

// --- Files of makers --------------------------------------------------------

json::Value ImportedOf(const v1::ImportedValue& imported) {
  json::Value value = json::Value::Object();
  value.Set("name", json::Value::String(imported.name()));
  value.Set("tee_name", json::Value::String(imported.tee_name()));
  value.Set("tee_version", json::Value::String(imported.tee_version()));
  return value;
}

absl::StatusOr<Result> ReferenceImport(const cli::Args& args,
                                       Connections& connections) {
  v1::ImportCorimRequest request;
  request.set_anchor(args.Get("anchor"));
  request.set_name(args.Get("name"));
  request.set_unsigned_ok(args.Has("unsigned"));
  request.set_dry_run(args.Has("dry-run"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_corim(),
                        ReadInput("corim", args.Get("corim")));
  if (args.Has("signer")) {
    OTRP_ASSIGN_OR_RETURN(*request.mutable_signer_spki(),
                          ReadDer("signer", args.Get("signer"), "PUBLIC KEY"));
  }
  OTRP_ASSIGN_OR_RETURN(const v1::ImportCorimResponse response,
                        connections.Call<v1::ReferenceImports>(
                            Service::kVerifier,
                            &v1::ReferenceImports::Stub::ImportCorim, request));
  Result result;
  json::Value values = json::Value::Array();
  for (const v1::ImportedValue& value : response.values()) {
    values.Append(ImportedOf(value));
  }
  json::Value keys = json::Value::Array();
  for (const v1::EvidenceKey& key : response.keys()) keys.Append(KeyOf(key));
  result.value.Set("values", std::move(values));
  result.value.Set("keys", std::move(keys));
  result.value.Set("signer", json::Value::String(response.signer()));
  result.value.Set("dry_run", json::Value::Bool(response.dry_run()));
  if (response.dry_run()) result.notes.push_back("nothing was changed");
  return result;
}

// --- Evidence ---------------------------------------------------------------

bool IsJwt(absl::string_view media_type) {
  return absl::AsciiStrToLower(media_type).find("+jwt") != std::string::npos;
}

absl::StatusOr<Result> EvidenceAppraise(const cli::Args& args,
                                        Connections& connections) {
  v1::AppraiseEvidenceRequest request;
  v1::TokenEvidence& token = *request.mutable_token();
  token.set_media_type(args.Get("media-type"));
  OTRP_ASSIGN_OR_RETURN(*token.mutable_token(),
                        ReadInput("file", args.Get("file")));
  if (IsJwt(token.media_type())) {
    token.set_token(
        std::string(absl::StripTrailingAsciiWhitespace(token.token())));
    token.set_challenge(args.Get("challenge"));
  } else {
    OTRP_ASSIGN_OR_RETURN(*token.mutable_challenge(),
                          Octets(args, "challenge"));
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::AppraiseEvidenceResponse response,
      connections.Call<v1::EvidenceAdmin>(
          Service::kVerifier, &AdminStub::AppraiseEvidence, request));
  const v1::AppraiseResponse& appraised = response.result();
  Result result;
  result.value.Set("verdict",
                   json::Value::String(VerdictName(appraised.verdict())));
  result.value.Set("scheme", json::Value::String(appraised.scheme()));
  result.value.Set(
      "did", json::Value::String(absl::BytesToHexString(appraised.did())));
  result.value.Set("anchor", json::Value::String(appraised.tee_anchor()));
  result.value.Set("tee_name", json::Value::String(appraised.tee_name()));
  result.value.Set("tee_version", json::Value::String(appraised.tee_version()));
  result.value.Set("reasons", ReasonsOf(appraised.reasons()));
  return result;
}

absl::Status ReadPolicy(const cli::Args& args,
                        v1::ReappraiseEvidenceRequest* request) {
  if (!args.Has("policy")) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("policy", args.Get("policy")));
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      text, request->mutable_policy());
  return parsed.ok() ? absl::OkStatus()
                     : cli::UsageError(absl::StrCat(
                           "--policy: ", args.Get("policy"),
                           " isn't a policy as `policy set` takes it"));
}

json::Value ReappraisalOf(const v1::Reappraisal& one) {
  json::Value value = json::Value::Object();
  value.Set("id", json::Value::Integer(one.appraisal_id()));
  value.Set("did", json::Value::String(absl::BytesToHexString(one.did())));
  value.Set("at", Time(one.at(), one.has_at()));
  value.Set("scheme", json::Value::String(one.scheme()));
  value.Set("before", json::Value::String(VerdictName(one.before())));
  value.Set("after", json::Value::String(VerdictName(one.after())));
  value.Set("withdrawn", json::Value::Bool(one.withdrawn()));
  value.Set("reasons", ReasonsOf(one.reasons()));
  return value;
}

absl::StatusOr<Result> EvidenceReappraise(const cli::Args& args,
                                          Connections& connections) {
  v1::ReappraiseEvidenceRequest request;
  request.set_dry_run(args.Has("dry-run"));
  OTRP_RETURN_IF_ERROR(ReadPolicy(args, &request));
  int64_t id = 0;
  if (args.Has("id") == args.Has("all") ||
      (args.Has("id") && !absl::SimpleAtoi(args.Get("id"), &id))) {
    return cli::UsageError("--id: must be an appraisal's number, or --all");
  }
  request.set_appraisal_id(id);
  Result result;
  json::Value list = json::Value::Array();
  do {
    OTRP_ASSIGN_OR_RETURN(
        const v1::ReappraiseEvidenceResponse page,
        connections.Call<v1::EvidenceAdmin>(
            Service::kVerifier, &AdminStub::ReappraiseEvidence, request));
    for (const v1::Reappraisal& one : page.reappraisals()) {
      list.Append(ReappraisalOf(one));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  result.value.Set("reappraisals", std::move(list));
  result.list = "reappraisals";
  result.columns = {{"ID", "id"},
                    {"DID", "did"},
                    {"AT", "at"},
                    {"SCHEME", "scheme"},
                    {"BEFORE", "before"},
                    {"AFTER", "after"},
                    {"REFUSED NOW", "withdrawn"}};
  if (args.Has("dry-run")) result.notes.push_back("nothing was changed");
  return result;
}

std::vector<Command> AnchorCommands() {
  const cli::Flag name = {"name", "N", true, "a maker of devices", "name"};
  cli::Flag scheme = {"scheme", "SCHEME", true,
                      "otrp-dsi, psa, eat-cwt or eat-jwt; several", "schemes"};
  scheme.repeatable = true;
  const cli::Flag key_id = {"key-id", "HEX", true,
                            "as tokens name the key: a PSA device's instance "
                            "id, a UEID or a kid",
                            "key_id"};
  const cli::Flag anchor = {"anchor", "N", true, "the device's maker",
                            "anchor"};
  return {
      {{"evidence",
        "allow",
        {},
        {name, scheme},
        "Says which kinds of evidence a maker's signatures count for."},
       EvidenceAllow},
      {{"evidence",
        "list",
        {},
        SelectionFlags("changed", /*paged=*/false),
        "Lists the makers and the kinds of evidence that they sign."},
       EvidenceList},
      Asking({{"evidence",
               "rm",
               {},
               {name},
               "Removes a maker without keys: its devices are refused."},
              EvidenceForbid}),
      {{"evidence",
        "add-key",
        {},
        {anchor, key_id, {"public-key", "FILE", true, "PEM or DER", "spki"}},
        "Registers the key that one device signs its tokens with."},
       EvidenceAddKey},
      {{"evidence",
        "keys",
        {},
        [&] {
          std::vector<cli::Flag> flags = SelectionFlags("added");
          flags.insert(flags.begin(), anchor);
          return flags;
        }(),
        "Lists a maker's devices' keys."},
       EvidenceKeys},
      Asking({{"evidence",
               "rm-key",
               {},
               {key_id},
               "Removes a device's key: the device is refused."},
              EvidenceRemoveKey}),
  };
}

}  // namespace

std::vector<Command> EvidenceCommands() {
  std::vector<Command> commands = AnchorCommands();
  commands.push_back(
      {{"reference",
        "import",
        {},
        {{"corim", "FILE", true, "of the maker, CBOR", "corim"},
         {"anchor", "N", true, "the maker", "anchor"},
         {"name", "N", true, "values are called this, '-' and a number",
          "name"},
         {"signer", "FILE", false,
          "public key of the file's signer, where it has no chain",
          "signer_spki"},
         {"unsigned", "", false, "takes a file that nobody signed",
          "unsigned_ok"},
         {"dry-run", "", false, "only says what would come of it", "dry_run"}},
        "Submits the reference values of a CoRIM and registers its devices' "
        "keys."},
       ReferenceImport});
  commands.push_back(
      {{"evidence",
        "appraise",
        {},
        {{"file", "FILE", true, "the token", "token.token"},
         {"media-type", "TYPE", true,
          "application/eat+cwt, application/eat+jwt or "
          "application/psa-attestation-token",
          "token.media_type"},
         {"challenge", "HEX", true,
          "that the device was given; of a JWT the text itself",
          "token.challenge"}},
        "Appraises a token (EAT, PSA), as the service does its devices'."},
       EvidenceAppraise});
  commands.push_back(
      {{"evidence",
        "reappraise",
        {},
        {{"id", "N", false, "of one appraisal", "appraisal_id"},
         {"all", "", false, "all evidence that is kept"},
         {"policy", "FILE", false, "instead of the one that holds, as JSON",
          "policy"},
         {"dry-run", "", false, "only says what would come of it", "dry_run"}},
        "Judges kept evidence again; a device whose newest is no longer good "
        "is refused."},
       EvidenceReappraise});
  return commands;
}

}  // namespace otrp::ctl
