// Channels of a trusted application's versions: what is meant for everybody,
// and what is tried out before.
//
// Thread-safety: functions without state. Errors: INVALID_ARGUMENT names the
// field.

#ifndef OTRP_LIBS_SERVICE_CHANNEL_H_
#define OTRP_LIBS_SERVICE_CHANNEL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace service {

enum class Channel { kStable, kBeta };

// "stable" or "beta", as databases, events and callers write it.
std::string ChannelName(Channel channel);

// Empty is "stable", which is what there was before there were channels.
absl::StatusOr<Channel> ParseChannel(absl::string_view text,
                                     absl::string_view field = "channel");

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_CHANNEL_H_
