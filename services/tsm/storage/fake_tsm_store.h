// TsmStore in memory, for tests: behaves as PgTsmStore does (one conformance
// test holds both), forgets at the end.
//
// Thread-safety: thread-safe. Errors: as tsm_store.h; and what
// FailNextCommits() plants.

#ifndef OTRP_SERVICES_TSM_STORAGE_FAKE_TSM_STORE_H_
#define OTRP_SERVICES_TSM_STORAGE_FAKE_TSM_STORE_H_

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "libs/base/hex.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

class FakeTsmStore : public TsmStore {
 public:
  // What was audited, in order.
  std::vector<store::AuditEvent> audit_events() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return audit_;
  }

  // The next commits give this error; with `happen`, they hold nevertheless
  // (a connection lost after COMMIT).
  void FailNextCommits(int count, absl::Status error, bool happen) {
    std::lock_guard<std::mutex> lock(mutex_);
    failures_ = count;
    failure_ = std::move(error);
    failure_happens_ = happen;
  }

  // --- Identity -------------------------------------------------------------
  absl::StatusOr<std::vector<StoredIdentity>> LoadIdentities() override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<StoredIdentity> all;
    // As in the database: "EC" before "RSA".
    for (const auto& entry : identities_) all.push_back(entry.second);
    return all;
  }

  absl::Status EnsureIdentityKey(
      absl::string_view key_type,
      absl::FunctionRef<absl::StatusOr<std::string>()> make_sealed_key,
      const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    const std::string type(key_type);
    if (identities_.count(type) != 0) return absl::OkStatus();
    absl::StatusOr<std::string> sealed = make_sealed_key();
    if (!sealed.ok()) return sealed.status();
    StoredIdentity identity;
    identity.key_type = type;
    identity.sealed_key = *std::move(sealed);
    identities_[type] = std::move(identity);
    audit_.push_back(audit);
    return absl::OkStatus();
  }

  absl::Status SaveCertificate(absl::string_view key_type,
                               absl::string_view chain_pem,
                               absl::Time not_after,
                               const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = identities_.find(std::string(key_type));
    if (found == identities_.end()) return absl::NotFoundError("identity");
    found->second.chain_pem = std::string(chain_pem);
    found->second.not_after = not_after;
    found->second.staples.clear();
    found->second.staples_until.reset();
    audit_.push_back(audit);
    return absl::OkStatus();
  }

  absl::Status SaveStaples(absl::string_view key_type,
                           const std::vector<std::string>& staples,
                           absl::Time until) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = identities_.find(std::string(key_type));
    if (found == identities_.end()) return absl::OkStatus();
    found->second.staples = staples;
    found->second.staples_until = until;
    return absl::OkStatus();
  }

  // --- Catalog --------------------------------------------------------------
  absl::StatusOr<bool> ApplyEvent(absl::string_view event_id,
                                  const CatalogEvent& event,
                                  const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!inbox_.insert(std::string(event_id)).second) return false;
    if (const auto* sp = absl::get_if<SpCertificate>(&event)) {
      providers_[sp->spid] = *sp;
    } else if (const auto* release = absl::get_if<Release>(&event)) {
      ApplyRelease(*release);
    } else if (const auto* gone = absl::get_if<Withdrawal>(&event)) {
      auto found = applications_.find({gone->spid, gone->taid});
      if (found != applications_.end()) found->second.withdrawn = true;
    } else if (const auto* wish = absl::get_if<Assignment>(&event)) {
      auto key = std::make_tuple(wish->spid, wish->taid, wish->target);
      if (wish->assigned) {
        assignments_.insert(key);
      } else {
        assignments_.erase(key);
      }
    }
    audit_.push_back(audit);
    return true;
  }

  absl::StatusOr<ReleaseImage> LoadReleaseImage(int64_t id) override {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const Release& release : releases_) {
      if (release.id == id) {
        return ReleaseImage{release.image, release.personalization};
      }
    }
    return absl::NotFoundError("release");
  }

  absl::StatusOr<std::string> LoadSpCertificate(
      absl::string_view fingerprint) override {
    std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& entry : providers_) {
      if (entry.second.fingerprint == fingerprint) {
        return entry.second.certificate;
      }
    }
    for (const Release& release : releases_) {
      if (release.signer_fingerprint == fingerprint) {
        return release.signer_certificate;
      }
    }
    return absl::NotFoundError("certificate");
  }

  // --- Devices and groups ---------------------------------------------------
  absl::StatusOr<std::vector<DeviceDetails>> ListDevices(
      absl::string_view after_did, int limit,
      absl::string_view group) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<DeviceDetails> list;
    for (auto it = devices_.upper_bound(std::string(after_did));
         it != devices_.end() && static_cast<int>(list.size()) < limit; ++it) {
      if (group.empty() || IsMember(group, it->first)) {
        list.push_back(Details(it->first));
      }
    }
    return list;
  }

  absl::StatusOr<DeviceDetails> GetDevice(absl::string_view did) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (devices_.count(std::string(did)) == 0) {
      return absl::NotFoundError("device");
    }
    return Details(std::string(did));
  }

  absl::StatusOr<int32_t> ForgetTasks(absl::string_view did,
                                      const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (devices_.count(std::string(did)) == 0) {
      return absl::NotFoundError("device");
    }
    const int32_t count = static_cast<int32_t>(tasks_[std::string(did)].size());
    tasks_.erase(std::string(did));
    audit_.push_back(audit);
    return count;
  }

  absl::Status AddGroupMembers(absl::string_view group,
                               const std::vector<std::string>& dids,
                               const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    groups_[std::string(group)].insert(dids.begin(), dids.end());
    audit_.push_back(audit);
    return absl::OkStatus();
  }

  absl::Status RemoveGroupMembers(absl::string_view group,
                                  const std::vector<std::string>& dids,
                                  const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = groups_.find(std::string(group));
    if (found == groups_.end()) return absl::NotFoundError("group");
    for (const std::string& did : dids) found->second.erase(did);
    audit_.push_back(audit);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Group>> ListGroups() override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Group> list;
    for (const auto& entry : groups_) {
      list.push_back({entry.first, static_cast<int64_t>(entry.second.size())});
    }
    return list;
  }

  absl::StatusOr<std::map<std::pair<std::string, std::string>, int64_t>>
  CountDevices() override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::map<std::pair<std::string, std::string>, int64_t> counts;
    for (const auto& entry : devices_) {
      ++counts[{entry.second.dialect, entry.second.verdict}];
    }
    return counts;
  }

  absl::StatusOr<int64_t> CountOpenSessions(absl::Time now) override {
    std::lock_guard<std::mutex> lock(mutex_);
    int64_t open = 0;
    for (const auto& [tid, session] : sessions_) {
      if (session.state == kSessionOpen && session.expires_at >= now) ++open;
    }
    return open;
  }

  // --- Sessions -------------------------------------------------------------
  absl::StatusOr<LoadedMessage> LoadMessage(absl::string_view tid,
                                            absl::string_view rid) override {
    std::lock_guard<std::mutex> lock(mutex_);
    LoadedMessage loaded;
    auto found = sessions_.find(std::string(tid));
    if (found == sessions_.end()) return loaded;
    loaded.session = found->second;
    loaded.messages = static_cast<int32_t>(messages_[std::string(tid)].size());
    auto reply = replies_.find({std::string(tid), std::string(rid)});
    if (reply != replies_.end()) loaded.reply = reply->second.first;
    if (!found->second.current_did.empty()) {
      loaded.device = Context(found->second.current_did);
    }
    return loaded;
  }

  absl::StatusOr<std::vector<DeviceContext>> LoadDevices(
      const std::vector<std::string>& dids) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<DeviceContext> contexts;
    for (const std::string& did : dids) contexts.push_back(Context(did));
    return contexts;
  }

  absl::StatusOr<bool> Commit(const SessionCommit& commit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    bool planted = failures_ > 0;
    if (planted) --failures_;
    if (planted && !failure_happens_) return failure_;
    const bool done = CommitLocked(commit);
    if (planted) return failure_;
    return done;
  }

  absl::Status Audit(const store::AuditEvent& event) override {
    std::lock_guard<std::mutex> lock(mutex_);
    audit_.push_back(event);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Session>> ListSessions(
      const absl::optional<SessionCursor>& cursor, int limit,
      absl::string_view did) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Session> list;
    for (const auto& entry : sessions_) {
      const Session& session = entry.second;
      const bool later = cursor.has_value() &&
                         !(std::make_pair(session.opened_at, session.tid) <
                           std::make_pair(cursor->opened_at, cursor->tid));
      const bool with_did =
          did.empty() || std::find(session.dids.begin(), session.dids.end(),
                                   did) != session.dids.end();
      if (!later && with_did) list.push_back(session);
    }
    std::sort(list.begin(), list.end(), [](const Session& a, const Session& b) {
      return std::make_pair(a.opened_at, a.tid) >
             std::make_pair(b.opened_at, b.tid);
    });
    if (static_cast<int>(list.size()) > limit) list.resize(limit);
    return list;
  }

  absl::StatusOr<std::pair<Session, std::vector<SessionMessage>>> GetSession(
      absl::string_view tid) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto found = sessions_.find(std::string(tid));
    if (found == sessions_.end()) return absl::NotFoundError("session");
    return std::make_pair(found->second, messages_[std::string(tid)]);
  }

  absl::StatusOr<PurgeResult> Purge(absl::Time now,
                                    absl::Time remove_before) override {
    std::lock_guard<std::mutex> lock(mutex_);
    PurgeResult result;
    for (auto& entry : sessions_) {
      Session& session = entry.second;
      if (session.state == kSessionOpen && session.expires_at < now) {
        Expire(&session);
        ++result.sessions_expired;
      }
    }
    for (auto it = replies_.begin(); it != replies_.end();) {
      const bool over = it->second.second < now;
      result.replies_removed += over ? 1 : 0;
      it = over ? replies_.erase(it) : std::next(it);
    }
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      const bool gone = it->second.opened_at < remove_before &&
                        it->second.state != kSessionOpen;
      result.sessions_removed += gone ? 1 : 0;
      it = gone ? sessions_.erase(it) : std::next(it);
    }
    return result;
  }

 private:
  struct Application {
    int64_t release_id = 0;
    bool withdrawn = false;
  };

  static void Expire(Session* session) {
    session->state = kSessionExpired;
    session->expected_rid.clear();
    ++session->version;
  }

  void ApplyRelease(const Release& event) {
    int64_t id = 0;
    for (const Release& release : releases_) {
      if (release.spid == event.spid && release.taid == event.taid &&
          release.version == event.version) {
        id = release.id;
      }
    }
    if (id == 0) {
      releases_.push_back(event);
      id = static_cast<int64_t>(releases_.size());
      releases_.back().id = id;
    }
    applications_[{event.spid, event.taid}] = {id, false};
  }

  bool IsMember(absl::string_view group, const std::string& did) const {
    auto found = groups_.find(std::string(group));
    return found != groups_.end() && found->second.count(did) != 0;
  }

  bool Targets(const std::string& target, const std::string& did) const {
    return target == "all" || target == absl::StrCat("did:", HexEncode(did)) ||
           (target.compare(0, 6, "group:") == 0 &&
            IsMember(target.substr(6), did));
  }

  std::vector<DesiredTa> Desired(const std::string& did) const {
    std::set<std::pair<std::string, std::string>> wanted;
    for (const auto& wish : assignments_) {
      if (Targets(std::get<2>(wish), did)) {
        wanted.insert({std::get<0>(wish), std::get<1>(wish)});
      }
    }
    std::vector<DesiredTa> desired;
    for (const auto& key : wanted) {
      auto found = applications_.find(key);
      if (found == applications_.end() || found->second.withdrawn) continue;
      const Release& release =
          releases_[static_cast<size_t>(found->second.release_id - 1)];
      auto sp = providers_.find(key.first);
      desired.push_back({key.first, key.second, release.version, release.id,
                         release.signer_fingerprint,
                         sp == providers_.end() ? "" : sp->second.fingerprint});
    }
    return desired;
  }

  DeviceContext Context(const std::string& did) const {
    DeviceContext context;
    context.device.did = did;
    context.device.attested_at = absl::UnixEpoch();
    context.device.first_seen = absl::UnixEpoch();
    context.device.last_seen = absl::UnixEpoch();
    auto device = devices_.find(did);
    if (device != devices_.end()) context.device = device->second;
    auto state = states_.find(did);
    if (state != states_.end()) context.state = state->second;
    auto domains = domains_.find(did);
    if (domains != domains_.end()) context.domains = domains->second;
    auto tasks = tasks_.find(did);
    if (tasks != tasks_.end()) {
      for (const auto& task : tasks->second) {
        context.tasks.push_back(task.second);
      }
    }
    context.desired = Desired(did);
    return context;
  }

  DeviceDetails Details(const std::string& did) const {
    DeviceContext context = Context(did);
    DeviceDetails details;
    details.device = std::move(context.device);
    details.domains = std::move(context.domains);
    details.tasks = std::move(context.tasks);
    details.desired = std::move(context.desired);
    for (const auto& group : groups_) {
      if (group.second.count(did) != 0) details.groups.push_back(group.first);
    }
    return details;
  }

  bool CommitLocked(const SessionCommit& commit) {
    auto found = sessions_.find(commit.session.tid);
    if (commit.expected_version == 0) {
      if (found != sessions_.end()) return false;
    } else if (found == sessions_.end() ||
               found->second.version != commit.expected_version ||
               found->second.expected_rid != commit.consumed_rid ||
               found->second.state != kSessionOpen) {
      return false;
    }
    Session session = commit.session;
    session.version = commit.expected_version + 1;
    session.opened_at = found == sessions_.end() ? session.last_message_at
                                                 : found->second.opened_at;
    sessions_[session.tid] = session;
    replies_[{session.tid, commit.consumed_rid}] = {
        {commit.message_sha256, commit.reply}, session.expires_at};
    std::vector<SessionMessage>& messages = messages_[session.tid];
    messages.insert(messages.end(), commit.messages.begin(),
                    commit.messages.end());
    for (const DeviceUpdate& update : commit.devices) Apply(update);
    for (auto& entry : sessions_) {
      Session& other = entry.second;
      if (other.tid == session.tid) continue;
      for (const std::string& did : commit.supersedes) {
        if (other.state == kSessionOpen &&
            std::find(other.dids.begin(), other.dids.end(), did) !=
                other.dids.end()) {
          Expire(&other);
        }
      }
    }
    audit_.push_back(commit.audit);
    return true;
  }

  void Apply(const DeviceUpdate& update) {
    if (update.device.has_value()) {
      Device device = *update.device;
      auto known = devices_.find(update.did);
      device.first_seen =
          known == devices_.end() ? device.last_seen : known->second.first_seen;
      devices_[update.did] = std::move(device);
    } else if (devices_.count(update.did) != 0) {
      devices_[update.did].last_seen = update.last_seen;
    }
    if (update.state.has_value()) states_[update.did] = *update.state;
    if (update.domains.has_value()) {
      std::vector<SecurityDomain> domains = *update.domains;
      std::sort(domains.begin(), domains.end(),
                [](const SecurityDomain& a, const SecurityDomain& b) {
                  return a.sdname < b.sdname;
                });
      for (SecurityDomain& domain : domains) {
        std::sort(domain.tas.begin(), domain.tas.end(),
                  [](const InstalledTa& a, const InstalledTa& b) {
                    return a.taid < b.taid;
                  });
      }
      domains_[update.did] = std::move(domains);
    }
    for (const std::string& action : update.cleared_tasks) {
      tasks_[update.did].erase(action);
    }
    for (const Task& task : update.tasks) {
      tasks_[update.did][task.action] = task;
    }
  }

  mutable std::mutex mutex_;
  std::map<std::string, StoredIdentity> identities_;
  std::set<std::string> inbox_;
  std::map<std::string, SpCertificate> providers_;
  std::vector<Release> releases_;
  std::map<std::pair<std::string, std::string>, Application> applications_;
  std::set<std::tuple<std::string, std::string, std::string>> assignments_;
  std::map<std::string, std::set<std::string>> groups_;
  std::map<std::string, Device> devices_;
  std::map<std::string, TeeState> states_;
  std::map<std::string, std::vector<SecurityDomain>> domains_;
  std::map<std::string, std::map<std::string, Task>> tasks_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, std::vector<SessionMessage>> messages_;
  // (tid, rid) -> reply, keep until.
  std::map<std::pair<std::string, std::string>,
           std::pair<StoredReply, absl::Time>>
      replies_;
  std::vector<store::AuditEvent> audit_;
  int failures_ = 0;
  absl::Status failure_;
  bool failure_happens_ = false;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_FAKE_TSM_STORE_H_
