// Files: read whole, written whole or not at all.
//
// Thread-safety: functions without state; two writers of one file are the
// caller's affair (FolderLock).
// Errors: NOT_FOUND, UNAVAILABLE or FAILED_PRECONDITION, naming the path and
// what the system said.

#ifndef OTRP_LIBS_BASE_FILES_H_
#define OTRP_LIBS_BASE_FILES_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {

// At most `max_bytes`, so that a wrong path isn't read to its end.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          size_t max_bytes = size_t{64} << 20);

// PATH.tmp, fsync, rename, fsync of the folder. `mode` e.g. 0600 for a secret.
absl::Status WriteFileAtomically(
    const std::string& path, absl::string_view bytes, int mode,
    const std::function<void(absl::string_view)>& before_rename = nullptr);

// Makes one level, private to its owner; an existing one is fine.
absl::Status MakeFolder(const std::string& path);
bool FileExists(const std::string& path);
// Names, without "." and "..".
std::vector<std::string> ListFolder(const std::string& path);
// Best effort, for stray files.
void RemoveFile(const std::string& path);

// Held while a process works with a folder, released by the system when the
// process ends in whatever way.
class FolderLock {
 public:
  enum class Wait { kNo, kYes };
  // FAILED_PRECONDITION when another process has it and `wait` says no. The
  // lock is a file of that name in the folder.
  static absl::StatusOr<FolderLock> Take(const std::string& directory,
                                         Wait wait = Wait::kNo);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_FILES_H_
