#include "services/attestation_verifier/storage/json_columns.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp {
namespace verifier {
namespace {

using json::Value;

absl::Status Corrupt(absl::string_view column) {
  return absl::DataLossError(
      absl::StrCat("column ", column, " isn't what this service writes"));
}

bool BoolOf(const Value& object, absl::string_view name) {
  const Value* member = object.Find(name);
  return member != nullptr && member->is_bool() && member->as_bool();
}

std::string StringOf(const Value& object, absl::string_view name) {
  const Value* member = object.Find(name);
  return member != nullptr && member->is_string()
             ? std::string(member->as_string())
             : std::string();
}

}  // namespace

std::string PolicyToJson(const attest::Policy& policy) {
  Value rules = Value::Array();
  for (const attest::TeeRule& rule : policy.tee_rules) {
    Value item = Value::Object();
    item.Set("name", Value::String(rule.name));
    item.Set("min_version", Value::String(rule.min_version));
    item.Set("deny", Value::Bool(rule.deny));
    item.Set("anchor", Value::String(rule.anchor));
    rules.Append(std::move(item));
  }
  Value out = Value::Object();
  out.Set("tee_rules", std::move(rules));
  out.Set("firmware_evidence_required",
          Value::Bool(policy.firmware_evidence_required));
  out.Set("refuse_unknown_revocation",
          Value::Bool(policy.refuse_unknown_revocation));
  out.Set("undated_crl_days", Value::Integer(policy.undated_crl_days));
  out.Set("require_reference_values",
          Value::Bool(policy.require_reference_values));
  out.Set("attest_by_hours", Value::Integer(policy.attest_by_hours));
  out.Set("keep_evidence_days", Value::Integer(policy.keep_evidence_days));
  return out.Serialize();
}

absl::StatusOr<attest::Policy> PolicyFromJson(absl::string_view text) {
  absl::StatusOr<Value> value = json::Parse(text, json::kOurs);
  if (!value.ok() || !value->is_object()) return Corrupt("policy");
  attest::Policy policy;
  if (const Value* rules = value->Find("tee_rules")) {
    if (!rules->is_array()) return Corrupt("policy");
    for (const Value& item : rules->items()) {
      if (!item.is_object()) return Corrupt("policy");
      policy.tee_rules.push_back(
          {StringOf(item, "name"), StringOf(item, "min_version"),
           BoolOf(item, "deny"), StringOf(item, "anchor")});
    }
  }
  policy.firmware_evidence_required =
      BoolOf(*value, "firmware_evidence_required");
  policy.refuse_unknown_revocation =
      BoolOf(*value, "refuse_unknown_revocation");
  policy.require_reference_values = BoolOf(*value, "require_reference_values");
  if (const Value* days = value->Find("undated_crl_days")) {
    if (!days->is_integer()) return Corrupt("policy");
    policy.undated_crl_days = static_cast<int>(days->as_integer());
  }
  if (const Value* hours = value->Find("attest_by_hours")) {
    if (!hours->is_integer()) return Corrupt("policy");
    policy.attest_by_hours = static_cast<int>(hours->as_integer());
  }
  if (const Value* days = value->Find("keep_evidence_days")) {
    if (!days->is_integer()) return Corrupt("policy");
    policy.keep_evidence_days = static_cast<int>(days->as_integer());
  }
  return policy;
}

std::string ReasonsToJson(const std::vector<attest::Reason>& reasons) {
  Value out = Value::Array();
  for (const attest::Reason& reason : reasons) {
    Value item = Value::Object();
    item.Set("code", Value::String(reason.code));
    item.Set("detail", Value::String(reason.detail));
    item.Set("claim", Value::String(reason.claim));
    item.Set("value", Value::String(reason.value));
    item.Set("rule", Value::String(reason.rule));
    if (!reason.policy.empty()) {
      item.Set("policy", Value::String(reason.policy));
    }
    out.Append(std::move(item));
  }
  return out.Serialize();
}

absl::StatusOr<std::vector<attest::Reason>> ReasonsFromJson(
    absl::string_view text) {
  absl::StatusOr<Value> value = json::Parse(text, json::kOurs);
  if (!value.ok() || !value->is_array()) return Corrupt("reasons");
  std::vector<attest::Reason> reasons;
  for (const Value& item : value->items()) {
    if (!item.is_object()) return Corrupt("reasons");
    reasons.push_back({StringOf(item, "code"), StringOf(item, "detail"),
                       StringOf(item, "claim"), StringOf(item, "value"),
                       StringOf(item, "rule"), StringOf(item, "policy")});
  }
  return reasons;
}

std::string ClaimsToJson(const AppraisedClaims& claims) {
  Value vector = Value::Object();
  for (size_t i = 0; i < attest::kTrustClaims; ++i) {
    const auto claim = static_cast<attest::TrustClaim>(i);
    vector.Set(attest::TrustClaimName(claim),
               Value::Integer(claims.vector.Get(claim)));
  }
  Value out = Value::Object();
  out.Set("scheme", Value::String(claims.scheme));
  out.Set("tee_name", Value::String(claims.tee_name));
  out.Set("tee_version", Value::String(claims.tee_version));
  out.Set("tee_anchor", Value::String(claims.tee_anchor));
  out.Set("vector", std::move(vector));
  return out.Serialize();
}

absl::StatusOr<AppraisedClaims> ClaimsFromJson(absl::string_view text) {
  absl::StatusOr<Value> value = json::Parse(text, json::kOurs);
  if (!value.ok() || !value->is_object()) return Corrupt("claims");
  AppraisedClaims claims;
  claims.scheme = StringOf(*value, "scheme");
  claims.tee_name = StringOf(*value, "tee_name");
  claims.tee_version = StringOf(*value, "tee_version");
  claims.tee_anchor = StringOf(*value, "tee_anchor");
  const Value* vector = value->Find("vector");
  if (vector == nullptr) return claims;
  if (!vector->is_object()) return Corrupt("claims");
  for (size_t i = 0; i < attest::kTrustClaims; ++i) {
    const auto claim = static_cast<attest::TrustClaim>(i);
    const Value* entry = vector->Find(attest::TrustClaimName(claim));
    if (entry == nullptr) continue;
    if (!entry->is_integer()) return Corrupt("claims");
    claims.vector.Worsen(claim, static_cast<int>(entry->as_integer()));
  }
  return claims;
}

}  // namespace verifier
}  // namespace otrp
