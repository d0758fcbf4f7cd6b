// What the CA remembers. Rows, no decisions.
//
// Thread-safety: implementations are thread-safe.
// Errors: as libs/store/pool.h; NOT_FOUND and ALREADY_EXISTS where said.

#ifndef OTRP_SERVICES_CA_STORAGE_CA_STORE_H_
#define OTRP_SERVICES_CA_STORAGE_CA_STORE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/x509.h"
#include "libs/store/audit.h"

namespace otrp {
namespace ca {

struct AuthorityRow {
  std::string name;
  // "tsm", "tee", "tfw", "sp" or "service".
  std::string role;
  bool is_root = false;
  std::string issuer;
  // "RSA" or "EC".
  std::string key_type;
  std::string certificate_der;
  std::string sealed_key;
};

struct CertificateRow {
  std::string serial;
  // "tsm", "tee", "tfw", "sp", "service", "client", "web" or "authority".
  std::string profile;
  std::string authority;
  std::string subject;
  std::vector<std::string> san_uris;
  absl::Time not_before;
  absl::Time not_after;
  // "intended", "issued" or "revoked".
  std::string status;
  int reason = -1;
  absl::optional<absl::Time> revoked_at;
  std::string der;
  // Empty: none.
  std::string request_id;
  std::string request_sha256;
};

// The claim on a TSM's id that goes with an issuance.
struct TsmIdClaim {
  std::string uri;
  // The caller's identity URI.
  std::string holder;
  // Operators may issue for whoever holds the id.
  bool any_holder = false;
};

struct CrlRow {
  int64_t number = 0;
  std::string der;
  absl::Time this_update;
  absl::Time next_update;
};

struct AnchorRow {
  std::string role;
  std::string name;
  std::string certificate_der;
  absl::Time added_at;
};

struct AnchorList {
  std::vector<AnchorRow> anchors;
  int64_t version = 0;
};

class CaStore {
 public:
  virtual ~CaStore() = default;

  // False when there is an authority of that name already; it stays.
  virtual absl::StatusOr<bool> AddAuthority(const AuthorityRow& authority,
                                            const CertificateRow& certificate,
                                            const store::AuditEvent& audit) = 0;
  virtual absl::StatusOr<std::vector<AuthorityRow>> ListAuthorities() = 0;

  // The certificate that was asked for under this id.
  virtual absl::StatusOr<absl::optional<CertificateRow>> FindRequest(
      const std::string& request_id) = 0;
  // Records what is about to be signed. ALREADY_EXISTS for a TSM id of
  // another holder, ABORTED for a request id that somebody just used.
  virtual absl::Status RecordIntent(
      const CertificateRow& intent,
      const absl::optional<TsmIdClaim>& claim) = 0;
  // Completes an intent. ABORTED when it isn't one any more.
  virtual absl::Status RecordIssued(const std::string& serial,
                                    const std::string& der,
                                    const store::AuditEvent& audit) = 0;

  virtual absl::StatusOr<CertificateRow> GetCertificate(
      const std::string& serial) = 0;
  // By serial, after `after`; all profiles where empty.
  virtual absl::StatusOr<std::vector<CertificateRow>> ListCertificates(
      const std::string& profile, const std::string& after, int limit) = 0;

  // Sets the status; `changed` tells whether it was new. NOT_FOUND.
  virtual absl::StatusOr<CertificateRow> Revoke(const std::string& serial,
                                                int reason, absl::Time at,
                                                const store::AuditEvent& audit,
                                                bool* changed) = 0;

  // Makes an authority's next CRL under a lock: `sign` gets the new number and
  // all revoked entries, by serial.
  using SignCrl = absl::FunctionRef<absl::StatusOr<CrlRow>(
      int64_t number, const std::vector<crypto::RevokedEntry>& revoked)>;
  virtual absl::Status ReplaceCrl(const std::string& authority,
                                  SignCrl sign) = 0;
  // NOT_FOUND where there is none yet.
  virtual absl::StatusOr<CrlRow> GetCrl(const std::string& authority) = 0;
  // Names of the authorities whose CRL is missing, ends before `horizon`, or
  // lacks a revocation.
  virtual absl::StatusOr<std::vector<std::string>> StaleCrls(
      absl::Time horizon) = 0;

  // The anchor as it stands; `added` tells whether it is new. ALREADY_EXISTS
  // for another certificate of that name.
  virtual absl::StatusOr<AnchorRow> AddAnchor(const AnchorRow& anchor,
                                              const store::AuditEvent& audit,
                                              bool* added) = 0;
  // NOT_FOUND.
  virtual absl::Status RemoveAnchor(const std::string& role,
                                    const std::string& name,
                                    const store::AuditEvent& audit) = 0;
  // All roles where empty.
  virtual absl::StatusOr<AnchorList> ListAnchors(const std::string& role) = 0;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_CA_STORE_H_
