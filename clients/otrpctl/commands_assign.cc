#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/find_device.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/service/device_conditions.h"
#include "otrp/portal/v1/entitlements.grpc.pb.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

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

bool HasConditions(const cli::Args& args) {
  return args.Has("label") || args.Has("tee-vendor") ||
         args.Has("min-attestation");
}

absl::StatusOr<v1::Target> ConditionsOf(const cli::Args& args) {
  if (args.Has("device")) {
    return cli::UsageError(
        "--device: leave it out: a device is named by its id alone, others by "
        "a group and conditions");
  }
  v1::Target target;
  common::v1::DeviceConditions& devices = *target.mutable_devices();
  devices.set_group(args.Get("group"));
  for (absl::string_view label :
       absl::StrSplit(args.Get("label"), ',', absl::SkipEmpty())) {
    devices.add_labels(std::string(label));
  }
  devices.set_tee_vendor(args.Get("tee-vendor"));
  devices.set_min_attestation(args.Get("min-attestation"));
  return target;
}

// `gives`: false where an assignment is taken back.
absl::StatusOr<v1::Target> TargetOf(const cli::Args& args,
                                    Connections& connections, bool gives,
                                    std::vector<std::string>* notes) {
  if (HasConditions(args)) return ConditionsOf(args);
  if (args.Has("device") == args.Has("group")) {
    return cli::UsageError(
        "--device: give it or --group, one of the two, or conditions (--label, "
        "--tee-vendor, --min-attestation): which devices");
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
    case v1::Target::kDevices: {
      const auto conditions = service::DeviceConditions::FromProto(
          target.devices(), "target.devices");
      return conditions.ok() ? conditions->ToText()
                             : target.devices().ShortDebugString();
    }
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

std::vector<Command> AssignCommands() {
  const cli::Flag spid = {"spid", "S", true, "id of the service provider",
                          "spid"};
  const cli::Flag any_spid = {"spid", "S", false,
                              "only this service provider's", "spid"};
  const cli::Flag taid = {"taid", "T", true, "id of the trusted application",
                          "taid"};
  // What is more exact about the request comes first: errors are named by it.
  const std::vector<cli::Flag> targets = {
      {"label", "K=V[,K=V]", false, "devices with these labels",
       "target.devices.labels"},
      {"tee-vendor", "NAME", false,
       "devices whose TEE leads to this trust anchor",
       "target.devices.tee_vendor"},
      {"min-attestation", "TIER", false,
       "tee-authenticated or firmware-verified devices",
       "target.devices.min_attestation"},
      {"device", "D", false,
       "a device's id or its first digits, all, or a group that is there",
       "target"},
      {"group", "G", false, "a group, also one without members yet", "target"},
  };
  return {
      {{"entitlement",
        "grant",
        {},
        With({spid}, targets),
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
        With({spid,
              taid,
              {"channel", "C", false, "stable (the default) or beta",
               "channel"}},
             targets),
        "Devices shall have a trusted application."},
       Assign},
      Asking({{"unassign",
               "",
               {},
               With({spid, taid}, targets),
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
