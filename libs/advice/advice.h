// What a code means and what to do about it, for people: every code that the
// TSM writes into tasks, sessions and audit records. The OTrP errors are those
// of libs/protocol/errors.h, the attestation reasons those of
// libs/attest/reasons.h; the TSM's own codes are here.
//
// What it is not: what the TSM does about a code (errors.h), or a place where
// codes are decided upon.
//
// Thread-safety: constants and functions without state. Errors: none.

#ifndef OTRP_LIBS_ADVICE_ADVICE_H_
#define OTRP_LIBS_ADVICE_ADVICE_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace otrp {
namespace advice {

// Why an action failed, where no TEE's error code says it: Task.last_error,
// SessionMessage.error_code, "error" in audit details.
namespace code {
// The TEE signed something that the TSM can't read.
inline constexpr char kResponseUnreadable[] = "TSM_RESPONSE_UNREADABLE";
// The TEE says that it did it, and its state says that it didn't.
inline constexpr char kNoEffect[] = "TSM_NO_EFFECT";
// Followed by ": " and what is in the way.
inline constexpr char kRequestNotPossible[] = "TSM_REQUEST_NOT_POSSIBLE";
// The service provider's endpoint was asked for the TA; no answer yet.
inline constexpr char kPullWaits[] = "TSM_PULL_WAITS";
// It can't be asked, or what it answered isn't taken.
inline constexpr char kPullFailed[] = "TSM_PULL_FAILED";
// Not sent: the certificate that signed the version was revoked.
inline constexpr char kSignerRevoked[] = "TSM_SIGNER_REVOKED";
}  // namespace code

// Why a message was refused: metrics, "reason" in details of message.refused.
namespace refusal {
inline constexpr char kMalformed[] = "malformed";
inline constexpr char kUnknownTid[] = "unknown-tid";
inline constexpr char kUnknownRid[] = "unknown-rid";
inline constexpr char kExpired[] = "expired";
inline constexpr char kReplay[] = "replay";
// A device state that doesn't decrypt, or that its TEE hasn't signed: one name,
// so that no counter tells the two apart (RFC 7516 section 11.5).
inline constexpr char kNotAuthentic[] = "not-authentic";
inline constexpr char kSignature[] = "bad-signature";
inline constexpr char kWrongDevice[] = "wrong-device";
inline constexpr char kWrongMessage[] = "wrong-message";
inline constexpr char kAgentError[] = "agent-error";
inline constexpr char kNotTrusted[] = "not-trusted";
}  // namespace refusal

struct Row {
  absl::string_view code;
  // One or two sentences.
  absl::string_view advice;
};

// The rows of namespace code, and of namespace refusal.
absl::Span<const Row> AllTsmCodes();
absl::Span<const Row> AllRefusals();

// For a code of any of the four tables, alone or as "CODE: more"; empty for
// what is in none.
absl::string_view Of(absl::string_view code);

// The same for what is known to be an error: a device's own invention has an
// advice, too. Empty for "".
absl::string_view OfError(absl::string_view code);

}  // namespace advice
}  // namespace otrp

#endif  // OTRP_LIBS_ADVICE_ADVICE_H_
