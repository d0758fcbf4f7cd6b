// Prints docs/otrpctl.md, which is its argument, with the list of commands
// made anew.

#include <cstdio>
#include <string>

#include "clients/otrpctl/commands.h"
#include "libs/base/files.h"
#include "libs/base/made_part.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: page FILE\n");
    return 2;
  }
  const auto before = otrp::ReadWholeFile(argv[1]);
  if (!before.ok()) {
    std::fprintf(stderr, "%s\n", before.status().ToString().c_str());
    return 1;
  }
  const std::string page = otrp::WithMadePart(
      *before, otrp::cli::CommandsPage(otrp::ctl::Program()));
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0
                                                                         : 1;
}
