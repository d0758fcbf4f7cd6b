// Runs a program to its end, for test support code.

#ifndef OTRP_TESTS_SUPPORT_SUBPROCESS_H_
#define OTRP_TESTS_SUPPORT_SUBPROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace otrp {
namespace testing {

// argv[0] is a path or looked up in PATH. INTERNAL with the end of its output
// (stdout and stderr) where it fails.
absl::Status RunProgram(const std::vector<std::string>& argv);

// A new directory under /tmp; short enough for a socket's path.
absl::StatusOr<std::string> MakeTempDir();
void RemoveTree(const std::string& dir);

// Mode 0600.
absl::Status WriteWholeFile(const std::string& path,
                            const std::string& content);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_SUBPROCESS_H_
