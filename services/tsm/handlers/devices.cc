#include "services/tsm/handlers/devices.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/service/audit.h"
#include "libs/service/device_conditions.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "services/tsm/errors.h"
#include "services/tsm/handlers/convert.h"
#include "services/tsm/handlers/validate.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

// The lowest and the highest id that begin with the hex digits.
absl::StatusOr<DidRange> RangeOf(const std::string& prefix) {
  constexpr size_t kDigits = 2 * kDidBytes;
  const bool hex = std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (!hex || prefix.size() > kDigits) return errors::BadDidPrefix();
  DidRange range;
  const std::string rest(kDigits - prefix.size(), '0');
  OTRP_ASSIGN_OR_RETURN(range.first,
                        HexDecode(absl::AsciiStrToLower(prefix + rest)));
  OTRP_ASSIGN_OR_RETURN(
      range.last,
      HexDecode(absl::AsciiStrToLower(prefix + std::string(rest.size(), 'f'))));
  return range;
}

struct CheckedLabels {
  std::map<std::string, std::string> update;
  std::vector<std::string> remove;
};

absl::StatusOr<CheckedLabels> Check(const v1::SetDeviceLabelsRequest& request) {
  if (request.update_size() + request.remove_size() == 0) {
    return errors::NoLabels();
  }
  const int max = static_cast<int>(kMaxLabels);
  if (request.update_size() > max) return errors::BadBatch("update", max);
  if (request.remove_size() > max) return errors::BadBatch("remove", max);
  CheckedLabels wanted;
  std::set<std::string> keys;
  for (int i = 0; i < request.update_size(); ++i) {
    const std::string field = absl::StrCat("update[", i, "]");
    OTRP_RETURN_IF_ERROR(service::CheckLabel(field, request.update(i)));
    const std::pair<std::string, std::string> label =
        absl::StrSplit(request.update(i), '=');
    if (!keys.insert(label.first).second) return errors::LabelTwice(field);
    wanted.update.insert(label);
  }
  for (int i = 0; i < request.remove_size(); ++i) {
    const std::string field = absl::StrCat("remove[", i, "]");
    OTRP_RETURN_IF_ERROR(service::CheckName(field, request.remove(i)));
    if (!keys.insert(request.remove(i)).second) {
      return errors::LabelTwice(field);
    }
    wanted.remove.push_back(request.remove(i));
  }
  return wanted;
}

}  // namespace

absl::Status ListDevices(const rpc::CallContext&, Env& env,
                         const v1::ListDevicesRequest& request,
                         v1::ListDevicesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  if (!page.after().empty() && page.after().size() != kDidBytes) {
    return service::BadPageToken();
  }
  if (!request.group().empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckGroupName("group", request.group()));
  }
  if (!request.label().empty()) {
    OTRP_RETURN_IF_ERROR(service::CheckLabel("label", request.label()));
  }
  OTRP_ASSIGN_OR_RETURN(const DidRange range, RangeOf(request.did_prefix()));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<DeviceDetails> devices,
      env.store.ListDevices(range, page.after(), page.limit(), request.group(),
                            request.label()));
  page.Finish(devices, response,
              [](const DeviceDetails& details) { return details.device.did; });
  const absl::Time now = env.clock.Now();
  for (const DeviceDetails& details : devices) {
    ToProto(details, now, *response.add_devices());
  }
  return absl::OkStatus();
}

absl::Status GetDevice(const rpc::CallContext&, Env& env,
                       const v1::GetDeviceRequest& request,
                       v1::GetDeviceResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckDid("did", request.did()));
  absl::StatusOr<DeviceDetails> details = env.store.GetDevice(request.did());
  if (absl::IsNotFound(details.status())) return errors::NoSuchDevice();
  OTRP_RETURN_IF_ERROR(details.status());
  ToProto(*details, env.clock.Now(), *response.mutable_device());
  return absl::OkStatus();
}

absl::Status RetryDevice(const rpc::CallContext& call, Env& env,
                         const v1::RetryDeviceRequest& request,
                         v1::RetryDeviceResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckDid("did", request.did()));
  absl::StatusOr<int32_t> tasks = env.store.ForgetTasks(
      request.did(),
      service::AuditOf(call, "device.retry", HexEncode(request.did())));
  if (absl::IsNotFound(tasks.status())) return errors::NoSuchDevice();
  OTRP_RETURN_IF_ERROR(tasks.status());
  response.set_tasks(*tasks);
  return absl::OkStatus();
}

absl::Status SetDeviceLabels(const rpc::CallContext& call, Env& env,
                             const v1::SetDeviceLabelsRequest& request,
                             v1::SetDeviceLabelsResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckDid("did", request.did()));
  OTRP_ASSIGN_OR_RETURN(const CheckedLabels wanted, Check(request));
  OTRP_ASSIGN_OR_RETURN(
      LabelChange change,
      env.store.SetLabels(
          request.did(), wanted.update, wanted.remove,
          service::AuditOf(
              call, "device.label", HexEncode(request.did()), store::kAuditOk,
              service::AuditDetails()
                  .Set("update", absl::StrJoin(request.update(), " "))
                  .Set("remove", absl::StrJoin(request.remove(), " ")))));
  call.Changed(change.changed);
  for (std::string& label : change.labels) {
    response.add_labels(std::move(label));
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
