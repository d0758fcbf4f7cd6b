#include "services/attestation_verifier/server.h"

#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/random.h"
#include "libs/rpc/channel.h"
#include "libs/service/caller_revocations.h"
#include "libs/service/kept_answers.h"
#include "libs/service/server_parts.h"
#include "services/attestation_verifier/authz.h"
#include "services/attestation_verifier/clients/ca_client.h"
#include "services/attestation_verifier/env.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/records/kept_evidence.h"
#include "services/attestation_verifier/records/overdue_watch.h"
#include "services/attestation_verifier/records/reappraiser.h"
#include "services/attestation_verifier/results/result_signer.h"
#include "services/attestation_verifier/services.h"
#include "services/attestation_verifier/storage/evidence_store.h"
#include "services/attestation_verifier/storage/policy_store.h"
#include "services/attestation_verifier/storage/reference_store.h"
#include "services/attestation_verifier/storage/result_key_store.h"
#include "services/attestation_verifier/storage/source_store.h"
#include "services/attestation_verifier/storage/verifier_store.h"
#include "services/attestation_verifier/trust/revocation_fetcher.h"

namespace otrp {
namespace verifier {
namespace {

class VerifierServer final : public service::Server {
 public:
  VerifierServer(Config config, std::unique_ptr<store::Pool> pool,
                 const std::shared_ptr<grpc::Channel>& ca_channel)
      : pool_(std::move(pool)),
        answers_(*pool_, config.kek.view(), crypto::SystemRandom()),
        guard_("attestation_verifier", Authz(), rpc::Guard::AuditCheck::kReport,
               &answers_),
        store_(*pool_),
        references_(*pool_),
        policies_(*pool_),
        ca_(ca_channel),
        kept_(config.kept_trust_file, config.kept_trust_max_age),
        evidence_(*pool_),
        updater_(ca_, store_, references_, evidence_, policies_, trust_, kept_,
                 RealClock()),
        reappraiser_(references_, trust_, RealClock()),
        overdue_(store_, trust_, RealClock()),
        sources_(*pool_),
        fetcher_(sources_, store_, RealClock(),
                 {config.revocation_any_host, ""}),
        log_(store_),
        result_keys_(*pool_),
        signer_(std::move(config.kek), result_keys_, RealClock(),
                crypto::SystemRandom()),
        revocations_(service::CrlsOf(ca_channel), config.common.revocations,
                     RealClock()),
        env_{guard_,
             store_,
             trust_,
             updater_,
             log_,
             signer_,
             references_,
             reappraiser_,
             evidence_,
             RealClock(),
             policies_,
             sources_,
             fetcher_,
             config.four_eyes,
             config.result_life,
             config.revocation_any_host},
        services_(
            NewServices(env_), guard_, *pool_,
            service::UsageLedgerOptions{{kAppraisalAccepted, kAppraisalRefused},
                                        &service::SeesOwnPrice}),
        tasks_(*pool_) {
    tasks_.AddUsagePurge(*pool_, config.keep_usage);
    tasks_.Add("trust pull", config.pull_period, kPullRetry,
               [this] { return updater_.PullTrust(); });
    tasks_.Add("policy pull", config.pull_period, kPullRetry,
               [this] { return updater_.PullPolicy(); });
    tasks_.Add("re-appraisal", config.pull_period, kPullRetry,
               [this] { return reappraiser_.Run(); });
    tasks_.Add("revocation sources", kSourceCheck, kPullRetry,
               [this] { return fetcher_.Run(); });
    tasks_.Add("overdue devices", kOverduePeriod, kPullRetry,
               [this] { return overdue_.Run(); });
    tasks_.Add("result keys", kResultKeysPeriod, kPullRetry,
               [this] { return signer_.Refresh(); });
    tasks_.Add("purge", kPurgePeriod, kPurgePeriod, [this] {
      return store_.Purge(RealClock().Now(), kPurgeBudget);
    });
    tasks_.Add("evidence purge", kPurgePeriod, kPurgePeriod, [this] {
      return PurgeEvidence(evidence_, trust_, RealClock().Now());
    });
  }

  const rpc::Guard& guard() const override { return guard_; }
  std::vector<grpc::Service*> services() override {
    return services_.pointers();
  }
  const rpc::RevocationView& revocations() const override {
    return revocations_.view();
  }

  // Not the database: accepting goes on without it.
  void AddChecks(service::Readiness& readiness) override {
    readiness.Add("trust", [this] { return updater_.Ready(); });
  }

 private:
  const std::unique_ptr<store::Pool> pool_;
  service::KeptAnswers answers_;
  const rpc::Guard guard_;
  VerifierStore store_;
  ReferenceStore references_;
  PolicyStore policies_;
  GrpcCaClient ca_;
  TrustHolder trust_;
  KeptFile kept_;
  EvidenceStore evidence_;
  TrustUpdater updater_;
  Reappraiser reappraiser_;
  OverdueWatch overdue_;
  SourceStore sources_;
  RevocationFetcher fetcher_;
  AppraisalLog log_;
  ResultKeyStore result_keys_;
  ResultSigner signer_;
  service::CallerRevocations revocations_;
  Env env_;
  const service::ServiceList services_;
  // Last, so that they end first.
  service::Tasks tasks_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<service::Server>> NewServer(Config config) {
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<store::Pool> pool,
                        service::OpenPool(config.common, "verifier"));
  OTRP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> ca_channel,
      rpc::CreateChannel({config.ca_addr, "ca", config.common.tls_dir}));
  return std::make_unique<VerifierServer>(std::move(config), std::move(pool),
                                          ca_channel);
}

}  // namespace verifier
}  // namespace otrp
