#include "services/tsm/messaging/device_state.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "libs/attest/reasons.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/sign.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/protocol/device_state.h"
#include "otrp/verifier/v1/verifier.pb.h"
#include "services/tsm/domain/outcome.h"
#include "services/tsm/domain/reconcile.h"
#include "services/tsm/domain/session.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/errors.h"
#include "services/tsm/limits.h"
#include "services/tsm/messaging/admission.h"
#include "services/tsm/messaging/own_keys.h"
#include "services/tsm/messaging/refusals.h"
#include "services/tsm/messaging/step.h"

namespace otrp {
namespace tsm {
namespace {

using protocol::UnverifiedDeviceState;
using protocol::VerifiedDeviceState;

// A TEE whose evidence was accepted.
struct Accepted {
  std::string did;
  verifier::v1::AppraiseResponse appraisal;
  crypto::PublicKey key;
  VerifiedDeviceState state;
};

// A TEE whose evidence was refused.
struct Refused {
  std::string did;
  verifier::v1::AppraiseResponse appraisal;
  // What it sent, to see whether it is by the TEE's key at all.
  std::string signing_input;
  std::string signature;
};

// What became of the entries of a message.
struct Entries {
  std::vector<Accepted> accepted;
  std::vector<Refused> refused;
  // Failed GetDeviceStates; nobody's word.
  std::vector<UnverifiedDeviceState> failed;
  // Why others couldn't be read, one text each, and what to call the last.
  std::vector<std::string> unreadable;
  // Of ours, that they are encrypted to; empty where that isn't known.
  std::string identity;
  MessageVerdict verdict = MessageVerdict::kMalformed;

  void AddUnreadable(MessageVerdict as, absl::string_view why) {
    verdict = as;
    unreadable.emplace_back(why);
  }
};

verifier::v1::Dialect ToVerifier(protocol::Dialect dialect) {
  return dialect == protocol::Dialect::kPei03 ? verifier::v1::DIALECT_PEI03
                                              : verifier::v1::DIALECT_IETF03;
}

std::vector<AttestationReason> ReasonsOf(
    const verifier::v1::AppraiseResponse& appraisal) {
  std::vector<AttestationReason> reasons;
  for (const verifier::v1::Reason& reason : appraisal.reasons()) {
    reasons.push_back({reason.code(), reason.detail()});
  }
  return reasons;
}

// Empty where there is none.
AttestationReason FirstReasonOf(
    const verifier::v1::AppraiseResponse& appraisal) {
  if (appraisal.reasons().empty()) return {};
  return {appraisal.reasons(0).code(), appraisal.reasons(0).detail()};
}

// "code: detail; code: detail".
std::string TextOf(const verifier::v1::AppraiseResponse& appraisal) {
  return absl::StrJoin(
      appraisal.reasons(), "; ",
      [](std::string* out, const verifier::v1::Reason& reason) {
        absl::StrAppend(out, reason.code(), ": ", reason.detail());
      });
}

template <typename List>
bool HasDid(const List& list, const std::string& did) {
  return std::any_of(list.begin(), list.end(),
                     [&](const auto& item) { return item.did == did; });
}

// The verifier trusts the chain, but the TEE's key hasn't signed this: it is
// nobody's word, like octets that don't decrypt, and called the same.
bool IsUnsigned(const verifier::v1::AppraiseResponse& appraisal) {
  return std::any_of(
      appraisal.reasons().begin(), appraisal.reasons().end(),
      [](const verifier::v1::Reason& reason) {
        return reason.code() == attest::reason::kSignatureInvalid ||
               reason.code() == attest::reason::kSignatureAlgorithm;
      });
}

// Appraises one entry. An error means that the verifier can't be asked now.
absl::Status Appraise(Exchange& exchange, protocol::Dialect dialect,
                      UnverifiedDeviceState state, Entries* entries) {
  verifier::v1::AppraiseRequest request;
  request.set_tid(state.tid());
  request.set_jws_signing_input(state.signing_input());
  request.set_jws_alg(std::string(jose::SigAlgName(state.alg())));
  request.set_jws_signature(state.signature());
  request.set_dsi(state.dsi());
  request.set_dialect(ToVerifier(dialect));
  request.set_tsm_id(exchange.tools.tsm_id);
  absl::StatusOr<verifier::v1::AppraiseResponse> appraisal =
      exchange.tools.verifier.Appraise(request, exchange.call);
  if (absl::IsInvalidArgument(appraisal.status())) {
    entries->AddUnreadable(MessageVerdict::kMalformed,
                           appraisal.status().message());
    return absl::OkStatus();
  }
  if (!appraisal.ok()) return errors::VerifierUnavailable();

  if (IsUnsigned(*appraisal)) {
    entries->AddUnreadable(MessageVerdict::kNotAuthentic,
                           protocol::kNotAuthentic);
    return absl::OkStatus();
  }

  const std::string did = appraisal->did();
  if (did.size() != kDidBytes) {
    entries->AddUnreadable(MessageVerdict::kMalformed, TextOf(*appraisal));
    return absl::OkStatus();
  }
  if (HasDid(entries->accepted, did) || HasDid(entries->refused, did)) {
    entries->AddUnreadable(
        MessageVerdict::kMalformed,
        absl::StrCat("a second entry of the TEE ", HexEncode(did)));
    return absl::OkStatus();
  }
  if (appraisal->verdict() != verifier::v1::VERDICT_ACCEPTED) {
    entries->refused.push_back(
        {did, *std::move(appraisal), state.signing_input(), state.signature()});
    return absl::OkStatus();
  }
  absl::StatusOr<crypto::PublicKey> key =
      crypto::PublicKey::FromSpki(appraisal->tee_key_spki());
  if (!key.ok()) return errors::VerifierUnavailable();
  absl::StatusOr<VerifiedDeviceState> verified =
      protocol::VerifyDeviceState(std::move(state), *key);
  if (!verified.ok()) {
    entries->AddUnreadable(MessageVerdict::kNotAuthentic,
                           verified.status().message());
    return absl::OkStatus();
  }
  // What the verifier looked at is what we believe.
  if (crypto::Sha256(verified->dsi().tee_certificate) != did) {
    entries->AddUnreadable(MessageVerdict::kNotAuthentic,
                           "the appraisal is for another certificate");
    return absl::OkStatus();
  }
  entries->accepted.push_back(
      {did, *std::move(appraisal), *std::move(key), *std::move(verified)});
  return absl::OkStatus();
}

// With whichever key of ours it is encrypted to, whose id goes to `identity`.
absl::StatusOr<UnverifiedDeviceState> OpenState(
    protocol::UnverifiedMessage message, const OwnKeys& own, bool es256,
    std::string* identity) {
  const crypto::KeyType type =
      es256 ? crypto::KeyType::kEcP256 : crypto::KeyType::kRsa;
  for (size_t n = 0;; ++n) {
    const bool last = n + 1 == own.tries();
    // Large: copied only where there is more than one key to try.
    absl::StatusOr<UnverifiedDeviceState> state = UnverifiedDeviceState::Open(
        last ? std::move(message) : message, own.Try(n));
    if (state.ok() && !state->failed()) *identity = own.IdOf(n, type);
    if (last || !absl::IsUnauthenticated(state.status())) return state;
  }
}

absl::StatusOr<Entries> ReadEntries(
    Exchange& exchange, protocol::Dialect dialect, bool es256,
    std::vector<protocol::UnverifiedMessage> messages) {
  Entries entries;
  OTRP_ASSIGN_OR_RETURN(const OwnKeys own,
                        OwnKeys::Of(exchange.tools.identity));
  for (protocol::UnverifiedMessage& message : messages) {
    absl::StatusOr<UnverifiedDeviceState> state =
        OpenState(std::move(message), own, es256, &entries.identity);
    if (!state.ok()) {
      entries.AddUnreadable(absl::IsUnauthenticated(state.status())
                                ? MessageVerdict::kNotAuthentic
                                : MessageVerdict::kMalformed,
                            state.status().message());
    } else if (state->failed()) {
      entries.failed.push_back(*std::move(state));
    } else {
      CountKeyOp("decrypt",
                 es256 ? crypto::KeyType::kEcP256 : crypto::KeyType::kRsa);
      OTRP_RETURN_IF_ERROR(
          Appraise(exchange, dialect, *std::move(state), &entries));
    }
  }
  return entries;
}

// Service providers whose policies refuse a device that is accepted; each is
// told once.
void TakeSpRefusals(const Accepted& tee, DeviceContext* context,
                    SessionStep* step) {
  const std::vector<std::string> known =
      std::move(context->device.refused_spids);
  context->device.refused_spids.clear();
  for (const verifier::v1::TenantRefusal& refusal :
       tee.appraisal.tenant_refusals()) {
    context->device.refused_spids.push_back(refusal.spid());
    if (std::count(known.begin(), known.end(), refusal.spid()) > 0) continue;
    AttestationReason first;
    if (!refusal.reasons().empty()) {
      first = {refusal.reasons(0).code(),
               Printable(refusal.reasons(0).detail(), kMaxDetailBytes)};
    }
    for (Outcome& outcome :
         RefusalOf(tee.did, context->domains, context->goals.desired, first)) {
      if (outcome.spid == refusal.spid()) {
        step->commit.outcomes.push_back(std::move(outcome));
      }
    }
  }
}

// Registers the device and makes its reported state ours; takes its key and
// DSI away.
void Register(Exchange& exchange, Accepted& tee, SessionStep* step) {
  DeviceContext* context = step->ContextOf(tee.did);
  Device& device = context->device;
  device.did = tee.did;
  device.dialect = step->commit.session.dialect;
  device.tee_certificate = tee.appraisal.tee_certificate();
  device.tee_spki = tee.appraisal.tee_key_spki();
  device.key_type = tee.key.type();
  device.tee_name = tee.state.dsi().tee_name;
  device.tee_version = tee.state.dsi().tee_version;
  device.signer_required = tee.state.signer_required();
  device.verdict = Verdict::kAccepted;
  device.reasons = ReasonsOf(tee.appraisal);
  device.tee_vendor = tee.appraisal.tee_anchor();
  device.tier = tee.appraisal.firmware_verified()
                    ? service::AttestationTier::kFirmwareVerified
                    : service::AttestationTier::kTeeAuthenticated;
  device.attested_at = exchange.now;
  device.last_seen = exchange.now;
  context->tee_key = std::move(tee.key);
  std::vector<SecurityDomain> domains =
      Reconcile(context->domains, context->former, tee.state.dsi(),
                context->catalogue_version);
  context->SetState(tee.state.dsi_octets(), tee.state.dsi_hash(),
                    std::move(tee.state).TakeDsi());
  // Most devices ask again and again and have nothing new to tell. Their state
  // is new all the same: firmware signs the transaction into it.
  const bool changed = !SameDomains(context->domains, domains);
  std::swap(context->domains, domains);
  context->Decide();
  TakeSpRefusals(tee, context, step);

  DeviceUpdate& update = step->UpdateOf(tee.did, exchange.now);
  update.device = device;
  update.state = context->state;
  if (changed) step->Changed(*context, domains, exchange.now);
}

// True where the TEE that we know under this did wrote the message: else
// anybody who has its certificate could have it shown as refused.
bool IsByKnownKey(DeviceContext& known, const Refused& tee) {
  absl::StatusOr<const crypto::PublicKey*> key = TeeKeyOf(known);
  return key.ok() &&
         crypto::VerifySha256(**key, tee.signing_input, tee.signature,
                              crypto::EcFormat::kP1363)
             .ok();
}

void RecordRefused(Exchange& exchange, const Refused& tee, SessionStep* step) {
  DeviceContext& known = *step->ContextOf(tee.did);
  Device device = known.device;
  if (!device.tee_spki.empty() && !IsByKnownKey(known, tee)) return;
  device.did = tee.did;
  if (device.verdict == Verdict::kAccepted) {
    AttestationReason first = FirstReasonOf(tee.appraisal);
    first.detail = Printable(first.detail, kMaxDetailBytes);
    for (Outcome& outcome :
         RefusalOf(tee.did, known.domains, known.goals.desired, first)) {
      step->commit.outcomes.push_back(std::move(outcome));
    }
  }
  if (!device.verdict.has_value())
    device.dialect = step->commit.session.dialect;
  if (device.tee_name.empty()) device.tee_name = tee.appraisal.tee_name();
  if (device.tee_version.empty()) {
    device.tee_version = tee.appraisal.tee_version();
  }
  device.tee_certificate = tee.appraisal.tee_certificate();
  device.verdict = Verdict::kRefused;
  device.tier = service::AttestationTier::kNone;
  device.reasons = ReasonsOf(tee.appraisal);
  device.attested_at = exchange.now;
  device.last_seen = exchange.now;
  step->UpdateOf(tee.did, exchange.now).device = std::move(device);
}

json::Value VerdictJson(const std::string& did, Verdict verdict,
                        const verifier::v1::AppraiseResponse& appraisal) {
  json::Value reasons = json::Value::Array();
  for (const verifier::v1::Reason& reason : appraisal.reasons()) {
    reasons.Append(json::Value::String(reason.code()));
  }
  json::Value item = json::Value::Object();
  item.Set("did", json::Value::String(HexEncode(did)));
  item.Set("verdict", json::Value::String(WordOf(verdict)));
  item.Set("reasons", std::move(reasons));
  return item;
}

json::Value DetailsOf(const Entries& entries) {
  json::Value tees = json::Value::Array();
  for (const Accepted& tee : entries.accepted) {
    tees.Append(VerdictJson(tee.did, Verdict::kAccepted, tee.appraisal));
  }
  for (const Refused& tee : entries.refused) {
    tees.Append(VerdictJson(tee.did, Verdict::kRefused, tee.appraisal));
  }
  json::Value details = json::Value::Object();
  details.Set("tees", std::move(tees));
  for (const UnverifiedDeviceState& failed : entries.failed) {
    details.Set("error", json::Value::String(failed.reason().code));
    details.Set("detail", json::Value::String(failed.reason().message));
    break;
  }
  json::Value unreadable = json::Value::Array();
  for (const std::string& why : entries.unreadable) {
    unreadable.Append(json::Value::String(Printable(why, kMaxDetailBytes)));
  }
  if (unreadable.size() > 0) details.Set("unreadable", std::move(unreadable));
  return details;
}

void LogIncoming(Exchange& exchange, MessageStatus status,
                 const AttestationReason& reason, SessionStep* step) {
  SessionMessage log = exchange.Log(++step->logged, Direction::kFromDevice,
                                    exchange.name, step->commit.consumed_rid);
  log.status = status;
  log.error_code = reason.code;
  log.detail = Printable(reason.detail, kMaxDetailBytes);
  step->commit.messages.push_back(std::move(log));
}

// The TEE may say what it can check; where it says nothing, try.
bool CanCheck(const UnverifiedDeviceState& failed, bool es256) {
  const std::vector<std::string>& algs = failed.supported_sigalgs();
  return algs.empty() || std::find(algs.begin(), algs.end(),
                                   es256 ? "ES256" : "RS256") != algs.end();
}

// No TEE gave evidence; at least one said why.
absl::StatusOr<std::string> TakeFailure(Exchange& exchange,
                                        const Entries& entries,
                                        SessionStep step) {
  const UnverifiedDeviceState& failed = entries.failed.front();
  const std::string& code = failed.reason().code;
  // Empty for the first state of a session.
  const std::string asked = step.commit.session.current_did;
  exchange.verdict = MessageVerdict::kFail;
  LogIncoming(exchange, MessageStatus::kFail, {code, failed.reason().message},
              &step);
  Transition next = Advance(step.memory.progress,
                            {SessionEvent::Kind::kDeviceStateFailed, code});
  // It has said that it can't check the other algorithm either.
  if (!CanCheck(failed, next.progress.es256)) {
    next.next = Transition::Next::kFinish;
  }
  step.memory.queue.clear();
  OTRP_RETURN_IF_ERROR(Follow(exchange, next, &step));
  step.commit.audit = exchange.AuditStep(
      "session.device-state", asked, /*proven=*/false, store::kAuditFailed,
      step.commit.session, DetailsOf(entries));
  return exchange.Commit(std::move(step.commit));
}

std::vector<std::string> DidsOf(const Entries& entries) {
  std::vector<std::string> dids;
  for (const Accepted& tee : entries.accepted) dids.push_back(tee.did);
  for (const Refused& tee : entries.refused) dids.push_back(tee.did);
  return dids;
}

void AddDids(const std::vector<std::string>& dids,
             std::vector<std::string>* known) {
  for (const std::string& did : dids) {
    if (std::find(known->begin(), known->end(), did) == known->end()) {
      known->push_back(did);
    }
  }
}

}  // namespace

absl::StatusOr<std::string> TakeDeviceState(Exchange& exchange,
                                            protocol::Incoming incoming) {
  OTRP_ASSIGN_OR_RETURN(Admitted admitted, AdmitMessage(exchange, incoming,
                                                        /*may_be_first=*/true));
  if (admitted.reply.has_value()) return *std::move(admitted.reply);
  SessionStep step = std::move(admitted.step);
  Session& session = step.commit.session;

  OTRP_ASSIGN_OR_RETURN(
      Entries entries,
      ReadEntries(exchange, session.dialect, step.memory.progress.es256,
                  std::move(incoming).TakeDeviceStates()));
  if (entries.accepted.empty() && entries.refused.empty()) {
    if (!entries.failed.empty()) {
      return TakeFailure(exchange, entries, std::move(step));
    }
    // Nothing was read, so nothing is consumed: the true answer may still
    // come.
    return exchange.Refuse(entries.verdict, session.tid,
                           absl::StrJoin(entries.unreadable, "; "));
  }

  // Whoever signed the request goes on: a TEE may know no other signer.
  step.memory.identity = entries.identity;
  const std::vector<std::string> dids = DidsOf(entries);
  absl::StatusOr<std::vector<DeviceContext>> contexts =
      exchange.tools.store.LoadDevices(dids);
  if (!contexts.ok()) return ToDeviceError(contexts.status());
  step.contexts = *std::move(contexts);
  AddDids(dids, &session.dids);

  step.memory.queue.clear();
  for (Accepted& tee : entries.accepted) {
    Register(exchange, tee, &step);
    step.memory.queue.push_back(tee.did);
    if (admitted.first) step.commit.supersedes.push_back(tee.did);
  }
  for (const Refused& tee : entries.refused) {
    RecordRefused(exchange, tee, &step);
  }

  SessionEvent event = {SessionEvent::Kind::kDeviceStateAccepted, ""};
  if (entries.accepted.empty()) {
    event.kind = SessionEvent::Kind::kEvidenceRefused;
    exchange.verdict = MessageVerdict::kNotTrusted;
    exchange.not_trusted = true;
    LogIncoming(exchange, MessageStatus::kRefused,
                FirstReasonOf(entries.refused.front().appraisal), &step);
  } else {
    LogIncoming(exchange, MessageStatus::kPass, AttestationReason(), &step);
  }
  OTRP_RETURN_IF_ERROR(
      Follow(exchange, Advance(step.memory.progress, event), &step));
  step.commit.audit = exchange.AuditStep(
      "session.device-state", dids.front(), !entries.accepted.empty(),
      entries.accepted.empty() ? store::kAuditRefused : store::kAuditOk,
      session, DetailsOf(entries));
  return exchange.Commit(std::move(step.commit));
}

}  // namespace tsm
}  // namespace otrp
