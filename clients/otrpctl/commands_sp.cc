#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/portal.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

void AddRevocation(const v1::SpCertificate& certificate, json::Value* item) {
  if (!certificate.has_revoked_at()) return;
  item->Set("revoked_at", Time(certificate.revoked_at(), true));
  item->Set("reason",
            json::Value::String(ReasonName(certificate.revocation_reason())));
}

json::Value ProviderValue(const v1::ServiceProvider& sp) {
  json::Value certificates = json::Value::Array();
  for (const v1::SpCertificate& certificate : sp.certificates()) {
    json::Value item = json::Value::Object();
    item.Set("serial", json::Value::String(certificate.serial()));
    item.Set("sha256", json::Value::String(
                           absl::BytesToHexString(certificate.fingerprint())));
    item.Set("not_after",
             Time(certificate.not_after(), certificate.has_not_after()));
    item.Set("current", json::Value::Bool(certificate.current()));
    AddRevocation(certificate, &item);
    certificates.Append(std::move(item));
  }
  json::Value value = json::Value::Object();
  value.Set("spid", json::Value::String(sp.spid()));
  value.Set("name", json::Value::String(sp.name()));
  value.Set("created_at", Time(sp.created_at(), sp.has_created_at()));
  value.Set("certificates", std::move(certificates));
  return value;
}

absl::StatusOr<Result> SpCreate(const cli::Args& args,
                                Connections& connections) {
  v1::CreateServiceProviderRequest request;
  request.set_spid(args.Get("spid"));
  request.set_name(args.Get("name"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::CreateServiceProviderResponse response,
      connections.Call<v1::ServiceProviders>(
          Service::kPortal, &v1::ServiceProviders::Stub::CreateServiceProvider,
          request));
  Result result;
  result.value = ProviderValue(response.service_provider());
  return result;
}

absl::StatusOr<Result> SpShow(const cli::Args& args, Connections& connections) {
  v1::GetServiceProviderRequest request;
  request.set_spid(args.Get("spid"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetServiceProviderResponse response,
      connections.Call<v1::ServiceProviders>(
          Service::kPortal, &v1::ServiceProviders::Stub::GetServiceProvider,
          request));
  Result result;
  result.value = ProviderValue(response.service_provider());
  return result;
}

absl::StatusOr<Result> SpList(const cli::Args& args, Connections& connections) {
  ListShape shape;
  shape.list = "service_providers";
  shape.columns = {
      {"SPID", "spid"}, {"NAME", "name"}, {"CREATED", "created_at"}};
  shape.time = "created_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::ServiceProviders>(
      connections, Service::kPortal,
      &v1::ServiceProviders::Stub::ListServiceProviders,
      v1::ListServiceProvidersRequest(),
      [](const v1::ListServiceProvidersResponse& response) -> const auto& {
        return response.service_providers();
      },
      ProviderValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> SpEnroll(const cli::Args& args,
                                Connections& connections) {
  v1::EnrollCertificateRequest request;
  request.set_spid(args.Get("spid"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_csr_der(),
                        ReadDer("csr", args.Get("csr"), "CERTIFICATE REQUEST"));
  OTRP_ASSIGN_OR_RETURN(OutputFile out,
                        OutputFile::Open("out", args.Get("out")));
  OTRP_ASSIGN_OR_RETURN(
      const v1::EnrollCertificateResponse response,
      connections.Call<v1::ServiceProviders>(
          Service::kPortal, &v1::ServiceProviders::Stub::EnrollCertificate,
          request));
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("serial", json::Value::String(response.serial()));
  KeepCertificates({response.chain_der().begin(), response.chain_der().end()},
                   &out, &result);
  AddDelivered(response.delivered(), &result);
  return result;
}

// The serial of what --serial names: itself, or the current certificate's. The
// service takes numbers alone: "current" asked a second time would be the next.
absl::StatusOr<std::string> SigningSerial(const cli::Args& args,
                                          Connections& connections) {
  if (args.Get("serial") != "current") return args.Get("serial");
  v1::GetServiceProviderRequest request;
  request.set_spid(args.Get("spid"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetServiceProviderResponse response,
      connections.Call<v1::ServiceProviders>(
          Service::kPortal, &v1::ServiceProviders::Stub::GetServiceProvider,
          request));
  for (const v1::SpCertificate& certificate :
       response.service_provider().certificates()) {
    if (certificate.current()) return certificate.serial();
  }
  return absl::NotFoundError(
      absl::StrCat("--serial current: ", args.Get("spid"),
                   " has no certificate that is good"));
}

absl::StatusOr<Result> SpRevoke(const cli::Args& args,
                                Connections& connections) {
  v1::RevokeSigningCertificateRequest request;
  request.set_spid(args.Get("spid"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_serial(),
                        SigningSerial(args, connections));
  OTRP_ASSIGN_OR_RETURN(const ca::v1::RevocationReason reason,
                        ParseReason(args.Get("reason")));
  request.set_reason(reason);
  OTRP_ASSIGN_OR_RETURN(
      const v1::RevokeSigningCertificateResponse response,
      connections.Call<v1::ServiceProviders>(
          Service::kPortal,
          &v1::ServiceProviders::Stub::RevokeSigningCertificate, request));
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("serial", json::Value::String(request.serial()));
  AddRevocation(response.certificate(), &result.value);
  AddDelivered(response.delivered(), &result);
  return result;
}

}  // namespace

std::vector<Command> SpCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  return {
      {{"sp",
        "create",
        {},
        {spid, {"name", "N", true, "display name", "name"}},
        "Makes an active account of a service provider."},
       SpCreate},
      {{"sp",
        "list",
        {},
        SelectionFlags("created"),
        "Lists the service providers."},
       SpList},
      {{"sp", "show", {}, {spid}, "Shows one service provider."}, SpShow},
      {{"sp",
        "enroll",
        {},
        {spid,
         {"csr", "FILE", true, "PKCS#10 request, PEM or DER", "csr_der"},
         {"out", "FILE", true, "the chain as PEM, leaf first"}},
        "Gets a TA signing certificate; it becomes the current one."},
       SpEnroll},
      Asking({{"sp",
               "revoke",
               {},
               {spid,
                {"serial", "S", true,
                 "serial number, hex; or current, the one that new domains get",
                 "serial"},
                RevocationReasonFlag()},
               "Revokes a TA signing certificate, for ever."},
              SpRevoke}),
  };
}

}  // namespace otrp::ctl
