// CaStore over PostgreSQL, schema ca.
//
// Thread-safety: thread-safe. Errors: see ca_store.h.

#ifndef OTRP_SERVICES_CA_STORAGE_PG_CA_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_PG_CA_STORE_H_

#include <string>
#include <vector>

#include "libs/store/pool.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

class PgCaStore final : public CaStore {
 public:
  // `pool` must outlive the store.
  explicit PgCaStore(store::Pool& pool) : pool_(pool) {}

  absl::StatusOr<bool> AddAuthority(const AuthorityRow& authority,
                                    const CertificateRow& certificate,
                                    const store::AuditEvent& audit) override;
  absl::StatusOr<std::vector<AuthorityRow>> ListAuthorities() override;
  absl::StatusOr<absl::optional<CertificateRow>> FindRequest(
      const std::string& request_id) override;
  absl::Status RecordIntent(const CertificateRow& intent,
                            const absl::optional<TsmIdClaim>& claim) override;
  absl::Status RecordIssued(const std::string& serial, const std::string& der,
                            const store::AuditEvent& audit) override;
  absl::StatusOr<CertificateRow> GetCertificate(
      const std::string& serial) override;
  absl::StatusOr<std::vector<CertificateRow>> ListCertificates(
      const std::string& profile, const std::string& after, int limit) override;
  absl::StatusOr<CertificateRow> Revoke(const std::string& serial, int reason,
                                        absl::Time at,
                                        const store::AuditEvent& audit,
                                        bool* changed) override;
  absl::Status ReplaceCrl(const std::string& authority, SignCrl sign) override;
  absl::StatusOr<CrlRow> GetCrl(const std::string& authority) override;
  absl::StatusOr<std::vector<std::string>> StaleCrls(
      absl::Time horizon) override;
  absl::StatusOr<AnchorRow> AddAnchor(const AnchorRow& anchor,
                                      const store::AuditEvent& audit,
                                      bool* added) override;
  absl::Status RemoveAnchor(const std::string& role, const std::string& name,
                            const store::AuditEvent& audit) override;
  absl::StatusOr<AnchorList> ListAnchors(const std::string& role) override;

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_PG_CA_STORE_H_
