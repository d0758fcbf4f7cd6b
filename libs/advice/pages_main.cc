// pages errors: prints docs/errors.md.
// pages attestation FILE: prints FILE with its table of reasons made anew.

#include <cstdio>
#include <string>

#include "absl/strings/string_view.h"
#include "libs/advice/pages.h"
#include "libs/base/files.h"

int main(int argc, char** argv) {
  const absl::string_view name = argc > 1 ? argv[1] : "";
  std::string page;
  if (name == "errors" && argc == 2) {
    page = otrp::advice::ErrorsPage();
  } else if (name == "attestation" && argc == 3) {
    const auto before = otrp::ReadWholeFile(argv[2]);
    if (!before.ok()) {
      std::fprintf(stderr, "%s\n", before.status().ToString().c_str());
      return 1;
    }
    page = otrp::advice::AttestationPage(*before);
  } else {
    std::fprintf(stderr, "usage: pages errors | attestation FILE\n");
    return 2;
  }
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0
                                                                         : 1;
}
