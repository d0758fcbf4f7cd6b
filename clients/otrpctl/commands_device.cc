#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/find_device.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::tsm::v1;

std::string DialectName(v1::Dialect dialect) {
  switch (dialect) {
    case v1::DIALECT_IETF03: return "ietf03";
    case v1::DIALECT_PEI03: return "pei03";
    default: return "";
  }
}

json::Value AttestationValue(const v1::Attestation& attestation) {
  json::Value reasons = json::Value::Array();
  json::Value meanings = json::Value::Array();
  for (const v1::AttestationReason& reason : attestation.reasons()) {
    reasons.Append(json::Value::String(
        reason.detail().empty()
            ? reason.code()
            : absl::StrCat(reason.code(), ": ", reason.detail())));
    if (reason.meaning().empty()) continue;
    meanings.Append(json::Value::String(
        absl::StrCat(reason.code(), ": ", reason.meaning())));
  }
  json::Value value = json::Value::Object();
  value.Set("verdict", json::Value::String(attestation.verdict()));
  value.Set("reasons", std::move(reasons));
  value.Set("meanings", std::move(meanings));
  value.Set("at", Time(attestation.at(), attestation.has_at()));
  return value;
}

json::Value DomainsValue(const v1::Device& device) {
  json::Value domains = json::Value::Array();
  for (const v1::SecurityDomain& domain : device.security_domains()) {
    json::Value tas = json::Value::Array();
    for (const v1::InstalledTa& ta : domain.tas()) {
      json::Value item = json::Value::Object();
      item.Set("taid", json::Value::String(ta.taid()));
      item.Set("version", json::Value::String(ta.version()));
      item.Set("state", json::Value::String(ta.state()));
      tas.Append(std::move(item));
    }
    json::Value certificates = json::Value::Array();
    for (const std::string& fingerprint : domain.spcert_fingerprints()) {
      certificates.Append(
          json::Value::String(absl::BytesToHexString(fingerprint)));
    }
    json::Value item = json::Value::Object();
    item.Set("sdname", json::Value::String(domain.sdname()));
    item.Set("spid", json::Value::String(domain.spid()));
    item.Set("tas", std::move(tas));
    item.Set("spcert_sha256", std::move(certificates));
    domains.Append(std::move(item));
  }
  return domains;
}

// "bank/9b1c..@1.0.0", in the order of the domains.
json::Value TasValue(const v1::Device& device) {
  json::Value tas = json::Value::Array();
  for (const v1::SecurityDomain& domain : device.security_domains()) {
    for (const v1::InstalledTa& ta : domain.tas()) {
      tas.Append(json::Value::String(
          absl::StrCat(domain.spid(), "/", ta.taid(), "@",
                       ta.version().empty() ? "unknown" : ta.version())));
    }
  }
  return tas;
}

json::Value TasksValue(const v1::Device& device) {
  json::Value tasks = json::Value::Array();
  for (const v1::Task& task : device.tasks()) {
    json::Value item = json::Value::Object();
    item.Set("action", json::Value::String(task.action()));
    item.Set("state", json::Value::String(task.state()));
    item.Set("attempts", json::Value::Integer(task.attempts()));
    item.Set("last_error", json::Value::String(task.last_error()));
    item.Set("not_before", Time(task.not_before(), task.has_not_before()));
    item.Set("advice", json::Value::String(task.advice()));
    item.Set("detail", json::Value::String(task.detail()));
    tasks.Append(std::move(item));
  }
  return tasks;
}

json::Value DeviceValue(const v1::Device& device) {
  json::Value value = json::Value::Object();
  value.Set("did", json::Value::String(absl::BytesToHexString(device.did())));
  value.Set("dialect", json::Value::String(DialectName(device.dialect())));
  value.Set("key_type", json::Value::String(device.key_type()));
  value.Set("tee_name", json::Value::String(device.tee_name()));
  value.Set("tee_version", json::Value::String(device.tee_version()));
  value.Set("tee_vendor", json::Value::String(device.tee_vendor()));
  value.Set("attestation_tier", json::Value::String(device.attestation_tier()));
  value.Set("attestation", AttestationValue(device.attestation()));
  value.Set("refused_by_sps", Strings({device.refused_by_spids().begin(),
                                       device.refused_by_spids().end()}));
  value.Set("security_domains", DomainsValue(device));
  value.Set("tas", TasValue(device));
  value.Set("groups",
            Strings({device.groups().begin(), device.groups().end()}));
  value.Set("labels",
            Strings({device.labels().begin(), device.labels().end()}));
  value.Set("tasks", TasksValue(device));
  value.Set("first_seen", Time(device.first_seen(), device.has_first_seen()));
  value.Set("last_seen", Time(device.last_seen(), device.has_last_seen()));
  return value;
}

// Whether --ta and --version, where given, are about one of its applications.
bool HasTa(const v1::Device& device, const cli::Args& args) {
  if (!args.Has("ta")) return true;
  for (const v1::SecurityDomain& domain : device.security_domains()) {
    for (const v1::InstalledTa& ta : domain.tas()) {
      if (ta.taid() == args.Get("ta") &&
          (!args.Has("version") || ta.version() == args.Get("version"))) {
        return true;
      }
    }
  }
  return false;
}

absl::StatusOr<Result> DeviceList(const cli::Args& args,
                                  Connections& connections) {
  if (args.Has("version") && !args.Has("ta")) {
    return cli::UsageError("--version: of which application? give --ta too");
  }
  v1::ListDevicesRequest request;
  request.set_group(args.Get("group"));
  request.set_label(args.Get("label"));
  ListShape shape;
  shape.list = "devices";
  shape.columns = {{"DID", "did"},
                   {"KEY", "key_type"},
                   {"DIALECT", "dialect"},
                   {"TEE", "tee_name"},
                   {"VERDICT", "attestation.verdict"},
                   {"TAS", "tas"},
                   {"LABELS", "labels"},
                   {"LAST SEEN", "last_seen"}};
  shape.time = "last_seen";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Devices>(
      connections, Service::kTsm, &v1::Devices::Stub::ListDevices, request,
      [](const v1::ListDevicesResponse& response) -> const auto& {
        return response.devices();
      },
      [&](const v1::Device& device) -> absl::optional<json::Value> {
        if (!HasTa(device, args)) return absl::nullopt;
        return DeviceValue(device);
      },
      &selection));
  return selection.ToResult();
}

// 1.9 before 1.10.
struct VersionLess {
  bool operator()(const std::string& a, const std::string& b) const {
    const auto numbers = [](const std::string& version) {
      std::vector<int64_t> parts;
      for (const absl::string_view part : absl::StrSplit(version, '.')) {
        int64_t number = -1;
        (void)absl::SimpleAtoi(part, &number);
        parts.push_back(number);
      }
      return parts;
    };
    return numbers(a) < numbers(b);
  }
};

struct VersionCount {
  int64_t devices = 0;
  int64_t outdated = 0;
};

// Page by page here: no service reads all its devices for one answer.
absl::StatusOr<Result> TaVersions(const cli::Args& args,
                                  Connections& connections) {
  std::map<std::string, std::map<std::string, VersionCount, VersionLess>>
      counts;
  int64_t devices = 0;
  v1::ListDevicesRequest request;
  request.set_page_size(kPageRows);
  do {
    OTRP_ASSIGN_OR_RETURN(
        const v1::ListDevicesResponse response,
        connections.Call<v1::Devices>(
            Service::kTsm, &v1::Devices::Stub::ListDevices, request));
    devices += response.devices_size();
    for (const v1::Device& device : response.devices()) {
      for (const v1::SecurityDomain& domain : device.security_domains()) {
        if (args.Has("spid") && domain.spid() != args.Get("spid")) continue;
        for (const v1::InstalledTa& ta : domain.tas()) {
          if (ta.taid() != args.Get("taid")) continue;
          VersionCount& count = counts[domain.spid()][ta.version()];
          ++count.devices;
          if (ta.state() == "outdated") ++count.outdated;
        }
      }
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  json::Value list = json::Value::Array();
  for (const auto& [spid, versions] : counts) {
    for (const auto& [version, count] : versions) {
      json::Value item = json::Value::Object();
      item.Set("spid", json::Value::String(spid));
      item.Set("taid", json::Value::String(args.Get("taid")));
      item.Set("version", json::Value::String(version));
      item.Set("devices", json::Value::Integer(count.devices));
      item.Set("outdated", json::Value::Integer(count.outdated));
      list.Append(std::move(item));
    }
  }
  Result result;
  result.value.Set("versions", std::move(list));
  result.value.Set("all_devices", json::Value::Integer(devices));
  result.list = "versions";
  result.columns = {{"SPID", "spid"},
                    {"TAID", "taid"},
                    {"VERSION", "version"},
                    {"DEVICES", "devices"},
                    {"OUTDATED", "outdated"}};
  result.name = {"spid", "taid", "version"};
  return result;
}

// By the policy's attest_by_hours. A service provider may not see the policy.
void AddAttestBy(const v1::Device& device, Connections& connections,
                 Result* result) {
  if (device.attestation().verdict() != "accepted") return;
  const absl::StatusOr<verifier::v1::GetPolicyResponse> policy =
      connections.Call<verifier::v1::PolicyAdmin>(
          Service::kVerifier, &verifier::v1::PolicyAdmin::Stub::GetPolicy,
          verifier::v1::GetPolicyRequest());
  if (absl::IsPermissionDenied(policy.status())) return;
  if (!policy.ok()) {
    result->notes.push_back(absl::StrCat("whether it is overdue isn't known: ",
                                         policy.status().message()));
    return;
  }
  const int hours = policy->policy().attest_by_hours();
  if (hours == 0) return;
  google::protobuf::Timestamp due = device.attestation().at();
  due.set_seconds(due.seconds() + int64_t{3600} * hours);
  result->value.Set("attest_by", Time(due, true));
  result->value.Set(
      "overdue",
      json::Value::Bool(absl::ToUnixSeconds(absl::Now()) > due.seconds()));
}

absl::StatusOr<Result> DeviceShow(const cli::Args& args,
                                  Connections& connections) {
  v1::GetDeviceRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                        FindDid(args.Positional(0), connections));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetDeviceResponse response,
      connections.Call<v1::Devices>(Service::kTsm,
                                    &v1::Devices::Stub::GetDevice, request));
  Result result;
  result.value = DeviceValue(response.device());
  AddAttestBy(response.device(), connections, &result);
  return result;
}

absl::StatusOr<Result> DeviceRetry(const cli::Args& args,
                                   Connections& connections) {
  v1::RetryDeviceRequest request;
  OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                        FindDid(args.Positional(0), connections));
  OTRP_ASSIGN_OR_RETURN(
      const v1::RetryDeviceResponse response,
      connections.Call<v1::Devices>(Service::kTsm,
                                    &v1::Devices::Stub::RetryDevice, request));
  Result result;
  result.value.Set("did",
                   json::Value::String(absl::BytesToHexString(request.did())));
  result.value.Set("tasks", json::Value::Integer(response.tasks()));
  return result;
}

// "site=b,pilot-": a label to set, and one to remove by its key.
absl::StatusOr<Result> DeviceLabel(const cli::Args& args,
                                   Connections& connections) {
  v1::SetDeviceLabelsRequest request;
  for (absl::string_view word : absl::StrSplit(args.Positional(1), ',')) {
    if (!absl::StrContains(word, '=') && absl::ConsumeSuffix(&word, "-")) {
      request.add_remove(std::string(word));
    } else {
      request.add_update(std::string(word));
    }
  }
  OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                        FindDid(args.Positional(0), connections));
  OTRP_ASSIGN_OR_RETURN(
      const v1::SetDeviceLabelsResponse response,
      connections.Call<v1::Devices>(
          Service::kTsm, &v1::Devices::Stub::SetDeviceLabels, request));
  Result result;
  result.value.Set("did",
                   json::Value::String(absl::BytesToHexString(request.did())));
  result.value.Set(
      "labels", Strings({response.labels().begin(), response.labels().end()}));
  return result;
}

template <typename Request>
absl::Status FillMembers(const cli::Args& args, Connections& connections,
                         Request* request) {
  request->set_group(args.Get("group"));
  for (absl::string_view word : absl::StrSplit(args.Get("device"), ',')) {
    OTRP_ASSIGN_OR_RETURN(const std::string did, FindDid(word, connections));
    request->add_dids(did);
  }
  return absl::OkStatus();
}

template <typename Request>
Result MembersResult(const Request& request) {
  json::Value devices = json::Value::Array();
  for (const std::string& did : request.dids()) {
    devices.Append(json::Value::String(absl::BytesToHexString(did)));
  }
  Result result;
  result.value.Set("group", json::Value::String(request.group()));
  result.value.Set("devices", std::move(devices));
  return result;
}

absl::StatusOr<Result> GroupAdd(const cli::Args& args,
                                Connections& connections) {
  v1::AddGroupMembersRequest request;
  OTRP_RETURN_IF_ERROR(FillMembers(args, connections, &request));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::Groups>(Service::kTsm,
                                             &v1::Groups::Stub::AddGroupMembers,
                                             request)
                           .status());
  return MembersResult(request);
}

absl::StatusOr<Result> GroupRemove(const cli::Args& args,
                                   Connections& connections) {
  v1::RemoveGroupMembersRequest request;
  OTRP_RETURN_IF_ERROR(FillMembers(args, connections, &request));
  OTRP_RETURN_IF_ERROR(
      connections
          .Call<v1::Groups>(Service::kTsm,
                            &v1::Groups::Stub::RemoveGroupMembers, request)
          .status());
  return MembersResult(request);
}

absl::StatusOr<Result> GroupList(const cli::Args& args,
                                 Connections& connections) {
  ListShape shape;
  shape.list = "groups";
  shape.columns = {{"GROUP", "name"}, {"MEMBERS", "members"}};
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_ASSIGN_OR_RETURN(
      const v1::ListGroupsResponse response,
      connections.Call<v1::Groups>(Service::kTsm, &v1::Groups::Stub::ListGroups,
                                   v1::ListGroupsRequest()));
  for (const v1::Group& group : response.groups()) {
    json::Value item = json::Value::Object();
    item.Set("name", json::Value::String(group.name()));
    item.Set("members", json::Value::Integer(group.members()));
    if (!selection.Take(std::move(item))) break;
  }
  return selection.ToResult();
}

json::Value SessionValue(const v1::Session& session) {
  json::Value dids = json::Value::Array();
  for (const std::string& did : session.dids()) {
    dids.Append(json::Value::String(absl::BytesToHexString(did)));
  }
  json::Value value = json::Value::Object();
  value.Set("tid", json::Value::String(session.tid()));
  value.Set("state", json::Value::String(session.state()));
  value.Set("dialect", json::Value::String(DialectName(session.dialect())));
  value.Set("dids", std::move(dids));
  value.Set("opened_at", Time(session.opened_at(), session.has_opened_at()));
  value.Set("last_message_at",
            Time(session.last_message_at(), session.has_last_message_at()));
  return value;
}

absl::StatusOr<Result> SessionList(const cli::Args& args,
                                   Connections& connections) {
  v1::ListSessionsRequest request;
  if (args.Has("device")) {
    OTRP_ASSIGN_OR_RETURN(*request.mutable_did(),
                          FindDid(args.Get("device"), connections));
  }
  ListShape shape;
  shape.list = "sessions";
  shape.columns = {{"TID", "tid"},
                   {"STATE", "state"},
                   {"DEVICES", "dids"},
                   {"LAST MESSAGE", "last_message_at"}};
  shape.time = "opened_at";
  shape.newest_first = true;
  shape.default_limit = kDefaultRows;
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Sessions>(
      connections, Service::kTsm, &v1::Sessions::Stub::ListSessions, request,
      [](const v1::ListSessionsResponse& response) -> const auto& {
        return response.sessions();
      },
      SessionValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> SessionShow(const cli::Args& args,
                                   Connections& connections) {
  v1::GetSessionRequest request;
  request.set_tid(args.Positional(0));
  OTRP_ASSIGN_OR_RETURN(
      const v1::GetSessionResponse response,
      connections.Call<v1::Sessions>(Service::kTsm,
                                     &v1::Sessions::Stub::GetSession, request));
  json::Value messages = json::Value::Array();
  for (const v1::SessionMessage& message : response.session().messages()) {
    json::Value item = json::Value::Object();
    item.Set("n", json::Value::Integer(message.n()));
    item.Set("direction", json::Value::String(message.direction()));
    item.Set("name", json::Value::String(message.name()));
    item.Set("rid", json::Value::String(message.rid()));
    item.Set("status", json::Value::String(message.status()));
    item.Set("error_code", json::Value::String(message.error_code()));
    item.Set("at", Time(message.at(), message.has_at()));
    item.Set("server_us", json::Value::Integer(message.server_us()));
    item.Set("trace_id", json::Value::String(message.trace_id()));
    item.Set("advice", json::Value::String(message.advice()));
    item.Set("detail", json::Value::String(message.detail()));
    messages.Append(std::move(item));
  }
  Result result;
  result.value = SessionValue(response.session());
  result.value.Set("messages", std::move(messages));
  return result;
}

}  // namespace

std::vector<Command> DeviceCommands() {
  const cli::Flag group = {"group", "G", true, "name of the group", "group"};
  const cli::Flag devices = {"device", "DID[,DID]", true, "device ids", "dids"};
  return {
      {{"device",
        "list",
        {},
        With({{"group", "G", false, "only members of this group", "group"},
              {"label", "K=V", false, "only those with this label", "label"},
              {"ta", "T", false, "only those that have this application"},
              {"version", "V", false,
               "only those that have this version of it"}},
             SelectionFlags("seen")),
        "Lists the devices and the versions that they have."},
       DeviceList},
      {{"device",
        "show",
        {{"DID", "did"}},
        {},
        "Shows what a device has, and what is still to be done."},
       DeviceShow},
      {{"device",
        "retry",
        {{"DID", "did"}},
        {},
        "Tries failed tasks again at the device's next contact."},
       DeviceRetry},
      {{"device",
        "label",
        {{"DID", "did"}, {"LABELS", "update"}},
        {},
        "Sets labels of a device (site=b,ring=1) and removes others (pilot-)."},
       DeviceLabel},
      {{"group", "add", {}, {group, devices}, "Adds devices to a group."},
       GroupAdd},
      Asking({{"group",
               "rm",
               {},
               {group, devices},
               "Takes devices out of a group: they lose what it was assigned."},
              GroupRemove}),
      {{"group",
        "list",
        {},
        SelectionFlags("", /*paged=*/false),
        "Lists the groups."},
       GroupList},
      {{"ta",
        "versions",
        {},
        {{"taid", "T", true, "id of the trusted application"},
         {"spid", "S", false, "only this service provider's"}},
        "Counts the devices that have each version."},
       TaVersions},
      {{"session",
        "list",
        {},
        With({{"device", "DID", false, "only this device's", "did"}},
             SelectionFlags("opened")),
        "Lists sessions, newest first; 100 without --limit."},
       SessionList},
      {{"session",
        "show",
        {{"TID", "tid"}},
        {},
        "Shows a session message by message."},
       SessionShow},
  };
}

}  // namespace otrp::ctl
