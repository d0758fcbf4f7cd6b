#include "services/tsm/server.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/channel.h"
#include "libs/service/caller_revocations.h"
#include "libs/service/crl_pull.h"
#include "libs/service/kept_answers.h"
#include "libs/service/server_parts.h"
#include "libs/store/pool.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/authz.h"
#include "services/tsm/clients/ca_client.h"
#include "services/tsm/clients/withdrawals.h"
#include "services/tsm/domain/usage.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/env.h"
#include "services/tsm/limits.h"
#include "services/tsm/messaging/messenger.h"
#include "services/tsm/pulling/pull_queue.h"
#include "services/tsm/pulling/puller.h"
#include "services/tsm/services.h"
#include "services/tsm/storage/tsm_store.h"
#include "services/tsm/storage/withdrawal_store.h"

namespace otrp {
namespace tsm {
namespace {

constexpr absl::Duration kCountPeriod = absl::Seconds(15);
// A changed file is in use this soon.
constexpr absl::Duration kSecretsPeriod = absl::Seconds(2);
// A device that the verifier no longer accepts is served no longer than this.
constexpr absl::Duration kWithdrawalsPeriod = absl::Seconds(5);
constexpr absl::Duration kRefillPeriod = absl::Milliseconds(200);

class TsmServer final : public service::Server {
 public:
  TsmServer(Config config, std::vector<SecretBytes> secrets,
            std::unique_ptr<store::Pool> pool,
            std::shared_ptr<grpc::Channel> ca_channel,
            std::shared_ptr<grpc::Channel> verifier_channel)
      : read_secrets_(std::move(config.session_secrets)),
        pool_(std::move(pool)),
        answers_(*pool_, config.kek.view(), crypto::SystemRandom()),
        guard_("tsm", Authz(), rpc::Guard::AuditCheck::kReport, &answers_),
        store_(*pool_),
        ca_(ca_channel),
        verifier_(verifier_channel),
        withdrawal_store_(*pool_),
        withdrawals_(verifier_channel, withdrawal_store_),
        brake_store_(*pool_),
        brake_(brake_store_, RealClock()),
        sealer_(SecretBytes(config.kek.view()), crypto::SystemRandom()),
        identity_keys_(std::move(config.kek), crypto::SystemRandom()),
        identity_(config.tsm_id, &store_, &ca_, &RealClock(), &identity_keys_),
        puller_({config.tsm_id, config.pull_private_endpoints}, store_,
                identity_, RealClock(), crypto::SystemRandom()),
        pulls_({}, RealClock(),
               [this](const PullWish& wish) { return puller_.Pull(wish); }),
        messenger_({config.tsm_id, std::move(secrets)},
                   {store_, identity_, verifier_, RealClock(),
                    crypto::SystemRandom(), pulls_, sealer_, brake_}),
        revocations_(service::CrlsOf(ca_channel), config.common.revocations,
                     RealClock()),
        own_revocations_(service::CrlsOf(ca_channel), common::v1::ROLE_TSM,
                         "tsm", RealClock()),
        env_{guard_,  store_,         messenger_,   RealClock(),
             sealer_, identity_keys_, brake_store_, brake_},
        services_(
            NewServices(env_), guard_, *pool_,
            service::UsageLedgerOptions{UsageKinds(), &service::SeesOwnPrice}),
        tasks_(*pool_) {
    tasks_.AddUsagePurge(*pool_, config.keep_usage);
    StartTasks();
  }

  const rpc::Guard& guard() const override { return guard_; }
  std::vector<grpc::Service*> services() override {
    return services_.pointers();
  }
  const rpc::RevocationView& revocations() const override {
    return revocations_.view();
  }
  void AddChecks(service::Readiness& readiness) override {
    readiness.Add("database", [this] { return pool_->Ping(); });
    readiness.Add("identity", [this] { return identity_.Ready(); });
  }

 private:
  void StartTasks() {
    // At the first start, the CA may come later than we do.
    tasks_.Add("identity", kIdentityPeriod, kIdentityRetry,
               [this] { return identity_.Refresh(); });
    tasks_.Add("own revocations", kOwnRevocationsPeriod, kOwnRevocationsPeriod,
               [this] {
                 return own_revocations_.Run([this](const pki::Crl& crl) {
                   return identity_.Learn(crl);
                 });
               });
    tasks_.Add("withdrawals", kWithdrawalsPeriod, kWithdrawalsPeriod,
               [this] { return withdrawals_.Run(); });
    tasks_.Add("first requests", kRefillPeriod, kRefillPeriod, [this] {
      // Without an identity there is nothing to fill; readiness tells.
      return identity_.Ready().ok() ? messenger_.SignAhead() : absl::OkStatus();
    });
    tasks_.Add("catalogue", kCataloguePeriod, kCataloguePeriod, [this] {
      const absl::Status status = store_.catalogue().Refresh();
      telemetry::kCatalogueAge.With().Set(
          absl::ToDoubleSeconds(store_.catalogue().Age()));
      return status;
    });
    tasks_.Add("removal brake", kBrakePeriod, kBrakePeriod,
               [this] { return brake_.Refresh(); });
    tasks_.Add("session secrets", kSecretsPeriod, kSecretsPeriod,
               [this] { return ReadSecretsAgain(); });
    tasks_.Add("purge", kPurgePeriod, kPurgePeriod, [this]() -> absl::Status {
      const absl::Time now = RealClock().Now();
      OTRP_ASSIGN_OR_RETURN(PurgeResult result,
                            store_.Purge(now, kPurgeBudget));
      if (result.sessions_expired > 0) {
        telemetry::kSessions.With("expired").Increment(
            static_cast<double>(result.sessions_expired));
      }
      return absl::OkStatus();
    });
    tasks_.Add("counts", kCountPeriod, kCountPeriod, [this]() -> absl::Status {
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

  const config::KeysSource read_secrets_;
  const std::unique_ptr<store::Pool> pool_;
  service::KeptAnswers answers_;
  const rpc::Guard guard_;
  TsmStore store_;
  GrpcCaClient ca_;
  GrpcVerifierClient verifier_;
  WithdrawalStore withdrawal_store_;
  WithdrawalPull withdrawals_;
  BrakeStore brake_store_;
  RemovalBrake brake_;
  const DataSealer sealer_;
  const IdentityKeys identity_keys_;
  IdentityManager identity_;
  Puller puller_;
  PullQueue pulls_;
  Messenger messenger_;
  service::CallerRevocations revocations_;
  service::CrlPull own_revocations_;
  Env env_;
  const service::ServiceList services_;
  // Last, so that they end first.
  service::Tasks tasks_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config) {
  OTRP_ASSIGN_OR_RETURN(std::vector<SecretBytes> secrets,
                        config.session_secrets());
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<store::Pool> pool,
                        service::OpenPool(config.common, "tsm"));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> ca_channel,
      rpc::CreateChannel({config.ca_addr, "ca", config.common.tls_dir}));
  rpc::ChannelOptions verifier;
  verifier.target = config.verifier_addr;
  verifier.service = "attestation_verifier";
  verifier.tls_dir = config.common.tls_dir;
  // An appraisal may be made twice.
  verifier.try_again = true;
  OTRP_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> verifier_channel,
                        rpc::CreateChannel(verifier));
  return std::make_unique<TsmServer>(std::move(config), std::move(secrets),
                                     std::move(pool), std::move(ca_channel),
                                     std::move(verifier_channel));
}

}  // namespace tsm
}  // namespace otrp
