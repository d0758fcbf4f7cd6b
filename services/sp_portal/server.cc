#include "services/sp_portal/server.h"

#include <utility>
#include <vector>

#include "grpcpp/channel.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/channel.h"
#include "libs/service/caller_revocations.h"
#include "libs/service/crl_pull.h"
#include "libs/service/kept_answers.h"
#include "libs/service/outbox_service.h"
#include "libs/service/server_parts.h"
#include "libs/store/pool.h"
#include "libs/store/purge.h"
#include "libs/telemetry/metrics.h"
#include "services/sp_portal/authz.h"
#include "services/sp_portal/clients/ca_client.h"
#include "services/sp_portal/clients/event_delivery.h"
#include "services/sp_portal/clients/issuer_fetcher.h"
#include "services/sp_portal/clients/outcome_client.h"
#include "services/sp_portal/clients/pull_log.h"
#include "services/sp_portal/clients/webhook_courier.h"
#include "services/sp_portal/env.h"
#include "services/sp_portal/handlers/service_providers.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/services.h"
#include "services/sp_portal/storage/access_store.h"
#include "services/sp_portal/storage/blob_store.h"
#include "services/sp_portal/storage/portal_store.h"
#include "services/sp_portal/storage/publisher_store.h"
#include "services/sp_portal/storage/rollout_store.h"
#include "services/sp_portal/storage/upload_store.h"
#include "services/sp_portal/storage/webhook_store.h"

namespace otrp {
namespace portal {
namespace {

absl::Status CareForImages(BlobStore& blobs, UploadStore& uploads,
                           absl::Time now) {
  OTRP_RETURN_IF_ERROR(blobs.MoveUnsealed(kImagesPerRound, now).status());
  OTRP_RETURN_IF_ERROR(uploads.RemoveExpired(now, kImagesPerRound).status());
  return blobs.RemoveIdle(kImagesPerRound).status();
}

// Deliveries go with their events.
constexpr store::PurgeRule kOldWebhookEvents = {"webhook_event", "at"};

absl::Status CareForWebhooks(store::Pool& pool, WebhookStore& webhooks,
                             absl::Time now) {
  OTRP_RETURN_IF_ERROR(webhooks.TellOfExpiry(now, kExpiryPerRound).status());
  return store::Purge(pool, kOldWebhookEvents, now - kKeepWebhookEvents,
                      kWebhookPurgeBudget)
      .status();
}

absl::Status CountWebhookBacklog(WebhookStore& webhooks, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(const WebhookStore::Backlog backlog,
                        webhooks.GetBacklog(now));
  telemetry::kWebhookPending.With().Set(static_cast<double>(backlog.pending));
  telemetry::kWebhookLateness.With().Set(
      absl::ToDoubleSeconds(backlog.lateness));
  return absl::OkStatus();
}

std::vector<std::unique_ptr<grpc::Service>> OwnServices(Env& env,
                                                        store::Pool& pool) {
  std::vector<std::unique_ptr<grpc::Service>> own = NewServices(env);
  own.push_back(service::NewOutboxService(env.guard, pool));
  return own;
}

WebhookCourier::Options CourierOptions(const Config& config) {
  WebhookCourier::Options options;
  options.any_host = config.any_webhook_host;
  return options;
}

class PortalServer final : public service::Server {
 public:
  PortalServer(std::unique_ptr<store::Pool> pool, Config config,
               std::shared_ptr<grpc::Channel> ca_channel,
               std::shared_ptr<grpc::Channel> tsm_channel)
      : pool_(std::move(pool)),
        answers_(*pool_, config.kek.view(), crypto::SystemRandom()),
        guard_("sp_portal", Authz(), rpc::Guard::AuditCheck::kReport,
               &answers_),
        store_(*pool_),
        blobs_(*pool_, std::move(config.kek), crypto::SystemRandom()),
        uploads_(*pool_, blobs_),
        webhooks_(*pool_, blobs_),
        access_(*pool_),
        publishers_(*pool_),
        rollouts_(*pool_),
        issuers_(publishers_, RealClock(), {config.insecure_issuers, ""}),
        revocations_(service::CrlsOf(ca_channel), config.common.revocations,
                     RealClock()),
        signers_(service::CrlsOf(ca_channel), common::v1::ROLE_SP, "signers",
                 RealClock()),
        ca_(NewGrpcCaClient(std::move(ca_channel))),
        delivery_(StartGrpcEventDelivery(*pool_, blobs_, tsm_channel)),
        outcomes_(tsm_channel, rollouts_),
        pull_log_(NewGrpcPullLog(std::move(tsm_channel))),
        env_{guard_,
             store_,
             blobs_,
             uploads_,
             *ca_,
             *delivery_,
             *pull_log_,
             RealClock(),
             crypto::SystemRandom(),
             access_,
             config.max_token_life,
             publishers_,
             issuers_,
             config.insecure_issuers,
             webhooks_,
             rollouts_,
             config.any_webhook_host,
             config.require_review,
             config.quotas},
        services_(OwnServices(env_, *pool_), guard_, *pool_),
        courier_(webhooks_, RealClock(), crypto::SystemRandom(),
                 CourierOptions(config)),
        couriers_(courier_, kWebhookThreads, kWebhookPeriod),
        tasks_(*pool_) {
    tasks_.Add("images", kImagesPeriod, absl::Seconds(1), [this] {
      return CareForImages(blobs_, uploads_, env_.clock.Now());
    });
    tasks_.Add("exchanged tokens", kExchangedPurgePeriod, absl::Seconds(1),
               [this] {
                 return publishers_
                     .PurgeExchanged(env_.clock.Now() - kKeepExchanged,
                                     absl::Seconds(1))
                     .status();
               });
    tasks_.Add("webhooks", kWebhookCarePeriod, absl::Seconds(1), [this] {
      return CareForWebhooks(*pool_, webhooks_, env_.clock.Now());
    });
    tasks_.Add("outcomes", kOutcomesPeriod, absl::Seconds(1), [this] {
      OTRP_RETURN_IF_ERROR(outcomes_.TakeAll(env_.clock.Now()));
      return rollouts_.TellProgress(env_.clock.Now(), kProgressPerRound)
          .status();
    });
    tasks_.Add("outcome ids", kForgetOutcomesPeriod, absl::Seconds(1), [this] {
      return rollouts_.ForgetBatches(env_.clock.Now() - kKeepOutcomeIds,
                                     absl::Seconds(1));
    });
    tasks_.Add("webhook-backlog", kBacklogPeriod, absl::Seconds(1), [this] {
      return CountWebhookBacklog(webhooks_, env_.clock.Now());
    });
    tasks_.Add("signers' revocations", kRevocationsPeriod, absl::Seconds(1),
               [this]() -> absl::Status {
                 OTRP_RETURN_IF_ERROR(handlers::TellRevocations(env_));
                 return signers_.Run([this](const pki::Crl& crl) {
                   return handlers::LearnRevocations(env_, crl.revoked());
                 });
               });
    tasks_.Add("sessions", kSessionsPeriod, absl::Seconds(10), [this] {
      return access_
          .PurgeSessions(env_.clock.Now() - kKeepSessions, absl::Seconds(1))
          .status();
    });
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
    readiness.Add("kek", [this] { return blobs_.CheckKek(); });
  }

 private:
  const std::unique_ptr<store::Pool> pool_;
  service::KeptAnswers answers_;
  const rpc::Guard guard_;
  PortalStore store_;
  BlobStore blobs_;
  UploadStore uploads_;
  WebhookStore webhooks_;
  AccessStore access_;
  PublisherStore publishers_;
  RolloutStore rollouts_;
  IssuerFetcher issuers_;
  service::CallerRevocations revocations_;
  service::CrlPull signers_;
  const std::unique_ptr<CaClient> ca_;
  const std::unique_ptr<EventDelivery> delivery_;
  OutcomeClient outcomes_;
  const std::unique_ptr<PullLog> pull_log_;
  Env env_;
  service::ServiceList services_;
  WebhookCourier courier_;
  // Last, so that they end first.
  WebhookCouriers couriers_;
  service::Tasks tasks_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config) {
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<store::Pool> pool,
                        service::OpenPool(config.common, "portal"));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> ca,
      rpc::CreateChannel({config.ca_addr, "ca", config.common.tls_dir}));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> tsm,
      rpc::CreateChannel({config.tsm_addr, "tsm", config.common.tls_dir}));
  return std::make_unique<PortalServer>(std::move(pool), std::move(config),
                                        std::move(ca), std::move(tsm));
}

}  // namespace portal
}  // namespace otrp
