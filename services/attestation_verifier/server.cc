#include "services/attestation_verifier/server.h"

#include <functional>
#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/service/audit_service.h"
#include "libs/service/housekeeping.h"
#include "libs/service/periodic_task.h"
#include "libs/store/pool.h"
#include "services/attestation_verifier/authz.h"
#include "services/attestation_verifier/clients/ca_client.h"
#include "services/attestation_verifier/env.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/services.h"
#include "services/attestation_verifier/storage/pg_verifier_store.h"

namespace otrp {
namespace verifier {

class Server::Impl {
 public:
  Impl(const Config& config, std::unique_ptr<store::Pool> pool,
       const std::shared_ptr<grpc::Channel>& ca_channel)
      : guard_("attestation_verifier", Authz()),
        pool_(std::move(pool)),
        store_(pool_.get()),
        ca_(ca_channel),
        updater_(&ca_, &store_, &trust_, &RealClock()),
        log_(&store_),
        env_{guard_, store_, trust_, updater_, log_, RealClock()},
        services_(NewServices(&env_)),
        audit_log_(service::NewAuditLogService(guard_, *pool_)) {
    AddTask("trust pull", config.pull_period, kPullRetry,
            [this] { return updater_.PullTrust(); });
    AddTask("policy pull", config.pull_period, kPullRetry,
            [this] { return updater_.PullPolicy(); });
    housekeeping_ = service::StartHousekeeping(*pool_);
  }

  const rpc::Guard& guard() const { return guard_; }

  std::vector<grpc::Service*> services() {
    std::vector<grpc::Service*> all;
    for (const auto& service : services_) all.push_back(service.get());
    all.push_back(audit_log_.get());
    return all;
  }

  void AddChecks(service::Readiness& readiness) {
    readiness.Add("trust", [this] { return updater_.Ready(); });
    // Appraising under another policy than the set one would be wrong.
    readiness.Add("policy", [this] {
      return tasks_[1]->succeeded_once()
                 ? absl::OkStatus()
                 : absl::UnavailableError("the policy isn't loaded yet");
    });
  }

 private:
  void AddTask(const char* name, absl::Duration period, absl::Duration retry,
               std::function<absl::Status()> work) {
    tasks_.push_back(std::make_unique<service::PeriodicTask>(
        service::PeriodicTask::Options{name, period, retry}, std::move(work)));
  }

  const rpc::Guard guard_;
  const std::unique_ptr<store::Pool> pool_;
  PgVerifierStore store_;
  GrpcCaClient ca_;
  TrustHolder trust_;
  TrustUpdater updater_;
  AppraisalLog log_;
  Env env_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Service> audit_log_;
  // Last, so that they end first.
  std::vector<std::unique_ptr<service::PeriodicTask>> tasks_;
  std::vector<std::unique_ptr<service::PeriodicTask>> housekeeping_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(Config config) {
  store::Pool::Options options;
  options.dsn_source = config.dsn;
  options.schema = "verifier";
  options.size = config.db_connections;
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<store::Pool> pool,
                        store::Pool::Create(std::move(options)));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> ca_channel,
      rpc::CreateChannel({config.ca_addr, "ca", config.tls_dir}));
  return std::unique_ptr<Server>(
      new Server(std::make_unique<Impl>(config, std::move(pool), ca_channel)));
}

const rpc::Guard& Server::guard() const { return impl_->guard(); }
std::vector<grpc::Service*> Server::services() { return impl_->services(); }
void Server::AddChecks(service::Readiness& readiness) {
  impl_->AddChecks(readiness);
}

}  // namespace verifier
}  // namespace otrp
