// Online certificate status (RFC 6960, profile RFC 5019): requests and
// responses about one or a few certificates of one authority.
//
// Responses are signed by the authority itself or by a signer that it certified
// for that (issue.h), named by the hash of its key. SHA-1 is only used to name
// issuers (CertID), as everyone does.
//
// Thread-safety: immutable.
// Errors: INVALID_ARGUMENT for octets that are no OCSP message;
// FAILED_PRECONDITION from Verify(), saying what is wrong.

#ifndef OTRP_LIBS_PKI_OCSP_H_
#define OTRP_LIBS_PKI_OCSP_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/crypto/keys.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"

namespace otrp {
namespace pki {

// extendedKeyUsage of those who sign responses for their issuer.
inline constexpr char kOcspSigningEku[] = "1.3.6.1.5.5.7.3.9";

enum class OcspStatus { kGood, kRevoked, kUnknown };

// The hashes of CertIDs; the first is what most ask by.
inline constexpr absl::string_view kCertIdHashes[] = {"sha1", "sha256",
                                                      "sha384", "sha512"};

// Which certificate is meant: hashes of its issuer's name and key, and serial.
struct CertId {
  // Of kCertIdHashes; empty: another, which names nobody that we know.
  std::string hash;
  std::string issuer_name_hash;
  std::string issuer_key_hash;
  // Lower-case hex without leading zeros.
  std::string serial;
  // As it stood in the request, to be repeated in the response.
  std::string der;

  bool IssuedBy(const Certificate& issuer) const;
};

CertId CertIdOf(const Certificate& certificate, const Certificate& issuer);
CertId CertIdOf(absl::string_view serial, const Certificate& issuer,
                absl::string_view hash = kCertIdHashes[0]);

// DER of a request about one certificate, without a nonce, so that it can be
// cached (RFC 5019).
absl::StatusOr<std::string> BuildOcspRequest(const Certificate& subject,
                                             const Certificate& issuer);

struct OcspRequest {
  // The first certificate of the list. RFC 5019 2.1.1 allows no further one;
  // where there are some, they are left unread.
  CertId id;
  // Octets of the nonce extension; empty: none.
  std::string nonce;
};
absl::StatusOr<OcspRequest> ParseOcspRequest(absl::string_view der);

struct OcspEntry {
  CertId id;
  OcspStatus status = OcspStatus::kUnknown;
  // Only when revoked; the reason as in RFC 5280 5.3.1, -1: none.
  absl::Time revoked_at;
  int reason = -1;
};

struct OcspTemplate {
  std::vector<OcspEntry> entries;
  absl::Time produced_at;
  absl::Time this_update;
  absl::Time next_update;
  std::string nonce;
};

// DER of a response signed by `responder`: the authority, or a signer that it
// certified, whose certificate then goes with it.
absl::StatusOr<std::string> IssueOcspResponse(const OcspTemplate& response,
                                              const Certificate& responder,
                                              const crypto::PrivateKey& key);

// Unsigned answers for requests that get none (RFC 6960 4.2.1).
enum class OcspError {
  kMalformedRequest = 1,
  kInternalError = 2,
  kTryLater = 3,
  kUnauthorized = 6,
};
std::string OcspErrorResponse(OcspError error);

// What a verified response says about a certificate, and from when until when.
struct OcspAnswer {
  OcspStatus status = OcspStatus::kUnknown;
  absl::Time this_update;
  absl::Time next_update;
};

class OcspResponse {
 public:
  // Of a successful response; error responses are INVALID_ARGUMENT naming the
  // error.
  static absl::StatusOr<OcspResponse> Parse(absl::string_view der);

  const std::string& der() const { return der_; }
  const std::string& nonce() const { return nonce_; }
  absl::Time produced_at() const { return produced_at_; }
  // Certificates that it is about, and when the first answer ends.
  size_t size() const { return entries_.size(); }
  absl::Time ends_at() const;

  // What it says about `subject`: the response must be signed by its issuer or
  // by a responder that the issuer certified for that, and be current at `now`
  // (five minutes of clock difference are forgiven).
  //
  // A responder's certificate must be known not to be revoked: by
  // id-pkix-ocsp-nocheck in it, or by one of `crls` (RFC 6960 4.2.2.2.1).
  absl::StatusOr<OcspAnswer> Answer(
      const Certificate& subject, const Certificate& issuer, absl::Time now,
      absl::Span<const Crl* const> crls = {}) const;
  // Its status alone.
  absl::StatusOr<OcspStatus> Verify(const Certificate& subject,
                                    const Certificate& issuer,
                                    absl::Time now) const;

 private:
  struct Entry {
    CertId id;
    OcspStatus status;
    absl::Time this_update;
    absl::Time next_update;
  };
  OcspResponse() = default;
  std::string der_;
  std::string tbs_;
  absl::Time produced_at_;
  std::string signature_algorithm_;
  std::string signature_;
  std::string nonce_;
  std::vector<Entry> entries_;
  std::vector<std::string> certificates_;

  absl::Status CheckTimes(const Entry& entry, absl::Time now) const;
  absl::Status VerifySigner(const Certificate& issuer, absl::Time now,
                            absl::Span<const Crl* const> crls) const;
  absl::Status CheckResponder(const Certificate& responder,
                              const Certificate& issuer, absl::Time now,
                              absl::Span<const Crl* const> crls) const;
};

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_OCSP_H_
