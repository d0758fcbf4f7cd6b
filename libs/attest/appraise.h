// Appraisal: evidence, roots, policies and reference values in; a verdict with
// its reasons out.
//
//   Appraisal a = Appraise(evidence, *trust, policies, references, now);
//   if (a.verdict == Verdict::kAccepted) use(*a.tee_key);
//
// Steps, in this order: the DSI is read; the TEE's certificate is validated to
// a TEE root; the response's signature is checked with its key; the firmware's
// certificate and its signature over the tid likewise; then the policy's
// rules and the reference values. The first failing step of the TEE ends it;
// firmware and policy each add their own reason, so that an operator sees all
// that is wrong.
//
// No I/O, no clock: pure, but for the cache inside Trust.
//
// Thread-safety: thread-safe. Errors: none; evidence that isn't believed is a
// result.
// Source: docs/wire.md sections 2, 3 and 6; RFC 9334.

#ifndef OTRP_LIBS_ATTEST_APPRAISE_H_
#define OTRP_LIBS_ATTEST_APPRAISE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/attest/evidence.h"
#include "libs/attest/judge.h"
#include "libs/attest/policy_set.h"
#include "libs/attest/reason.h"
#include "libs/attest/reference_values.h"
#include "libs/attest/trust.h"
#include "libs/attest/trust_vector.h"
#include "libs/crypto/keys.h"

namespace otrp {
namespace attest {

enum class Verdict { kAccepted, kRefused };

struct Appraisal {
  Verdict verdict = Verdict::kRefused;
  // Why it is refused; remarks where it is accepted.
  std::vector<Reason> reasons;
  // Refused for want of a list that isn't loaded yet
  // (ChainResult::revocation_pending): no word about the TEE. It may come
  // again.
  bool pending = false;
  // SHA-256 of the TEE certificate, 32 octets, and its DER: whenever one could
  // be read, whatever the verdict; of a malformed DSI only where its TEE has
  // signed it and is trusted. Name and version likewise.
  std::string did;
  std::string tee_certificate;
  std::string tee_name;
  std::string tee_version;
  // Only when accepted.
  absl::optional<crypto::PublicKey> tee_key;
  // Firmware evidence was there and good.
  bool firmware_verified = false;
  // The TEE that `did` names has signed the evidence, whatever the verdict.
  bool proved = false;
  // Judgement::is_known.
  bool is_known = false;
  // The name of the root that the TEE's chain ends at (TrustRoot::name): not
  // what the TEE says of itself. Empty where the chain isn't trusted.
  std::string tee_root_name;
  // Until when the TEE's chain is valid.
  absl::Time not_after = absl::InfinitePast();
  // ChainResult::asked, of all its chains.
  std::vector<AskedCertificate> asked = {};
  // Service providers whose policies refuse it; only when accepted.
  std::vector<SpRefusal> sp_refusals;
};

// The same in the terms of AR4SI.
TrustVector VectorOf(const Appraisal& appraisal);

Appraisal Appraise(const Evidence& evidence, const Trust& trust,
                   const PolicySet& policies, const ReferenceTable& references,
                   absl::Time now);

// What appraisals of other kinds of evidence have in common with it. Each adds
// to `out` what refuses, or is remarkable.

// Whether the chain from `leaf` leads to a TEE root; fills in that root's name
// and how long the chain is valid.
bool CheckTeeChain(const std::string& leaf,
                   const std::vector<std::string>& intermediates,
                   const Trust& trust, const PolicySet& policies,
                   absl::Time now, Appraisal* out);
// The end: the policies' rules and the reference values over the claims in
// `out`, the verdict, and which service providers refuse it though. `believed`:
// nothing has refused it so far.
void Conclude(bool believed, const PolicySet& policies,
              const ReferenceTable& references, Appraisal* out);
// A reason whose `value` is printable and not too long.
void AddReason(Reason reason, Appraisal* out);

}  // namespace attest
}  // namespace otrp

#endif  // OTRP_LIBS_ATTEST_APPRAISE_H_
