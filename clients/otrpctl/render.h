// Writes a Result as a table or as JSON.

#ifndef CLIENTS_OTRPCTL_RENDER_H_
#define CLIENTS_OTRPCTL_RENDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/otrpctl/command.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {

enum class Format { kTable, kJson };

// Of --output; a usage error for a third one.
absl::StatusOr<Format> FormatOf(const cli::Args& globals);

// The text for stdout, ending in a newline unless it is empty.
std::string Render(const Result& result, Format format);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_RENDER_H_
