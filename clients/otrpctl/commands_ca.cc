#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "clients/otrpctl/wanted_certificate.h"
#include "libs/base/status_macros.h"
#include "libs/pki/certificate.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "otrp/ca/v1/renewal.grpc.pb.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

json::Value AuthorityValue(const v1::Authority& authority) {
  json::Value item = json::Value::Object();
  item.Set("name", json::Value::String(authority.name()));
  item.Set("role", json::Value::String(RoleName(authority.role())));
  item.Set("root", json::Value::Bool(authority.is_root()));
  item.Set("issuer", json::Value::String(authority.issuer()));
  item.Set("key_type", json::Value::String(authority.key_type()));
  item.Set("line", json::Value::String(authority.line()));
  item.Set("generation", json::Value::Integer(authority.generation()));
  item.Set("state", json::Value::String(authority.state()));
  item.Set("policies", Strings({authority.policy_oids().begin(),
                                authority.policy_oids().end()}));
  item.Set("owner", json::Value::String(authority.owner()));
  item.Set("not_after", Time(authority.not_after(), authority.has_not_after()));
  return item;
}

absl::StatusOr<Result> CaList(const cli::Args& args, Connections& connections) {
  ListShape shape;
  shape.list = "authorities";
  shape.columns = {{"NAME", "name"},          {"ROLE", "role"},
                   {"STATE", "state"},        {"ROOT", "root"},
                   {"ISSUER", "issuer"},      {"KEY TYPE", "key_type"},
                   {"NOT AFTER", "not_after"}};
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListAuthoritiesResponse response,
      connections.Call<v1::AuthorityDirectory>(
          Service::kCa, &v1::AuthorityDirectory::Stub::ListAuthorities,
          v1::ListAuthoritiesRequest()));
  for (const v1::Authority& authority : response.authorities()) {
    if (!selection.Take(AuthorityValue(authority))) break;
  }
  return selection.ToResult();
}

absl::StatusOr<Result> CaIssue(const cli::Args& args,
                               Connections& connections) {
  v1::IssueCertificateRequest request;
  OTRP_RETURN_IF_ERROR(FillWantedCertificate(args, &request));
  request.set_request_id(args.Get("request-id"));
  OTRP_ASSIGN_OR_RETURN(const int64_t life, LifeOf(args));
  request.set_lifetime_seconds(life);
  OTRP_ASSIGN_OR_RETURN(OutputFile out,
                        OutputFile::Open("out", args.Get("out")));
  OTRP_ASSIGN_OR_RETURN(
      const v1::IssueCertificateResponse response,
      connections.Call<v1::CertificateAuthority>(
          Service::kCa, &v1::CertificateAuthority::Stub::IssueCertificate,
          request));
  Result result;
  result.value.Set("serial", json::Value::String(response.serial()));
  result.value.Set("not_after",
                   Time(response.not_after(), response.has_not_after()));
  KeepCertificates({response.chain_der().begin(), response.chain_der().end()},
                   &out, &result);
  return result;
}

json::Value CertificateValue(const v1::Certificate& certificate) {
  json::Value value = json::Value::Object();
  value.Set("serial", json::Value::String(certificate.serial()));
  value.Set("profile", json::Value::String(ProfileName(certificate.profile())));
  value.Set("authority", json::Value::String(certificate.authority()));
  value.Set("subject", json::Value::String(certificate.subject()));
  value.Set("san_uris", Strings({certificate.san_uris().begin(),
                                 certificate.san_uris().end()}));
  value.Set("not_before",
            Time(certificate.not_before(), certificate.has_not_before()));
  value.Set("not_after",
            Time(certificate.not_after(), certificate.has_not_after()));
  value.Set("status", json::Value::String(certificate.status()));
  if (certificate.status() == "revoked") {
    value.Set("reason",
              json::Value::String(ReasonName(certificate.revocation_reason())));
    value.Set("revoked_at",
              Time(certificate.revoked_at(), certificate.has_revoked_at()));
  }
  return value;
}

absl::StatusOr<Result> CertList(const cli::Args& args,
                                Connections& connections) {
  v1::ListCertificatesRequest request;
  if (args.Has("profile")) {
    OTRP_ASSIGN_OR_RETURN(const v1::Profile profile,
                          ParseProfile(args.Get("profile")));
    request.set_profile(profile);
  }
  v1::FindExpiringCertificatesRequest expiring;
  if (args.Has("expiring")) {
    OTRP_ASSIGN_OR_RETURN(const int64_t within,
                          ParseDays("expiring", args.Get("expiring")));
    expiring.set_within_seconds(within);
    expiring.set_profile(request.profile());
  }
  ListShape shape;
  shape.list = "certificates";
  shape.columns = {{"SERIAL", "serial"},
                   {"PROFILE", "profile"},
                   {"SUBJECT", "subject"},
                   {"STATUS", "status"},
                   {"NOT AFTER", "not_after"}};
  shape.time = "not_before";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  if (args.Has("expiring")) {
    OTRP_RETURN_IF_ERROR(TakePages<v1::CertificateExpiry>(
        connections, Service::kCa,
        &v1::CertificateExpiry::Stub::FindExpiringCertificates, expiring,
        [](const v1::FindExpiringCertificatesResponse& response)
            -> const auto& { return response.certificates(); },
        CertificateValue, &selection));
    return selection.ToResult();
  }
  OTRP_RETURN_IF_ERROR(TakePages<v1::CertificateAuthority>(
      connections, Service::kCa,
      &v1::CertificateAuthority::Stub::ListCertificates, request,
      [](const v1::ListCertificatesResponse& response) -> const auto& {
        return response.certificates();
      },
      CertificateValue, &selection));
  return selection.ToResult();
}

// --serial: a number, or @FILE for that of the certificate in FILE, which a
// script has where it doesn't know the number.
absl::StatusOr<std::string> SerialOf(const cli::Args& args) {
  const std::string given = args.Get("serial");
  if (!absl::StartsWith(given, "@")) return given;
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        ReadDer("serial", given.substr(1), "CERTIFICATE"));
  const auto certificate = pki::Certificate::FromDer(der);
  if (!certificate.ok()) {
    return cli::UsageError(
        absl::StrCat("--serial ", given, ": ", certificate.status().message()));
  }
  return certificate->serial();
}

absl::StatusOr<Result> CertShow(const cli::Args& args,
                                Connections& connections) {
  v1::GetCertificateRequest request;
  OTRP_ASSIGN_OR_RETURN(const std::string serial, SerialOf(args));
  request.set_serial(serial);
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetCertificateResponse response,
      connections.Call<v1::CertificateAuthority>(
          Service::kCa, &v1::CertificateAuthority::Stub::GetCertificate,
          request));
  Result result;
  result.value = CertificateValue(response.certificate());
  if (!response.certificate().der().empty()) {
    result.value.Set(
        "pem",
        json::Value::String(CertificatesPem({response.certificate().der()})));
  }
  return result;
}

absl::StatusOr<Result> CertRevoke(const cli::Args& args,
                                  Connections& connections) {
  v1::RevokeCertificateRequest request;
  OTRP_ASSIGN_OR_RETURN(const std::string serial, SerialOf(args));
  request.set_serial(serial);
  OTRP_ASSIGN_OR_RETURN(const v1::RevocationReason reason,
                        ParseReason(args.Get("reason")));
  request.set_reason(reason);
  OTRP_ASSIGN_OR_RETURN(
      const v1::RevokeCertificateResponse response,
      connections.Call<v1::CertificateAuthority>(
          Service::kCa, &v1::CertificateAuthority::Stub::RevokeCertificate,
          request));
  Result result;
  result.value.Set("serial", json::Value::String(serial));
  result.value.Set("revoked_at",
                   Time(response.revoked_at(), response.has_revoked_at()));
  // The verifier pulls CRLs by itself; asking it makes the revocation hold
  // from the next device message on.
  const auto refreshed = connections.Call<verifier::v1::PolicyAdmin>(
      Service::kVerifier, &verifier::v1::PolicyAdmin::Stub::Refresh,
      verifier::v1::RefreshRequest());
  // A service provider has no say there, and revokes nothing that counts there.
  if (!refreshed.ok() && !absl::IsPermissionDenied(refreshed.status())) {
    result.notes.push_back(absl::StrCat(
        "revoked, but the verifier couldn't be told (it will pull the CRL by "
        "itself): ",
        refreshed.status().message()));
  }
  return result;
}

}  // namespace

std::vector<Command> CaCommands() {
  const cli::Flag serial = {"serial", "S", true,
                            "serial number, hex; or @FILE, the certificate's",
                            "serial"};
  return {
      {{"ca",
        "list",
        {},
        SelectionFlags("", /*paged=*/false),
        "Lists the authorities."},
       CaList},
      {{"ca",
        "issue",
        {},
        {{"profile", IssuedProfileWords("|"), true,
          absl::StrCat("one of ", IssuedProfileWords(", ")), "profile"},
         {"csr", "FILE", true, "PKCS#10 request, PEM or DER", "csr_der"},
         {"out", "FILE", true, "the chain as PEM, leaf first"},
         {"cn", "NAME", false, "common name instead of the request's",
          "common_name"},
         {"san-uri", "URI[,URI]", false, "URIs to add (tsm: its id)",
          "san_uris"},
         AuthorityFlag(),
         {"request-id", "ID", false, "the same id gives the same certificate",
          "request_id"},
         LifeFlag("how long it lives, e.g. 8h; what its profile has without "
                  "it")},
        "Issues a certificate from a request."},
       CaIssue},
      {{"cert",
        "list",
        {},
        With({{"profile", ProfileWords("|"), false, "only this profile",
               "profile"},
              {"expiring", "TIME", false,
               "good ones that end so soon, e.g. 30d, and have no successor",
               "within_seconds"}},
             SelectionFlags("issued")),
        "Lists the certificates issued."},
       CertList},
      {{"cert", "show", {}, {serial}, "Shows one certificate."}, CertShow},
      Asking({{"cert",
               "revoke",
               {},
               {serial, RevocationReasonFlag()},
               "Revokes one certificate, for ever."},
              CertRevoke}),
  };
}

}  // namespace otrp::ctl
