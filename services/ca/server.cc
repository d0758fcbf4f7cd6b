#include "services/ca/server.h"

#include <memory>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/kek.h"
#include "libs/crypto/random.h"
#include "libs/rpc/guard.h"
#include "libs/service/caller_revocations.h"
#include "libs/service/kept_answers.h"
#include "libs/service/key_encryption_service.h"
#include "libs/service/sealed_rows.h"
#include "libs/service/server_parts.h"
#include "libs/store/pool.h"
#include "services/ca/authz.h"
#include "services/ca/env.h"
#include "services/ca/handlers/directory.h"
#include "services/ca/handlers/usage.h"
#include "services/ca/issuing/first_ends.h"
#include "services/ca/issuing/intents.h"
#include "services/ca/limits.h"
#include "services/ca/services.h"
#include "services/ca/storage/ca_store.h"
#include "services/ca/storage/intent_store.h"
#include "services/ca/storage/ocsp_store.h"
#include "services/ca/storage/recovery_store.h"
#include "services/ca/storage/renewal_store.h"
#include "services/ca/storage/request_store.h"
#include "services/ca/storage/sealed_tables.h"
#include "services/ca/storage/tsm_id_store.h"

namespace otrp {
namespace ca {
namespace {

constexpr char kActor[] = "ca";

// In the order of dependence: destroyed from the last to the first.
struct Parts {
  Parts(std::unique_ptr<store::Pool> given_pool, Config given)
      : pool(std::move(given_pool)),
        config(std::move(given.issuing)),
        client_lives(given.client_lives),
        four_eyes(given.four_eyes),
        ca_admins(std::move(given.ca_admins)),
        keep_usage(given.keep_usage),
        revocations(std::move(given.common.revocations)),
        answers(*pool, config.kek.view(), crypto::SystemRandom(), {},
                config.previous_kek.view()),
        sealed(*pool,
               crypto::Kek(config.kek.view(), config.previous_kek.view()),
               crypto::SystemRandom(), SealedTables()),
        guard("ca", Authz(), rpc::Guard::AuditCheck::kReport, &answers,
              [this](rpc::Identity caller) {
                return ca_admins.Here(std::move(caller));
              }),
        store(*pool),
        ocsp_store(*pool),
        intent_store(*pool),
        tsm_ids(*pool),
        recovery(*pool),
        batches(*pool),
        requests(*pool),
        renewals(*pool, store) {}

  const std::unique_ptr<store::Pool> pool;
  const IssuingConfig config;
  const ClientLives client_lives;
  const bool four_eyes;
  const CaAdmins ca_admins;
  const absl::Duration keep_usage;
  const service::RevocationOptions revocations;
  service::KeptAnswers answers;
  service::SealedRows sealed;
  const rpc::Guard guard;
  CaStore store;
  OcspStore ocsp_store;
  IntentStore intent_store;
  TsmIdStore tsm_ids;
  RecoveryStore recovery;
  BatchStore batches;
  RequestStore requests;
  RenewalStore renewals;
};

std::vector<std::unique_ptr<grpc::Service>> AllServices(Env& env,
                                                        Parts& parts) {
  std::vector<std::unique_ptr<grpc::Service>> services = NewServices(env);
  services.push_back(
      service::NewKeyEncryptionService(parts.guard, parts.sealed));
  return services;
}

// The CA's own view of callers comes out of its own database, by the way that
// others' does.
service::CrlSource OwnCrls(Env& env) {
  const rpc::CallContext self({rpc::CallerKind::kService, kActor}, "", "",
                              absl::InfiniteFuture());
  service::CrlSource source;
  source.list_authorities = [&env,
                             self](const v1::ListAuthoritiesRequest& request)
      -> absl::StatusOr<v1::ListAuthoritiesResponse> {
    v1::ListAuthoritiesResponse response;
    OTRP_RETURN_IF_ERROR(
        handlers::ListAuthorities(self, env, request, response));
    return response;
  };
  source.get_crl = [&env, self](const v1::GetCrlRequest& request)
      -> absl::StatusOr<v1::GetCrlResponse> {
    v1::GetCrlResponse response;
    OTRP_RETURN_IF_ERROR(handlers::GetCrl(self, env, request, response));
    return response;
  };
  return source;
}

// What stands on the authorities, once they are loaded.
class Running {
 public:
  // `issuer` is one of `authorities`.
  Running(Parts& parts, std::unique_ptr<Authorities> authorities, Issuer issuer)
      : authorities_(std::move(authorities)),
        issuer_(std::move(issuer)),
        signers_(*authorities_, parts.ocsp_store, RealClock(),
                 crypto::SystemRandom(), parts.config.keys()),
        responder_(*authorities_, signers_, parts.ocsp_store, RealClock()),
        revocation_(*authorities_, parts.store, RealClock(),
                    {parts.config.pki_url}, kCrlWindow),
        intents_(parts.intent_store, RealClock()),
        generations_(*authorities_, parts.store, revocation_, signers_,
                     RealClock(), crypto::SystemRandom(), parts.config.keys(),
                     {parts.config.pki_url}),
        env_{parts.guard,     parts.store,
             *authorities_,   generations_,
             issuer_,         revocation_,
             responder_,      RealClock(),
             parts.tsm_ids,   parts.recovery,
             parts.batches,   parts.requests,
             parts.renewals,  parts.client_lives,
             parts.four_eyes, parts.ca_admins},
        callers_(OwnCrls(env_), parts.revocations, RealClock()),
        services_(AllServices(env_, parts), parts.guard, *parts.pool,
                  handlers::UsageOptions(*authorities_)),
        tasks_(*parts.pool) {
    tasks_.Add("authorities", kAuthorityPeriod, kAuthorityPeriod,
               [this] { return authorities_->Refresh(); });
    tasks_.Add("publish CRLs", kCrlPeriod, kCrlRetry,
               [this] { return revocation_.PublishStaleCrls(); });
    tasks_.Add("publish revocations", kCrlWindow, kCrlWindow,
               [this] { return revocation_.PublishDue(); });
    tasks_.Add("tell ends", kEndsPeriod, kEndsPeriod,
               [&parts] { return TellFirstEnds(parts.store, RealClock()); });
    tasks_.Add("settle intents", kIntentPeriod, kIntentPeriod,
               [this] { return intents_.Settle(kActor); });
    tasks_.Add("note keys", kKeyNotePeriod, kIntentPeriod,
               [this] { return intents_.NoteKeys(); });
    // No part of readiness: a ca without a signature still gives out CRLs, OCSP
    // and certificates that it has.
    if (parts.config.pkcs11 != nullptr) {
      tasks_.Add("PKCS #11 token", kCrlPeriod, kCrlRetry,
                 [&parts] { return parts.config.pkcs11->trouble(); });
    }
    tasks_.AddUsagePurge(*parts.pool, parts.keep_usage);
    tasks_.Add("renew OCSP signers", kCrlPeriod, kCrlRetry,
               [this] { return signers_.Renew(kActor); });
    tasks_.Add("purge OCSP responses", kPurgePeriod, kPurgePeriod, [&parts] {
      return parts.ocsp_store.PurgeResponses(RealClock().Now(), kPurgeBudget)
          .status();
    });
  }

  std::vector<grpc::Service*> services() const { return services_.pointers(); }
  const rpc::RevocationView& revocations() const { return callers_.view(); }

 private:
  const std::unique_ptr<Authorities> authorities_;
  Issuer issuer_;
  OcspSigners signers_;
  OcspResponder responder_;
  Revocation revocation_;
  Intents intents_;
  Generations generations_;
  Env env_;
  const service::CallerRevocations callers_;
  const service::ServiceList services_;
  service::Tasks tasks_;
};

class CaServer final : public service::Server {
 public:
  CaServer(std::unique_ptr<store::Pool> pool, Config config)
      : parts_(std::move(pool), std::move(config)) {}

  // A database that comes later than this process is waited for.
  absl::Status Prepare() override {
    OTRP_ASSIGN_OR_RETURN(
        Authorities loaded,
        Authorities::Load(parts_.store, parts_.config.keys()));
    auto authorities = std::make_unique<Authorities>(std::move(loaded));
    OTRP_ASSIGN_OR_RETURN(
        Issuer issuer,
        Issuer::Create(*authorities, parts_.store, RealClock(),
                       crypto::SystemRandom(), {parts_.config.pki_url}));
    running_ = std::make_unique<Running>(parts_, std::move(authorities),
                                         std::move(issuer));
    return absl::OkStatus();
  }

  const rpc::Guard& guard() const override { return parts_.guard; }
  std::vector<grpc::Service*> services() override {
    return running_->services();
  }
  // Called after Prepare().
  const rpc::RevocationView& revocations() const override {
    return running_->revocations();
  }
  void AddChecks(service::Readiness& readiness) override {
    readiness.Add("database", [this] { return parts_.pool->Ping(); });
  }

 private:
  Parts parts_;
  std::unique_ptr<Running> running_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config) {
  OTRP_ASSIGN_OR_RETURN(auto pool, service::OpenPool(config.common, "ca"));
  return std::make_unique<CaServer>(std::move(pool), std::move(config));
}

}  // namespace ca
}  // namespace otrp
