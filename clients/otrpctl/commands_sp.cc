#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/find_device.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/portal/v1/entitlements.grpc.pb.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"

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

// The groups that the TSM knows. PERMISSION_DENIED and UNAVAILABLE as it comes:
// a service provider may not ask it.
absl::StatusOr<std::set<std::string>> Groups(Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(const tsm::v1::ListGroupsResponse response,
                        connections.Call<tsm::v1::Groups>(
                            Service::kTsm, &tsm::v1::Groups::Stub::ListGroups,
                            tsm::v1::ListGroupsRequest()));
  std::set<std::string> names;
  for (const tsm::v1::Group& group : response.groups()) {
    names.insert(group.name());
  }
  return names;
}

v1::Target GroupTarget(const std::string& name) {
  v1::Target target;
  target.set_group(name);
  return target;
}

// Of --device, where it is neither "all" nor a whole id. A mistyped id must not
// become a group that nobody is in.
absl::StatusOr<v1::Target> GroupOrShortDid(const std::string& word,
                                           Connections& connections, bool gives,
                                           std::vector<std::string>* notes) {
  const absl::StatusOr<std::set<std::string>> groups = Groups(connections);
  if (groups.ok() && groups->count(word) > 0) return GroupTarget(word);
  if (LooksLikeDid(word)) {
    v1::Target target;
    absl::StatusOr<std::string> did = FindDid(word, connections);
    if (!did.ok()) {
      const std::string why =
          absl::StrCat("--device: ", did.status().message(),
                       "; --group takes a group of such a name");
      return cli::IsUsageError(did.status())
                 ? cli::UsageError(why)
                 : absl::Status(did.status().code(), why);
    }
    target.set_did(*std::move(did));
    return target;
  }
  if (!gives) return GroupTarget(word);
  if (!groups.ok()) {
    notes->push_back(absl::StrCat("it was not checked that there is a group \"",
                                  word, "\": ", groups.status().message()));
    return GroupTarget(word);
  }
  return absl::NotFoundError(absl::StrCat(
      "--device: there is no group \"", word,
      "\", and a device's id has hex digits only (otrpctl group list shows the "
      "groups; --group takes one that comes later)"));
}

// `gives`: false where an assignment is taken back.
absl::StatusOr<v1::Target> TargetOf(const cli::Args& args,
                                    Connections& connections, bool gives,
                                    std::vector<std::string>* notes) {
  if (args.Has("device") == args.Has("group")) {
    return cli::UsageError(
        "--device: give it or --group, one of the two: which devices");
  }
  if (args.Has("group")) return GroupTarget(args.Get("group"));
  const std::string word = args.Get("device");
  v1::Target target;
  if (word == "all") {
    target.set_all_devices(true);
    return target;
  }
  if (absl::EqualsIgnoreCase(word, "all")) {
    return cli::UsageError(absl::StrCat("--device ", word,
                                        ": every device is \"all\"; --group ",
                                        "takes a group of such a name"));
  }
  absl::StatusOr<std::string> did = ParseDid(word);
  if (did.ok()) {
    target.set_did(*std::move(did));
    return target;
  }
  return GroupOrShortDid(word, connections, gives, notes);
}

std::string TargetName(const v1::Target& target) {
  switch (target.kind_case()) {
    case v1::Target::kAllDevices: return "all";
    case v1::Target::kDid: return absl::BytesToHexString(target.did());
    default: return target.group();
  }
}

json::Value AssignmentValue(const std::string& spid, const std::string& taid,
                            const std::string& device) {
  json::Value value = json::Value::Object();
  value.Set("spid", json::Value::String(spid));
  value.Set("taid", json::Value::String(taid));
  value.Set("device", json::Value::String(device));
  return value;
}

absl::StatusOr<Result> Assign(const cli::Args& args, Connections& connections) {
  std::vector<std::string> notes;
  v1::AssignRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_target(),
                        TargetOf(args, connections, /*gives=*/true, &notes));
  request.set_channel(args.Get("channel"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::AssignResponse response,
      connections.Call<v1::Assignments>(
          Service::kPortal, &v1::Assignments::Stub::Assign, request));
  Result result;
  result.notes = std::move(notes);
  result.value = AssignmentValue(args.Get("spid"), args.Get("taid"),
                                 TargetName(request.target()));
  result.value.Set("assigned", json::Value::Bool(true));
  result.value.Set("channel",
                   json::Value::String(args.Has("channel") ? args.Get("channel")
                                                           : "stable"));
  AddDelivered(response.delivered(), &result);
  return result;
}

absl::StatusOr<Result> Unassign(const cli::Args& args,
                                Connections& connections) {
  std::vector<std::string> notes;
  v1::UnassignRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  OTRP_ASSIGN_OR_RETURN(*request.mutable_target(),
                        TargetOf(args, connections, /*gives=*/false, &notes));
  OTRP_ASSIGN_OR_RETURN(
      const v1::UnassignResponse response,
      connections.Call<v1::Assignments>(
          Service::kPortal, &v1::Assignments::Stub::Unassign, request));
  Result result;
  result.notes = std::move(notes);
  result.value = AssignmentValue(args.Get("spid"), args.Get("taid"),
                                 TargetName(request.target()));
  result.value.Set("assigned", json::Value::Bool(false));
  AddDelivered(response.delivered(), &result);
  return result;
}

absl::StatusOr<Result> AssignmentList(const cli::Args& args,
                                      Connections& connections) {
  v1::ListAssignmentsRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "assignments";
  shape.columns = {{"SPID", "spid"},
                   {"TAID", "taid"},
                   {"DEVICE", "device"},
                   {"CHANNEL", "channel"},
                   {"SINCE", "assigned_at"}};
  shape.name = {"spid", "taid", "device"};
  shape.time = "assigned_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Assignments>(
      connections, Service::kPortal, &v1::Assignments::Stub::ListAssignments,
      request, [](const v1::ListAssignmentsResponse& response) -> const auto& {
        return response.assignments();
      },
      [](const v1::Assignment& assignment) {
        json::Value item = AssignmentValue(assignment.spid(), assignment.taid(),
                                           TargetName(assignment.target()));
        item.Set("channel", json::Value::String(assignment.channel()));
        item.Set("assigned_at",
                 Time(assignment.assigned_at(), assignment.has_assigned_at()));
        return item;
      },
      &selection));
  return selection.ToResult();
}

json::Value EntitlementValue(const v1::Entitlement& entitlement) {
  json::Value value = json::Value::Object();
  value.Set("entitlement_id",
            json::Value::String(entitlement.entitlement_id()));
  value.Set("spid", json::Value::String(entitlement.spid()));
  value.Set("device", json::Value::String(TargetName(entitlement.target())));
  value.Set("granted_by", json::Value::String(entitlement.granted_by()));
  value.Set("granted_at",
            Time(entitlement.granted_at(), entitlement.has_granted_at()));
  return value;
}

absl::StatusOr<Result> EntitlementGrant(const cli::Args& args,
                                        Connections& connections) {
  Result result;
  v1::GrantEntitlementRequest request;
  request.set_spid(args.Get("spid"));
  OTRP_ASSIGN_OR_RETURN(
      *request.mutable_target(),
      TargetOf(args, connections, /*gives=*/true, &result.notes));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GrantEntitlementResponse response,
      connections.Call<v1::Entitlements>(
          Service::kPortal, &v1::Entitlements::Stub::GrantEntitlement,
          request));
  result.value = EntitlementValue(response.entitlement());
  return result;
}

absl::StatusOr<Result> EntitlementRevoke(const cli::Args& args,
                                         Connections& connections) {
  v1::RevokeEntitlementRequest request;
  request.set_spid(args.Get("spid"));
  request.set_entitlement_id(args.Get("id"));
  OTRP_ASSIGN_OR_RETURN(
      const v1::RevokeEntitlementResponse response,
      connections.Call<v1::Entitlements>(
          Service::kPortal, &v1::Entitlements::Stub::RevokeEntitlement,
          request));
  Result result;
  result.value.Set("entitlement_id", json::Value::String(args.Get("id")));
  result.value.Set("revoked", json::Value::Bool(true));
  result.value.Set("assignments_left",
                   json::Value::Integer(response.assignments_left()));
  if (response.assignments_left() > 0) {
    result.notes.push_back(
        "assignments to it are still there: otrpctl unassign takes them back");
  }
  return result;
}

absl::StatusOr<Result> EntitlementList(const cli::Args& args,
                                       Connections& connections) {
  v1::ListEntitlementsRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "entitlements";
  shape.columns = {{"ID", "entitlement_id"},
                   {"DEVICE", "device"},
                   {"BY", "granted_by"},
                   {"SINCE", "granted_at"}};
  shape.time = "granted_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Entitlements>(
      connections, Service::kPortal, &v1::Entitlements::Stub::ListEntitlements,
      request, [](const v1::ListEntitlementsResponse& response) -> const auto& {
        return response.entitlements();
      },
      EntitlementValue, &selection));
  return selection.ToResult();
}

}  // namespace

std::vector<Command> SpCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag any_spid = {"spid", "S", false,
                              "only this service provider's", "spid"};
  const cli::Flag taid = {"taid", "T", true, "id of the trusted application",
                          "taid"};
  const cli::Flag device = {"device", "D", false,
                            "a device's id or its first digits, all, or a "
                            "group that is there",
                            "target"};
  const cli::Flag group = {"group", "G", false,
                           "a group, also one without members yet", "target"};
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
      {{"entitlement",
        "grant",
        {},
        {spid, device, group},
        "A service provider may assign to these devices."},
       EntitlementGrant},
      Asking(
          {{"entitlement",
            "revoke",
            {},
            {spid, {"id", "ID", true, "of the entitlement", "entitlement_id"}},
            "Takes an entitlement back; assignments stay."},
           EntitlementRevoke}),
      {{"entitlement",
        "list",
        {},
        With({spid}, SelectionFlags("granted")),
        "Lists a service provider's entitlements."},
       EntitlementList},
      {{"assign",
        "",
        {},
        {spid,
         taid,
         device,
         group,
         {"channel", "C", false, "stable (the default) or beta", "channel"}},
        "Devices shall have a trusted application."},
       Assign},
      Asking({{"unassign",
               "",
               {},
               {spid, taid, device, group},
               "Takes an assignment back: the devices lose the application."},
              Unassign}),
      {{"assignment",
        "list",
        {},
        With({any_spid}, SelectionFlags("made")),
        "Lists the assignments."},
       AssignmentList},
  };
}

}  // namespace otrp::ctl
