#include "clients/otrpctl/contexts.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/http/host_port.h"

namespace otrp::ctl {
namespace {

// Some thousand contexts.
constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr size_t kMaxNameBytes = 64;
// The portal's have less than half of that.
constexpr size_t kMaxTokenBytes = 128;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

absl::Status FileError(const std::string& path, absl::string_view what) {
  return cli::UsageError(absl::StrCat(path, ": ", what));
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "."
         : slash == 0               ? "/"
                                    : path.substr(0, slash);
}

// Of a descriptor or of what stands at a path.
absl::Status CheckFile(const std::string& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode)) return FileError(path, "is no plain file");
  if (file.st_uid != geteuid()) return FileError(path, "is another user's");
  if ((file.st_mode & kOthers) != 0) {
    return FileError(path, absl::StrCat("others can read or write it: its "
                                        "tokens may be known; revoke them, "
                                        "then: chmod 600 ",
                                        path));
  }
  return absl::OkStatus();
}

// Who may write into the folder puts another file there.
absl::Status CheckFolder(const std::string& folder) {
  struct stat there = {};
  if (::lstat(folder.c_str(), &there) != 0) {
    return FileError(folder, std::strerror(errno));
  }
  if (S_ISLNK(there.st_mode)) {
    return FileError(folder,
                     "is a symbolic link: name the folder itself, by "
                     "OTRPCTL_CONFIG");
  }
  if (!S_ISDIR(there.st_mode)) return FileError(folder, "is no folder");
  const bool by_others = (there.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  const bool of_another = there.st_uid != geteuid() && there.st_uid != 0;
  if (of_another || (by_others && (there.st_mode & S_ISVTX) == 0)) {
    return FileError(folder, absl::StrCat("others can write into it: chmod "
                                          "700 ",
                                          folder));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadAll(const std::string& path, int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(descriptor, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError(path, std::strerror(errno));
    if (n == 0) return text;
    text.append(buffer, static_cast<size_t>(n));
    if (text.size() > kMaxFileBytes) return FileError(path, "is too large");
  }
}

// Empty where there is none.
absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT) return std::string();
    return FileError(path, errno == ELOOP
                               ? "is a symbolic link: name the file itself, "
                                 "by OTRPCTL_CONFIG"
                               : std::strerror(errno));
  }
  struct stat file = {};
  absl::Status status = ::fstat(descriptor, &file) == 0
                            ? CheckFile(path, file)
                            : FileError(path, std::strerror(errno));
  absl::StatusOr<std::string> text = std::string();
  if (status.ok()) text = ReadAll(path, descriptor);
  ::close(descriptor);
  if (!status.ok()) return status;
  return text;
}

std::string TextOf(const json::Value& object, absl::string_view name) {
  const absl::StatusOr<absl::string_view> text = object.GetString(name);
  return text.ok() ? std::string(*text) : "";
}

void SetText(absl::string_view name, const std::string& text,
             json::Value* object) {
  if (!text.empty()) object->Set(name, json::Value::String(text));
}

absl::StatusOr<Context> ContextOf(const json::Value& value) {
  Context context;
  context.token = SecretBytes::Take(TextOf(value, "token"));
  context.ca_file = TextOf(value, "ca_file");
  context.kind = TextOf(value, "kind");
  context.account = TextOf(value, "account");
  context.agent = TextOf(value, "agent");
  context.role = TextOf(value, "role");
  const std::string expires = TextOf(value, "expires_at");
  absl::Time at;
  if (absl::ParseTime(absl::RFC3339_full, expires, &at, nullptr)) {
    context.expires_at = at;
  }
  const std::string server = TextOf(value, "server");
  if (!server.empty()) {
    OTRP_ASSIGN_OR_RETURN(context.server, CheckServer("server", server));
    OTRP_RETURN_IF_ERROR(CheckToken("token", context.token.view()));
  }
  const absl::StatusOr<const json::Value*> flags = value.GetObject("flags");
  if (flags.ok()) {
    for (const auto& [name, flag] : (*flags)->members()) {
      if (flag.is_string()) context.flags[name] = flag.as_string();
    }
  }
  return context;
}

absl::StatusOr<Contexts> Parse(const std::string& path,
                               const std::string& text) {
  Contexts contexts;
  if (text.empty()) return contexts;
  const absl::StatusOr<json::Value> root = json::Parse(text, json::kStrangers);
  if (!root.ok() || !root->is_object()) {
    return FileError(path,
                     "isn't what otrpctl writes: move it away, and log "
                     "in anew");
  }
  contexts.current = TextOf(*root, "current");
  const absl::StatusOr<const json::Value*> all = root->GetObject("contexts");
  if (!all.ok()) return contexts;
  for (const auto& [name, value] : (*all)->members()) {
    absl::StatusOr<Context> context = ContextOf(value);
    if (!context.ok()) {
      return FileError(path, absl::StrCat("context \"", name,
                                          "\": ", context.status().message()));
    }
    contexts.all[name] = *std::move(context);
  }
  return contexts;
}

std::string Serialize(const Contexts& contexts) {
  json::Value all = json::Value::Object();
  for (const auto& [name, context] : contexts.all) {
    json::Value value = context.Shown();
    SetText("token", std::string(context.token.view()), &value);
    all.Set(name, std::move(value));
  }
  json::Value root = json::Value::Object();
  SetText("current", contexts.current, &root);
  root.Set("contexts", std::move(all));
  return absl::StrCat(root.Serialize(), "\n");
}

// All levels that are missing, for their owner alone.
absl::Status MakeFolders(const std::string& folder) {
  for (size_t slash = folder.find('/', 1);;
       slash = folder.find('/', slash + 1)) {
    const std::string level = folder.substr(0, slash);
    if (::mkdir(level.c_str(), 0700) != 0 && errno != EEXIST) {
      return FileError(level, std::strerror(errno));
    }
    if (slash == std::string::npos) return absl::OkStatus();
  }
}

bool WriteAll(int descriptor, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return ::fsync(descriptor) == 0;
}

}  // namespace

json::Value Context::Shown() const {
  json::Value value = json::Value::Object();
  SetText("server", server, &value);
  SetText("kind", kind, &value);
  SetText("account", account, &value);
  SetText("agent", agent, &value);
  SetText("role", role, &value);
  if (expires_at.has_value()) {
    value.Set("expires_at",
              json::Value::String(absl::FormatTime(
                  "%Y-%m-%dT%H:%M:%E3SZ", *expires_at, absl::UTCTimeZone())));
  }
  SetText("ca_file", ca_file, &value);
  if (flags.empty()) return value;
  json::Value of_grpc = json::Value::Object();
  for (const auto& [name, flag] : flags) {
    of_grpc.Set(name, json::Value::String(flag));
  }
  value.Set("flags", std::move(of_grpc));
  return value;
}

absl::StatusOr<std::string> ContextsPath() {
  const auto setting = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string given = setting("OTRPCTL_CONFIG");
  if (!given.empty()) return given;
  std::string folder = setting("XDG_CONFIG_HOME");
  if (folder.empty() || folder[0] != '/') {
    std::string home = setting("HOME");
    if (home.empty()) {
      const passwd* const user = getpwuid(geteuid());
      if (user != nullptr) home = user->pw_dir;
    }
    if (home.empty()) {
      return cli::UsageError(
          "OTRPCTL_CONFIG must name the file of contexts: this user has no "
          "home folder");
    }
    folder = absl::StrCat(home, "/.config");
  }
  return absl::StrCat(folder, "/otrpctl/contexts.json");
}

absl::Status CheckContextName(absl::string_view where, absl::string_view name) {
  const bool good =
      !name.empty() && name.size() <= kMaxNameBytes &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' ||
               c == '-' || c == '_';
      });
  if (good) return absl::OkStatus();
  return cli::UsageError(
      absl::StrCat(where, ": must be letters, digits, '.', '-', '_'; 1 to 64"));
}

absl::StatusOr<std::string> CheckServer(absl::string_view where,
                                        absl::string_view url) {
  absl::ConsumeSuffix(&url, "/");
  absl::string_view rest = url;
  const bool tls = absl::ConsumePrefix(&rest, "https://");
  if (!tls && !absl::ConsumePrefix(&rest, "http://")) rest = {};
  std::string host(rest);
  int port = tls ? 443 : 80;
  const bool has_port =
      rest.rfind(':') != absl::string_view::npos && !absl::EndsWith(rest, "]");
  const bool plain =
      !rest.empty() && std::all_of(rest.begin(), rest.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               absl::StrContains(".-_:[]", c);
      });
  if (!plain || (has_port && !http::SplitHostPort(rest, &host, &port)) ||
      host.empty()) {
    return cli::UsageError(
        absl::StrCat(where, ": must be https://host[:port]"));
  }
  if (!tls && host != "127.0.0.1" && host != "::1" && host != "[::1]") {
    return cli::UsageError(
        absl::StrCat(where,
                     ": must be https://...: a token doesn't go in "
                     "clear over a network"));
  }
  return std::string(url);
}

absl::StatusOr<std::string> AbsolutePath(const std::string& path) {
  if (path.empty() || path[0] == '/') return path;
  char folder[4096];
  if (::getcwd(folder, sizeof(folder)) == nullptr) {
    return FileError(path, std::strerror(errno));
  }
  return absl::StrCat(folder, "/", path);
}

absl::Status CheckToken(absl::string_view where, absl::string_view token) {
  const bool good =
      !token.empty() && token.size() <= kMaxTokenBytes &&
      std::all_of(token.begin(), token.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               absl::StrContains("-._~+/=", c);
      });
  if (good) return absl::OkStatus();
  return cli::UsageError(
      absl::StrCat(where, ": must be one token or code, otrp_..."));
}

absl::StatusOr<Contexts> ReadContexts(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return Parse(path, text);
}

absl::StatusOr<ContextsEdit> ContextsEdit::Begin(const std::string& path) {
  const std::string folder = FolderOf(path);
  OTRP_RETURN_IF_ERROR(MakeFolders(folder));
  OTRP_RETURN_IF_ERROR(CheckFolder(folder));
  ContextsEdit edit;
  edit.path_ = path;
  edit.folder_ =
      ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (edit.folder_ < 0 || ::flock(edit.folder_, LOCK_EX) != 0) {
    return FileError(folder, std::strerror(errno));
  }
  OTRP_ASSIGN_OR_RETURN(edit.contexts_, ReadContexts(path));
  std::string beside = absl::StrCat(path, ".XXXXXX");
  // 0600, and nothing that is there already.
  edit.descriptor_ = ::mkostemp(&beside[0], O_CLOEXEC);
  if (edit.descriptor_ < 0) return FileError(path, std::strerror(errno));
  edit.written_as_ = beside;
  return edit;
}

ContextsEdit::ContextsEdit(ContextsEdit&& other) noexcept
    : path_(std::move(other.path_)),
      folder_(std::exchange(other.folder_, -1)),
      written_as_(std::exchange(other.written_as_, "")),
      descriptor_(std::exchange(other.descriptor_, -1)),
      contexts_(std::move(other.contexts_)) {}

ContextsEdit::~ContextsEdit() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!written_as_.empty()) ::unlink(written_as_.c_str());
  if (folder_ >= 0) ::close(folder_);
}

absl::Status ContextsEdit::Commit() {
  std::string text = Serialize(contexts_);
  const bool good = WriteAll(descriptor_, text) &&
                    std::rename(written_as_.c_str(), path_.c_str()) == 0;
  Wipe(&text);
  if (!good) return FileError(path_, std::strerror(errno));
  written_as_.clear();
  // The name is there after a power cut, too; the change has happened.
  (void)::fsync(folder_);
  return absl::OkStatus();
}

}  // namespace otrp::ctl
