#include "libs/base/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace {

absl::Status SystemError(absl::string_view doing, const std::string& path) {
  const int error = errno;
  const std::string text =
      absl::StrCat("can't ", doing, " ", path, ": ", std::strerror(error));
  return error == ENOENT ? absl::NotFoundError(text)
                         : absl::UnavailableError(text);
}

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status SyncFolder(const std::string& folder) {
  const Fd fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("open", folder);
  if (fsync(fd.get()) != 0) return SystemError("sync", folder);
  return absl::OkStatus();
}

absl::Status WriteAll(int fd, absl::string_view bytes,
                      const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      return SystemError("write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          size_t max_bytes) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return SystemError("read", path);
  std::string out;
  char buffer[64 * 1024];
  while (true) {
    const ssize_t n = read(fd.get(), buffer, sizeof(buffer));
    if (n < 0) {
      if (errno == EINTR) continue;
      return SystemError("read", path);
    }
    if (n == 0) return out;
    out.append(buffer, static_cast<size_t>(n));
    if (out.size() > max_bytes) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, " has more than ", max_bytes, " bytes; is it the right file?"));
    }
  }
}

absl::Status WriteFileAtomically(
    const std::string& path, absl::string_view bytes, int mode,
    const std::function<void(absl::string_view)>& before_rename) {
  const std::string temporary = absl::StrCat(path, ".tmp");
  {
    const Fd fd(open(temporary.c_str(),
                     O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                     mode));
    if (fd.get() < 0) return SystemError("create", temporary);
    // A leftover of a killed process may have other rights.
    if (fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) {
      return SystemError("set the mode of", temporary);
    }
    OTRP_RETURN_IF_ERROR(WriteAll(fd.get(), bytes, temporary));
    if (fsync(fd.get()) != 0) return SystemError("sync", temporary);
  }
  if (before_rename) before_rename(path);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return SystemError("rename to", path);
  }
  return SyncFolder(FolderOf(path));
}

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0) return absl::OkStatus();
  const int error = errno;
  struct stat info;
  if (error == EEXIST && stat(path.c_str(), &info) == 0 &&
      S_ISDIR(info.st_mode)) {
    return absl::OkStatus();
  }
  errno = error;
  return SystemError("make the folder", path);
}

bool FileExists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

std::vector<std::string> ListFolder(const std::string& path) {
  std::vector<std::string> names;
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return names;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(folder);
  return names;
}

void RemoveFile(const std::string& path) { unlink(path.c_str()); }

absl::StatusOr<FolderLock> FolderLock::Take(const std::string& directory,
                                            Wait wait) {
  const std::string path = absl::StrCat(directory, "/lock");
  FolderLock lock(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.fd_ < 0) return SystemError("open", path);
  const int how = LOCK_EX | (wait == Wait::kNo ? LOCK_NB : 0);
  while (flock(lock.fd_, how) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return SystemError("lock", path);
    return absl::FailedPreconditionError(absl::StrCat(
        "another process works with ", directory, "; wait for it to end"));
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace otrp
