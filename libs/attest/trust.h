// What appraisals believe in: the roots of TEEs and of firmware, and the CRLs
// and OCSP responses that are known. Immutable: a change makes a new one, which
// takes over from the one before what the change doesn't touch: lists that were
// read, their signatures that were checked, chains that were validated.
//
// Thread-safety: thread-safe.
// Errors: Create() never fails for one bad input: what can't be read is left
// out and named in problems().

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

struct TrustRoot {
  std::string der;
  // As pki::TrustAnchor::ekus.
  std::vector<std::string> ekus = {};
  // What the operator calls it.
  std::string name = {};

  friend bool operator==(const TrustRoot& a, const TrustRoot& b) {
    return a.der == b.der && a.ekus == b.ekus && a.name == b.name;
  }
};

// An authority of whose certificates something has to tell, whatever the policy
// says: somebody said where it is to be had.
struct RequiredIssuer {
  // Of the authority, DER; its key counts.
  std::string certificate_der;
  // How long it still counts after it has run out.
  absl::Duration stale_life = absl::ZeroDuration();
  // A responder tells, which is asked about single certificates.
  bool by_ocsp = false;

  friend bool operator==(const RequiredIssuer& a, const RequiredIssuer& b) {
    return a.certificate_der == b.certificate_der &&
           a.stale_life == b.stale_life && a.by_ocsp == b.by_ocsp;
  }
};

struct TrustInputs {
  std::vector<TrustRoot> tee_roots;
  std::vector<TrustRoot> tfw_roots;
  // DER; of any authority. They are checked against the issuer's certificate
  // when they are used.
  std::vector<std::string> crls;
  std::vector<std::string> ocsp_responses = {};
  // How long after its thisUpdate a CRL without nextUpdate is current.
  absl::Duration undated_crl_life = absl::ZeroDuration();
  // Subjects (RFC 2253) of authorities whose list couldn't be had yet, not even
  // an old one: whether a certificate of theirs is revoked isn't known, and no
  // policy makes it good (ChainResult::revocation_pending).
  std::vector<std::string> pending_issuers = {};
  std::vector<RequiredIssuer> required_issuers = {};
};

enum class ChainRole { kTee, kTfw };

// Whose status a responder is to be asked for; DER.
struct AskedCertificate {
  std::string certificate;
  std::string issuer;
};

struct ChainResult {
  bool trusted = false;
  // The name of the first root that it comes to; of a root that was given
  // twice, the first. Empty where it isn't trusted.
  std::string root_name;
  // Where it isn't trusted: "unknown-issuer", "expired", "not-yet-valid",
  // "bad-signature", "wrong-usage", "invalid" (detail says more) or "revoked".
  std::string problem;
  // For people.
  std::string detail;
  // Nothing current says of one of its certificates that it isn't revoked.
  bool revocation_unknown = false;
  // It would be known if the issuer's list had been loaded.
  bool revocation_pending = false;
  // And it has to be known (RequiredIssuer): what would tell has run out for
  // longer than it may.
  bool revocation_required = false;
  // Those of it that a responder hasn't told of, or not lately.
  std::vector<AskedCertificate> asked = {};
  // The first end of validity in the chain.
  absl::Time not_after = absl::InfinitePast();
  // Of the leaf, where it is trusted and its key may sign messages.
  absl::optional<crypto::PublicKey> leaf_key;
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
  // `before`, where given, is what the new one takes over from: chains whose
  // roots, and whose issuers' lists, are the same in both.
  static std::shared_ptr<const Trust> Create(const TrustInputs& inputs,
                                             const Trust* before = nullptr);
  ~Trust();

  // From `leaf` to a root of that role, at `now`, with the help of
  // `intermediates` (DER, any order, perhaps useless ones; more than
  // kMaxChainLength are refused). Trusted results are remembered until a
  // certificate of the chain runs out, or what told that it isn't revoked.
  //
  // Revocation: of an issuer's CRLs the newest counts (pki::WordOf), and of
  // that and its current OCSP responses the newest. A listed certificate is
  // revoked even when the list has run out; an unlisted one is good only by
  // something current.
  ChainResult CheckChain(ChainRole role, const std::string& leaf,
                         const std::vector<std::string>& intermediates,
                         absl::Time now) const;

  // One sentence for each input that was left out.
  const std::vector<std::string>& problems() const;

  // Chains that are remembered.
  size_t remembered() const;

 private:
  struct Impl;
  explicit Trust(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_TRUST_H_
