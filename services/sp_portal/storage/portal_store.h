// What the portal remembers.
//
// Each mutation is one transaction that holds the change, its audit event and
// its outbox message, or nothing where the state is as wanted already
// (Change::changed is false then).
//
// Thread-safety: implementations are thread-safe.
// Errors: the named ones of errors.h; UNAVAILABLE and UNKNOWN of
// libs/store/pool.h.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_PORTAL_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_PORTAL_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/service/names.h"
#include "libs/store/audit.h"
#include "libs/store/outbox.h"

namespace otrp {
namespace portal {

using service::Version;

struct SpCertificate {
  // SHA-256 over the DER.
  std::string fingerprint;
  std::string serial;
  std::string der;
  // The leaf's issuer first, root last.
  std::vector<std::string> issuers;
  absl::Time not_after;
  absl::Time enrolled_at;
  bool current = false;
};

struct Sp {
  std::string spid;
  std::string name;
  absl::Time created_at;
  // Newest first.
  std::vector<SpCertificate> certificates;
};

struct AppVersion {
  std::string spid;
  std::string taid;
  std::string version;
  // "jws" or "optee".
  std::string format;
  std::string image_sha256;
  int64_t image_bytes = 0;
  std::string pdata_sha256;
  std::string signer_fingerprint;
  absl::Time pushed_at;
};

struct Image {
  std::string image;
  std::string personalization_data;
};

struct App {
  std::string spid;
  std::string taid;
  // Empty when nothing is released.
  std::string released_version;
  bool withdrawn = false;
  // Ascending.
  std::vector<AppVersion> versions;
};

struct Assignment {
  int64_t id = 0;
  std::string spid;
  std::string taid;
  // "all", "did" or "group".
  std::string kind;
  // Empty, lower-case hex, or the group's name.
  std::string target;
  absl::Time assigned_at;
};

struct Change {
  // False: it was so before; nothing was written.
  bool changed = false;
  // Outbox message to wait for; 0: none is on its way.
  int64_t message = 0;
};

class PortalStore {
 public:
  virtual ~PortalStore() = default;

  // ALREADY_EXISTS where the spid has another name.
  virtual absl::StatusOr<Change> CreateSp(const Sp& sp,
                                          const store::AuditEvent& audit) = 0;
  // NOT_FOUND.
  virtual absl::StatusOr<Sp> GetSp(const std::string& spid) = 0;
  // By spid, those after `after`; only `only_spid` where not empty.
  virtual absl::StatusOr<std::vector<Sp>> ListSps(const std::string& only_spid,
                                                  const std::string& after,
                                                  int limit) = 0;

  // Makes it the current one. ALREADY_EXISTS where another SP has it;
  // RESOURCE_EXHAUSTED beyond kMaxCertificatesPerSp.
  virtual absl::StatusOr<Change> AddCertificate(
      const std::string& spid, const SpCertificate& certificate,
      const store::OutboxMessage& message, const store::AuditEvent& audit) = 0;

  // ALREADY_EXISTS where the version is there with other content.
  virtual absl::StatusOr<Change> AddVersion(const AppVersion& version,
                                            const Version& order,
                                            const Image& image,
                                            const store::AuditEvent& audit) = 0;
  // NOT_FOUND tells which of the two is missing.
  virtual absl::StatusOr<AppVersion> GetVersion(const std::string& spid,
                                                const std::string& taid,
                                                const std::string& version) = 0;
  virtual absl::StatusOr<Image> GetImage(const std::string& spid,
                                         const std::string& taid,
                                         const std::string& version) = 0;
  // FAILED_PRECONDITION below the highest version released so far.
  virtual absl::StatusOr<Change> Release(const std::string& spid,
                                         const std::string& taid,
                                         const Version& version,
                                         const store::OutboxMessage& message,
                                         const store::AuditEvent& audit) = 0;
  // NOT_FOUND for an unknown application.
  virtual absl::StatusOr<Change> Withdraw(const std::string& spid,
                                          const std::string& taid,
                                          const store::OutboxMessage& message,
                                          const store::AuditEvent& audit) = 0;
  // By (spid, taid), those after the pair; all SPs' where only_spid is empty.
  virtual absl::StatusOr<std::vector<App>> ListApps(
      const std::string& only_spid, const std::string& after_spid,
      const std::string& after_taid, int limit) = 0;

  // NOT_FOUND for an unknown application.
  virtual absl::StatusOr<Change> Assign(const Assignment& assignment,
                                        const store::OutboxMessage& message,
                                        const store::AuditEvent& audit) = 0;
  // Taking back what isn't there changes nothing.
  virtual absl::StatusOr<Change> Unassign(const Assignment& assignment,
                                          const store::OutboxMessage& message,
                                          const store::AuditEvent& audit) = 0;
  // By id.
  virtual absl::StatusOr<std::vector<Assignment>> ListAssignments(
      const std::string& only_spid, int64_t after, int limit) = 0;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_PORTAL_STORE_H_
