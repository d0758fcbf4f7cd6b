// Rules that a certificate must keep before anybody signs it: one row for each,
// with the section that it comes from.
//
//   for (const LintFinding& f : LintTbs(tbs, {issuer, role})) ...
//
// They read the octets (lint_tbs.h) and not what libs/pki/issue.h meant to
// write, so that a fault of the one isn't the other's too.
//
// Thread-safety: functions without state.
// Source: RFC 5280; X.690; profile.h.

#ifndef OTRP_LIBS_PKI_LINT_H_
#define OTRP_LIBS_PKI_LINT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "libs/pki/certificate.h"
#include "libs/pki/lint_tbs.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace pki {

enum class LintSeverity {
  // It isn't signed.
  kError,
  // It is: somebody may stumble over it.
  kWarning,
};

// What a TBSCertificate is held against.
struct LintContext {
  // Who is to sign, or has signed.
  const Certificate& issuer;
  // Whose profile it has; unset: one of an authority's own (authority, OCSP
  // signer), of which the profiles say nothing.
  absl::optional<Role> role;
  // Certificate policies that its issuer issues by; null: they aren't known.
  const std::vector<std::string>* policy_oids = nullptr;
};

struct Lint {
  // Lower case with underscores; stays as it is, since people search for it.
  absl::string_view name;
  absl::string_view source;
  LintSeverity severity;
  // Only for certificates with a profile.
  bool profiles_only;
  bool (*holds)(const Tbs& tbs, const LintContext& context);
};

// All of them. Those of the profile come last.
absl::Span<const Lint> Lints();

struct LintFinding {
  std::string name;
  std::string source;
  LintSeverity severity = LintSeverity::kError;
};

// What doesn't hold, in the order of the table; octets that are no
// TBSCertificate are the one finding "structure".
std::vector<LintFinding> LintTbs(absl::string_view tbs_der,
                                 const LintContext& context);

// INTERNAL that names the errors among the findings: what we were about to sign
// isn't what we sign.
absl::Status CheckLints(absl::string_view tbs_der, const LintContext& context);

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_LINT_H_
