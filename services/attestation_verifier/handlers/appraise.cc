#include "services/attestation_verifier/handlers/appraise.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "libs/attest/appraise.h"
#include "libs/base/hex.h"
#include "libs/base/limits.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/handlers/convert.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/records/kept_evidence.h"
#include "services/attestation_verifier/schemes/otrp_dsi/otrp_dsi.h"
#include "services/attestation_verifier/schemes/schemes.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

// As the TSM's own flag has it.
constexpr size_t kMaxTsmIdBytes = 200;

absl::Status Check(const v1::AppraiseRequest& request) {
  if (request.tid().empty()) return errors::FieldMissing("tid");
  if (request.tid().size() > kMaxIdBytes) {
    return errors::FieldTooLong("tid", kMaxIdBytes);
  }
  if (request.jws_signing_input().empty()) {
    return errors::FieldMissing("jws_signing_input");
  }
  if (request.jws_signature().empty()) {
    return errors::FieldMissing("jws_signature");
  }
  if (request.dsi().empty()) return errors::FieldMissing("dsi");
  // Both come out of one message of that size.
  if (request.jws_signing_input().size() > kMaxDeviceMessageBytes) {
    return errors::FieldTooLong("jws_signing_input", kMaxDeviceMessageBytes);
  }
  if (request.dsi().size() > kMaxDeviceMessageBytes) {
    return errors::FieldTooLong("dsi", kMaxDeviceMessageBytes);
  }
  return absl::OkStatus();
}

absl::Status CheckToken(const v1::TokenEvidence& token) {
  if (token.token().empty()) return errors::FieldMissing("token.token");
  if (token.token().size() > kMaxTokenBytes) {
    return errors::FieldTooLong("token.token", kMaxTokenBytes);
  }
  if (token.media_type().size() > kMaxMediaTypeBytes) {
    return errors::FieldTooLong("token.media_type", kMaxMediaTypeBytes);
  }
  return absl::OkStatus();
}

void Log(const rpc::CallContext& call, const attest::Appraisal& appraisal) {
  const bool accepted = appraisal.verdict == attest::Verdict::kAccepted;
  telemetry::kAppraisals.With(accepted ? "accepted" : "refused").Increment();
  // The record is what lasts, and the TSM has a line of each message.
  OTRP_LOG(DEBUG, "appraisal",
           {{"trace_id", call.trace_id()},
            {"did", HexEncode(appraisal.did)},
            {"verdict", accepted ? "accepted" : "refused"},
            {"reasons", absl::StrJoin(appraisal.reasons, ",",
                                      [](std::string* out, const auto& reason) {
                                        out->append(reason.code);
                                      })},
            {"detail",
             accepted ? ""
                      : absl::StrJoin(appraisal.reasons, "; ",
                                      [](std::string* out, const auto& reason) {
                                        out->append(reason.detail);
                                      })}});
}

// What was decided, into the records and the answer.
struct Decided {
  const Snapshot& snapshot;
  absl::Time now;
  // Of the transaction, or the challenge in hex.
  std::string tid;
  // Of the TSM that asks, as it says; empty: none does.
  std::string tsm_id;
  // About how many octets the evidence has, and what makes them.
  size_t size;
  std::function<EvidenceOctets()> octets;
};

absl::Status Answer(const rpc::CallContext& call, Env& env,
                    const schemes::SchemeAppraisal& judged,
                    const Decided& decided, v1::AppraiseResponse& response) {
  const attest::Appraisal& appraisal = judged.appraisal;
  env.fetcher.Want(appraisal.asked);
  if (appraisal.pending) {
    return errors::NotLoadedYet("the CRL of one of this TEE's authorities is");
  }
  Log(call, appraisal);
  const VersionedPolicy& policy = decided.snapshot.policy;
  AppraisalRecord record;
  record.at = decided.now;
  record.tid = decided.tid;
  record.did = appraisal.did;
  record.accepted = appraisal.verdict == attest::Verdict::kAccepted;
  record.reasons = appraisal.reasons;
  record.policy_version = policy.version;
  record.proved = appraisal.proved;
  record.tsm_id = decided.tsm_id;
  record.claims = {judged.scheme, appraisal.tee_name, appraisal.tee_version,
                   appraisal.tee_root_name, attest::VectorOf(appraisal)};
  if (IsToBeKept(policy.policy, appraisal, decided.size)) {
    record.evidence = decided.octets();
  }
  const absl::Status recorded = env.log.Record(std::move(record));
  if (!recorded.ok()) {
    OTRP_LOG(ERROR, "a refusal could not be recorded",
             {{"error", std::string(recorded.message())},
              {"trace_id", call.trace_id()}});
    return errors::NotRecorded();
  }
  ToProto(appraisal, policy.version, response);
  response.set_scheme(judged.scheme);
  return absl::OkStatus();
}

}  // namespace

absl::Status Appraise(const rpc::CallContext& call, Env& env,
                      const v1::AppraiseRequest& request,
                      v1::AppraiseResponse& response) {
  if (request.tsm_id().size() > kMaxTsmIdBytes) {
    return errors::FieldTooLong("tsm_id", kMaxTsmIdBytes);
  }
  if (request.has_token()) {
    return AppraiseToken(call, env, request.token(), request.tsm_id(),
                         response);
  }
  OTRP_RETURN_IF_ERROR(Check(request));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  const absl::Time now = env.clock.Now();
  const schemes::SchemeAppraisal judged = schemes::AppraiseOtrpDsi(
      schemes::EvidenceOf(request),
      GroundOf(*snapshot, snapshot->policies, env.evidence, now));
  return Answer(
      call, env, judged,
      {*snapshot, now, request.tid(), request.tsm_id(), request.ByteSizeLong(),
       [&request] { return schemes::EncodeOtrpDsi(request); }},
      response);
}

absl::Status AppraiseToken(const rpc::CallContext& call, Env& env,
                           const v1::TokenEvidence& token,
                           const std::string& tsm_id,
                           v1::AppraiseResponse& response) {
  OTRP_RETURN_IF_ERROR(CheckToken(token));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  const absl::Time now = env.clock.Now();
  const EvidenceOctets evidence = {token.media_type(), token.token(),
                                   token.challenge()};
  OTRP_ASSIGN_OR_RETURN(
      const schemes::SchemeAppraisal judged,
      schemes::Appraise(evidence, GroundOf(*snapshot, snapshot->policies,
                                           env.evidence, now)));
  return Answer(call, env, judged,
                {*snapshot, now, HexEncode(token.challenge()), tsm_id,
                 token.token().size(), [&evidence] { return evidence; }},
                response);
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
