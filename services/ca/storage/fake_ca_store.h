// A CaStore in memory, for tests. Behaves like PgCaStore
// (store_conformance_test.cc), and can be told to be away.
//
// Thread-safety: thread-safe.

#ifndef OTRP_SERVICES_CA_STORAGE_FAKE_CA_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_FAKE_CA_STORE_H_

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/ca/errors.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

class FakeCaStore final : public CaStore {
 public:
  // Every call fails with UNAVAILABLE while it is away.
  void SetAway(bool away) {
    std::lock_guard<std::mutex> lock(mutex_);
    away_ = away;
  }
  std::vector<store::AuditEvent> audit_events() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return audit_;
  }

  absl::StatusOr<bool> AddAuthority(const AuthorityRow& authority,
                                    const CertificateRow& certificate,
                                    const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    if (!authorities_.emplace(authority.name, authority).second) return false;
    Insert(certificate);
    audit_.push_back(audit);
    return true;
  }

  absl::StatusOr<std::vector<AuthorityRow>> ListAuthorities() override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    std::vector<AuthorityRow> rows;
    for (const auto& [name, row] : authorities_) rows.push_back(row);
    return rows;
  }

  absl::StatusOr<absl::optional<CertificateRow>> FindRequest(
      const std::string& request_id) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    return Find(request_id);
  }

  absl::Status RecordIntent(const CertificateRow& intent,
                            const absl::optional<TsmIdClaim>& claim) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    if (claim.has_value()) {
      const auto held = tsm_ids_.find(claim->uri);
      if (held != tsm_ids_.end() && held->second != claim->holder &&
          !claim->any_holder) {
        return errors::TsmIdTaken(claim->uri);
      }
    }
    if (!Insert(intent)) return errors::RequestRunning();
    if (claim.has_value()) tsm_ids_.emplace(claim->uri, claim->holder);
    return absl::OkStatus();
  }

  absl::Status RecordIssued(const std::string& serial, const std::string& der,
                            const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    const auto found = certificates_.find(serial);
    if (found == certificates_.end() || found->second.status != "intended") {
      return errors::IntentGone();
    }
    found->second.status = "issued";
    found->second.der = der;
    audit_.push_back(audit);
    return absl::OkStatus();
  }

  absl::StatusOr<CertificateRow> GetCertificate(
      const std::string& serial) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    const auto found = certificates_.find(serial);
    if (found == certificates_.end()) {
      return errors::CertificateNotFound(serial);
    }
    return found->second;
  }

  absl::StatusOr<std::vector<CertificateRow>> ListCertificates(
      const std::string& profile, const std::string& after,
      int limit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    std::vector<CertificateRow> rows;
    for (auto at = certificates_.upper_bound(after);
         at != certificates_.end() && static_cast<int>(rows.size()) < limit;
         ++at) {
      if (profile.empty() || at->second.profile == profile) {
        rows.push_back(at->second);
      }
    }
    return rows;
  }

  absl::StatusOr<CertificateRow> Revoke(const std::string& serial, int reason,
                                        absl::Time at,
                                        const store::AuditEvent& audit,
                                        bool* changed) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    *changed = false;
    const auto found = certificates_.find(serial);
    if (found == certificates_.end()) {
      return errors::CertificateNotFound(serial);
    }
    CertificateRow& row = found->second;
    if (row.status != "revoked") {
      *changed = true;
      row.status = "revoked";
      row.reason = reason;
      row.revoked_at = at;
      audit_.push_back(audit);
    }
    return row;
  }

  absl::Status ReplaceCrl(const std::string& authority, SignCrl sign) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    if (authorities_.count(authority) == 0) {
      return absl::FailedPreconditionError("crl: there is no such authority");
    }
    const auto found = crls_.find(authority);
    const int64_t number =
        found == crls_.end() ? 1 : found->second.row.number + 1;
    const std::vector<crypto::RevokedEntry> revoked = Revoked(authority);
    absl::StatusOr<CrlRow> made = sign(number, revoked);
    if (!made.ok()) return made.status();
    crls_[authority] = {*std::move(made), revoked.size()};
    crls_[authority].row.number = number;
    return absl::OkStatus();
  }

  absl::StatusOr<CrlRow> GetCrl(const std::string& authority) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    const auto found = crls_.find(authority);
    if (found == crls_.end()) return errors::AuthorityNotFound(authority);
    return found->second.row;
  }

  absl::StatusOr<std::vector<std::string>> StaleCrls(
      absl::Time horizon) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    std::vector<std::string> names;
    for (const auto& [name, row] : authorities_) {
      const auto found = crls_.find(name);
      if (found == crls_.end() || found->second.row.next_update < horizon ||
          found->second.revoked != Revoked(name).size()) {
        names.push_back(name);
      }
    }
    return names;
  }

  absl::StatusOr<AnchorRow> AddAnchor(const AnchorRow& anchor,
                                      const store::AuditEvent& audit,
                                      bool* added) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    const auto [at, inserted] =
        anchors_.emplace(std::make_pair(anchor.role, anchor.name), anchor);
    *added = inserted;
    if (inserted) {
      ++anchor_version_;
      audit_.push_back(audit);
    } else if (at->second.certificate_der != anchor.certificate_der) {
      return errors::AnchorNameTaken(anchor.name);
    }
    return at->second;
  }

  absl::Status RemoveAnchor(const std::string& role, const std::string& name,
                            const store::AuditEvent& audit) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    if (anchors_.erase({role, name}) == 0) return errors::AnchorNotFound(name);
    ++anchor_version_;
    audit_.push_back(audit);
    return absl::OkStatus();
  }

  absl::StatusOr<AnchorList> ListAnchors(const std::string& role) override {
    std::lock_guard<std::mutex> lock(mutex_);
    if (away_) return Away();
    AnchorList list;
    list.version = anchor_version_;
    for (const auto& [key, row] : anchors_) {
      if (role.empty() || row.role == role) list.anchors.push_back(row);
    }
    return list;
  }

 private:
  struct StoredCrl {
    CrlRow row;
    size_t revoked = 0;
  };

  static absl::Status Away() {
    return absl::UnavailableError("the database is away");
  }

  absl::optional<CertificateRow> Find(const std::string& request_id) const {
    for (const auto& [serial, row] : certificates_) {
      if (!request_id.empty() && row.request_id == request_id) return row;
    }
    return absl::nullopt;
  }

  // False for a serial or a request id that is there already.
  bool Insert(const CertificateRow& row) {
    if (Find(row.request_id).has_value()) return false;
    return certificates_.emplace(row.serial, row).second;
  }

  std::vector<crypto::RevokedEntry> Revoked(
      const std::string& authority) const {
    std::vector<crypto::RevokedEntry> revoked;
    for (const auto& [serial, row] : certificates_) {
      if (row.authority == authority && row.status == "revoked") {
        revoked.push_back({serial, *row.revoked_at, row.reason});
      }
    }
    return revoked;
  }

  mutable std::mutex mutex_;
  bool away_ = false;
  std::map<std::string, AuthorityRow> authorities_;
  std::map<std::string, CertificateRow> certificates_;
  // Holder by URI.
  std::map<std::string, std::string> tsm_ids_;
  std::map<std::string, StoredCrl> crls_;
  // By role and name.
  std::map<std::pair<std::string, std::string>, AnchorRow> anchors_;
  int64_t anchor_version_ = 1;
  std::vector<store::AuditEvent> audit_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_FAKE_CA_STORE_H_
