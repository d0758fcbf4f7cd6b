// The commands of otrp-load.
//
// Thread-safety: one call a process.

#ifndef CLIENTS_LOAD_COMMANDS_H_
#define CLIENTS_LOAD_COMMANDS_H_

#include <string>
#include <vector>

namespace otrp::load {

// `words`: what follows the program's name. Exit codes: 0 ok, 1 failed or too
// many errors, 2 usage.
int RunCommand(const std::vector<std::string>& words);

}  // namespace otrp::load

#endif  // CLIENTS_LOAD_COMMANDS_H_
