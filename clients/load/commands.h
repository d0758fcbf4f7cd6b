// The commands of otrp-load.
//
// Thread-safety: one call a process.

#ifndef CLIENTS_LOAD_COMMANDS_H_
#define CLIENTS_LOAD_COMMANDS_H_

#include <string>
#include <vector>

#include "libs/cli/cli.h"

namespace otrp::load {

// The command line as a table.
const cli::Program& Program();

// `words`: what follows the program's name. Exit codes: 0 ok, 1 failed or too
// many errors, 2 usage.
int RunCommand(const std::vector<std::string>& words);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_COMMANDS_H_
