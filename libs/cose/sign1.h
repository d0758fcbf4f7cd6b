// COSE_Sign1 (RFC 9052) with ES256 and ES384 (RFC 9053). As with libs/jose,
// what was received and what was verified are two types: the payload of an
// UnverifiedSign1 says who may have signed it, that of a VerifiedSign1 what he
// said.
//
//   OTRP_ASSIGN_OR_RETURN(UnverifiedSign1 message,
//                         UnverifiedSign1::Parse(octets));
//   const crypto::PublicKey key = KeyOf(message.kid());
//   OTRP_ASSIGN_OR_RETURN(const VerifiedSign1 verified,
//                         VerifiedSign1::Verify(std::move(message), key));
//
// Strict: the algorithm stands in the protected header, no header parameter
// twice across the two headers, no "crit" (there is no extension that we know),
// the payload is in the message. A COSE_Mac0 is refused: who can check it could
// have made it.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT saying what is wrong; Verify() says "the signature
// is wrong" without more.

#ifndef OTRP_LIBS_COSE_SIGN1_H_
#define OTRP_LIBS_COSE_SIGN1_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/cbor/cbor.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace cose {

inline constexpr int64_t kSign1Tag = 18;

enum class SigAlg { kES256, kES384 };

// "ES256", "ES384".
absl::string_view SigAlgName(SigAlg alg);

class UnverifiedSign1 {
 public:
  // The message with or without its tag (18).
  static absl::StatusOr<UnverifiedSign1> Parse(absl::string_view octets,
                                               const cbor::Limits& limits = {});

  SigAlg alg() const { return alg_; }
  // Parameter 4 of either header; empty where there is none.
  const std::string& kid() const { return kid_; }
  // DER certificates of parameter 33 (RFC 9360), from whichever header has it;
  // leaf first, perhaps empty. Not validated in any way.
  const std::vector<std::string>& x5chain() const { return x5chain_; }
  // Not signed by anybody as far as is known.
  const std::string& payload() const { return payload_; }

 private:
  friend class VerifiedSign1;
  UnverifiedSign1() = default;
  absl::Status ReadHeaders(const cbor::Value& header,
                           const cbor::Value& unprotected);

  SigAlg alg_ = SigAlg::kES256;
  std::string kid_;
  std::vector<std::string> x5chain_;
  std::string protected_;
  cbor::Value header_;
  std::string payload_;
  std::string signature_;
};

class VerifiedSign1 {
 public:
  // The key is the caller's to trust; its curve must be the algorithm's.
  static absl::StatusOr<VerifiedSign1> Verify(UnverifiedSign1 message,
                                              const crypto::PublicKey& key);

  const std::string& payload() const { return payload_; }
  // A map.
  const cbor::Value& protected_header() const { return header_; }

 private:
  VerifiedSign1(std::string payload, cbor::Value header)
      : payload_(std::move(payload)), header_(std::move(header)) {}

  std::string payload_;
  cbor::Value header_;
};

}  // namespace cose
}  // namespace otrp

#endif  // OTRP_LIBS_COSE_SIGN1_H_
