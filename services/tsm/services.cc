#include "services/tsm/services.h"

#include "libs/rpc/service.h"
#include "otrp/tsm/v1/fleet.grpc.pb.h"
#include "otrp/tsm/v1/identities.grpc.pb.h"
#include "otrp/tsm/v1/outcomes.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/handlers/device_messaging.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/handlers/fleet.h"
#include "services/tsm/handlers/groups.h"
#include "services/tsm/handlers/identities.h"
#include "services/tsm/handlers/outcomes.h"
#include "services/tsm/handlers/sessions.h"

namespace otrp {
namespace tsm {
namespace {

class DeviceMessaging final : public rpc::ServiceOf<v1::DeviceMessaging, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(Advance);
  OTRP_LAST_RPC();
};

class Catalog final : public rpc::ServiceOf<v1::Catalog, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(Apply);
  OTRP_RPC(GetPullLog);
  OTRP_LAST_RPC();
};

class Outcomes final : public rpc::ServiceOf<v1::Outcomes, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(TakeOutcomes);
  OTRP_LAST_RPC();
};

class Devices final : public rpc::ServiceOf<v1::Devices, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListDevices);
  OTRP_RPC(GetDevice);
  OTRP_RPC(RetryDevice);
  OTRP_RPC(SetDeviceLabels);
  OTRP_LAST_RPC();
};

class Fleet final : public rpc::ServiceOf<v1::Fleet, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(GetDevicePlan);
  OTRP_RPC(GetRemovalBrake);
  OTRP_RPC(SetRemovalBrake);
  OTRP_RPC(PauseRemovals);
  OTRP_RPC(ReleaseRemovals);
  OTRP_LAST_RPC();
};

class Groups final : public rpc::ServiceOf<v1::Groups, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(AddGroupMembers);
  OTRP_RPC(RemoveGroupMembers);
  OTRP_RPC(ListGroups);
  OTRP_LAST_RPC();
};

class Identities final : public rpc::ServiceOf<v1::Identities, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListIdentities);
  OTRP_RPC(RotateIdentities);
  OTRP_LAST_RPC();
};

class Sessions final : public rpc::ServiceOf<v1::Sessions, Env> {
  OTRP_FIRST_RPC();
  OTRP_RPC(ListSessions);
  OTRP_RPC(GetSession);
  OTRP_LAST_RPC();
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
  return rpc::NewServices<DeviceMessaging, Catalog, Outcomes, Devices, Fleet,
                          Groups, Identities, Sessions>(env);
}

}  // namespace tsm
}  // namespace otrp
