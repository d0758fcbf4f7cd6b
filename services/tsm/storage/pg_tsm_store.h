// TsmStore in PostgreSQL: schema "tsm", run-time role without DDL.
//
// A step of a session is one statement (Commit), which is one round trip and
// one disk flush; taking a message costs one more read (LoadMessage).
//
// Thread-safety: thread-safe. Errors: as tsm_store.h.

#ifndef OTRP_SERVICES_TSM_STORAGE_PG_TSM_STORE_H_
#define OTRP_SERVICES_TSM_STORAGE_PG_TSM_STORE_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/store/pool.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {

class PgTsmStore : public TsmStore {
 public:
  // `pool` must outlive the store.
  explicit PgTsmStore(store::Pool* pool) : pool_(*pool) {}

  // pg_identity.cc
  absl::StatusOr<std::vector<StoredIdentity>> LoadIdentities() override;
  absl::Status EnsureIdentityKey(
      absl::string_view key_type,
      absl::FunctionRef<absl::StatusOr<std::string>()> make_sealed_key,
      const store::AuditEvent& audit) override;
  absl::Status SaveCertificate(absl::string_view key_type,
                               absl::string_view chain_pem,
                               absl::Time not_after,
                               const store::AuditEvent& audit) override;
  absl::Status SaveStaples(absl::string_view key_type,
                           const std::vector<std::string>& staples,
                           absl::Time until) override;

  // pg_catalog.cc
  absl::StatusOr<bool> ApplyEvent(absl::string_view event_id,
                                  const CatalogEvent& event,
                                  const store::AuditEvent& audit) override;
  absl::StatusOr<ReleaseImage> LoadReleaseImage(int64_t id) override;
  absl::StatusOr<std::string> LoadSpCertificate(
      absl::string_view fingerprint) override;
  absl::Status AddGroupMembers(absl::string_view group,
                               const std::vector<std::string>& dids,
                               const store::AuditEvent& audit) override;
  absl::Status RemoveGroupMembers(absl::string_view group,
                                  const std::vector<std::string>& dids,
                                  const store::AuditEvent& audit) override;
  absl::StatusOr<std::vector<Group>> ListGroups() override;

  // pg_devices.cc
  absl::StatusOr<std::vector<DeviceDetails>> ListDevices(
      absl::string_view after_did, int limit, absl::string_view group) override;
  absl::StatusOr<DeviceDetails> GetDevice(absl::string_view did) override;
  absl::StatusOr<int32_t> ForgetTasks(absl::string_view did,
                                      const store::AuditEvent& audit) override;
  absl::StatusOr<std::map<std::pair<std::string, std::string>, int64_t>>
  CountDevices() override;
  absl::StatusOr<int64_t> CountOpenSessions(absl::Time now) override;
  absl::StatusOr<LoadedMessage> LoadMessage(absl::string_view tid,
                                            absl::string_view rid) override;
  absl::StatusOr<std::vector<DeviceContext>> LoadDevices(
      const std::vector<std::string>& dids) override;

  // pg_sessions.cc
  absl::StatusOr<bool> Commit(const SessionCommit& commit) override;
  absl::Status Audit(const store::AuditEvent& event) override;
  absl::StatusOr<std::vector<Session>> ListSessions(
      const absl::optional<SessionCursor>& cursor, int limit,
      absl::string_view did) override;
  absl::StatusOr<std::pair<Session, std::vector<SessionMessage>>> GetSession(
      absl::string_view tid) override;
  absl::StatusOr<PurgeResult> Purge(absl::Time now,
                                    absl::Time remove_before) override;

 private:
  store::Pool& pool_;
};

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_PG_TSM_STORE_H_
