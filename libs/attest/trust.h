// What appraisals believe in: the roots of TEEs and of firmware, and the CRLs
// that are known. Immutable: a change makes a new one, and with it a new cache
// of validated chains.
//
// Thread-safety: thread-safe.
// Errors: Create() never fails for one bad input: roots and CRLs that can't be
// read are left out and named in problems().

#ifndef OTRP_LIBS_ATTEST_TRUST_H_
#define OTRP_LIBS_ATTEST_TRUST_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace attest {

struct TrustInputs {
  // DER.
  std::vector<std::string> tee_roots;
  std::vector<std::string> tfw_roots;
  // DER; of any authority. They are checked against the issuer's certificate
  // when they are used.
  std::vector<std::string> crls;
};

enum class ChainRole { kTee, kTfw };

struct ChainResult {
  bool trusted = false;
  // Where it isn't trusted: "unknown-issuer", "expired", "not-yet-valid",
  // "bad-signature", "wrong-usage", "invalid" (detail says more) or "revoked".
  std::string problem;
  // For people.
  std::string detail;
  // No valid CRL speaks about one of its certificates.
  bool revocation_unknown = false;
  // The first end of validity in the chain.
  absl::Time not_after = absl::InfinitePast();
};

// The readable parts of a certificate of which nothing is verified.
struct LeafView {
  crypto::PublicKey key;
  absl::Time not_after;
};
// INVALID_ARGUMENT saying what of it can't be read, or why its key is refused.
absl::StatusOr<LeafView> ReadLeaf(absl::string_view der);

class Trust {
 public:
  static std::shared_ptr<const Trust> Create(const TrustInputs& inputs);
  ~Trust();

  // From `leaf` to a root of that role, at `now`, with the help of
  // `intermediates` (DER, any order, perhaps useless ones; more than
  // kMaxChainLength are refused). Trusted results are remembered until a
  // certificate of the chain or a CRL about it runs out.
  //
  // Revocation: a listed certificate is revoked even when the list has run
  // out; an unlisted one is good only by a current list.
  ChainResult CheckChain(ChainRole role, const std::string& leaf,
                         const std::vector<std::string>& intermediates,
                         absl::Time now) const;

  // One sentence for each input that was left out.
  const std::vector<std::string>& problems() const;

 private:
  struct Impl;
  explicit Trust(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_TRUST_H_
