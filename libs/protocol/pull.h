// What the TSM asks a service provider's endpoint for, and what that answers:
// a TA for one device, encrypted to the device's key for the SP, so that the
// TSM passes on what it can't read.
//
//   TSM:      SignPullRequest() -> POST -> UnverifiedPullAnswer::Parse()
//             -> VerifiedPullAnswer::Verify()
//   endpoint: OpenPullRequest() -> SignPullAnswer()
//
// Both are flattened JWS with a "typ" of their own, so that neither can be
// taken for the other, nor for a TA image or an OTrP message that the same key
// has signed. An answer is bound to its request: to the device and its key, the
// version, and a nonce that is never used twice.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT names what can't be read; UNAUTHENTICATED says what
// of a readable one isn't taken; no text of a stranger is quoted.
// Source: docs/pull-mode.md; for encrypted_ta docs/wire.md section 3.

#ifndef OTRP_LIBS_PROTOCOL_PULL_H_
#define OTRP_LIBS_PROTOCOL_PULL_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"
#include "libs/json/json.h"
#include "libs/pki/verify.h"
#include "libs/protocol/dialect.h"

namespace otrp {
namespace protocol {

// Of both directions' HTTP bodies.
inline constexpr char kPullMediaType[] = "application/jose+json";

inline constexpr size_t kPullNonceBytes = 32;

// How far the two sides' clocks may be apart, and how old a request or an
// answer may be.
inline constexpr absl::Duration kPullMaxAge = absl::Minutes(5);

// The largest answer: image and data, base64 in the payload and again in the
// JWS, and the rest.
inline constexpr size_t kMaxPullAnswerBytes = size_t{32} << 20;

struct PullRequest {
  // Who asks: the TSM's id.
  std::string tsm_id;
  // Who is asked: the endpoint's URL.
  std::string audience;
  std::string spid;
  std::string taid;
  std::string version;
  // 32 octets.
  std::string did;
  // kPullNonceBytes of them.
  std::string nonce;
  // To the second.
  absl::Time at;
  // The key in encrypted_ta is written by it.
  Dialect dialect = Dialect::kIetf03;
  // The device's key for the SP.
  crypto::PublicKey aik;
};

// `key_id`: the protected "kid"; empty: none. `chain`: of the TSM's
// certificate, DER, leaf first.
absl::StatusOr<std::string> SignPullRequest(
    const PullRequest& request, absl::string_view key_id,
    const crypto::PrivateKey& key, const std::vector<std::string>& chain);

// A request of a TSM whose certificate is under one of the endpoint's anchors.
class VerifiedPullRequest {
 public:
  const PullRequest& request() const { return request_; }
  // Empty: it has none.
  const std::string& key_id() const { return key_id_; }

 private:
  friend absl::StatusOr<VerifiedPullRequest> OpenPullRequest(
      absl::string_view, const pki::TrustAnchors&, absl::string_view,
      absl::string_view, absl::Time);
  explicit VerifiedPullRequest(PullRequest request)
      : request_(std::move(request)) {}

  PullRequest request_;
  std::string key_id_;
};

// For the endpoint: of `tsm_id`, for `audience`, not older than kPullMaxAge.
// Whether it was seen before, and whether the device may have the TA, is the
// endpoint's to say.
absl::StatusOr<VerifiedPullRequest> OpenPullRequest(
    absl::string_view text, const pki::TrustAnchors& tsm_roots,
    absl::string_view tsm_id, absl::string_view audience, absl::Time now);

// For the endpoint: encrypts image and personalization data (which may be
// empty) for the device that was asked for. `key`: of a certificate of the SP
// that the portal knows. FAILED_PRECONDITION in pei03 for an EC key of the
// device.
absl::StatusOr<std::string> SignPullAnswer(const VerifiedPullRequest& asked,
                                           absl::string_view image,
                                           absl::string_view personalization,
                                           const crypto::PrivateKey& key,
                                           absl::Time now, Random& random);

// What somebody sent.
class UnverifiedPullAnswer {
 public:
  static absl::StatusOr<UnverifiedPullAnswer> Parse(absl::string_view text);

 private:
  friend class VerifiedPullAnswer;
  explicit UnverifiedPullAnswer(jose::UnverifiedJws jws)
      : jws_(std::move(jws)) {}
  jose::UnverifiedJws jws_;
};

// The SP's answer to one request. That the device can decrypt it nobody here
// can tell.
class VerifiedPullAnswer {
 public:
  // With the names of InstallTA: key, iv, alg, ciphertadata, cipherpdata?.
  const json::Value& encrypted_ta() const { return encrypted_ta_; }
  // Which of `signers` it is by.
  size_t signer() const { return signer_; }

  // For the TSM. `signers`: keys of the SP's certificates that may sign now.
  static absl::StatusOr<VerifiedPullAnswer> Verify(
      UnverifiedPullAnswer answer, const PullRequest& asked,
      absl::Span<const crypto::PublicKey> signers, absl::Time now);

 private:
  VerifiedPullAnswer(json::Value encrypted_ta, size_t signer)
      : encrypted_ta_(std::move(encrypted_ta)), signer_(signer) {}
  json::Value encrypted_ta_;
  size_t signer_;
};

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_PULL_H_
