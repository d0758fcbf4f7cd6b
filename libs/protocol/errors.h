// The errors that a TEE or an agent answers with, one row each: what it means
// for the TSM's next step. Spellings of both dialects have rows of their own.
//
// Thread-safety: constants and functions without state. A code without a row
// (a TEE's own invention) gets UnknownErrorRow(): the task is given up.
// Source: both drafts, "Error Code List"; docs/wire.md section 4.

#ifndef OTRP_LIBS_PROTOCOL_ERRORS_H_
#define OTRP_LIBS_PROTOCOL_ERRORS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace otrp {
namespace protocol {

// In place of a code where a failure has none; without a row of its own.
inline constexpr char kUnspecifiedError[] = "ERR_UNSPECIFIED";

// What the TSM does next.
enum class ErrorAction {
  // Ours and the TEE's picture of the state differ: a fresh GetDeviceState,
  // then plan again. The task isn't blamed.
  kResync,
  // Sign with the other algorithm, starting with a fresh GetDeviceState.
  kSwitchAlgorithm,
  // Passing: the task waits (a pause that doubles), the session goes on with
  // what doesn't depend on it.
  kRetryLater,
  // Trying again can't help: the task is given up and somebody must look; the
  // session goes on with what doesn't depend on it.
  kGiveUpTask,
  // Nothing can be done with this TEE now; the session ends, the task waits.
  kEndSessionRetryLater,
  // Nothing can be done with this TEE until somebody has looked: the session
  // ends, the task is given up.
  kEndSessionGiveUp,
};

// Whose spelling a code is.
enum class ErrorDialects { kBoth, kIetf03, kPei03 };

struct ErrorRow {
  // "ERR_SD_NOT_FOUND".
  absl::string_view code;
  ErrorAction action;
  // One sentence for the operator: the cause and what to do.
  absl::string_view advice;
  ErrorDialects dialects = ErrorDialects::kBoth;
};

absl::Span<const ErrorRow> AllErrors();
// The row of `code`, or UnknownErrorRow().
const ErrorRow& RowOfError(absl::string_view code);
const ErrorRow& UnknownErrorRow();

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_ERRORS_H_
