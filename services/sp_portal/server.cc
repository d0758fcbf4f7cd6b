#include "services/sp_portal/server.h"

#include <utility>

#include "grpcpp/impl/codegen/service_type.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/channel.h"
#include "libs/service/audit_service.h"
#include "libs/service/housekeeping.h"
#include "libs/store/pool.h"
#include "services/sp_portal/authz.h"
#include "services/sp_portal/clients/ca_client.h"
#include "services/sp_portal/clients/event_delivery.h"
#include "services/sp_portal/env.h"
#include "services/sp_portal/services.h"
#include "services/sp_portal/storage/pg_portal_store.h"

namespace otrp {
namespace portal {

// Members in the order of dependence: destroyed from the last to the first.
class Server::Impl {
 public:
  Impl(std::unique_ptr<store::Pool> pool,
       std::shared_ptr<grpc::Channel> ca_channel,
       std::shared_ptr<grpc::Channel> tsm_channel,
       rpc::Guard::AuditCheck audit_check)
      : guard("sp_portal", PortalAuthz(), audit_check),
        pool(std::move(pool)),
        store(*this->pool),
        ca(NewGrpcCaClient(std::move(ca_channel))),
        delivery(
            StartGrpcEventDelivery(*this->pool, store, std::move(tsm_channel))),
        env{guard, store, *ca, *delivery, RealClock(), crypto::SystemRandom()},
        services(NewPortalServices(env)),
        housekeeping(service::StartHousekeeping(*this->pool)) {
    services.push_back(service::NewAuditLogService(guard, *this->pool));
  }

  rpc::Guard guard;
  std::unique_ptr<store::Pool> pool;
  PgPortalStore store;
  std::unique_ptr<CaClient> ca;
  std::unique_ptr<EventDelivery> delivery;
  Env env;
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::vector<std::unique_ptr<service::PeriodicTask>> housekeeping;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(
    const Config& config, rpc::Guard::AuditCheck audit_check) {
  store::Pool::Options pool_options;
  pool_options.dsn_source = config.dsn;
  pool_options.schema = "portal";
  pool_options.size = config.db_connections;
  OTRP_ASSIGN_OR_RETURN(auto pool, store::Pool::Create(pool_options));
  OTRP_ASSIGN_OR_RETURN(
      auto ca, rpc::CreateChannel({config.ca_addr, "ca", config.tls_dir}));
  OTRP_ASSIGN_OR_RETURN(
      auto tsm, rpc::CreateChannel({config.tsm_addr, "tsm", config.tls_dir}));
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(
      std::move(pool), std::move(ca), std::move(tsm), audit_check)));
}

const rpc::Guard& Server::guard() const { return impl_->guard; }

std::vector<grpc::Service*> Server::services() {
  std::vector<grpc::Service*> out;
  for (auto& service : impl_->services) out.push_back(service.get());
  return out;
}

void Server::AddChecks(service::Readiness& readiness) {
  readiness.Add("database",
                [impl = impl_.get()] { return impl->pool->Ping(); });
}

}  // namespace portal
}  // namespace otrp
