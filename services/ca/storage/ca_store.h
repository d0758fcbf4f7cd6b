// What the CA remembers, in PostgreSQL, schema ca. Rows, no decisions.
//
// A call whose commit's outcome is unknown (UNKNOWN) may be repeated: what was
// done stays as it was done first, with one audit record.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; NOT_FOUND without a text, for the caller to
// name; ALREADY_EXISTS and ABORTED where said, of services/ca/errors.h.

#ifndef OTRP_SERVICES_CA_STORAGE_CA_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_CA_STORE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/x509.h"
#include "libs/pki/profile.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"
#include "services/ca/domain/model.h"

namespace otrp {
namespace ca {

class CaStore {
 public:
  struct RevokeResult {
    CertificateRecord certificate;
    // False: it was revoked before, and stays as it was.
    bool changed = false;
  };
  struct AddAnchorResult {
    // As it stands.
    TrustAnchor anchor;
    // False: it was there before.
    bool added = false;
  };

  // `pool` must outlive the store.
  explicit CaStore(store::Pool& pool) : pool_(pool) {}

  // ca_store_authorities.cc.

  // With its own certificate. False when there is an authority of that name
  // already; it stays.
  absl::StatusOr<bool> AddAuthority(const AuthorityRecord& authority,
                                    const CertificateRecord& certificate,
                                    const store::AuditEvent& audit);
  // By name.
  absl::StatusOr<std::vector<AuthorityRecord>> ListAuthorities();
  absl::StatusOr<AuthorityList> ReadAuthorities();
  absl::StatusOr<int64_t> AuthorityVersion();
  // ABORTED where the generation is there.
  absl::Status AddGeneration(const NewGeneration& made,
                             const store::AuditEvent& audit);
  // False where the two are cross-certified already.
  absl::StatusOr<bool> AddCross(const CrossCertificate& crossed,
                                const CertificateRecord& row,
                                const store::AuditEvent& audit);
  // False where they are so. The line must be there.
  absl::StatusOr<bool> SetPolicies(const std::string& line,
                                   const std::vector<std::string>& policy_oids,
                                   const std::string& cps_uri,
                                   const store::AuditEvent& audit);
  // The line's request as it stands then: `request`, unless there is one and
  // it isn't to be replaced.
  absl::StatusOr<AuthorityRequest> AddAuthorityRequest(
      const AuthorityRequest& request, bool replace,
      const store::AuditEvent& audit);
  absl::StatusOr<absl::optional<AuthorityRequest>> FindAuthorityRequest(
      const std::string& line);
  // Makes `name` the active one of its line, and the one that was retiring.
  // False where it is. ABORTED where it isn't next.
  absl::StatusOr<bool> ActivateAuthority(const std::string& name,
                                         const store::AuditEvent& audit);
  // What of it lives at `now`, by profile, without OCSP signers and authorities
  // that are retired. Counts end at `limit`.
  absl::StatusOr<std::vector<LiveCount>> CountLive(const std::string& name,
                                                   absl::Time now, int limit);
  // URIs of services and TSMs that have a living certificate of it.
  absl::StatusOr<std::vector<std::string>> LiveHolders(const std::string& name,
                                                       absl::Time now,
                                                       int limit);
  // Ends `name` and removes its key. False where it is retired.
  // `check` is asked under the lock that keeps new certificates away.
  absl::StatusOr<bool> RetireAuthority(
      const std::string& name, absl::Time now,
      absl::FunctionRef<absl::Status(AuthorityState, int64_t live)> check,
      const store::AuditEvent& audit);
  // Revokes it with its certificate's row, and what it has issued, but for
  // devices' certificates; it is no trust anchor any more.
  // False where it was revoked before.
  absl::StatusOr<bool> RevokeAuthority(const std::string& name,
                                       const std::string& serial,
                                       const Revoked& revoked,
                                       const store::AuditEvent& audit);

  // The certificate that was asked for under this id.
  absl::StatusOr<absl::optional<CertificateRecord>> FindRequest(
      const std::string& request_id);
  // The same of several, by request id.
  absl::StatusOr<std::map<std::string, CertificateRecord>> FindRequests(
      const std::vector<std::string>& request_ids);
  // Records what is about to be signed. FAILED_PRECONDITION for a TSM id that
  // isn't registered, PERMISSION_DENIED for one of another holder,
  // ALREADY_EXISTS for a key of another owner, ABORTED for a request id that
  // somebody just used.
  absl::Status RecordIntent(const CertificateRecord& intent,
                            const IntentGrounds& grounds);
  // Completes an intent. ABORTED when it isn't one any more.
  // Both: FAILED_PRECONDITION where the authority is revoked, or doesn't issue.
  absl::Status RecordIssued(const std::string& serial, const std::string& der,
                            const store::AuditEvent& audit);

  // NOT_FOUND.
  absl::StatusOr<CertificateRecord> GetCertificate(const std::string& serial);
  // By serial, after `after`.
  absl::StatusOr<std::vector<CertificateRecord>> ListCertificates(
      const CertificateFilter& filter, const std::string& after, int limit);

  // Those that are good at `now` and end by `until`, unless another one of the
  // same profile and names ends later; by end, then serial, after `after`.
  struct EndKey {
    absl::Time not_after = absl::UnixEpoch();
    std::string serial;
  };
  absl::StatusOr<std::vector<CertificateRecord>> ListExpiring(
      const CertificateFilter& filter, absl::Time now, absl::Time until,
      const EndKey& after, int limit);

  // ca_store_ends.cc: of each profile, when the first of its certificates ends
  // that is good at `now` and that no other one replaces, as above; none where
  // there is none.
  absl::StatusOr<std::map<pki::Role, absl::Time>> FirstEnds(absl::Time now);

  // Whether a certificate of this key was revoked as compromised; by SHA-256 of
  // the SubjectPublicKeyInfo.
  absl::StatusOr<bool> IsBlockedKey(const std::string& spki_sha256);
  // Those among them.
  absl::StatusOr<std::set<std::string>> BlockedKeys(
      const std::vector<std::string>& spki_sha256s);
  // `blocked_key`: as above, of a key that gets no certificate from then on;
  // empty: none. NOT_FOUND.
  absl::StatusOr<RevokeResult> Revoke(const std::string& serial,
                                      const Revoked& revoked,
                                      const store::AuditEvent& audit,
                                      const std::string& blocked_key = "");

  // Makes an authority's next CRL under a lock: `sign` gets the new number, at
  // least `least_number`, and the revoked entries, by serial, without those
  // that had run out, and were revoked, before `kept_since`.
  using SignCrl = absl::FunctionRef<absl::StatusOr<CrlRecord>(
      int64_t number, const std::vector<crypto::RevokedEntry>& revoked)>;
  absl::Status ReplaceCrl(const std::string& authority, absl::Time kept_since,
                          int64_t least_number, SignCrl sign);
  // NOT_FOUND where there is none yet.
  absl::StatusOr<CrlRecord> GetCrl(const std::string& authority);
  // Names of the authorities whose CRL is missing, ends before `horizon`, or
  // lacks a revocation.
  absl::StatusOr<std::vector<std::string>> StaleCrls(absl::Time horizon);

  // ca_store_shards.cc: lists about a part of an authority's certificates
  // (domain/crl_shard.h).

  // New certificates of the line are divided into so many from now on. False
  // where they are.
  absl::StatusOr<bool> DivideCrls(const std::string& line, int shards,
                                  const store::AuditEvent& audit);
  // Into how many certificates of the line were divided so far, the last choice
  // first; empty where there was none.
  absl::StatusOr<std::vector<int>> CrlDivisionsOf(const std::string& line);
  // As those of the list of all.
  absl::Status ReplaceShardCrl(const std::string& authority,
                               const std::string& shard, absl::Time kept_since,
                               int64_t least_number, SignCrl sign);
  absl::StatusOr<CrlRecord> GetShardCrl(const std::string& authority,
                                        const std::string& shard);
  // Authorities with the parts whose list is missing, ends before `horizon`, or
  // lacks a revocation; at most `limit`.
  absl::StatusOr<std::vector<std::pair<std::string, std::string>>>
  StaleShardCrls(absl::Time horizon, int limit);

  // ALREADY_EXISTS for another certificate of that name, or other usages.
  absl::StatusOr<AddAnchorResult> AddAnchor(const TrustAnchor& anchor,
                                            const store::AuditEvent& audit);
  // All or none; one event for each.
  absl::StatusOr<std::vector<AddAnchorResult>> AddAnchors(
      const std::vector<TrustAnchor>& anchors,
      const std::vector<store::AuditEvent>& audits);
  // NOT_FOUND.
  absl::Status RemoveAnchor(pki::Role role, const std::string& name,
                            const store::AuditEvent& audit);
  // By role and name; all roles where empty.
  absl::StatusOr<TrustAnchorList> ListAnchors(absl::optional<pki::Role> role);

 private:
  store::Pool& pool_;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_CA_STORE_H_
