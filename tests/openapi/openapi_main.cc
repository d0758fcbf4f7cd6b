// Prints docs/openapi.json. Arguments: descriptor sets of the protos.

#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/files.h"
#include "libs/rest/comments.h"
#include "libs/rest/mounts.h"
#include "libs/rest/openapi.h"
#include "tests/rest/callers.h"

namespace otrp {
namespace {

int Main(const std::vector<std::string>& paths) {
  std::vector<std::string> sets;
  for (const std::string& path : paths) {
    absl::StatusOr<std::string> octets = ReadWholeFile(path);
    if (!octets.ok()) {
      std::cerr << octets.status() << "\n";
      return 1;
    }
    sets.push_back(*std::move(octets));
  }
  const absl::StatusOr<rest::Comments> comments = rest::Comments::Of(sets);
  const absl::StatusOr<rest::RouteTable> routes = rest::NewRouteTable();
  for (const absl::Status& status : {comments.status(), routes.status()}) {
    if (status.ok()) continue;
    std::cerr << status << "\n";
    return 1;
  }
  std::cout << rest::Pretty(
      rest::OpenApi(*routes, *comments, &testing::CallersOf));
  return 0;
}

}  // namespace
}  // namespace otrp

int main(int argc, char** argv) { return otrp::Main({argv + 1, argv + argc}); }
