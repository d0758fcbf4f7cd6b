#include "libs/config/config.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace config {
namespace {

// Nothing that a flag names is larger.
constexpr off_t kMaxFileBytes = off_t{16} << 20;

absl::Status Bad(absl::string_view flag, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("--", flag, ": ", what));
}

// Closes a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

// Whether others than this process's user may use the file. One that root
// gave to a group to read is fine for those who aren't root: so an
// orchestrator mounts a secret for a process that mustn't own it.
bool IsExposed(const struct stat& info) {
  const mode_t shared = info.st_mode & (S_IRWXG | S_IRWXO);
  const bool given = info.st_uid == 0 && geteuid() != 0;
  return shared != 0 && !(given && shared == S_IRGRP);
}

absl::StatusOr<std::string> ReadChecked(absl::string_view flag,
                                        const std::string& path, bool secret) {
  OTRP_RETURN_IF_ERROR(RequireNonEmpty(flag, path));
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) {
    return Bad(flag, absl::StrCat("can't read \"", path,
                                  "\": ", std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) {
    return Bad(flag, absl::StrCat("\"", path, "\" is no regular file"));
  }
  if (secret && IsExposed(info)) {
    return Bad(flag, absl::StrCat("group or others may use \"", path,
                                  "\"; set its mode to 0600"));
  }
  if (info.st_size > kMaxFileBytes) {
    return Bad(flag, absl::StrCat("\"", path, "\" is larger than 16 MiB"));
  }
  std::string content(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n = read(file.get(), &content[done], content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  if (done != content.size()) {
    return Bad(flag, absl::StrCat("can't read all of \"", path, "\""));
  }
  return content;
}

}  // namespace

absl::Status RequireNonEmpty(absl::string_view flag, absl::string_view value) {
  if (!value.empty()) return absl::OkStatus();
  return Bad(flag, "must be given");
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view flag,
                                       absl::string_view value) {
  HostPort out;
  const size_t colon = value.rfind(':');
  if (colon != absl::string_view::npos) {
    absl::string_view host = value.substr(0, colon);
    const absl::string_view port = value.substr(colon + 1);
    bool good = !host.empty() && !port.empty() && port.size() <= 5;
    for (unsigned char c : port) good = good && absl::ascii_isdigit(c);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    } else {
      good = good && host.find(':') == absl::string_view::npos;
    }
    for (unsigned char c : host) {
      good = good && absl::ascii_isgraph(c) && c != '[' && c != ']' && c != '/';
    }
    if (good && absl::SimpleAtoi(port, &out.port) && out.port <= 65535) {
      out.host = std::string(host);
      return out;
    }
  }
  return Bad(flag, "must be host:port, e.g. 127.0.0.1:9101");
}

absl::StatusOr<absl::Duration> ParsePositiveDuration(absl::string_view flag,
                                                     absl::string_view value) {
  absl::Duration duration;
  if (absl::ParseDuration(value, &duration) &&
      duration > absl::ZeroDuration()) {
    return duration;
  }
  return Bad(flag, "must be a time span above zero, e.g. 10s or 1.5h");
}

absl::Status CheckRange(absl::string_view flag, int value, int least,
                        int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Bad(flag, absl::StrCat("give ", least, " to ", most));
}

absl::Status CheckRange(absl::string_view flag, absl::Duration value,
                        absl::Duration least, absl::Duration most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Bad(flag, absl::StrCat("give ", absl::FormatDuration(least), " to ",
                                absl::FormatDuration(most)));
}

absl::StatusOr<std::string> ReadFile(absl::string_view flag,
                                     const std::string& path) {
  return ReadChecked(flag, path, /*secret=*/false);
}

absl::StatusOr<SecretBytes> ReadSecretFile(absl::string_view flag,
                                           const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(std::string content,
                        ReadChecked(flag, path, /*secret=*/true));
  if (content.empty()) {
    return Bad(flag, absl::StrCat("\"", path, "\" is empty"));
  }
  return SecretBytes::Take(std::move(content));
}

absl::StatusOr<SecretBytes> ReadKeyFile(absl::string_view flag,
                                        const std::string& path, size_t bytes) {
  OTRP_RETURN_IF_ERROR(RequireNonEmpty(flag, path));
  OTRP_ASSIGN_OR_RETURN(SecretBytes content, ReadSecretFile(flag, path));
  if (content.size() == bytes) return content;
  const absl::string_view text = absl::StripAsciiWhitespace(content.view());
  if (text.size() == 2 * bytes) {
    absl::StatusOr<std::string> decoded = HexDecode(text);
    if (decoded.ok()) return SecretBytes::Take(*std::move(decoded));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": the file must hold a key of exactly ", bytes,
                   " octets, or ", 2 * bytes, " hexadecimal digits"));
}

absl::StatusOr<std::vector<SecretBytes>> ReadKeysFile(absl::string_view flag,
                                                      const std::string& path,
                                                      size_t bytes) {
  OTRP_RETURN_IF_ERROR(RequireNonEmpty(flag, path));
  OTRP_ASSIGN_OR_RETURN(SecretBytes content, ReadSecretFile(flag, path));
  std::vector<SecretBytes> keys;
  if (content.size() == bytes) {
    keys.push_back(std::move(content));
    return keys;
  }
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("--", flag, ": the file must hold a key of exactly ",
                     bytes, " octets, or up to ", kMaxKeys, " lines of ",
                     2 * bytes, " hexadecimal digits"));
  };
  for (absl::string_view line :
       absl::StrSplit(content.view(), '\n', absl::SkipWhitespace())) {
    line = absl::StripAsciiWhitespace(line);
    if (line.size() != 2 * bytes || keys.size() == kMaxKeys) return bad();
    absl::StatusOr<std::string> decoded = HexDecode(line);
    if (!decoded.ok()) return bad();
    keys.push_back(SecretBytes::Take(*std::move(decoded)));
  }
  if (keys.empty()) return bad();
  return keys;
}

absl::StatusOr<std::string> ReadDsnFile(absl::string_view flag,
                                        const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const SecretBytes content, ReadSecretFile(flag, path));
  return std::string(absl::StripAsciiWhitespace(content.view()));
}

absl::StatusOr<DsnSource> OpenDsnFile(absl::string_view flag,
                                      const std::string& path) {
  OTRP_RETURN_IF_ERROR(RequireNonEmpty(flag, path));
  OTRP_RETURN_IF_ERROR(ReadDsnFile(flag, path).status());
  return DsnSource(
      [flag = std::string(flag), path] { return ReadDsnFile(flag, path); });
}

absl::StatusOr<KeysSource> OpenKeysFile(absl::string_view flag,
                                        const std::string& path, size_t bytes) {
  OTRP_RETURN_IF_ERROR(ReadKeysFile(flag, path, bytes).status());
  return KeysSource([flag = std::string(flag), path, bytes] {
    return ReadKeysFile(flag, path, bytes);
  });
}

}  // namespace config
}  // namespace otrp
