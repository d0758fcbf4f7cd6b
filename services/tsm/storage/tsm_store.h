// What the TSM remembers, in PostgreSQL: schema "tsm", by a run-time role
// without DDL.
//
// What it is not: a place for decisions. Callers say what shall be true; a
// commit either holds wholly or not at all, together with its audit record.
//
// A step of a session is one statement (Commit), which is one round trip and
// one disk flush; taking a message costs one more read (LoadMessage).
//
// Thread-safety: thread-safe.
// Errors: NOT_FOUND as said below; UNAVAILABLE where the database can't be
// reached; UNKNOWN where a change may or may not have been committed (asking
// again for the same is safe, but that a group's or a task's audit record may
// then be there twice); others as libs/store/pool.h.

#ifndef OTRP_SERVICES_TSM_STORAGE_TSM_STORE_H_
#define OTRP_SERVICES_TSM_STORAGE_TSM_STORE_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "absl/types/variant.h"
#include "libs/crypto/keys.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/tsm/domain/device_context.h"
#include "services/tsm/domain/model.h"
#include "services/tsm/domain/usage.h"
#include "services/tsm/storage/catalogue_cache.h"

namespace otrp {
namespace tsm {

// One of the TSM's keys with what goes out with it.
struct StoredIdentity {
  // Unique, and what the key is sealed for.
  std::string id;
  crypto::KeyType key_type = crypto::KeyType::kRsa;
  IdentityState state = IdentityState::kCurrent;
  std::string sealed_key;
  // PEM, leaf first, root last; empty: no certificate yet.
  std::string chain_pem;
  absl::optional<absl::Time> not_after;
  // DER of OCSP responses: leaf, then each CA below the root.
  std::vector<std::string> staples;
  absl::optional<absl::Time> staples_until;
  absl::Time created_at;
  // When the first chain with its staples was there.
  absl::optional<absl::Time> complete_at;
  absl::optional<absl::Time> retired_at;
  // Of a certificate of the chain.
  absl::optional<absl::Time> revoked_at;
  // RFC 5280 5.3.1; of a revoked one.
  int32_t revocation_reason = 0;
};

// A chain and the staples that speak of it.
struct IdentityProof {
  std::string chain_pem;
  absl::Time not_after;
  std::vector<std::string> staples;
  absl::Time staples_until;
};

struct NewIdentity {
  std::string id;
  crypto::KeyType key_type = crypto::KeyType::kRsa;
  std::string sealed_key;
};

struct Yank {
  std::string spid;
  std::string taid;
  std::string version;
};

struct Withdrawal {
  std::string spid;
  std::string taid;
};

using CatalogEvent =
    absl::variant<SpCertificate, Release, Yank, Withdrawal, Assignment,
                  PullEndpoint, Personalization, SpRevocation>;

// What is needed to take a message of an open session.
struct LoadedMessage {
  absl::optional<Session> session;
  // Set when (tid, rid) was consumed.
  absl::optional<StoredReply> reply;
  // Number of session_message rows.
  int32_t messages = 0;
  // Of the device that the outstanding request went to.
  absl::optional<DeviceContext> device;
};

// New facts about one device.
struct DeviceUpdate {
  // Rewritten wholly (first_seen is kept), where set.
  absl::optional<Device> device;
  // Always set, also where `device` isn't.
  std::string did;
  absl::Time last_seen;
  absl::optional<TeeState> state;
  // Replaces all domains and TAs, where set.
  absl::optional<std::vector<SecurityDomain>> domains;
  // Inserted or replaced, by action.
  std::vector<Task> tasks;
  // Removed, by action.
  std::vector<std::string> cleared_tasks;
};

// One step of a session, all or nothing.
struct SessionCommit {
  // As it shall be. The row is made when expected_version is 0, else updated
  // if it still has that version and `consumed_rid` is what it expects.
  Session session;
  int64_t expected_version = 0;
  std::string consumed_rid;
  std::string message_sha256;
  std::string reply;
  std::vector<SessionMessage> messages;
  std::vector<DeviceUpdate> devices;
  // What service providers are to know of it.
  std::vector<Outcome> outcomes;
  // What the ledger counts of it.
  std::vector<Usage> usage;
  // What was pulled for devices and goes out with this step: (did, release).
  std::vector<std::pair<std::string, int64_t>> taken_pulls;
  // Devices (dids) that this step asks to give something up.
  std::vector<std::string> losing;
  // Other open sessions of these devices (dids) end as superseded.
  std::vector<std::string> supersedes;
  store::AuditEvent audit;
};

// Sort key of session lists, newest first.
struct SessionCursor {
  absl::Time opened_at;
  std::string tid;
};

// Outcomes that are handed on together, once.
struct OutcomeBatch {
  // UUID; empty: there is nothing to hand on.
  std::string id;
  std::vector<Outcome> outcomes;
};

struct LabelChange {
  // False: the device had them so, and nothing is audited.
  bool changed = false;
  // All of them now: "key=value", by key.
  std::vector<std::string> labels;
};

struct PurgeResult {
  int64_t sessions_expired = 0;
  int64_t replies_removed = 0;
  int64_t sessions_removed = 0;
  // Of the portal, in the inbox.
  int64_t events_forgotten = 0;
  int64_t outcomes_removed = 0;
  // That no session took.
  int64_t pulled_removed = 0;
  int64_t pull_attempts_removed = 0;
  // About single devices.
  int64_t decisions_removed = 0;
  // What devices once had.
  int64_t contents_forgotten = 0;
  int64_t losses_forgotten = 0;
};

class TsmStore {
 public:
  // `pool` must outlive the store.
  explicit TsmStore(store::Pool& pool) : pool_(pool), catalogue_(pool) {}

  // Of whatever devices are judged by.
  CatalogueCache& catalogue() { return catalogue_; }

  // --- Identity: tsm_store_identity.cc --------------------------------------
  // By key type, "EC" before "RSA", and age.
  absl::StatusOr<std::vector<StoredIdentity>> LoadIdentities();
  // Stores what `make` gives as the current one, unless a current key of that
  // type is there; of several processes at once only one makes a key.
  absl::Status EnsureIdentityKey(
      crypto::KeyType key_type,
      absl::FunctionRef<absl::StatusOr<NewIdentity>()> make,
      const store::AuditEvent& audit);
  // As next ones, where there is none of the type; those that were added. One
  // audit record, where any was.
  absl::StatusOr<std::vector<std::string>> AddNextIdentities(
      const std::vector<NewIdentity>& identities,
      const store::AuditEvent& audit);
  // In place of the chain `former_pem` and its staples, both at once. False:
  // the row has another chain by now, or is gone; nothing changed. Staples
  // alone decide nothing: without `audit` there is no record.
  absl::StatusOr<bool> SaveIdentityProof(
      absl::string_view id, absl::string_view former_pem,
      const IdentityProof& proof, absl::Time now,
      const absl::optional<store::AuditEvent>& audit);
  // The next one becomes the current one, and that is retired. False: it isn't
  // the next one any more.
  absl::StatusOr<bool> PromoteIdentity(absl::string_view id, absl::Time now,
                                       const store::AuditEvent& audit);
  // False: that was known.
  absl::StatusOr<bool> RevokeIdentity(absl::string_view id, absl::Time at,
                                      int32_t reason,
                                      const store::AuditEvent& audit);
  // With their keys, those that were retired before that; how many.
  absl::StatusOr<int64_t> RemoveRetiredIdentities(
      absl::Time before, const store::AuditEvent& audit);

  // --- Catalogue and groups: tsm_store_catalog.cc ---------------------------
  // False: `event_id` was applied before; nothing changed.
  absl::StatusOr<bool> ApplyEvent(absl::string_view event_id,
                                  const CatalogEvent& event,
                                  const store::AuditEvent& audit);
  // NOT_FOUND for an unknown release.
  absl::StatusOr<ReleaseImage> LoadReleaseImage(int64_t id);
  // DER of an SP certificate by fingerprint. NOT_FOUND.
  absl::StatusOr<std::string> LoadSpCertificate(absl::string_view fingerprint);
  // Sealed; nothing where there is none.
  absl::StatusOr<absl::optional<std::string>> LoadPersonalization(
      absl::string_view did, absl::string_view spid, absl::string_view taid);
  // Makes the group where it isn't there.
  absl::Status AddGroupMembers(absl::string_view group,
                               const std::vector<std::string>& dids,
                               const store::AuditEvent& audit);
  // NOT_FOUND for an unknown group; dids that aren't members are no error.
  absl::Status RemoveGroupMembers(absl::string_view group,
                                  const std::vector<std::string>& dids,
                                  const store::AuditEvent& audit);
  absl::StatusOr<std::vector<Group>> ListGroups();

  // --- Pulled TAs: tsm_store_pulls.cc ---------------------------------------
  // NOT_FOUND for a release that isn't pulled or has no endpoint.
  absl::StatusOr<PullTarget> LoadPullTarget(int64_t release_id);
  // In place of what there was for that device and release.
  absl::Status KeepPulled(const PulledTa& pulled);
  // Of a release; its id and version aren't looked at.
  absl::Status LogPull(int64_t release_id, const PullAttempt& attempt);
  // Newest first; those before the id `before`.
  absl::StatusOr<std::vector<PullAttempt>> ListPulls(absl::string_view spid,
                                                     absl::string_view taid,
                                                     int64_t before, int limit);
  // Nothing where there is none for these, or it has expired, or whoever signed
  // it is revoked.
  absl::StatusOr<absl::optional<std::string>> LoadPulled(
      absl::string_view did, int64_t release_id, protocol::Dialect dialect,
      absl::string_view aik_sha256, absl::Time now);

  // --- Devices: tsm_store_devices.cc ----------------------------------------
  // Those of `range` by did, after `after_did`; only members of `group` and
  // those with `label` ("key=value") where these aren't empty.
  absl::StatusOr<std::vector<DeviceDetails>> ListDevices(
      const DidRange& range, absl::string_view after_did, int limit,
      absl::string_view group, absl::string_view label = "");
  // NOT_FOUND.
  absl::StatusOr<DeviceDetails> GetDevice(absl::string_view did);
  // Removes the device's tasks; how many. NOT_FOUND for an unknown device.
  absl::StatusOr<int32_t> ForgetTasks(absl::string_view did,
                                      const store::AuditEvent& audit);
  // How many devices of each verdict; those without any aren't there. Triggers
  // count, whichever version of the TSM writes; no device is read here.
  absl::StatusOr<std::map<Verdict, int64_t>> CountDevices();
  // Sessions under way and not expired.
  absl::StatusOr<int64_t> CountOpenSessions(absl::Time now);
  absl::StatusOr<LoadedMessage> LoadMessage(absl::string_view tid,
                                            absl::string_view rid);
  // Also for dids that were never seen: then `device` has only the did. Judged
  // by the newest catalogue, with no statement more where that is in memory.
  absl::StatusOr<std::vector<DeviceContext>> LoadDevices(
      const std::vector<std::string>& dids);

  // --- Labels: tsm_store_labels.cc ------------------------------------------
  // `update`: values by key. RESOURCE_EXHAUSTED beyond kMaxLabels.
  absl::StatusOr<LabelChange> SetLabels(
      absl::string_view did, const std::map<std::string, std::string>& update,
      const std::vector<std::string>& remove, const store::AuditEvent& audit);

  // --- Sessions: tsm_store_sessions.cc --------------------------------------
  // One statement. False: someone else was first (the row exists, has moved
  // on, or expects another rid); nothing changed, nothing audited.
  absl::StatusOr<bool> Commit(const SessionCommit& commit);
  // --- Outcomes: tsm_store_outcomes.cc --------------------------------------
  // Removes the batch `done` (none: empty), which its taker has kept, and gives
  // another one, of `limit` outcomes at most: one whose taker hasn't said so
  // within `lease`, else a new one. Takers at the same time get different
  // batches.
  absl::StatusOr<OutcomeBatch> TakeOutcomes(const std::string& done,
                                            absl::Time now,
                                            absl::Duration lease, int limit);

  // --- More of sessions ------------------------------------------------------
  // For what was refused without a change of state.
  absl::Status Audit(const store::AuditEvent& event);
  // Newest first, after `cursor`; only with `did` where not empty.
  absl::StatusOr<std::vector<Session>> ListSessions(
      const absl::optional<SessionCursor>& cursor, int limit,
      absl::string_view did);
  // With its messages in order. NOT_FOUND.
  absl::StatusOr<std::pair<Session, std::vector<SessionMessage>>> GetSession(
      absl::string_view tid);
  // tsm_store_purge.cc. Marks sessions past their time as expired; removes
  // replies whose time is over, pulled TAs that expired, and sessions, inbox
  // rows and outcomes that are older than limits.h keeps them. Batch after
  // batch until nothing is left, `budget` for each of them; kPurgeLag tells
  // what is left then.
  absl::StatusOr<PurgeResult> Purge(absl::Time now, absl::Duration budget);

 private:
  // Gives it a catalogue that reaches up to `rules_version`, and decides.
  absl::Status Judge(int64_t rules_version, DeviceContext* context);

  store::Pool& pool_;
  CatalogueCache catalogue_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_TSM_STORE_H_
