// The commands of otrp-device: init, provision, contact, show.
//
// Thread-safety: one call at a time.

#ifndef CLIENTS_DEVICE_COMMANDS_H_
#define CLIENTS_DEVICE_COMMANDS_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/device/transport.h"
#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "libs/cli/cli.h"

namespace otrp::device {

// What the commands touch besides files; tests bring their own.
struct CommandEnv {
  const Clock& clock;
  Random& random;
  std::ostream& out;
  std::ostream& err;
  std::function<absl::StatusOr<std::unique_ptr<Transport>>(
      HttpTransportOptions)>
      connect;
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
// The TSM doesn't believe the device's evidence.
inline constexpr int kExitRefused = 3;

// The command line as a table.
const cli::Program& Program();

// `words`: the command line without the program's name. Gives the exit code.
int RunCommand(const std::vector<std::string>& words, const CommandEnv& env);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_COMMANDS_H_
