// The question before a command that takes something away.
//
// Thread-safety: a function without state.
// Errors: a usage error that names --yes where nobody can be asked; CANCELLED
// where the answer isn't yes.

#ifndef CLIENTS_OTRPCTL_CONFIRM_H_
#define CLIENTS_OTRPCTL_CONFIRM_H_

#include <istream>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "clients/otrpctl/command.h"

namespace otrp::ctl {

// OK where the command doesn't ask, has --yes, or somebody says "y" or "yes",
// or the call's word where the command asks for that. `stakes` is said before.
// `on_terminal`: whether somebody is at `in` and sees `out`.
absl::Status Confirm(const Command& command, const cli::Args& args,
                     bool on_terminal, std::istream& in, std::ostream& out,
                     const std::string& stakes = "");

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CONFIRM_H_
