// PortalStore in PostgreSQL, schema portal.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_PG_PORTAL_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_PG_PORTAL_STORE_H_

#include <string>
#include <vector>

#include "libs/store/pool.h"
#include "services/sp_portal/storage/portal_store.h"

namespace otrp {
namespace portal {

class PgPortalStore : public PortalStore {
 public:
  // `pool` must outlive the store.
  explicit PgPortalStore(store::Pool& pool) : pool_(pool) {}

  absl::StatusOr<Change> CreateSp(const Sp& sp,
                                  const store::AuditEvent& audit) override;
  absl::StatusOr<Sp> GetSp(const std::string& spid) override;
  absl::StatusOr<std::vector<Sp>> ListSps(const std::string& only_spid,
                                          const std::string& after,
                                          int limit) override;
  absl::StatusOr<Change> AddCertificate(
      const std::string& spid, const SpCertificate& certificate,
      const store::OutboxMessage& message,
      const store::AuditEvent& audit) override;
  absl::StatusOr<Change> AddVersion(const AppVersion& version,
                                    const Version& order, const Image& image,
                                    const store::AuditEvent& audit) override;
  absl::StatusOr<AppVersion> GetVersion(const std::string& spid,
                                        const std::string& taid,
                                        const std::string& version) override;
  absl::StatusOr<Image> GetImage(const std::string& spid,
                                 const std::string& taid,
                                 const std::string& version) override;
  absl::StatusOr<Change> Release(const std::string& spid,
                                 const std::string& taid,
                                 const Version& version,
                                 const store::OutboxMessage& message,
                                 const store::AuditEvent& audit) override;
  absl::StatusOr<Change> Withdraw(const std::string& spid,
                                  const std::string& taid,
                                  const store::OutboxMessage& message,
                                  const store::AuditEvent& audit) override;
  absl::StatusOr<std::vector<App>> ListApps(const std::string& only_spid,
                                            const std::string& after_spid,
                                            const std::string& after_taid,
                                            int limit) override;
  absl::StatusOr<Change> Assign(const Assignment& assignment,
                                const store::OutboxMessage& message,
                                const store::AuditEvent& audit) override;
  absl::StatusOr<Change> Unassign(const Assignment& assignment,
                                  const store::OutboxMessage& message,
                                  const store::AuditEvent& audit) override;
  absl::StatusOr<std::vector<Assignment>> ListAssignments(
      const std::string& only_spid, int64_t after, int limit) override;

 private:
  store::Pool& pool_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_PG_PORTAL_STORE_H_
