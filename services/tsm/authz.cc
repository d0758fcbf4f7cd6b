#include "services/tsm/authz.h"

#include <utility>
#include <vector>

#include "libs/service/audit_service.h"
#include "libs/service/usage_service.h"

namespace otrp {
namespace tsm {
namespace {

using rpc::Allow;
using rpc::Effect;

std::vector<rpc::AuthzRule> Rules() {
  std::vector<rpc::AuthzRule> rules = {
      // Devices reach us through gateways only.
      {"otrp.tsm.v1.DeviceMessaging.Advance",
       Effect::kMutates,
       {Allow::Service("gateway")}},
      // Service providers speak to the portal, which has checked their rights.
      {"otrp.tsm.v1.Catalog.Apply",
       Effect::kMutates,
       {Allow::Service("sp_portal")}},
      {"otrp.tsm.v1.Catalog.GetPullLog",
       Effect::kReads,
       {Allow::Service("sp_portal")}},
      {"otrp.tsm.v1.Outcomes.TakeOutcomes",
       Effect::kMutates,
       {Allow::Service("sp_portal")}},
      {"otrp.tsm.v1.Devices.ListDevices",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Devices.GetDevice",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Devices.RetryDevice",
       Effect::kMutates,
       {Allow::Operators()}},
      // A label opens devices to whom it was granted.
      {"otrp.tsm.v1.Devices.SetDeviceLabels",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Fleet.GetDevicePlan",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Fleet.GetRemovalBrake",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Fleet.SetRemovalBrake",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Fleet.PauseRemovals",
       Effect::kMutates,
       {Allow::Operators()}},
      // Of all fleet's devices at once.
      {"otrp.tsm.v1.Fleet.ReleaseRemovals",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Identities.ListIdentities",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Identities.RotateIdentities",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Groups.AddGroupMembers",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Groups.RemoveGroupMembers",
       Effect::kMutates,
       {Allow::Operators()}},
      {"otrp.tsm.v1.Groups.ListGroups",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Sessions.ListSessions",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
      {"otrp.tsm.v1.Sessions.GetSession",
       Effect::kReads,
       {Allow::Operators(), Allow::Auditors()}},
  };
  for (rpc::AuthzRule& rule : service::AuditLogRules()) {
    rules.push_back(std::move(rule));
  }
  for (rpc::AuthzRule& rule : service::UsageLedgerRules()) {
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

const rpc::AuthzTable& Authz() {
  static const auto* const kTable = new rpc::AuthzTable(Rules());
  return *kTable;
}

}  // namespace tsm
}  // namespace otrp
