// What the portal remembers, in PostgreSQL (schema portal).
//
// Each mutation is one transaction that holds the change, its audit event and
// its outbox message, or nothing where the state is as wanted already
// (Change::changed is false then).
//
// Thread-safety: thread-safe.
// Errors: the named ones of errors.h; UNAVAILABLE and UNKNOWN of
// libs/store/pool.h. After UNKNOWN the same call again is safe: it finds what
// it wrote, or writes it.

#ifndef OTRP_SERVICES_SP_PORTAL_STORAGE_PORTAL_STORE_H_
#define OTRP_SERVICES_SP_PORTAL_STORAGE_PORTAL_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/service/channel.h"
#include "libs/service/names.h"
#include "libs/store/audit.h"
#include "libs/store/outbox.h"
#include "libs/store/pool.h"
#include "services/sp_portal/domain/model.h"
#include "services/sp_portal/storage/blob_seal.h"

namespace otrp {
namespace portal {

// Sealed by BlobStore::Seal(); no personalization data where there is none. Of
// an image that an upload brought, the id alone, and the upload's.
struct SealedImage {
  SealedBlob image;
  absl::optional<SealedBlob> personalization_data;
  std::string upload_id;
};

class PortalStore {
 public:
  // Who wants to reach devices: an SP needs an entitlement to them.
  enum class By { kOperator, kSp };

  // `pool` must outlive the store.
  explicit PortalStore(store::Pool& pool) : pool_(pool) {}

  // --- Service providers ----------------------------------------------------
  // ALREADY_EXISTS where the spid has another name.
  absl::StatusOr<Change> CreateSp(const Sp& sp, const store::AuditEvent& audit);
  // NOT_FOUND.
  absl::StatusOr<Sp> GetSp(const std::string& spid);
  // Sp::state alone. NOT_FOUND.
  absl::StatusOr<std::string> GetSpState(const std::string& spid);
  // By spid, those after `after`; only `only_spid` where not empty.
  absl::StatusOr<std::vector<Sp>> ListSps(const std::string& only_spid,
                                          const std::string& after, int limit);
  // Makes it the current one. ALREADY_EXISTS where another SP has it;
  // RESOURCE_EXHAUSTED beyond kMaxCertificatesPerSp.
  absl::StatusOr<Change> AddCertificate(const std::string& spid,
                                        const SpCertificate& certificate,
                                        const store::OutboxMessage& message,
                                        const store::AuditEvent& audit);

  // Those of `serials`, lower-case hex, that certificates have which aren't
  // revoked as far as is known here.
  absl::StatusOr<std::vector<SerialOfSp>> FindUnrevoked(
      const std::vector<std::string>& serials);
  // Marks the SP's certificate. Where it was the current one, the newest that
  // is good at `now` becomes it. The TSM gets what `tell` makes of the SP's
  // name, the certificate, and the new current one (null: none became it).
  // NOT_FOUND; one that is marked stays as it is.
  using TellOfRevocation = absl::FunctionRef<std::vector<store::OutboxMessage>(
      const std::string& name, const SpCertificate& revoked,
      const SpCertificate* current)>;
  absl::StatusOr<Change> RevokeCertificate(const SerialOfSp& certificate,
                                           const Revocation& revocation,
                                           absl::Time now,
                                           TellOfRevocation tell,
                                           const store::AuditEvent& audit);
  // Revocations that the TSM wasn't told of, the oldest first: of their
  // certificates fingerprint, serial and revocation are set.
  struct UntoldRevocation {
    std::string spid;
    SpCertificate certificate;
  };
  absl::StatusOr<std::vector<UntoldRevocation>> FindUntoldRevocations(
      int limit);
  // Once, whoever else does it too.
  absl::Status TellRevocation(const SerialOfSp& certificate,
                              const store::OutboxMessage& message);

  // --- Applications ---------------------------------------------------------
  // Of one that is pulled there is no image. ALREADY_EXISTS where the version
  // is there with other content; ABORTED where the upload isn't open any more;
  // RESOURCE_EXHAUSTED beyond the quotas.
  absl::StatusOr<Change> AddVersion(const AppVersion& version,
                                    const service::Version& order,
                                    const SealedImage& image,
                                    const Quotas& quotas,
                                    const store::AuditEvent& audit);
  // Whether a further version with so many octets is within the quotas now.
  absl::Status CheckQuotas(const std::string& spid, const std::string& taid,
                           int64_t image_bytes, const Quotas& quotas);
  // The taid of the SP's application as it is kept: a UUID is the same in
  // either case, and its first spelling counts. `taid` where there is none.
  absl::StatusOr<std::string> SpellingOf(const std::string& spid,
                                         const std::string& taid);
  // The same version in whatever words ("1.0" for 1.0.0), with the account's
  // state. NOT_FOUND tells which of the three is missing.
  absl::StatusOr<AppVersion> GetVersion(const std::string& spid,
                                        const std::string& taid,
                                        const service::Version& version);
  // The octets of AppVersion::manifest. NOT_FOUND.
  absl::StatusOr<std::string> GetManifest(const AppVersion& version);
  // Whether there is such a version or a higher one that isn't yanked.
  absl::StatusOr<bool> HasAtLeast(const std::string& spid,
                                  const std::string& taid,
                                  const service::Version& version);
  // FAILED_PRECONDITION below the highest version that devices on the channel
  // could have so far, for a yanked one, for one that isn't approved where that
  // is needed, and for one that is pulled where there is no endpoint.
  absl::StatusOr<Change> Release(const std::string& spid,
                                 const std::string& taid,
                                 const service::Version& version,
                                 service::Channel channel, bool needs_approval,
                                 const store::OutboxMessage& message,
                                 const store::AuditEvent& audit);
  // NOT_FOUND for an unknown application.
  absl::StatusOr<Change> Withdraw(const std::string& spid,
                                  const std::string& taid,
                                  const store::OutboxMessage& message,
                                  const store::AuditEvent& audit);
  // By (spid, taid), those after the pair.
  absl::StatusOr<std::vector<App>> ListApps(const Visible& visible,
                                            const std::string& after_spid,
                                            const std::string& after_taid,
                                            int limit);

  // --- Pull mode ------------------------------------------------------------
  // RESOURCE_EXHAUSTED beyond the quota of applications.
  absl::StatusOr<Change> SetPullEndpoint(const PullEndpoint& endpoint,
                                         const Quotas& quotas,
                                         const store::OutboxMessage& message,
                                         const store::AuditEvent& audit);
  // NOT_FOUND.
  absl::StatusOr<PullEndpoint> GetPullEndpoint(const std::string& spid,
                                               const std::string& taid);
  // FAILED_PRECONDITION while the released version is one that is pulled.
  absl::StatusOr<Change> DeletePullEndpoint(const std::string& spid,
                                            const std::string& taid,
                                            const store::OutboxMessage& message,
                                            const store::AuditEvent& audit);

  // --- Data of single devices -----------------------------------------------
  // `data` is its octets. NOT_FOUND for an unknown application;
  // PERMISSION_DENIED for an SP that may not reach the device;
  // RESOURCE_EXHAUSTED beyond the limits.
  absl::StatusOr<Change> PutPersonalization(const Personalization& own, By by,
                                            const SealedBlob& data,
                                            const store::OutboxMessage& message,
                                            const store::AuditEvent& audit);
  // Of `own`: whose it is, and when.
  absl::StatusOr<Change> DeletePersonalization(
      const Personalization& own, const store::OutboxMessage& message,
      const store::AuditEvent& audit);
  absl::StatusOr<absl::optional<Personalization>> FindPersonalization(
      const std::string& spid, const std::string& taid, const std::string& did);
  // By did.
  absl::StatusOr<std::vector<Personalization>> ListPersonalizations(
      const std::string& spid, const std::string& taid,
      const std::string& after_did, int limit);

  // --- What becomes of versions ---------------------------------------------
  // Of these four, `version` is as it was pushed; NOT_FOUND for others.
  absl::StatusOr<Change> Deprecate(const AppVersion& version,
                                   const std::string& message,
                                   const store::AuditEvent& audit);
  // `message` goes to the TSM where the version is the released one.
  // ALREADY_EXISTS where it was yanked for another reason.
  absl::StatusOr<Change> Yank(const AppVersion& version,
                              const std::string& reason,
                              const store::OutboxMessage& message,
                              const store::AuditEvent& audit);
  // `document`: the evidence's, whose blob id the store sets. `field`: of the
  // request, for ALREADY_EXISTS where there is another one of its kind.
  absl::StatusOr<Change> Attach(const AppVersion& version,
                                const Evidence& evidence,
                                const SealedBlob& document,
                                absl::string_view field,
                                const store::AuditEvent& audit);
  // At `version.deleted_at`, by `actor`. FAILED_PRECONDITION while it is
  // released, or a message about the application is on its way.
  absl::StatusOr<Change> DeleteVersion(const AppVersion& version,
                                       const std::string& actor,
                                       const store::AuditEvent& audit);
  // The same of all versions. NOT_FOUND for an unknown application;
  // FAILED_PRECONDITION while it is assigned, too.
  absl::StatusOr<Deleted> DeleteApp(const std::string& spid,
                                    const std::string& taid, absl::Time at,
                                    const std::string& actor,
                                    const store::AuditEvent& audit);
  // By kind.
  absl::StatusOr<std::vector<Evidence>> ListEvidence(const AppVersion& version);
  // Of `review`: what it is about, who, when, and the checks. One that is
  // submitted or approved stays so.
  absl::StatusOr<Change> Submit(const Review& review,
                                const store::AuditEvent& audit);
  // Of `review`: what it is about, the new state, who, when and why.
  // PERMISSION_DENIED for an approval by who pushed or submitted it;
  // FAILED_PRECONDITION where it isn't submitted.
  absl::StatusOr<Change> Decide(const Review& review,
                                const store::AuditEvent& audit);
  // Nothing where it was never submitted.
  absl::StatusOr<absl::optional<Review>> LatestReview(
      const AppVersion& version);
  // By id; of all states where `state` isn't set.
  absl::StatusOr<std::vector<Review>> ListReviews(
      const Visible& visible, absl::optional<ReviewState> state, int64_t after,
      int limit);

  // --- Entitlements ---------------------------------------------------------
  // The one to that target where there is one. RESOURCE_EXHAUSTED beyond
  // kMaxEntitlements.
  absl::StatusOr<Granted> Grant(const Entitlement& entitlement,
                                const store::AuditEvent& audit);
  absl::StatusOr<Revoked> RevokeEntitlement(const std::string& spid,
                                            const std::string& id,
                                            absl::Time now,
                                            const store::AuditEvent& audit);
  // By id, those that hold.
  absl::StatusOr<std::vector<Entitlement>> ListEntitlements(
      const std::string& spid, const std::string& after, int limit);

  // --- Assignments ----------------------------------------------------------
  // One that is there on another channel is moved. NOT_FOUND for an unknown
  // application; PERMISSION_DENIED for an SP that isn't entitled.
  absl::StatusOr<Change> Assign(const Assignment& assignment, By by,
                                const store::OutboxMessage& message,
                                const store::AuditEvent& audit);
  // Taking back what isn't there changes nothing.
  absl::StatusOr<Change> Unassign(const Assignment& assignment,
                                  const store::OutboxMessage& message,
                                  const store::AuditEvent& audit);
  // By id.
  absl::StatusOr<std::vector<Assignment>> ListAssignments(
      const Visible& visible, int64_t after, int limit);

 private:
  store::Pool& pool_;
};

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_STORAGE_PORTAL_STORE_H_
