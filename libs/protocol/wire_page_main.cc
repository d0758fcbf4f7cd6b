// wire_page FILE: prints docs/wire.md with its table of members made anew.

#include <cstdio>
#include <string>

#include "libs/base/files.h"
#include "libs/protocol/wire_page.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: wire_page FILE\n");
    return 2;
  }
  const auto before = otrp::ReadWholeFile(argv[1]);
  if (!before.ok()) {
    std::fprintf(stderr, "%s\n", before.status().ToString().c_str());
    return 1;
  }
  const std::string page = otrp::protocol::WirePage(*before);
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0
                                                                         : 1;
}
