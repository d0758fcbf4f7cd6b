#include "libs/service/channel.h"

#include "libs/rpc/field_error.h"

namespace otrp {
namespace service {
namespace {

constexpr char kStable[] = "stable";
constexpr char kBeta[] = "beta";

}  // namespace

std::string ChannelName(Channel channel) {
  return channel == Channel::kBeta ? kBeta : kStable;
}

absl::StatusOr<Channel> ParseChannel(absl::string_view text,
                                     absl::string_view field) {
  if (text.empty() || text == kStable) return Channel::kStable;
  if (text == kBeta) return Channel::kBeta;
  return rpc::FieldMust(field, "be \"stable\" or \"beta\"");
}

}  // namespace service
}  // namespace otrp
