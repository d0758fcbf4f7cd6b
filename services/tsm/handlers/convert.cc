#include "services/tsm/handlers/convert.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/advice/advice.h"
#include "libs/base/hex.h"
#include "libs/protocol/taid.h"
#include "libs/rpc/time.h"
#include "services/tsm/domain/changes.h"
#include "services/tsm/domain/resolve.h"
#include "services/tsm/domain/words.h"

namespace otrp {
namespace tsm {
namespace handlers {
namespace {

// As v1::InstalledTa.state. "outdated" when the catalogue wants another version
// on this device that isn't lower, and somebody may still get that one.
const char* StateOf(const SecurityDomain& domain, const InstalledTa& ta,
                    const DeviceDetails& details) {
  if (!IsHome(domain)) return "foreign";
  for (const DesiredTa& wish : details.desired) {
    if (wish.spid == domain.spid && protocol::SameTaid(wish.taid, ta.taid)) {
      return wish.withheld() || wish.version == ta.version ||
                     IsHigherVersion(ta.version, wish.version)
                 ? "installed"
                 : "outdated";
    }
  }
  if (DecisionOn(details.decisions, domain, ta) != nullptr) return "leaving";
  return ta.version.empty() ? "foreign" : "undecided";
}

// Null where the device hasn't the TA.
const InstalledTa* FindTa(const DeviceDetails& details, const DesiredTa& wish) {
  for (const SecurityDomain& domain : details.domains) {
    if (domain.spid != wish.spid) continue;
    for (const InstalledTa& ta : domain.tas) {
      if (protocol::SameTaid(ta.taid, wish.taid)) return &ta;
    }
  }
  return nullptr;
}

void AddTask(const Task& task, absl::Time now, v1::Device* proto) {
  v1::Task* out = proto->add_tasks();
  out->set_action(task.action);
  const bool due = task.state == TaskState::kWaiting &&
                   (!task.not_before.has_value() || *task.not_before <= now);
  out->set_state(due ? "pending" : WordOf(task.state));
  out->set_attempts(task.attempts);
  out->set_last_error(task.last_error);
  out->set_detail(task.detail);
  out->set_advice(std::string(advice::OfError(task.last_error)));
  if (task.not_before.has_value()) {
    *out->mutable_not_before() = rpc::ToProto(*task.not_before);
  }
}

// What isn't sent, since its signer was revoked.
void AddWithheld(const InstalledTa* has, const DesiredTa& wish,
                 v1::Device* proto) {
  if (has != nullptr && (has->version == wish.version ||
                         IsHigherVersion(has->version, wish.version))) {
    return;
  }
  v1::Task* out = proto->add_tasks();
  out->set_action(absl::StrCat(has == nullptr ? "InstallTA " : "UpdateTA ",
                               wish.spid, "/", wish.taid, "@", wish.version));
  out->set_state("withheld");
  out->set_last_error(advice::code::kSignerRevoked);
  out->set_advice(std::string(advice::Of(advice::code::kSignerRevoked)));
}

// What was never tried yet: it has no row, only a wish.
void AddWishes(const DeviceDetails& details, v1::Device* proto) {
  std::set<std::string> known;
  for (const Task& task : details.tasks) known.insert(task.action);
  for (const DesiredTa& wish : details.desired) {
    const InstalledTa* has = FindTa(details, wish);
    if (wish.signer_revoked && !wish.yanked) AddWithheld(has, wish, proto);
    if (wish.withheld() || has != nullptr) continue;
    const std::string action = absl::StrCat("InstallTA ", wish.spid, "/",
                                            wish.taid, "@", wish.version);
    if (known.count(action) != 0) continue;
    v1::Task* out = proto->add_tasks();
    out->set_action(action);
    out->set_state("pending");
  }
}

}  // namespace

v1::Dialect ToProto(protocol::Dialect dialect) {
  return dialect == protocol::Dialect::kPei03 ? v1::DIALECT_PEI03
                                              : v1::DIALECT_IETF03;
}

protocol::Dialect FromProto(v1::Dialect dialect) {
  return dialect == v1::DIALECT_PEI03 ? protocol::Dialect::kPei03
                                      : protocol::Dialect::kIetf03;
}

void ToProto(const DeviceDetails& details, absl::Time now, v1::Device& proto) {
  const Device& device = details.device;
  proto.set_did(device.did);
  proto.set_dialect(ToProto(device.dialect));
  proto.set_key_type(WordOf(device.key_type));
  proto.set_tee_name(device.tee_name);
  proto.set_tee_version(device.tee_version);
  proto.set_tee_vendor(device.tee_vendor);
  proto.set_attestation_tier(service::TierName(device.tier));
  proto.mutable_refused_by_spids()->Assign(device.refused_spids.begin(),
                                           device.refused_spids.end());
  v1::Attestation* attestation = proto.mutable_attestation();
  attestation->set_verdict(WordOf(device.verdict));
  for (const AttestationReason& reason : device.reasons) {
    v1::AttestationReason* out = attestation->add_reasons();
    out->set_code(reason.code);
    out->set_detail(reason.detail);
    out->set_meaning(std::string(advice::Of(reason.code)));
  }
  *attestation->mutable_at() = rpc::ToProto(device.attested_at);
  for (const SecurityDomain& domain : details.domains) {
    v1::SecurityDomain* out = proto.add_security_domains();
    out->set_sdname(domain.sdname);
    out->set_spid(domain.spid);
    for (const InstalledTa& ta : domain.tas) {
      v1::InstalledTa* out_ta = out->add_tas();
      out_ta->set_taid(ta.taid);
      out_ta->set_version(ta.version);
      out_ta->set_state(StateOf(domain, ta, details));
    }
    for (const std::string& fingerprint : domain.spcerts) {
      absl::StatusOr<std::string> bytes = HexDecode(fingerprint);
      if (bytes.ok()) out->add_spcert_fingerprints(*std::move(bytes));
    }
  }
  *proto.mutable_first_seen() = rpc::ToProto(device.first_seen);
  *proto.mutable_last_seen() = rpc::ToProto(device.last_seen);
  for (const std::string& group : details.groups) proto.add_groups(group);
  for (const std::string& label : details.labels) proto.add_labels(label);
  for (const Task& task : details.tasks) AddTask(task, now, &proto);
  AddWishes(details, &proto);
}

void ToProto(const Session& session,
             const std::vector<SessionMessage>& messages, absl::Time now,
             v1::Session& proto) {
  proto.set_tid(session.tid);
  for (const std::string& did : session.dids) proto.add_dids(did);
  proto.set_dialect(ToProto(session.dialect));
  const bool over =
      session.state == SessionState::kOpen && session.expires_at < now;
  proto.set_state(WordOf(over ? SessionState::kExpired : session.state));
  *proto.mutable_opened_at() = rpc::ToProto(session.opened_at);
  *proto.mutable_last_message_at() = rpc::ToProto(session.last_message_at);
  for (const SessionMessage& message : messages) {
    v1::SessionMessage* out = proto.add_messages();
    out->set_n(message.n);
    out->set_direction(WordOf(message.direction));
    out->set_name(message.name);
    out->set_rid(message.rid);
    out->set_status(WordOf(message.status));
    out->set_error_code(message.error_code);
    out->set_detail(message.detail);
    *out->mutable_at() = rpc::ToProto(message.at);
    out->set_server_us(message.server_us);
    out->set_trace_id(message.trace_id);
    out->set_advice(std::string(advice::OfError(message.error_code)));
  }
}

}  // namespace handlers
}  // namespace tsm
}  // namespace otrp
