// Making certificates: roots, issuing authorities and leaves by profile.
//
// Decides nothing about who may have one; services/ca does. Each certificate is
// parsed and checked against its template again before it is returned. Whether
// the key is the issuer's is for CheckIssued(): a certificate is linted before
// that key touches it.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT for a template that makes no sense; INTERNAL when
// signing fails or a certificate isn't what its template says.
// Source: RFC 5280.

#ifndef OTRP_LIBS_PKI_ISSUE_H_
#define OTRP_LIBS_PKI_ISSUE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/crypto/x509.h"
#include "libs/pki/certificate.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace pki {

// 16 random octets with a positive first bit, lower-case hex (RFC 5280 4.1.2.2
// allows 20).
std::string NewSerial(Random& random);

struct LeafTemplate {
  Role role = Role::kTee;
  std::string serial;  // hex
  std::string common_name;
  crypto::SubjectNames names;
  absl::Time not_before;
  // At most the profile's longest life (lifetime.h) and the issuer's end.
  absl::Time not_after;
  // Where revocation is told; left out where empty.
  std::string crl_url;
  std::string ocsp_url;
  std::string issuer_url;
  // As crypto::CertificateSpec.
  std::vector<std::string> policy_oids = {};
  std::string cps_uri = {};
};

struct AuthorityTemplate {
  std::string serial;
  std::string common_name;
  absl::Time not_before;
  absl::Time not_after;
  // CAs that may follow below; -1: any number.
  int path_length = 0;
  // As crypto::CertificateSpec.
  std::vector<std::string> permitted_dns = {};
  std::vector<std::string> permitted_uri_hosts = {};
  std::string crl_url;
  std::string ocsp_url;
  std::string issuer_url;
  std::vector<std::string> policy_oids = {};
  std::string cps_uri = {};
};

absl::StatusOr<Certificate> IssueRoot(const AuthorityTemplate& root,
                                      const crypto::PrivateKey& key);

absl::StatusOr<Certificate> IssueAuthority(
    const AuthorityTemplate& authority, const crypto::PublicKey& key,
    const Certificate& issuer, const crypto::PrivateKey& issuer_key);

absl::StatusOr<Certificate> IssueLeaf(const LeafTemplate& leaf,
                                      const crypto::PublicKey& key,
                                      const Certificate& issuer,
                                      const crypto::PrivateKey& issuer_key);

struct OcspSignerTemplate {
  std::string serial;  // hex
  std::string common_name;
  absl::Time not_before;
  // At most the issuer's end.
  absl::Time not_after;
};

// Of one who signs OCSP responses for `issuer` and nothing else. Nobody is to
// ask whether it is revoked (id-pkix-ocsp-nocheck), so it must not live long
// (RFC 6960 4.2.2.2.1).
absl::StatusOr<Certificate> IssueOcspSigner(
    const OcspSignerTemplate& signer, const crypto::PublicKey& key,
    const Certificate& issuer, const crypto::PrivateKey& issuer_key);

// What was signed, looked at once more before it leaves, as relying parties
// will: signed with the key of `issuer`'s certificate and named by its key
// identifier, ending no later, and a CA only where the issuer's path length
// leaves room for it. A root is its own issuer. INTERNAL says what is wrong.
absl::Status CheckIssued(const Certificate& made, const Certificate& issuer);

// True when both say the same but for their signatures (the signed octets up to
// the signature are equal where keys of the same type signed).
bool SameToBeSigned(const Certificate& a, const Certificate& b);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_ISSUE_H_
