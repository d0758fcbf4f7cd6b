#include "services/tsm/handlers/services.h"

#include "libs/rpc/run.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "services/tsm/handlers/catalog.h"
#include "services/tsm/handlers/device_messaging.h"
#include "services/tsm/handlers/devices.h"
#include "services/tsm/handlers/groups.h"
#include "services/tsm/handlers/sessions.h"

namespace otrp {
namespace tsm {
namespace {

class DeviceMessagingService final : public v1::DeviceMessaging::Service {
 public:
  explicit DeviceMessagingService(Env* env) : env_(*env) {}

  grpc::Status Advance(grpc::ServerContext* context,
                       const v1::AdvanceRequest* request,
                       v1::AdvanceResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::Advance);
  }

 private:
  Env& env_;
};

class CatalogService final : public v1::Catalog::Service {
 public:
  explicit CatalogService(Env* env) : env_(*env) {}

  grpc::Status Apply(grpc::ServerContext* context,
                     const v1::ApplyRequest* request,
                     v1::ApplyResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::Apply);
  }

 private:
  Env& env_;
};

class DevicesService final : public v1::Devices::Service {
 public:
  explicit DevicesService(Env* env) : env_(*env) {}

  grpc::Status ListDevices(grpc::ServerContext* context,
                           const v1::ListDevicesRequest* request,
                           v1::ListDevicesResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::ListDevices);
  }
  grpc::Status GetDevice(grpc::ServerContext* context,
                         const v1::GetDeviceRequest* request,
                         v1::GetDeviceResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::GetDevice);
  }
  grpc::Status RetryDevice(grpc::ServerContext* context,
                           const v1::RetryDeviceRequest* request,
                           v1::RetryDeviceResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::RetryDevice);
  }

 private:
  Env& env_;
};

class GroupsService final : public v1::Groups::Service {
 public:
  explicit GroupsService(Env* env) : env_(*env) {}

  grpc::Status AddGroupMembers(grpc::ServerContext* context,
                               const v1::AddGroupMembersRequest* request,
                               v1::AddGroupMembersResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::AddGroupMembers);
  }
  grpc::Status RemoveGroupMembers(
      grpc::ServerContext* context,
      const v1::RemoveGroupMembersRequest* request,
      v1::RemoveGroupMembersResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::RemoveGroupMembers);
  }
  grpc::Status ListGroups(grpc::ServerContext* context,
                          const v1::ListGroupsRequest* request,
                          v1::ListGroupsResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::ListGroups);
  }

 private:
  Env& env_;
};

class SessionsService final : public v1::Sessions::Service {
 public:
  explicit SessionsService(Env* env) : env_(*env) {}

  grpc::Status ListSessions(grpc::ServerContext* context,
                            const v1::ListSessionsRequest* request,
                            v1::ListSessionsResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::ListSessions);
  }
  grpc::Status GetSession(grpc::ServerContext* context,
                          const v1::GetSessionRequest* request,
                          v1::GetSessionResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::GetSession);
  }

 private:
  Env& env_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env* env) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<DeviceMessagingService>(env));
  services.push_back(std::make_unique<CatalogService>(env));
  services.push_back(std::make_unique<DevicesService>(env));
  services.push_back(std::make_unique<GroupsService>(env));
  services.push_back(std::make_unique<SessionsService>(env));
  return services;
}

}  // namespace tsm
}  // namespace otrp
