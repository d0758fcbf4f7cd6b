#include "services/attestation_verifier/handlers/reference_values.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/time.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "libs/service/paging.h"
#include "libs/telemetry/log.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace handlers {
namespace {

using Held = absl::optional<StoredReference>;

v1::ReferenceState ToProto(ReferenceState state) {
  switch (state) {
    case ReferenceState::kSubmitted: return v1::REFERENCE_STATE_SUBMITTED;
    case ReferenceState::kActive: return v1::REFERENCE_STATE_ACTIVE;
    case ReferenceState::kInactive: return v1::REFERENCE_STATE_INACTIVE;
  }
  return v1::REFERENCE_STATE_UNSPECIFIED;
}

void ToProto(const StoredReference& value, v1::ReferenceValue& out) {
  out.set_name(value.name);
  out.set_state(ToProto(value.state));
  out.set_anchor(value.tee.anchor);
  out.set_tee_name(value.tee.tee_name);
  out.set_tee_version(value.tee.tee_version);
  *out.mutable_changed_at() = rpc::ToProto(value.changed_at);
  out.set_changed_by(value.changed_by);
  out.set_reason(value.reason);
}

// What the TEE says of itself, as appraisals take it.
absl::Status CheckText(absl::string_view field, absl::string_view text) {
  const bool is_plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  return text.empty() || text.size() > kMaxTeeTextBytes || !is_plain
             ? errors::BadTeeText(field)
             : absl::OkStatus();
}

// It is stored: the next pull brings it where this one fails, and the next
// re-appraisal what is left.
void HoldNow(const rpc::CallContext& call, Env& env) {
  absl::Status held = env.updater.PullPolicy();
  if (held.ok()) held = env.reappraiser.Run();
  if (held.ok()) return;
  OTRP_LOG(
      WARNING, "a changed reference value isn't in use everywhere yet",
      {{"error", std::string(held.message())}, {"trace_id", call.trace_id()}});
}

// One change of one value, or what would come of it.
template <typename Response>
absl::Status Change(const rpc::CallContext& call, Env& env,
                    const std::string& name, bool dry_run, const char* action,
                    const ReferenceStore::ChangeOf& change,
                    Response& response) {
  StoredReference changed;
  const ReferenceStore::ChangeOf note =
      [&](const Held& held) -> absl::StatusOr<Held> {
    OTRP_ASSIGN_OR_RETURN(Held wanted, change(held));
    wanted->changed_at = env.clock.Now();
    wanted->changed_by = call.caller().ToString();
    changed = *wanted;
    return wanted;
  };
  if (dry_run) {
    call.Changed(false);
    absl::StatusOr<StoredReference> held = env.references.Get(name);
    if (!held.ok() && !absl::IsNotFound(held.status())) return held.status();
    OTRP_RETURN_IF_ERROR(
        note(held.ok() ? Held(*std::move(held)) : absl::nullopt).status());
  } else {
    OTRP_RETURN_IF_ERROR(env.references.Change(
        name, note, service::AuditOf(call, action, name)));
  }
  // Before HoldNow(), by which a withdrawal refuses them.
  OTRP_ASSIGN_OR_RETURN(const int64_t devices,
                        env.references.CountAccepted(changed.tee));
  ToProto(changed, *response.mutable_value());
  response.set_devices(devices);
  response.set_dry_run(dry_run);
  if (!dry_run) HoldNow(call, env);
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAnchor(const Env& env, const std::string& anchor) {
  OTRP_ASSIGN_OR_RETURN(const std::shared_ptr<const Snapshot> snapshot,
                        env.trust.Get());
  for (const Anchor& known : snapshot->copy.anchors) {
    if (known.role == AnchorRole::kTee && known.name == anchor) {
      return absl::OkStatus();
    }
  }
  if (FindAnchor(snapshot->evidence_anchors, anchor) != nullptr) {
    return absl::OkStatus();
  }
  return errors::NoSuchAnchor(anchor);
}

absl::Status SubmitReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::SubmitReferenceValueRequest& request,
    v1::SubmitReferenceValueResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  OTRP_RETURN_IF_ERROR(CheckText("tee_name", request.tee_name()));
  OTRP_RETURN_IF_ERROR(CheckText("tee_version", request.tee_version()));
  OTRP_RETURN_IF_ERROR(CheckAnchor(env, request.anchor()));
  return Change(
      call, env, request.name(), request.dry_run(), "reference_value.submit",
      [&request](const Held& held) -> absl::StatusOr<Held> {
        if (held.has_value() && held->state != ReferenceState::kSubmitted) {
          return errors::ReferenceValueIs(WordOf(held->state),
                                          "submit another name");
        }
        StoredReference wanted;
        wanted.name = request.name();
        wanted.tee = {request.anchor(), request.tee_name(),
                      request.tee_version()};
        return Held(std::move(wanted));
      },
      response);
}

absl::Status ActivateReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::ActivateReferenceValueRequest& request,
    v1::ActivateReferenceValueResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  return Change(
      call, env, request.name(), request.dry_run(), "reference_value.activate",
      [&](const Held& held) -> absl::StatusOr<Held> {
        if (!held.has_value()) return errors::NoReferenceValue(request.name());
        if (held->state == ReferenceState::kActive) {
          return errors::ReferenceValueIs("active", "there is nothing to do");
        }
        OTRP_RETURN_IF_ERROR(CheckAnchor(env, held->tee.anchor));
        StoredReference wanted = *held;
        wanted.state = ReferenceState::kActive;
        wanted.reason.clear();
        return Held(std::move(wanted));
      },
      response);
}

absl::Status WithdrawReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::WithdrawReferenceValueRequest& request,
    v1::WithdrawReferenceValueResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  if (request.reason().size() > kMaxReasonBytes) {
    return errors::FieldTooLong("reason", kMaxReasonBytes);
  }
  return Change(
      call, env, request.name(), request.dry_run(), "reference_value.withdraw",
      [&request](const Held& held) -> absl::StatusOr<Held> {
        if (!held.has_value()) return errors::NoReferenceValue(request.name());
        if (held->state != ReferenceState::kActive) {
          return errors::ReferenceValueIs(WordOf(held->state),
                                          "only an active one is withdrawn");
        }
        StoredReference wanted = *held;
        wanted.state = ReferenceState::kInactive;
        wanted.reason = request.reason();
        return Held(std::move(wanted));
      },
      response);
}

absl::Status DeleteReferenceValue(
    const rpc::CallContext& call, Env& env,
    const v1::DeleteReferenceValueRequest& request,
    v1::DeleteReferenceValueResponse&) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  OTRP_RETURN_IF_ERROR(env.references.Change(
      request.name(),
      [&request](const Held& held) -> absl::StatusOr<Held> {
        if (!held.has_value()) return errors::NoReferenceValue(request.name());
        if (held->state == ReferenceState::kActive) {
          return errors::ReferenceValueIs("active", "withdraw it first");
        }
        return Held();
      },
      service::AuditOf(call, "reference_value.delete", request.name())));
  HoldNow(call, env);
  return absl::OkStatus();
}

absl::Status GetReferenceValue(const rpc::CallContext&, Env& env,
                               const v1::GetReferenceValueRequest& request,
                               v1::GetReferenceValueResponse& response) {
  OTRP_RETURN_IF_ERROR(service::CheckName("name", request.name()));
  OTRP_ASSIGN_OR_RETURN(const StoredReference value,
                        env.references.Get(request.name()));
  ToProto(value, *response.mutable_value());
  OTRP_ASSIGN_OR_RETURN(const std::vector<StoredReference> history,
                        env.references.History(request.name()));
  for (const StoredReference& before : history) {
    ToProto(before, *response.add_history());
  }
  return absl::OkStatus();
}

absl::Status ListReferenceValues(const rpc::CallContext&, Env& env,
                                 const v1::ListReferenceValuesRequest& request,
                                 v1::ListReferenceValuesResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const service::Page page, service::Page::Of(request));
  OTRP_ASSIGN_OR_RETURN(std::vector<StoredReference> values,
                        env.references.List(page.after(), page.limit()));
  page.Finish(values, response,
              [](const StoredReference& value) { return value.name; });
  for (const StoredReference& value : values) {
    ToProto(value, *response.add_values());
  }
  return absl::OkStatus();
}

absl::Status TakeWithdrawals(const rpc::CallContext&, Env& env,
                             const v1::TakeWithdrawalsRequest& request,
                             v1::TakeWithdrawalsResponse& response) {
  OTRP_ASSIGN_OR_RETURN(
      const std::vector<StoredWithdrawal> withdrawals,
      env.references.Withdrawals(request.after_id(), kWithdrawalBatch));
  for (const StoredWithdrawal& withdrawal : withdrawals) {
    v1::Withdrawal* entry = response.add_withdrawals();
    entry->set_id(withdrawal.id);
    entry->set_did(withdrawal.did);
    *entry->mutable_at() = rpc::ToProto(withdrawal.at);
    entry->set_code(withdrawal.code);
    entry->set_detail(withdrawal.detail);
  }
  return absl::OkStatus();
}

}  // namespace handlers
}  // namespace verifier
}  // namespace otrp
