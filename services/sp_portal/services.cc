#include "services/sp_portal/services.h"

#include "libs/rpc/run.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "services/sp_portal/handlers/applications.h"
#include "services/sp_portal/handlers/assignments.h"
#include "services/sp_portal/handlers/service_providers.h"

namespace otrp {
namespace portal {
namespace {

class ServiceProvidersService : public v1::ServiceProviders::Service {
 public:
  explicit ServiceProvidersService(Env& env) : env_(env) {}

  grpc::Status CreateServiceProvider(
      grpc::ServerContext* context,
      const v1::CreateServiceProviderRequest* request,
      v1::CreateServiceProviderResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &portal::CreateServiceProvider);
  }

  grpc::Status GetServiceProvider(
      grpc::ServerContext* context,
      const v1::GetServiceProviderRequest* request,
      v1::GetServiceProviderResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &portal::GetServiceProvider);
  }

  grpc::Status ListServiceProviders(
      grpc::ServerContext* context,
      const v1::ListServiceProvidersRequest* request,
      v1::ListServiceProvidersResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &portal::ListServiceProviders);
  }

  grpc::Status EnrollCertificate(
      grpc::ServerContext* context, const v1::EnrollCertificateRequest* request,
      v1::EnrollCertificateResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &portal::EnrollCertificate);
  }

 private:
  Env& env_;
};

class ApplicationsService : public v1::Applications::Service {
 public:
  explicit ApplicationsService(Env& env) : env_(env) {}

  grpc::Status PushImage(grpc::ServerContext* context,
                         const v1::PushImageRequest* request,
                         v1::PushImageResponse* response) override {
    return rpc::Run(context, env_, request, response, &portal::PushImage);
  }

  grpc::Status ReleaseVersion(grpc::ServerContext* context,
                              const v1::ReleaseVersionRequest* request,
                              v1::ReleaseVersionResponse* response) override {
    return rpc::Run(context, env_, request, response, &portal::ReleaseVersion);
  }

  grpc::Status WithdrawApplication(
      grpc::ServerContext* context,
      const v1::WithdrawApplicationRequest* request,
      v1::WithdrawApplicationResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &portal::WithdrawApplication);
  }

  grpc::Status ListApplications(
      grpc::ServerContext* context, const v1::ListApplicationsRequest* request,
      v1::ListApplicationsResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &portal::ListApplications);
  }

 private:
  Env& env_;
};

class AssignmentsService : public v1::Assignments::Service {
 public:
  explicit AssignmentsService(Env& env) : env_(env) {}

  grpc::Status Assign(grpc::ServerContext* context,
                      const v1::AssignRequest* request,
                      v1::AssignResponse* response) override {
    return rpc::Run(context, env_, request, response, &portal::Assign);
  }

  grpc::Status Unassign(grpc::ServerContext* context,
                        const v1::UnassignRequest* request,
                        v1::UnassignResponse* response) override {
    return rpc::Run(context, env_, request, response, &portal::Unassign);
  }

  grpc::Status ListAssignments(grpc::ServerContext* context,
                               const v1::ListAssignmentsRequest* request,
                               v1::ListAssignmentsResponse* response) override {
    return rpc::Run(context, env_, request, response, &portal::ListAssignments);
  }

 private:
  Env& env_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewPortalServices(Env& env) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<ServiceProvidersService>(env));
  services.push_back(std::make_unique<ApplicationsService>(env));
  services.push_back(std::make_unique<AssignmentsService>(env));
  return services;
}

}  // namespace portal
}  // namespace otrp
