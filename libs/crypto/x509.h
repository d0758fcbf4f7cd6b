// X.509 certificates, requests and CRLs over BoringSSL, as plain values: what
// libs/pki is made of. Nobody else should need this header.
//
// Parsing is strict DER: nothing after the object, definite minimal lengths
// all the way down, positive serials of at most 20 octets.
//
// Thread-safety: functions without state; the values are immutable.
// Errors: INVALID_ARGUMENT says what is wrong with an input; INTERNAL when
// BoringSSL fails where it can't.
// Source: RFC 5280, RFC 2986.

#ifndef OTRP_LIBS_CRYPTO_X509_H_
#define OTRP_LIBS_CRYPTO_X509_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"

// BoringSSL's X509: only libs/crypto sees more of it than this line.
struct x509_st;

namespace otrp {
namespace crypto {

// Bits of keyUsage (RFC 5280 4.2.1.3), to be added up.
enum KeyUsage : int {
  kDigitalSignature = 1,
  kNonRepudiation = 2,
  kKeyEncipherment = 4,
  kKeyAgreement = 8,
  kKeyCertSign = 16,
  kCrlSign = 32,
};

struct SubjectNames {
  std::vector<std::string> uris;
  std::vector<std::string> dns;
  // IPv4 dotted, IPv6 as RFC 5952 writes it; either form of IPv6 is taken.
  std::vector<std::string> ips;
  // Dotted OIDs.
  std::vector<std::string> registered_ids;
};

struct CertificateInfo {
  std::string der;
  // 1 to 3. Of version 1 a self-signed certificate counts as a CA's.
  int version = 3;
  // RFC 2253.
  std::string subject;
  std::string issuer;
  std::string common_name;
  // DER of the Names.
  std::string subject_der;
  std::string issuer_der;
  // Lower-case hex without leading zeros.
  std::string serial;
  absl::Time not_before;
  absl::Time not_after;
  // SubjectPublicKeyInfo, and the content of its BIT STRING.
  std::string spki;
  std::string key_bits;
  // Contents of subjectKeyIdentifier and of authorityKeyIdentifier's
  // keyIdentifier; empty: absent.
  std::string subject_key_id;
  std::string authority_key_id;
  bool is_ca = false;
  // CAs that may follow below; -1: any number, or no CA.
  int path_length = -1;
  bool has_key_usage = false;
  int key_usage = 0;
  bool has_eku = false;
  std::vector<std::string> eku_oids;
  SubjectNames names;
  // Dotted OID of the signature's algorithm.
  std::string signature_oid;
  std::shared_ptr<x509_st> handle;
};

absl::StatusOr<CertificateInfo> ParseX509(absl::string_view der);

struct CertificateSpec {
  std::string serial;  // hex
  std::string common_name;
  absl::Time not_before;
  absl::Time not_after;
  bool is_ca = false;
  // -1: unlimited. Only for CAs.
  int path_length = -1;
  int key_usage = 0;
  std::vector<std::string> eku_oids;
  SubjectNames names;
  std::string crl_url;
  std::string ocsp_url;
  std::string issuer_url;
  // nameConstraints of a CA: hosts and domains that all names of these kinds
  // below it must lie in, as RFC 5280 4.2.1.10 writes them. Empty: any.
  std::vector<std::string> permitted_dns;
  std::vector<std::string> permitted_uri_hosts;
  // id-pkix-ocsp-nocheck: nobody is to ask whether it is revoked.
  bool ocsp_nocheck = false;
  // certificatePolicies (RFC 5280 4.2.1.4), dotted, each with the CPS pointer
  // where that isn't empty.
  std::vector<std::string> policy_oids = {};
  std::string cps_uri = {};
};

// DER. `issuer` null: self-signed (then `key` belongs to `issuer_key`).
// authorityKeyIdentifier is the issuer's own subjectKeyIdentifier, whatever
// that was made of (RFC 5280 4.2.1.1).
absl::StatusOr<std::string> SignX509(const CertificateSpec& spec,
                                     const PublicKey& key,
                                     const CertificateInfo* issuer,
                                     const PrivateKey& issuer_key);

// Whether it has an extension at all.
bool HasExtension(const CertificateInfo& certificate, const char* oid);

// The octets that are signed (TBSCertificate).
std::string TbsOf(const CertificateInfo& certificate);

// Why a chain is refused, as libs/pki names it.
struct ChainFailure {
  std::string word;
  std::string detail;
};

// Builds and validates a path; `chain` gets leaf to anchor. OK or
// FAILED_PRECONDITION with `failure` filled.
absl::Status BuildX509Chain(const CertificateInfo& leaf,
                            const std::vector<const CertificateInfo*>& others,
                            const std::vector<const CertificateInfo*>& anchors,
                            absl::Time time, int max_depth,
                            std::vector<std::string>* chain,
                            ChainFailure* failure);

struct CsrInfo {
  std::string der;
  std::string common_name;
  std::string spki;
  SubjectNames names;
};

// Checks the request's own signature too.
absl::StatusOr<CsrInfo> ParseX509Request(absl::string_view der);
absl::StatusOr<std::string> SignX509Request(const PrivateKey& key,
                                            absl::string_view common_name,
                                            const SubjectNames& names);

struct RevokedEntry {
  std::string serial;  // lower-case hex without leading zeros
  absl::Time revoked_at;
  // RFC 5280 5.3.1; -1: none.
  int reason = -1;
};

// Which of its issuer's certificates a CRL speaks about; all of them where
// nothing is set (RFC 5280 5.2.5).
struct CrlScope {
  // The CRL is one of a distribution point: DER of the point's GeneralNames.
  bool has_point = false;
  std::vector<std::string> point_names;
  bool only_users = false;
  bool only_cas = false;
};

struct CrlInfo {
  std::string der;
  // RFC 2253.
  std::string issuer;
  std::string issuer_der;
  int64_t number = 0;
  absl::Time this_update;
  // Unset where absent.
  absl::optional<absl::Time> next_update;
  CrlScope scope;
  // Sorted by serial.
  std::vector<RevokedEntry> revoked;
  // Entries that are left out because no certificate can have their serial
  // (ParseX509 takes none that is negative or of more than 20 octets).
  size_t skipped = 0;
};

// CRLs that don't tell all about a certificate of their scope (deltas, some
// reasons only) and those about other issuers' certificates (indirect ones) are
// refused.
absl::StatusOr<CrlInfo> ParseX509Crl(absl::string_view der);
// True where the CRL is one of the certificate's issuer, and the certificate
// is in its scope: of its kind and, where the CRL is one of a distribution
// point, with that point among the certificate's own.
bool CoversX509(const CrlInfo& crl, const CertificateInfo& certificate);
struct CrlSpec {
  int64_t number = 0;
  absl::Time this_update;
  absl::Time next_update;
  std::vector<RevokedEntry> revoked;
  // Not empty: it is about those certificates alone that have this URL among
  // their distribution points, and says so in a critical
  // issuingDistributionPoint (RFC 5280 5.2.5).
  std::string point_url;
};

absl::StatusOr<std::string> SignX509Crl(const CrlSpec& spec,
                                        const CertificateInfo& issuer,
                                        const PrivateKey& issuer_key);
absl::Status VerifyX509Crl(absl::string_view der,
                           const CertificateInfo& issuer);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_X509_H_
