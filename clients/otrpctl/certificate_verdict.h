// What is to be thought of a certificate: whose it is, who signed it, whether
// it counts now, and what to do where it doesn't. Everything is verified here,
// with the keys of authorities that are trusted; who brought the octets doesn't
// count.
//
// Thread-safety: functions without state.

#ifndef CLIENTS_OTRPCTL_CERTIFICATE_VERDICT_H_
#define CLIENTS_OTRPCTL_CERTIFICATE_VERDICT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "otrp/ca/v1/ca.pb.h"

namespace otrp::ctl {

// An authority that is trusted: one of the suite, which tells what it revoked,
// or another's root.
struct Trusted {
  std::string name;
  pki::Certificate certificate;
  bool is_ours = false;
};

// Those of the suite, with what vouches for them elsewhere (cross
// certificates), but for roots that are revoked, which no list can tell. An
// issuing authority that is revoked is there: its issuer's list says so.
std::vector<Trusted> OursOf(const ca::v1::ListAuthoritiesResponse& response);

// The octets that the suite's PKI port gave about one certificate.
struct Told {
  absl::StatusOr<std::string> crl_der;
  absl::StatusOr<std::string> ocsp_der;
};
using Ask =
    std::function<Told(const pki::Certificate& subject, const Trusted& issuer)>;

struct Verdict {
  enum class Kind {
    kGood,
    kNotYetValid,
    kEnded,
    kRevoked,
    // No authority that is trusted vouches for it.
    kUntrusted,
    // Neither a CRL nor an OCSP response could be had and verified.
    kUnknown
  };
  Kind kind = Kind::kUntrusted;
  // As it is printed: stable members (docs/otrpctl.md).
  json::Value value = json::Value::Object();
  // Beside kGood, why, in a sentence.
  std::string why;
};

// "good", "not-yet-valid", "ended", "revoked", "untrusted", "unknown".
std::string KindWord(Verdict::Kind kind);

// Of the first of `certificates`; the rest may help to find its issuers.
Verdict Judge(const std::vector<pki::Certificate>& certificates,
              const std::vector<Trusted>& trusted, const Ask& ask,
              absl::Time now);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CERTIFICATE_VERDICT_H_
