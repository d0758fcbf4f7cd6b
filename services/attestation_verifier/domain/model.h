// The verifier's things as values, between handlers, domain and storage.
//
// Thread-safety: values.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_MODEL_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_MODEL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/attest/appraise.h"
#include "libs/attest/policy.h"
#include "libs/attest/trust_vector.h"
#include "services/attestation_verifier/domain/evidence.h"
#include "services/attestation_verifier/domain/policy_drafts.h"
#include "services/attestation_verifier/domain/references.h"

namespace otrp {
namespace verifier {

enum class AnchorRole { kTee, kTfw };

// The role's word in the database: "tee", "tfw".
absl::string_view WordOf(AnchorRole role);
// DATA_LOSS for another word.
absl::StatusOr<AnchorRole> AnchorRoleOf(absl::string_view word);

struct Anchor {
  AnchorRole role = AnchorRole::kTee;
  std::string name;
  std::string certificate_der;
  // As pki::TrustAnchor::ekus.
  std::vector<std::string> ekus = {};

  friend bool operator==(const Anchor& a, const Anchor& b) {
    return a.role == b.role && a.name == b.name &&
           a.certificate_der == b.certificate_der && a.ekus == b.ekus;
  }
};

struct Crl {
  // Name of the CA's authority.
  std::string authority;
  std::string der;

  friend bool operator==(const Crl& a, const Crl& b) {
    return a.authority == b.authority && a.der == b.der;
  }
};

// An authority of the CA whose CRL counts.
struct Authority {
  std::string name;
  // RFC 2253.
  std::string subject;
};

struct AnchorList {
  // The CA's version of its anchors.
  int64_t version = 0;
  std::vector<Anchor> anchors;
};

// Anchors and CRLs as the CA gave them, in the order of their names.
struct TrustCopy {
  // The CA's version of its anchors.
  int64_t version = 0;
  std::vector<Anchor> anchors;
  std::vector<Crl> crls;
  // Subjects of authorities whose CRL couldn't be had yet. Not stored.
  std::vector<std::string> pending_issuers = {};

  friend bool operator==(const TrustCopy& a, const TrustCopy& b) {
    return a.version == b.version && a.anchors == b.anchors &&
           a.crls == b.crls && a.pending_issuers == b.pending_issuers;
  }
};

enum class RevocationKind { kCrl, kOcsp };

// The kind's word in the database and in lists: "crl", "ocsp".
absl::string_view WordOf(RevocationKind kind);
// DATA_LOSS for another word.
absl::StatusOr<RevocationKind> RevocationKindOf(absl::string_view word);

// What an operator brought of a third party's authority.
struct RevocationData {
  std::string name;
  RevocationKind kind = RevocationKind::kCrl;
  std::string der;
  absl::Time added_at;
};

// Where such data is fetched from.
struct RevocationSource {
  std::string name;
  AnchorRole role = AnchorRole::kTee;
  // Name of the trust anchor whose hierarchy it is about.
  std::string anchor;
  RevocationKind kind = RevocationKind::kCrl;
  std::string url;
  // Certificate of the authority that signs.
  std::string issuer_der;
  // How long what has run out still counts.
  int allow_stale_hours = 0;
};

struct RevocationList {
  // Grows with every change; equal versions mean equal lists.
  int64_t version = 0;
  // By name.
  std::vector<RevocationData> data;
  // By name.
  std::vector<RevocationSource> sources = {};
};

struct VersionedPolicy {
  attest::Policy policy;
  // 0: none was ever set; the policy is the default one.
  int64_t version = 0;
};

// A version of the policy as it was set.
struct SetPolicyVersion {
  int64_t version = 0;
  attest::Policy policy;
  std::string set_by;
  absl::Time set_at;
};

// Where a list of overdue devices goes on: behind this one.
struct OverduePlace {
  absl::Time at = absl::UnixEpoch();
  std::string did = {};
};

// Everything that appraisals go by.
struct KeptTrust {
  TrustCopy copy;
  VersionedPolicy policy;
  RevocationList revocation;
  ReferenceList references;
  EvidenceAnchorList evidence_anchors = {};
  ScopedPolicyList scoped = {};
};

// What an appraisal found out about a device, for its signed result.
struct AppraisedClaims {
  // Of kSchemes.
  std::string scheme = {};
  std::string tee_name = {};
  std::string tee_version = {};
  std::string tee_anchor = {};
  attest::TrustVector vector = {};
};

// An appraisal as it is kept.
struct AppraisalRecord {
  // Set by the store.
  int64_t id = 0;
  absl::Time at;
  std::string tid;
  // 32 octets, or empty.
  std::string did;
  bool accepted = false;
  std::vector<attest::Reason> reasons;
  int64_t policy_version = 0;
  // attest::Appraisal::proved.
  bool proved = false;
  AppraisedClaims claims = {};
  // Who asked, as it says; written, not read.
  std::string tsm_id = {};
  // Its own, random; written, not read. Empty: it isn't counted once only.
  std::string key = {};
  // To be kept with it; read as evidence_kept alone.
  absl::optional<EvidenceOctets> evidence = {};
  bool evidence_kept = false;
};

// Kinds of the ledger of what was used.
inline constexpr char kAppraisalAccepted[] = "appraisal-accepted";
inline constexpr char kAppraisalRefused[] = "appraisal-refused";

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_DOMAIN_MODEL_H_
