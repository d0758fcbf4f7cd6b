// The web console's files, as they were built: read once, at the start.
//
//   /console/                      index.html
//   /console/assets/main-2X7D.js   that file
//   /console/devices/0a1b          index.html: the console knows its paths
//   /console/missing.png           404
//
// Thread-safety: ConsoleFiles is immutable; functions without state.

#ifndef OTRP_SERVICES_API_HANDLERS_CONSOLE_FILES_H_
#define OTRP_SERVICES_API_HANDLERS_CONSOLE_FILES_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/http/message.h"
#include "services/api/handlers/security_headers.h"

namespace otrp {
namespace api {
namespace handlers {

class ConsoleFiles {
 public:
  struct File {
    std::string content;
    absl::string_view media_type;
    std::string etag;
    // Its name has a hash of what is in it.
    bool immutable = false;
  };

  // Nothing that isn't below `directory` is read. INVALID_ARGUMENT names the
  // flag --console_dir and the file: without index.html, with a symbolic link,
  // with a name or ending that the console's build doesn't make, or beyond the
  // limits for files.
  static absl::StatusOr<ConsoleFiles> Load(const std::string& directory);

  // By its path below /console/, decoded: "assets/main.js". Null: none.
  const File* Find(absl::string_view name) const;
  const File& index() const { return files_.at("index.html"); }

 private:
  ConsoleFiles() = default;

  std::map<std::string, File, std::less<>> files_;
};

// Of a path as it was sent, below /console/, the file's name; "index.html" for
// what the console itself knows. Nothing where it is no such path: with dot
// segments, backslashes, double encodings and the like.
absl::optional<std::string> ConsoleFileOf(absl::string_view path);

// Answers /console/... ; `files` is null where the console isn't served here.
http::Response GetConsoleFile(const ConsoleFiles* files, Scheme scheme,
                              const http::Request& request);

// Leads to /console/.
http::Response RedirectToConsole(Scheme scheme);

}  // namespace handlers
}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_HANDLERS_CONSOLE_FILES_H_
