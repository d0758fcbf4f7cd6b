#include "services/attestation_verifier/handlers/results.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/types/optional.h"
#include "libs/attest/ear.h"
#include "libs/attest/reasons.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/version.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/results/result_signer.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

bool IsNonce(const std::string& nonce) {
  return nonce.size() >= kMinNonceBytes && nonce.size() <= kMaxNonceBytes &&
         std::all_of(nonce.begin(), nonce.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_';
         });
}

attest::ear::Result ResultOf(const AppraisalRecord& record, absl::Time now,
                             absl::Duration life) {
  attest::ear::Result result;
  result.developer = "OTrP Suite";
  result.build = std::string(telemetry::kVersion);
  result.issued_at = now;
  result.expires_at = now + life;
  result.accepted = record.accepted;
  result.vector = record.claims.vector;
  result.appraised_at = record.at;
  result.scheme = record.claims.scheme;
  result.did = record.did;
  result.tee_name = record.claims.tee_name;
  result.tee_version = record.claims.tee_version;
  result.tee_anchor = record.claims.tee_anchor;
  result.policy_version = record.policy_version;
  for (const attest::Reason& reason : record.reasons) {
    // The rule and what it asks for are the operator's affair.
    result.reasons.push_back({reason.code, reason.claim});
    // Also of devices that were refused without having come again.
    const attest::ReasonRow* row = attest::RowOfReason(reason.code);
    if (row != nullptr) result.vector.Worsen(row->claim, row->value);
  }
  return result;
}

}  // namespace

absl::Status GetResult(const rpc::CallContext& call, Env& env,
                       const v1::GetResultRequest& request,
                       v1::GetResultResponse& response) {
  if (request.did().size() != kDidBytes) return errors::NoDid();
  if (!request.nonce().empty() && !IsNonce(request.nonce())) {
    return errors::BadNonce();
  }
  const absl::Status flushed = env.log.Flush();
  if (!flushed.ok()) {
    OTRP_LOG(WARNING, "a result lacks the newest appraisals",
             {{"error", std::string(flushed.message())},
              {"trace_id", call.trace_id()}});
  }
  OTRP_ASSIGN_OR_RETURN(const absl::optional<AppraisalRecord> device,
                        env.store.GetDevice(request.did()));
  if (!device.has_value()) return errors::NeverAppraised();
  attest::ear::Result result =
      ResultOf(*device, env.clock.Now(), env.result_life);
  result.nonce = request.nonce();
  OTRP_ASSIGN_OR_RETURN(*response.mutable_ear(), env.signer.Sign(result));
  response.set_status(std::string(attest::TrustTierName(
      attest::ear::StatusOf(result.accepted, result.vector))));
  *response.mutable_appraised_at() = rpc::ToProto(result.appraised_at);
  *response.mutable_expires_at() = rpc::ToProto(result.expires_at);
  return absl::OkStatus();
}

absl::Status IntrospectResult(const rpc::CallContext& call, Env& env,
                              const v1::IntrospectResultRequest& request,
                              v1::IntrospectResultResponse& response) {
  // It is no GET because a token has no place in a URL.
  call.Changed(false);
  if (request.token().empty()) return errors::FieldMissing("token");
  if (request.token().size() > kMaxResultBytes) {
    return errors::FieldTooLong("token", kMaxResultBytes);
  }
  const absl::StatusOr<attest::ear::OwnResult> token =
      env.signer.Open(request.token());
  if (absl::IsInvalidArgument(token.status()) ||
      absl::IsUnauthenticated(token.status())) {
    response.set_reason("not-ours");
    return absl::OkStatus();
  }
  OTRP_RETURN_IF_ERROR(token.status());
  *response.mutable_expires_at() = rpc::ToProto(token->expires_at);
  OTRP_RETURN_IF_ERROR(env.log.Flush());
  OTRP_ASSIGN_OR_RETURN(const absl::optional<AppraisalRecord> device,
                        env.store.GetDevice(token->did));
  if (!device.has_value()) {
    response.set_reason("forgotten");
    return absl::OkStatus();
  }
  const attest::ear::Result now =
      ResultOf(*device, env.clock.Now(), env.result_life);
  const attest::TrustTier status =
      attest::ear::StatusOf(now.accepted, now.vector);
  response.set_status(std::string(attest::TrustTierName(status)));
  *response.mutable_appraised_at() = rpc::ToProto(now.appraised_at);
  if (env.clock.Now() >= token->expires_at) {
    response.set_reason("expired");
  } else if (attest::ear::IsWorse(status, token->status)) {
    response.set_reason("withdrawn");
  } else {
    response.set_active(true);
  }
  return absl::OkStatus();
}

absl::Status ListResultKeys(const rpc::CallContext&, Env& env,
                            const v1::ListResultKeysRequest&,
                            v1::ListResultKeysResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const ResultKeys keys, env.signer.Keys());
  for (const StoredResultKey& key : keys) {
    v1::ResultKey* entry = response.add_keys();
    entry->set_kid(key.kid);
    entry->set_state(std::string(WordOf(key.state)));
    *entry->mutable_since() = rpc::ToProto(key.since);
    entry->set_spki(key.spki);
  }
  OTRP_ASSIGN_OR_RETURN(*response.mutable_jwks(), JwkSetOf(keys));
  return absl::OkStatus();
}

absl::Status RotateResultKeys(const rpc::CallContext& call, Env& env,
                              const v1::RotateResultKeysRequest& request,
                              v1::RotateResultKeysResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      std::string kid,
      env.signer.Rotate(
          request.forget_retired() ? Rotation::kForget : Rotation::kNow,
          service::AuditOf(call, "result_keys.rotate", "result-keys",
                           store::kAuditOk,
                           service::AuditDetails().Set(
                               "forget_retired",
                               json::Value::Bool(request.forget_retired())))));
  response.set_kid(std::move(kid));
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
