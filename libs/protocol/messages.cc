#include "libs/protocol/messages.h"

namespace otrp {
namespace protocol {
namespace {

// In the order of MessageKind.
constexpr MessageRow kMessages[] = {
    {MessageKind::kGetDeviceState, "GetDeviceState", "GetDeviceStateRequest",
     "GetDeviceStateTBSRequest", "GetDeviceTEEStateResponse",
     "GetDeviceTEEStateTBSResponse"},
    {MessageKind::kCreateSd, "CreateSD", "CreateSDRequest",
     "CreateSDTBSRequest", "CreateSDResponse", "CreateSDTBSResponse"},
    {MessageKind::kUpdateSd, "UpdateSD", "UpdateSDRequest",
     "UpdateSDTBSRequest", "UpdateSDResponse", "UpdateSDTBSResponse"},
    {MessageKind::kDeleteSd, "DeleteSD", "DeleteSDRequest",
     "DeleteSDTBSRequest", "DeleteSDResponse", "DeleteSDTBSResponse"},
    {MessageKind::kInstallTa, "InstallTA", "InstallTARequest",
     "InstallTATBSRequest", "InstallTAResponse", "InstallTATBSResponse"},
    {MessageKind::kUpdateTa, "UpdateTA", "UpdateTARequest",
     "UpdateTATBSRequest", "UpdateTAResponse", "UpdateTATBSResponse"},
    {MessageKind::kDeleteTa, "DeleteTA", "DeleteTARequest",
     "DeleteTATBSRequest", "DeleteTAResponse", "DeleteTATBSResponse"},
};

}  // namespace

absl::Span<const MessageRow> AllMessages() { return kMessages; }

const MessageRow& RowOf(MessageKind kind) {
  return kMessages[static_cast<size_t>(kind)];
}

absl::string_view MessageName(MessageKind kind) { return RowOf(kind).name; }

const MessageRow* RowOfName(absl::string_view name) {
  for (const MessageRow& row : kMessages) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

const MessageRow* RowOfResponse(absl::string_view outer_name) {
  for (const MessageRow& row : kMessages) {
    if (row.response == outer_name) return &row;
  }
  return nullptr;
}

}  // namespace protocol
}  // namespace otrp
