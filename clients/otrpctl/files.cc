#include "clients/otrpctl/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "libs/crypto/pem.h"

namespace otrp::ctl {
namespace {

constexpr size_t kMaxFileBytes = 64 << 20;

absl::Status FileError(absl::string_view flag, const std::string& path,
                       absl::string_view what) {
  return cli::UsageError(absl::StrCat("--", flag, " ", path, ": ", what));
}

}  // namespace

absl::StatusOr<std::string> ReadInput(absl::string_view flag,
                                      const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadWholeFile(path, kMaxFileBytes);
  if (!bytes.ok()) {
    return cli::UsageError(
        absl::StrCat("--", flag, ": ", bytes.status().message()));
  }
  if (bytes->empty()) return FileError(flag, path, "is empty");
  return bytes;
}

absl::StatusOr<std::string> ReadDer(absl::string_view flag,
                                    const std::string& path,
                                    absl::string_view label) {
  OTRP_ASSIGN_OR_RETURN(std::string bytes, ReadInput(flag, path));
  if (!absl::StrContains(bytes, "-----BEGIN")) return bytes;
  const absl::StatusOr<std::vector<crypto::PemBlock>> blocks =
      crypto::PemDecode(bytes);
  if (!blocks.ok()) return FileError(flag, path, blocks.status().message());
  for (const crypto::PemBlock& block : *blocks) {
    // Older tools write "NEW CERTIFICATE REQUEST".
    if (absl::EndsWith(block.label, label)) return block.der;
  }
  return FileError(flag, path,
                   absl::StrCat("has no \"BEGIN ", label, "\" block"));
}

absl::StatusOr<std::vector<std::string>> ReadCertificates(
    absl::string_view flag, const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string bytes, ReadInput(flag, path));
  const absl::StatusOr<std::vector<crypto::PemBlock>> blocks =
      crypto::PemDecode(bytes);
  if (!blocks.ok()) return FileError(flag, path, blocks.status().message());
  std::vector<std::string> ders;
  for (const crypto::PemBlock& block : *blocks) {
    if (block.label == "CERTIFICATE") ders.push_back(block.der);
  }
  if (ders.empty()) {
    return FileError(flag, path, "has no \"BEGIN CERTIFICATE\" block");
  }
  return ders;
}

absl::Status WriteOutput(absl::string_view flag, const std::string& path,
                         absl::string_view bytes, bool secret) {
  const std::string temporary = secret ? path : absl::StrCat(path, ".new");
  const int descriptor =
      ::open(temporary.c_str(),
             O_WRONLY | O_CREAT | O_CLOEXEC | (secret ? O_EXCL : O_TRUNC),
             secret ? 0600 : 0644);
  if (descriptor < 0) return FileError(flag, path, std::strerror(errno));
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n =
        ::write(descriptor, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<size_t>(n);
  }
  const bool good = written == bytes.size() && ::fsync(descriptor) == 0;
  const int failure = errno;
  ::close(descriptor);
  if (!good) {
    ::unlink(temporary.c_str());
    return FileError(flag, path, std::strerror(failure));
  }
  if (!secret && std::rename(temporary.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    ::unlink(temporary.c_str());
    return FileError(flag, path, why);
  }
  return absl::OkStatus();
}

std::string CertificatesPem(const std::vector<std::string>& ders) {
  std::string pem;
  for (const std::string& der : ders) {
    absl::StrAppend(&pem, crypto::PemEncode("CERTIFICATE", der));
  }
  return pem;
}

}  // namespace otrp::ctl
