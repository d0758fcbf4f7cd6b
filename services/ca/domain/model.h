// What the CA remembers, as values: authorities, certificates from the
// intention to sign on, CRLs and trust anchors.
//
// A role, profile or state that only a newer version knows has no value here:
// where versions run side by side, a reader must do without it, and does.
//
// Thread-safety: values.

#ifndef OTRP_SERVICES_CA_DOMAIN_MODEL_H_
#define OTRP_SERVICES_CA_DOMAIN_MODEL_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/pki/profile.h"
#include "services/ca/domain/generation.h"

namespace otrp {
namespace ca {

enum class CertificateState {
  // Signing may have happened; nothing is stored.
  kIntended,
  kIssued,
  kRevoked,
};

// "intended", "issued", "revoked": in the database and in otrp.ca.v1.
absl::string_view StateWord(CertificateState state);
absl::optional<CertificateState> StateFromWord(absl::string_view word);

// The values are the numbers of RFC 5280 5.3.1; the subset that we issue.
enum class RevocationReason {
  kUnspecified = 0,
  kKeyCompromise = 1,
  kAffiliationChanged = 3,
  kSuperseded = 4,
  kCessationOfOperation = 5,
  kPrivilegeWithdrawn = 9,
};

inline int RfcNumber(RevocationReason reason) {
  return static_cast<int>(reason);
}

// How an authority issues, in all of its generations.
struct AuthorityTerms {
  // Dotted OIDs of the certificate policies, and where the practice statement
  // stands.
  std::vector<std::string> policy_oids;
  std::string cps_uri;
  // Identity of whose it is; empty: anybody's.
  std::string owner;
  // Who doesn't name it gets no certificate of it.
  bool is_named = false;
  // Its certificate's name constraints (crypto::CertificateSpec).
  std::vector<std::string> permitted_uri_hosts;
  std::vector<std::string> permitted_dns;

  friend bool operator==(const AuthorityTerms& a, const AuthorityTerms& b) {
    return a.policy_oids == b.policy_oids && a.cps_uri == b.cps_uri &&
           a.owner == b.owner && a.is_named == b.is_named &&
           a.permitted_uri_hosts == b.permitted_uri_hosts &&
           a.permitted_dns == b.permitted_dns;
  }
  friend bool operator!=(const AuthorityTerms& a, const AuthorityTerms& b) {
    return !(a == b);
  }
};

// One generation.
struct AuthorityRecord {
  // Unique: GenerationName().
  std::string name;
  // The authority's; empty: the same as `name`.
  std::string line;
  int generation = 1;
  AuthorityState state = AuthorityState::kActive;
  // Whose hierarchy; empty: a newer version's.
  absl::optional<pki::Role> role;
  bool is_root = false;
  // Its own name for a root; empty: another's authority.
  std::string issuer;
  crypto::KeyType key_type = crypto::KeyType::kRsa;
  std::string certificate_der;
  // Empty for a retired one.
  std::string sealed_key;
  // Until it was revoked.
  bool was_anchor = false;
  // Others' certificates above it, its issuer first, as PEM; empty where one
  // of ours certified it.
  std::string above_pem = {};
  // Read with it.
  AuthorityTerms terms = {};
};

// A key that another's root is to certify.
struct AuthorityRequest {
  std::string line;
  // Of the generation that it shall become.
  std::string name;
  std::string sealed_key;
  std::string csr_der;
};

// A root's key, certified by another generation.
struct CrossCertificate {
  // Whose key, and who signed: names of generations.
  std::string authority;
  std::string issuer;
  std::string serial;
  std::string certificate_der;
};

struct Revoked {
  RevocationReason reason = RevocationReason::kUnspecified;
  absl::Time at;
};

// Certificates that the CA makes for itself, without a profile.
enum class OwnCertificate { kAuthority, kOcspSigner };

// "authority", "ocsp": in the database and, as PROFILE_<WORD>, in otrp.ca.v1.
absl::string_view OwnCertificateWord(OwnCertificate own);
absl::optional<OwnCertificate> OwnCertificateFromWord(absl::string_view word);

struct CertificateRecord {
  std::string serial;
  // Empty: one of the CA's own, or a newer version's profile.
  absl::optional<pki::Role> profile;
  absl::optional<OwnCertificate> own;
  std::string authority;
  std::string subject;
  std::vector<std::string> san_uris;
  absl::Time not_before;
  absl::Time not_after;
  CertificateState state = CertificateState::kIntended;
  // Of a revoked one.
  absl::optional<Revoked> revoked;
  // Empty until it is issued.
  std::string der;
  // The caller's idempotency key; empty: none.
  std::string request_id;
  // What was asked for, so that a request id means one request.
  std::string request_sha256;
  // Of the SubjectPublicKeyInfo; empty where an earlier version wrote the row
  // and it hasn't been noted since.
  std::string spki_sha256 = {};
  // Of what is, or was, to be signed under this serial; empty where an earlier
  // version wrote the row.
  std::string tbs_sha256 = {};
  // Whose list it names (crl_shard.h); empty: that of all.
  std::string crl_shard = {};
  // Written, not read: the first certificate of those that it renews; empty:
  // none.
  std::string first_serial = {};
};

// All certificates where both are as they are here.
struct CertificateFilter {
  absl::optional<pki::Role> profile;
  absl::optional<OwnCertificate> own = absl::nullopt;
};

// A registered id of a TSM.
struct TsmIdRecord {
  std::string uri;
  // The identity of who may have certificates for it.
  std::string holder;
  absl::Time registered_at;
  // An identity, or a word of the CA's own.
  std::string registered_by;
};

// Who asks for a certificate for which TSM's id.
struct TsmIdClaim {
  std::string uri;
  // An identity, as in TsmIdRecord::holder.
  std::string asker;
};

// What goes with the intent to sign a certificate.
struct IntentGrounds {
  // The PKCS#10 request; kept until the certificate is there.
  std::string csr_der = {};
  // Whose key it is (domain/order.h); empty: the profile doesn't ask.
  std::string key_owner = {};
  absl::optional<TsmIdClaim> tsm_id = absl::nullopt;
  // The serial of a certificate that is no good any more, or of an intent that
  // can't be completed, whose request id the new one gets; empty: none.
  std::string replaced = {};
};

// Whose key a certificate of before such were noted has.
struct KeyNote {
  std::string serial;
  // "tee", ...; of no weight without an owner.
  std::string profile;
  std::string spki_sha256;
  // Empty: the profile doesn't ask.
  std::string owner;
};

// Who signs OCSP responses for an authority.
struct OcspSignerRecord {
  std::string serial;
  std::string authority;
  std::string certificate_der;
  absl::Time not_after;
  std::string sealed_key;
};

struct OcspResponseRecord {
  // Empty: none.
  std::string der;
  absl::Time this_update;
  absl::Time next_update;
};

// What OCSP tells of a certificate.
struct OcspRecord {
  std::string serial;
  std::string authority;
  CertificateState state = CertificateState::kIntended;
  // Of a revoked one.
  absl::optional<Revoked> revoked;
  // Empty until it is issued.
  std::string certificate_der;
  OcspResponseRecord response;
};

struct CrlRecord {
  int64_t number = 0;
  std::string der;
  absl::Time this_update;
  absl::Time next_update;
};

struct TrustAnchor {
  pki::Role role = pki::Role::kTee;
  std::string name;
  std::string certificate_der;
  absl::Time added_at;
  // Dotted OIDs that certificates below may have instead of the role's.
  std::vector<std::string> ekus = {};
};

// All that replicas know of the authorities.
struct AuthorityList {
  // Grows with every change; what is here is of it, or newer.
  int64_t version = 0;
  // By line and generation.
  std::vector<AuthorityRecord> authorities;
  std::vector<CrossCertificate> crossed;
  // Of lines: into how many new certificates are divided (crl_shard.h).
  std::map<std::string, int> crl_shards;
};

// What is stored together when a generation is made.
struct NewGeneration {
  AuthorityRecord authority;
  // Without a serial where somebody else issued it.
  CertificateRecord certificate;
  // The line's request is answered by it.
  bool ends_request = false;
  // Of the same key, each with its row.
  std::vector<CrossCertificate> crossed = {};
  std::vector<CertificateRecord> crossed_rows = {};
  // Where the line's last one was an anchor.
  absl::optional<TrustAnchor> anchor = absl::nullopt;
  // Of a new line that has any.
  absl::optional<AuthorityTerms> terms = absl::nullopt;
};

// What lives of an authority.
struct LiveCount {
  // As CertificateRecord.
  absl::optional<pki::Role> profile;
  absl::optional<OwnCertificate> own;
  int64_t count = 0;
};

struct TrustAnchorList {
  std::vector<TrustAnchor> anchors;
  // Grows with every change.
  int64_t version = 0;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_MODEL_H_
