#include "services/tsm/server.h"

#include <string>
#include <utility>

#include "libs/base/clock.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/channel.h"
#include "libs/service/audit_service.h"
#include "libs/service/housekeeping.h"
#include "libs/service/periodic_task.h"
#include "libs/store/pool.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/authz.h"
#include "services/tsm/clients/ca_client.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/env.h"
#include "services/tsm/handlers/services.h"
#include "services/tsm/limits.h"
#include "services/tsm/messaging/messenger.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

constexpr absl::Duration kCountPeriod = absl::Seconds(15);
// A changed file is in use this soon.
constexpr absl::Duration kSecretsPeriod = absl::Seconds(2);
constexpr absl::Duration kRefillPeriod = absl::Milliseconds(200);

}  // namespace

class Server::Impl {
 public:
  Impl(Config config, std::vector<SecretBytes> secrets,
       std::unique_ptr<store::Pool> pool,
       std::shared_ptr<grpc::Channel> ca_channel,
       std::shared_ptr<grpc::Channel> verifier_channel)
      : read_secrets_(std::move(config.session_secrets)),
        guard_("tsm", Authz()),
        pool_(std::move(pool)),
        store_(*pool_),
        ca_(ca_channel),
        verifier_(verifier_channel),
        identity_({config.tsm_id, std::move(config.kek)}, &store_, &ca_,
                  &RealClock(), &crypto::SystemRandom()),
        messenger_({config.tsm_id, std::move(secrets)},
                   {store_, identity_, verifier_, RealClock(),
                    crypto::SystemRandom()}),
        env_{guard_, store_, messenger_, RealClock()},
        services_(NewServices(&env_)),
        audit_log_(service::NewAuditLogService(guard_, *pool_)) {
    StartTasks();
  }

  const rpc::Guard& guard() const { return guard_; }

  std::vector<grpc::Service*> services() {
    std::vector<grpc::Service*> all;
    for (const auto& service : services_) all.push_back(service.get());
    all.push_back(audit_log_.get());
    return all;
  }

  void AddChecks(service::Readiness& readiness) {
    readiness.Add("database", [this] { return pool_->Ping(); });
    readiness.Add("identity", [this] { return identity_.Ready(); });
  }

 private:
  void StartTasks() {
    tasks_ = service::StartHousekeeping(*pool_);
    // At the first start, the CA may come later than we do.
    AddTask("identity", kIdentityPeriod, kIdentityRetry,
            [this] { return identity_.Refresh(); });
    AddTask("first requests", kRefillPeriod, kRefillPeriod, [this] {
      // Without an identity there is nothing to fill; readiness tells.
      return identity_.Ready().ok() ? messenger_.SignAhead() : absl::OkStatus();
    });
    AddTask("session secrets", kSecretsPeriod, kSecretsPeriod,
            [this] { return ReadSecretsAgain(); });
    AddTask("purge", kPurgePeriod, kPurgePeriod, [this]() -> absl::Status {
      const absl::Time now = RealClock().Now();
      OTRP_ASSIGN_OR_RETURN(PurgeResult result,
                            store_.Purge(now, now - kKeepSessions));
      if (result.sessions_expired > 0) {
        telemetry::kSessions.With("expired").Increment(
            static_cast<double>(result.sessions_expired));
      }
      return absl::OkStatus();
    });
    AddTask("counts", kCountPeriod, kCountPeriod, [this]() -> absl::Status {
      OTRP_ASSIGN_OR_RETURN(const auto counts, store_.CountDevices());
      // All of them, so that one without devices shows zero.
      for (const WordRow<Verdict>& row : kVerdicts) {
        const auto found = counts.find(row.value);
        const int64_t count = found == counts.end() ? 0 : found->second;
        telemetry::kDevices.With(row.word).Set(static_cast<double>(count));
      }
      OTRP_ASSIGN_OR_RETURN(const int64_t open,
                            store_.CountOpenSessions(RealClock().Now()));
      telemetry::kSessionsOpen.With().Set(static_cast<double>(open));
      return absl::OkStatus();
    });
  }

  absl::Status ReadSecretsAgain() {
    OTRP_ASSIGN_OR_RETURN(std::vector<SecretBytes> secrets, read_secrets_());
    messenger_.ReplaceSecrets(std::move(secrets));
    return absl::OkStatus();
  }

  void AddTask(const char* name, absl::Duration period, absl::Duration retry,
               std::function<absl::Status()> work) {
    tasks_.push_back(std::make_unique<service::PeriodicTask>(
        service::PeriodicTask::Options{name, period, retry}, std::move(work)));
  }

  const config::KeysSource read_secrets_;
  const rpc::Guard guard_;
  const std::unique_ptr<store::Pool> pool_;
  TsmStore store_;
  GrpcCaClient ca_;
  GrpcVerifierClient verifier_;
  IdentityManager identity_;
  Messenger messenger_;
  Env env_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<grpc::Service> audit_log_;
  // Last, so that they end first.
  std::vector<std::unique_ptr<service::PeriodicTask>> tasks_;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

absl::StatusOr<std::unique_ptr<Server>> Server::Create(Config config) {
  OTRP_ASSIGN_OR_RETURN(std::vector<SecretBytes> secrets,
                        config.session_secrets());
  store::Pool::Options pool_options;
  pool_options.dsn_source = config.dsn;
  pool_options.schema = "tsm";
  pool_options.size = config.db_connections;
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<store::Pool> pool,
                        store::Pool::Create(std::move(pool_options)));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> ca_channel,
      rpc::CreateChannel({config.ca_addr, "ca", config.tls_dir}));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> verifier_channel,
      rpc::CreateChannel(
          {config.verifier_addr, "attestation_verifier", config.tls_dir}));
  return std::unique_ptr<Server>(new Server(std::make_unique<Impl>(
      std::move(config), std::move(secrets), std::move(pool),
      std::move(ca_channel), std::move(verifier_channel))));
}

const rpc::Guard& Server::guard() const { return impl_->guard(); }
std::vector<grpc::Service*> Server::services() { return impl_->services(); }
void Server::AddChecks(service::Readiness& readiness) {
  impl_->AddChecks(readiness);
}

}  // namespace tsm
}  // namespace otrp
