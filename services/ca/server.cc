#include "services/ca/server.h"

#include <utility>

#include "grpcpp/impl/codegen/service_type.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/service/audit_service.h"
#include "libs/service/housekeeping.h"
#include "libs/service/periodic_task.h"
#include "libs/store/pool.h"
#include "services/ca/authz.h"
#include "services/ca/env.h"
#include "services/ca/limits.h"
#include "services/ca/services.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {
// Members in the order of dependence: destroyed from the last to the first.
class Server::Impl {
 public:
  Impl(std::unique_ptr<store::Pool> pool, std::unique_ptr<CaStore> store,
       std::unique_ptr<Authorities> authorities, std::unique_ptr<Issuer> issuer,
       rpc::Guard::AuditCheck audit_check)
      : guard("ca", Authz(), audit_check),
        pool(std::move(pool)),
        store(std::move(store)),
        authorities(std::move(authorities)),
        issuer(std::move(issuer)),
        revocation(*this->authorities, *this->store, RealClock()),
        env{guard,         *this->store, *this->authorities,
            *this->issuer, revocation,   RealClock()},
        services(NewServices(env)),
        crl_task({"publish CRLs", kCrlPeriod},
                 [this] { return revocation.PublishStaleCrls(); }),
        housekeeping(service::StartHousekeeping(*this->pool)) {
    services.push_back(service::NewAuditLogService(guard, *this->pool));
  }

  rpc::Guard guard;
  std::unique_ptr<store::Pool> pool;
  std::unique_ptr<CaStore> store;
  std::unique_ptr<Authorities> authorities;
  std::unique_ptr<Issuer> issuer;
  Revocation revocation;
  Env env;
  std::vector<std::unique_ptr<grpc::Service>> services;
  service::PeriodicTask crl_task;
  std::vector<std::unique_ptr<service::PeriodicTask>> housekeeping;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(
    const Config& config, rpc::Guard::AuditCheck audit_check) {
  store::Pool::Options pool_options;
  pool_options.dsn_source = config.common.dsn;
  pool_options.schema = "ca";
  OTRP_ASSIGN_OR_RETURN(auto pool, store::Pool::Create(pool_options));
  OTRP_RETURN_IF_ERROR(pool->WaitReady(kDatabaseWait));
  auto store = std::make_unique<CaStore>(*pool);
  OTRP_ASSIGN_OR_RETURN(Authorities loaded,
                        Authorities::Load(*store, config.common.kek.view()));
  auto authorities = std::make_unique<Authorities>(std::move(loaded));
  OTRP_ASSIGN_OR_RETURN(
      Issuer issuer,
      Issuer::Create(*authorities, *store, RealClock(), crypto::SystemRandom(),
                     {config.common.pki_url}));
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(
      std::move(pool), std::move(store), std::move(authorities),
      std::make_unique<Issuer>(std::move(issuer)), audit_check)));
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

}  // namespace ca
}  // namespace otrp
