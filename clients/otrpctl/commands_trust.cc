#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/refresh_verifier.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "otrp/ca/v1/ca.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

json::Value AnchorValue(const v1::TrustAnchor& anchor) {
  json::Value value = json::Value::Object();
  value.Set("role", json::Value::String(RoleName(anchor.role())));
  value.Set("name", json::Value::String(anchor.name()));
  const auto certificate = pki::Certificate::FromDer(anchor.certificate_der());
  if (certificate.ok()) {
    value.Set("subject", json::Value::String(certificate->subject()));
    value.Set("sha256", json::Value::String(absl::BytesToHexString(
                            certificate->Sha256Fingerprint())));
  }
  value.Set("added_at", Time(anchor.added_at(), anchor.has_added_at()));
  std::vector<std::string> usages;
  for (const std::string& oid : anchor.accepted_ekus()) {
    usages.push_back(UsageName(oid));
  }
  value.Set("accepted_ekus", Strings(usages));
  return value;
}

std::vector<Column> AnchorColumns() {
  return {{"ROLE", "role"},
          {"NAME", "name"},
          {"SUBJECT", "subject"},
          {"SHA-256", "sha256"},
          {"ALSO FOR", "accepted_ekus"},
          {"ADDED", "added_at"}};
}

absl::StatusOr<v1::ListTrustAnchorsResponse> FetchAnchors(
    Connections& connections, common::v1::Role role) {
  v1::ListTrustAnchorsRequest request;
  request.set_role(role);
  return connections.Call<v1::TrustAnchors>(
      Service::kCa, &v1::TrustAnchors::Stub::ListTrustAnchors, request);
}

absl::StatusOr<Result> TrustAdd(const cli::Args& args,
                                Connections& connections) {
  v1::AddTrustAnchorRequest request;
  OTRP_ASSIGN_OR_RETURN(const common::v1::Role role,
                        ParseRole(args.Get("role")));
  request.set_role(role);
  request.set_name(args.Get("name"));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> ders,
                        ReadAnchors("cert", args.Get("cert")));
  request.set_certificate_der(ders[0]);
  for (size_t i = 1; i < ders.size(); ++i) {
    request.add_further_certificates_der(std::move(ders[i]));
  }
  if (args.Has("eku")) {
    for (std::string& oid : ParseUsages(args.Get("eku"))) {
      request.add_accepted_ekus(std::move(oid));
    }
  }
  OTRP_ASSIGN_OR_RETURN(
      const v1::AddTrustAnchorResponse response,
      connections.Call<v1::TrustAnchors>(
          Service::kCa, &v1::TrustAnchors::Stub::AddTrustAnchor, request));
  Result result;
  if (response.further_anchors().empty()) {
    result.value = AnchorValue(response.anchor());
  } else {
    json::Value list = json::Value::Array();
    list.Append(AnchorValue(response.anchor()));
    for (const v1::TrustAnchor& anchor : response.further_anchors()) {
      list.Append(AnchorValue(anchor));
    }
    result.value.Set("anchors", std::move(list));
    result.list = "anchors";
    result.columns = AnchorColumns();
  }
  RefreshVerifier(connections, &result);
  return result;
}

absl::StatusOr<Result> TrustRemove(const cli::Args& args,
                                   Connections& connections) {
  v1::RemoveTrustAnchorRequest request;
  OTRP_ASSIGN_OR_RETURN(const common::v1::Role role,
                        ParseRole(args.Get("role")));
  request.set_role(role);
  request.set_name(args.Get("name"));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::TrustAnchors>(
              Service::kCa, &v1::TrustAnchors::Stub::RemoveTrustAnchor, request)
          .status());
  Result result;
  result.value.Set("role", json::Value::String(RoleName(role)));
  result.value.Set("name", json::Value::String(args.Get("name")));
  result.value.Set("removed", json::Value::Bool(true));
  RefreshVerifier(connections, &result);
  return result;
}

absl::StatusOr<Result> TrustList(const cli::Args& args,
                                 Connections& connections) {
  common::v1::Role role = common::v1::ROLE_UNSPECIFIED;
  if (args.Has("role")) {
    OTRP_ASSIGN_OR_RETURN(role, ParseRole(args.Get("role")));
  }
  ListShape shape;
  shape.list = "anchors";
  shape.columns = AnchorColumns();
  shape.name = {"role", "name"};
  shape.time = "added_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(const v1::ListTrustAnchorsResponse response,
                        FetchAnchors(connections, role));
  for (const v1::TrustAnchor& anchor : response.anchors()) {
    if (!selection.Take(AnchorValue(anchor))) break;
  }
  Result result = selection.ToResult();
  if (!result.list.empty()) {
    result.value.Set("version", json::Value::Integer(response.version()));
  }
  return result;
}

absl::StatusOr<Result> TrustExport(const cli::Args& args,
                                   Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const common::v1::Role role,
                        ParseRole(args.Get("role")));
  std::vector<std::string> ders;
  if (role == common::v1::ROLE_TSM || role == common::v1::ROLE_SERVICE) {
    // These are our own: nobody else's TSM is trusted by way of this suite.
    v1::ListAuthoritiesRequest request;
    request.set_role(role);
    OTRP_ASSIGN_OR_RETURN(
        const v1::ListAuthoritiesResponse response,
        connections.Call<v1::AuthorityDirectory>(
            Service::kCa, &v1::AuthorityDirectory::Stub::ListAuthorities,
            request));
    for (const v1::Authority& authority : response.authorities()) {
      if (authority.is_root()) ders.push_back(authority.certificate_der());
    }
  } else {
    OTRP_ASSIGN_OR_RETURN(const v1::ListTrustAnchorsResponse response,
                          FetchAnchors(connections, role));
    for (const v1::TrustAnchor& anchor : response.anchors()) {
      ders.push_back(anchor.certificate_der());
    }
  }
  if (ders.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no root of role ", args.Get("role")));
  }
  Result result;
  result.text = CertificatesPem(ders);
  if (!args.Get("out").empty()) {
    OTRP_RETURN_IF_ERROR(WriteOutput("out", args.Get("out"), result.text));
    result.text.clear();
    result.value.Set("file", json::Value::String(args.Get("out")));
  }
  return result;
}

absl::StatusOr<Result> PolicyShow(const cli::Args&, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(
      const verifier::v1::GetPolicyResponse response,
      connections.Call<verifier::v1::PolicyAdmin>(
          Service::kVerifier, &verifier::v1::PolicyAdmin::Stub::GetPolicy,
          verifier::v1::GetPolicyRequest()));
  json::Value rules = json::Value::Array();
  for (const verifier::v1::TeeRule& rule : response.policy().tee_rules()) {
    json::Value item = json::Value::Object();
    item.Set("name", json::Value::String(rule.name()));
    item.Set("min_version", json::Value::String(rule.min_version()));
    item.Set("deny", json::Value::Bool(rule.deny()));
    item.Set("anchor", json::Value::String(rule.anchor()));
    rules.Append(std::move(item));
  }
  Result result;
  result.value.Set("version", json::Value::Integer(response.version()));
  result.value.Set("tee_rules", std::move(rules));
  result.value.Set(
      "firmware_evidence_required",
      json::Value::Bool(response.policy().firmware_evidence_required()));
  result.value.Set(
      "refuse_unknown_revocation",
      json::Value::Bool(response.policy().refuse_unknown_revocation()));
  result.value.Set("undated_crl_days",
                   json::Value::Integer(response.policy().undated_crl_days()));
  result.value.Set(
      "require_reference_values",
      json::Value::Bool(response.policy().require_reference_values()));
  result.value.Set("attest_by_hours",
                   json::Value::Integer(response.policy().attest_by_hours()));
  return result;
}

// protobuf's "(tee_rules[0]) nme: Cannot find field." and "(tee_rules[0].deny):
// invalid value .." with the path of the member at the front.
std::string WithMemberPath(std::string message) {
  // Below its first line it quotes the file, which may be any.
  message.resize(std::min(message.size(), message.find('\n')));
  const size_t end = message.find(')');
  if (message.empty() || message[0] != '(' || end == std::string::npos) {
    return std::string(absl::StripPrefix(message, ": "));
  }
  const std::string path = message.substr(1, end - 1);
  const std::string rest = message.substr(end + 1);
  return rest[0] == ' ' ? absl::StrCat(path, ".", rest.substr(1))
                        : absl::StrCat(path, rest);
}

absl::StatusOr<Result> PolicySet(const cli::Args& args,
                                 Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("file", args.Get("file")));
  verifier::v1::SetPolicyRequest request;
  google::protobuf::util::JsonParseOptions strict;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      text, request.mutable_policy(), strict);
  if (!parsed.ok()) {
    return cli::UsageError(absl::StrCat(
        "--file: ", WithMemberPath(std::string(parsed.message())), " in ",
        args.Get("file"),
        " (its form: {\"tee_rules\":[{\"name\":\"...\",\"min_version\":",
        "\"1.2\",\"deny\":false}],\"firmware_evidence_required\":true,",
        "\"refuse_unknown_revocation\":false})"));
  }
  OTRP_ASSIGN_OR_RETURN(
      const verifier::v1::SetPolicyResponse response,
      connections.Call<verifier::v1::PolicyAdmin>(
          Service::kVerifier, &verifier::v1::PolicyAdmin::Stub::SetPolicy,
          request));
  Result result;
  result.value.Set("version", json::Value::Integer(response.version()));
  return result;
}

}  // namespace

std::vector<Command> TrustCommands() {
  const cli::Flag name = {"name", "N", true, "unique within its role", "name"};
  return {
      {{"trust",
        "add",
        {},
        {{"role", "tee|tfw|sp", true, "tee, tfw or sp", "role"},
         name,
         {"cert", "FILE", true,
          "the root certificate, PEM or DER; several in a PEM file become N, "
          "N-2, ..., all or none",
          "certificate_der"},
         {"eku", "OID[,OID]", false,
          "extended key usages that certificates below may have instead of the "
          "role's: any, serverAuth, clientAuth, codeSigning, emailProtection, "
          "timeStamping, or dotted",
          "accepted_ekus"}},
        "Trusts another authority's root."},
       TrustAdd},
      {{"trust",
        "list",
        {},
        With({{"role", "tee|tfw|sp", false, "only this role", "role"}},
             SelectionFlags("added", /*paged=*/false)),
        "Lists the trust anchors."},
       TrustList},
      Asking({{"trust",
               "rm",
               {},
               {{"role", "tee|tfw|sp", true, "tee, tfw or sp", "role"}, name},
               "No longer trusts a root: what it vouches for is refused."},
              TrustRemove}),
      {{"trust",
        "export",
        {},
        {{"role", "tsm|tee|tfw|sp", true,
          "tsm: the roots that a device must embed; tee, tfw, sp: the anchors",
          "role"},
         {"out", "FILE", false, "a file instead of stdout"}},
        "Writes roots as PEM to stdout."},
       TrustExport},
      {{"policy", "show", {}, {}, "Shows the acceptance policy."}, PolicyShow},
      {{"policy",
        "set",
        {},
        {{"file", "FILE", true, "the policy as JSON", "policy"}},
        "Makes a new version of the acceptance policy."},
       PolicySet},
  };
}

}  // namespace otrp::ctl
