#include "services/attestation_verifier/handlers/appraise.h"

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
  if (request.tsm_id().size() > kMaxTsmIdBytes) {
    return errors::FieldTooLong("tsm_id", kMaxTsmIdBytes);
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

// The scheme's name in results.
constexpr char kOtrpDsi[] = "otrp-dsi";

attest::Evidence EvidenceOf(const v1::AppraiseRequest& request) {
  attest::Evidence evidence;
  evidence.tid = request.tid();
  evidence.signing_input = request.jws_signing_input();
  evidence.alg = request.jws_alg();
  evidence.signature = request.jws_signature();
  evidence.dsi = request.dsi();
  evidence.dialect = request.dialect() == v1::DIALECT_PEI03
                         ? protocol::Dialect::kPei03
                         : protocol::Dialect::kIetf03;
  return evidence;
}

}  // namespace

absl::Status Appraise(const rpc::CallContext& call, Env& env,
                      const v1::AppraiseRequest& request,
                      v1::AppraiseResponse& response) {
  OTRP_RETURN_IF_ERROR(Check(request));
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());

  const absl::Time now = env.clock.Now();
  const attest::Appraisal appraisal =
      attest::Appraise(EvidenceOf(request), *snapshot->trust,
                       snapshot->policy.policy, snapshot->references, now);
  if (appraisal.pending) {
    return errors::NotLoadedYet("the CRL of one of this TEE's authorities is");
  }

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
  AppraisalRecord record;
  record.at = now;
  record.tid = request.tid();
  record.did = appraisal.did;
  record.accepted = accepted;
  record.reasons = appraisal.reasons;
  record.policy_version = snapshot->policy.version;
  record.proved = appraisal.proved;
  record.tsm_id = request.tsm_id();
  record.claims = {kOtrpDsi, appraisal.tee_name, appraisal.tee_version,
                   appraisal.tee_root_name, attest::VectorOf(appraisal)};
  const absl::Status recorded = env.log.Record(std::move(record));
  if (!recorded.ok()) {
    OTRP_LOG(ERROR, "a refusal could not be recorded",
             {{"error", std::string(recorded.message())},
              {"trace_id", call.trace_id()}});
    return errors::NotRecorded();
  }
  ToProto(appraisal, snapshot->policy.version, response);
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
