#include "services/api/handlers/console_files.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/http/problem.h"
#include "libs/rest/etag.h"
#include "libs/rest/path.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {
namespace {

namespace fs = std::filesystem;

constexpr char kConsole[] = "/console/";
constexpr char kIndex[] = "index.html";

// Scripts and styles of this origin alone; nothing runs that stands in a page,
// and no text becomes a script.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";

constexpr char kPermissions[] =
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), hid=(), "
    "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()";

struct MediaType {
  absl::string_view ending;
  absl::string_view name;
};
constexpr MediaType kMediaTypes[] = {
    {".css", "text/css; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
    {".woff2", "font/woff2"},
};

absl::string_view MediaTypeOf(absl::string_view name) {
  for (const MediaType& type : kMediaTypes) {
    if (absl::EndsWith(name, type.ending)) return type.name;
  }
  return "";
}

// Whether the name ends as esbuild writes it: "main-4X7QZ2KD.js".
bool HasHash(absl::string_view name) {
  constexpr size_t kDigits = 8;
  const absl::string_view stem = name.substr(0, name.find_last_of('.'));
  if (stem.size() < kDigits + 1) return false;
  const absl::string_view hash = stem.substr(stem.size() - kDigits);
  return stem[stem.size() - kDigits - 1] == '-' &&
         std::all_of(hash.begin(), hash.end(), [](char c) {
           return absl::ascii_isupper(c) || (c >= '2' && c <= '7');
         });
}

bool IsPlainName(absl::string_view name) {
  return !name.empty() && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(c) || absl::StrContains("-._", c);
         });
}

absl::Status Bad(const fs::path& path, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("--console_dir: ", path.string(), " ", why));
}

// What stands in a folder is none of it: no link leads out, nothing is hidden.
absl::Status CheckEntry(const fs::directory_entry& entry) {
  std::error_code error;
  const fs::file_status status = entry.symlink_status(error);
  if (error) return Bad(entry.path(), "can't be looked at");
  if (!fs::is_regular_file(status) && !fs::is_directory(status)) {
    return Bad(entry.path(),
               "is neither a file nor a folder; links aren't "
               "followed");
  }
  if (!IsPlainName(entry.path().filename().string())) {
    return Bad(entry.path(),
               "must have a name of letters, digits, '-', '_' "
               "and '.', which isn't first");
  }
  return absl::OkStatus();
}

absl::StatusOr<ConsoleFiles::File> ReadOne(const fs::path& path) {
  const std::string name = path.filename().string();
  ConsoleFiles::File file;
  file.media_type = MediaTypeOf(name);
  if (file.media_type.empty()) {
    return Bad(path, "has an ending that no file of the console has");
  }
  absl::StatusOr<std::string> content =
      ReadWholeFile(path.string(), kMaxConsoleFileBytes);
  if (!content.ok()) return Bad(path, content.status().message());
  file.content = *std::move(content);
  file.etag = rest::ETagOf(file.content);
  file.immutable = HasHash(name);
  return file;
}

http::Response Refuse(int status, absl::string_view detail, Scheme scheme) {
  http::Response response = http::Problem(status, detail);
  AddSecurityHeaders(scheme, kNothingToLoad, &response);
  return response;
}

}  // namespace

absl::StatusOr<ConsoleFiles> ConsoleFiles::Load(const std::string& directory) {
  std::error_code error;
  // A link to the folder itself is the operator's way to change it.
  const fs::path root = fs::canonical(directory, error);
  if (error) return Bad(directory, "isn't there, or can't be read");
  ConsoleFiles console;
  size_t octets = 0;
  fs::recursive_directory_iterator it(root, error);
  for (; !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    OTRP_RETURN_IF_ERROR(CheckEntry(*it));
    if (it->is_directory(error)) continue;
    OTRP_ASSIGN_OR_RETURN(File file, ReadOne(it->path()));
    octets += file.content.size();
    console.files_.emplace(it->path().lexically_relative(root).generic_string(),
                           std::move(file));
    if (console.files_.size() > kMaxConsoleFiles || octets > kMaxConsoleBytes) {
      return Bad(root,
                 absl::StrCat("has more than ", kMaxConsoleFiles, " files or ",
                              kMaxConsoleBytes, " octets: is it the console?"));
    }
  }
  if (error) return Bad(root, "isn't a folder, or can't be read");
  if (console.Find(kIndex) == nullptr) {
    return Bad(root,
               "has no index.html; give the folder that the build of "
               "clients/console makes");
  }
  return console;
}

const ConsoleFiles::File* ConsoleFiles::Find(absl::string_view name) const {
  const auto it = files_.find(name);
  return it == files_.end() ? nullptr : &it->second;
}

absl::optional<std::string> ConsoleFileOf(absl::string_view path) {
  if (path == kConsole) return std::string(kIndex);
  if (!absl::StartsWith(path, kConsole)) return absl::nullopt;
  absl::StatusOr<rest::Path> parsed = rest::ParsePath(path);
  if (!parsed.ok() || parsed->segments.size() < 2) return absl::nullopt;
  // A colon has no meaning here.
  if (!parsed->verb.empty()) {
    absl::StrAppend(&parsed->segments.back(), ":", parsed->verb);
  }
  std::string name;
  for (size_t i = 1; i < parsed->segments.size(); ++i) {
    const std::string& segment = parsed->segments[i];
    // Of a segment that was encoded twice, or to be taken for two.
    if (segment.find_first_of("/\\%") != std::string::npos) {
      return absl::nullopt;
    }
    absl::StrAppend(&name, i > 1 ? "/" : "", segment);
  }
  if (!absl::StrContains(parsed->segments.back(), '.')) {
    return std::string(kIndex);
  }
  return name;
}

http::Response GetConsoleFile(const ConsoleFiles* files, Scheme scheme,
                              const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = Refuse(405, "this path takes GET, HEAD", scheme);
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (files == nullptr) {
    return Refuse(404,
                  "the console isn't served here: start the api with "
                  "--console_dir, the folder with its built files",
                  scheme);
  }
  const absl::optional<std::string> name = ConsoleFileOf(request.path);
  const ConsoleFiles::File* file =
      name.has_value() ? files->Find(*name) : nullptr;
  if (file == nullptr) {
    return Refuse(404, "there is nothing at this path", scheme);
  }
  http::Response response;
  response.headers = {
      {"Content-Type", std::string(file->media_type)},
      {"ETag", file->etag},
      {"Cache-Control",
       file->immutable ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", kPermissions}};
  AddSecurityHeaders(scheme, kPolicy, &response);
  if (rest::IfNoneMatchHas(request.header("If-None-Match"), file->etag)) {
    response.status = 304;
  } else {
    response.body = file->content;
  }
  return response;
}

http::Response RedirectToConsole(Scheme scheme) {
  http::Response response;
  response.status = 302;
  response.headers = {{"Location", kConsole}, {"Cache-Control", "no-cache"}};
  AddSecurityHeaders(scheme, kNothingToLoad, &response);
  return response;
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
