// PortalStore in memory, for handler tests: behaves as PgPortalStore does
// (portal_store_test.cc holds both to the same cases).

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_FAKE_PORTAL_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_FAKE_PORTAL_STORE_H_

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/portal_store.h"

namespace otrp {
namespace portal {

class FakePortalStore : public PortalStore {
 public:
  absl::StatusOr<Change> CreateSp(const Sp& sp,
                                  const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = sps_.find(sp.spid);
    if (it != sps_.end()) {
      if (it->second.name != sp.name) return errors::SpExists(sp.spid);
      return Change();
    }
    sps_[sp.spid] = sp;
    audits_.push_back(audit);
    return Change{true, 0};
  }

  absl::StatusOr<Sp> GetSp(const std::string& spid) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = sps_.find(spid);
    if (it == sps_.end()) return errors::SpNotFound(spid);
    return Public(it->second);
  }

  absl::StatusOr<std::vector<Sp>> ListSps(const std::string& only_spid,
                                          const std::string& after,
                                          int limit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Sp> out;
    for (const auto& [spid, sp] : sps_) {
      if (spid <= after || (!only_spid.empty() && spid != only_spid)) continue;
      if (static_cast<int>(out.size()) == limit) break;
      out.push_back(Public(sp));
    }
    return out;
  }

  absl::StatusOr<Change> AddCertificate(
      const std::string& spid, const SpCertificate& certificate,
      const store::OutboxMessage& message,
      const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = sps_.find(spid);
    if (it == sps_.end()) return errors::SpNotFound(spid);
    for (const auto& [owner, sp] : sps_) {
      for (const SpCertificate& c : sp.certificates) {
        if (c.fingerprint != certificate.fingerprint) continue;
        if (owner != spid) return errors::CertificateOfAnother();
        return Unchanged(message.key);
      }
    }
    auto& certificates = it->second.certificates;
    if (certificates.size() >= kMaxCertificatesPerSp) {
      return errors::TooManyCertificates();
    }
    for (SpCertificate& c : certificates) c.current = false;
    certificates.push_back(certificate);
    certificates.back().current = true;
    return Record(message, audit);
  }

  absl::StatusOr<Change> AddVersion(const AppVersion& version,
                                    const Version& order, const Image& image,
                                    const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    AppRow& app = apps_[{version.spid, version.taid}];
    auto it = app.versions.find(order.numbers());
    if (it != app.versions.end()) {
      const AppVersion& old = it->second.version;
      const bool same = old.version == version.version &&
                        old.format == version.format &&
                        old.image_sha256 == version.image_sha256 &&
                        old.pdata_sha256 == version.pdata_sha256;
      if (!same) return errors::VersionTaken(old.version);
      return Change();
    }
    app.versions[order.numbers()] = {version, image};
    audits_.push_back(audit);
    return Change{true, 0};
  }

  absl::StatusOr<AppVersion> GetVersion(const std::string& spid,
                                        const std::string& taid,
                                        const std::string& version) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = apps_.find({spid, taid});
    if (it == apps_.end()) return errors::AppNotFound(taid);
    for (const auto& [key, row] : it->second.versions) {
      if (row.version.version == version) return row.version;
    }
    return errors::VersionNotFound(version);
  }

  absl::StatusOr<Image> GetImage(const std::string& spid,
                                 const std::string& taid,
                                 const std::string& version) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = apps_.find({spid, taid});
    if (it != apps_.end()) {
      for (const auto& [key, row] : it->second.versions) {
        if (row.version.version == version) return row.image;
      }
    }
    return errors::VersionNotFound(version);
  }

  absl::StatusOr<Change> Release(const std::string& spid,
                                 const std::string& taid,
                                 const Version& version,
                                 const store::OutboxMessage& message,
                                 const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = apps_.find({spid, taid});
    if (it == apps_.end()) return errors::AppNotFound(taid);
    AppRow& app = it->second;
    auto pushed = app.versions.find(version.numbers());
    if (pushed == app.versions.end() ||
        pushed->second.version.version != version.text()) {
      return errors::VersionNotFound(version.text());
    }
    if (app.ever_released && version.numbers() < app.highest) {
      return errors::VersionLower(version.text(),
                                  absl::StrJoin(app.highest, "."));
    }
    if (app.released == version.text()) return Unchanged(message.key);
    app.released = version.text();
    app.highest = version.numbers();
    app.ever_released = true;
    app.withdrawn = false;
    return Record(message, audit);
  }

  absl::StatusOr<Change> Withdraw(const std::string& spid,
                                  const std::string& taid,
                                  const store::OutboxMessage& message,
                                  const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = apps_.find({spid, taid});
    if (it == apps_.end()) return errors::AppNotFound(taid);
    if (it->second.withdrawn) return Unchanged(message.key);
    it->second.withdrawn = true;
    it->second.released.clear();
    return Record(message, audit);
  }

  absl::StatusOr<std::vector<App>> ListApps(const std::string& only_spid,
                                            const std::string& after_spid,
                                            const std::string& after_taid,
                                            int limit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<App> out;
    for (const auto& [key, row] : apps_) {
      if (key <= std::make_pair(after_spid, after_taid)) continue;
      if (!only_spid.empty() && key.first != only_spid) continue;
      if (static_cast<int>(out.size()) == limit) break;
      App app{key.first, key.second, row.released, row.withdrawn, {}};
      for (const auto& [order, v] : row.versions) {
        app.versions.push_back(v.version);
      }
      out.push_back(std::move(app));
    }
    return out;
  }

  absl::StatusOr<Change> Assign(const Assignment& assignment,
                                const store::OutboxMessage& message,
                                const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (apps_.count({assignment.spid, assignment.taid}) == 0) {
      return errors::AppNotFound(assignment.taid);
    }
    if (FindAssignment(assignment) != assignments_.end()) {
      return Unchanged(message.key);
    }
    assignments_.push_back(assignment);
    assignments_.back().id = ++last_assignment_;
    return Record(message, audit);
  }

  absl::StatusOr<Change> Unassign(const Assignment& assignment,
                                  const store::OutboxMessage& message,
                                  const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (apps_.count({assignment.spid, assignment.taid}) == 0) {
      return errors::AppNotFound(assignment.taid);
    }
    auto it = FindAssignment(assignment);
    if (it == assignments_.end()) return Unchanged(message.key);
    assignments_.erase(it);
    return Record(message, audit);
  }

  absl::StatusOr<std::vector<Assignment>> ListAssignments(
      const std::string& only_spid, int64_t after, int limit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<Assignment> out;
    for (const Assignment& a : assignments_) {
      if (a.id <= after || (!only_spid.empty() && a.spid != only_spid)) {
        continue;
      }
      if (static_cast<int>(out.size()) == limit) break;
      out.push_back(a);
    }
    return out;
  }

  // What tests look at.
  std::vector<store::AuditEvent> audits() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return audits_;
  }
  std::vector<store::OutboxMessage> messages() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return messages_;
  }

 private:
  using Numbers = std::array<int64_t, service::kVersionNumbers>;
  struct VersionRow {
    AppVersion version;
    Image image;
  };
  struct AppRow {
    std::string released;
    Numbers highest{};
    bool ever_released = false;
    bool withdrawn = false;
    std::map<Numbers, VersionRow> versions;
  };

  // Newest certificate first, without issuers, as the lists show it.
  static Sp Public(Sp sp) {
    std::reverse(sp.certificates.begin(), sp.certificates.end());
    for (SpCertificate& c : sp.certificates) c.issuers.clear();
    return sp;
  }

  std::vector<Assignment>::iterator FindAssignment(const Assignment& wanted) {
    return std::find_if(
        assignments_.begin(), assignments_.end(), [&](const Assignment& a) {
          return a.spid == wanted.spid && a.taid == wanted.taid &&
                 a.kind == wanted.kind && a.target == wanted.target;
        });
  }

  Change Record(const store::OutboxMessage& message,
                const store::AuditEvent& audit) {
    messages_.push_back(message);
    messages_.back().id = static_cast<int64_t>(messages_.size());
    audits_.push_back(audit);
    return Change{true, messages_.back().id};
  }

  // The fake never delivers: all messages are on their way.
  Change Unchanged(const std::string& key) const {
    Change change;
    for (const store::OutboxMessage& m : messages_) {
      if (m.key == key) change.message = m.id;
    }
    return change;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Sp> sps_;
  std::map<std::pair<std::string, std::string>, AppRow> apps_;
  std::vector<Assignment> assignments_;
  int64_t last_assignment_ = 0;
  std::vector<store::AuditEvent> audits_;
  std::vector<store::OutboxMessage> messages_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_FAKE_PORTAL_STORE_H_
