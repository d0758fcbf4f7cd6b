// Writes a Result as a table, as JSON or YAML, or only the names of what is in
// it.

#ifndef CLIENTS_OTRPCTL_RENDER_H_
#define CLIENTS_OTRPCTL_RENDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/otrpctl/command.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {

enum class Format { kTable, kJson, kYaml, kName };

// Of --output; a usage error for another one.
absl::StatusOr<Format> FormatOf(const cli::Args& globals);

// The text for stdout, ending in a newline unless it is empty.
std::string Render(const Result& result, Format format);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_RENDER_H_
