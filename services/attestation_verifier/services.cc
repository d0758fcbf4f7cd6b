#include "services/attestation_verifier/services.h"

#include "libs/rpc/run.h"
#include "otrp/verifier/v1/verifier.grpc.pb.h"
#include "services/attestation_verifier/handlers/handlers.h"

namespace otrp {
namespace verifier {
namespace {

class AppraiserService final : public v1::Appraiser::Service {
 public:
  explicit AppraiserService(Env* env) : env_(*env) {}

  grpc::Status Appraise(grpc::ServerContext* context,
                        const v1::AppraiseRequest* request,
                        v1::AppraiseResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::Appraise);
  }

 private:
  Env& env_;
};

class PolicyAdminService final : public v1::PolicyAdmin::Service {
 public:
  explicit PolicyAdminService(Env* env) : env_(*env) {}

  grpc::Status GetPolicy(grpc::ServerContext* context,
                         const v1::GetPolicyRequest* request,
                         v1::GetPolicyResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::GetPolicy);
  }
  grpc::Status SetPolicy(grpc::ServerContext* context,
                         const v1::SetPolicyRequest* request,
                         v1::SetPolicyResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::SetPolicy);
  }
  grpc::Status Refresh(grpc::ServerContext* context,
                       const v1::RefreshRequest* request,
                       v1::RefreshResponse* response) override {
    return rpc::Run(context, env_, request, response, &handlers::Refresh);
  }
  grpc::Status ListActiveTrustAnchors(
      grpc::ServerContext* context,
      const v1::ListActiveTrustAnchorsRequest* request,
      v1::ListActiveTrustAnchorsResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::ListActiveTrustAnchors);
  }

 private:
  Env& env_;
};

class AppraisalsService final : public v1::Appraisals::Service {
 public:
  explicit AppraisalsService(Env* env) : env_(*env) {}

  grpc::Status ListAppraisals(grpc::ServerContext* context,
                              const v1::ListAppraisalsRequest* request,
                              v1::ListAppraisalsResponse* response) override {
    return rpc::Run(context, env_, request, response,
                    &handlers::ListAppraisals);
  }

 private:
  Env& env_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> NewServices(Env* env) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<AppraiserService>(env));
  services.push_back(std::make_unique<PolicyAdminService>(env));
  services.push_back(std::make_unique<AppraisalsService>(env));
  return services;
}

}  // namespace verifier
}  // namespace otrp
