// Writes a Result as a table, as JSON or YAML, or only the names of what is in
// it.

#ifndef CLIENTS_OTRPCTL_RENDER_H_
#define CLIENTS_OTRPCTL_RENDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/otrpctl/command.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {

enum class Format { kTable, kJson, kYaml, kCsv, kName };

// Of --output; a usage error for another one.
absl::StatusOr<Format> FormatOf(const cli::Args& globals);

// CSV is RFC 4180's: a line of members' names, CRLF, quotes where they are
// needed. What a spreadsheet would run as a formula gets an apostrophe before
// it.
//
// The text for stdout, ending in a newline unless it is empty. `titles`:
// whether the table of a list has its first line.
std::string Render(const Result& result, Format format, bool titles = true);

// How an item of the list is called, as `-o name` prints it.
std::string NameOfItem(const Result& result, const json::Value& item);

// Text of several lines for people: each made printable. Errors quote names and
// what servers say; their lines are ours.
std::string PrintableLines(absl::string_view text);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_RENDER_H_
