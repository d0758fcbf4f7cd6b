#include "clients/otrpctl/commands.h"

#include <iterator>
#include <utility>

namespace otrp::ctl {

absl::Span<const Command> Commands() {
  static const auto* all = [] {
    auto* commands = new std::vector<Command>();
    for (auto list : {CaCommands, TrustCommands, SpCommands, DeviceCommands,
                      AuditCommands, LocalCommands}) {
      std::vector<Command> part = list();
      std::move(part.begin(), part.end(), std::back_inserter(*commands));
    }
    return commands;
  }();
  return *all;
}

}  // namespace otrp::ctl
