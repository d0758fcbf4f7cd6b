// The message table: each family of request and response is one row, and what
// is true for one message but not for another stands in its row. A new family
// is a new row.
//
// Thread-safety: constants.
// Source: draft-ietf-teep-opentrustprotocol-03, "Detailed Messages
// Specification".

#ifndef OTRP_LIBS_PROTOCOL_MESSAGES_H_
#define OTRP_LIBS_PROTOCOL_MESSAGES_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace otrp {
namespace protocol {

enum class MessageKind {
  kGetDeviceState,
  kCreateSd,
  kUpdateSd,
  kDeleteSd,
  kInstallTa,
  kUpdateTa,
  kDeleteTa,
};

struct MessageRow {
  MessageKind kind;
  // "CreateSD": session memory, task names, metrics.
  absl::string_view name;
  // Outer member of the request, and the one inside its payload.
  absl::string_view request;
  absl::string_view tbs_request;
  // The same of the response. For GetDeviceState those of one TEE's entry.
  absl::string_view response;
  absl::string_view tbs_response;
};

absl::Span<const MessageRow> AllMessages();
const MessageRow& RowOf(MessageKind kind);
absl::string_view MessageName(MessageKind kind);
// Null where there is none.
const MessageRow* RowOfName(absl::string_view name);
// By the outer name of a response, e.g. "CreateSDResponse".
const MessageRow* RowOfResponse(absl::string_view outer_name);

// Outer member around the array of GetDeviceTEEStateResponse.
inline constexpr char kGetDeviceStateResponse[] = "GetDeviceStateResponse";

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_MESSAGES_H_
