#include "services/ca/server.h"

#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/guard.h"
#include "libs/service/server_parts.h"
#include "libs/store/pool.h"
#include "services/ca/authz.h"
#include "services/ca/env.h"
#include "services/ca/limits.h"
#include "services/ca/services.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {
namespace {

// Members in the order of dependence: destroyed from the last to the first.
class CaServer final : public service::Server {
 public:
  CaServer(std::unique_ptr<store::Pool> pool, std::unique_ptr<CaStore> store,
           std::unique_ptr<Authorities> authorities,
           std::unique_ptr<Issuer> issuer)
      : guard_("ca", Authz()),
        pool_(std::move(pool)),
        store_(std::move(store)),
        authorities_(std::move(authorities)),
        issuer_(std::move(issuer)),
        revocation_(*authorities_, *store_, RealClock()),
        env_{guard_,   *store_,     *authorities_,
             *issuer_, revocation_, RealClock()},
        services_(NewServices(env_), guard_, *pool_),
        tasks_(*pool_) {
    tasks_.Add("publish CRLs", kCrlPeriod, kCrlRetry,
               [this] { return revocation_.PublishStaleCrls(); });
  }

  const rpc::Guard& guard() const override { return guard_; }

  std::vector<grpc::Service*> services() override {
    return services_.pointers();
  }

  void AddChecks(service::Readiness& readiness) override {
    readiness.Add("database", [this] { return pool_->Ping(); });
  }

 private:
  const rpc::Guard guard_;
  const std::unique_ptr<store::Pool> pool_;
  const std::unique_ptr<CaStore> store_;
  const std::unique_ptr<Authorities> authorities_;
  const std::unique_ptr<Issuer> issuer_;
  Revocation revocation_;
  Env env_;
  service::ServiceList services_;
  service::Tasks tasks_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config) {
  OTRP_ASSIGN_OR_RETURN(auto pool, service::OpenPool(config.common, "ca"));
  OTRP_RETURN_IF_ERROR(pool->WaitReady(kDatabaseWait));
  auto store = std::make_unique<CaStore>(*pool);
  OTRP_ASSIGN_OR_RETURN(Authorities loaded,
                        Authorities::Load(*store, config.issuing.kek.view()));
  auto authorities = std::make_unique<Authorities>(std::move(loaded));
  OTRP_ASSIGN_OR_RETURN(
      Issuer issuer,
      Issuer::Create(*authorities, *store, RealClock(), crypto::SystemRandom(),
                     {config.issuing.pki_url}));
  return std::make_unique<CaServer>(
      std::move(pool), std::move(store), std::move(authorities),
      std::make_unique<Issuer>(std::move(issuer)));
}

}  // namespace ca
}  // namespace otrp
