#include "clients/otrpctl/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

absl::StatusOr<std::vector<std::string>> ReadAnchors(absl::string_view flag,
                                                     const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(std::string bytes, ReadInput(flag, path));
  if (!absl::StrContains(bytes, "-----BEGIN")) {
    return std::vector<std::string>{std::move(bytes)};
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> all,
                        ReadCertificates(flag, path));
  std::vector<std::string> ders;
  for (const std::string& der : all) {
    if (std::find(ders.begin(), ders.end(), der) == ders.end()) {
      ders.push_back(der);
    }
  }
  return ders;
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

absl::StatusOr<OutputFile> OutputFile::Open(absl::string_view flag,
                                            const std::string& path,
                                            bool secret) {
  struct stat there = {};
  const bool exists = ::stat(path.c_str(), &there) == 0;
  if (exists && S_ISDIR(there.st_mode)) {
    return FileError(flag, path, std::strerror(EISDIR));
  }
  OutputFile file;
  file.flag_ = std::string(flag);
  file.path_ = path;
  const bool is_device = exists && !S_ISREG(there.st_mode) && !secret;
  file.written_as_ = secret || is_device ? path : absl::StrCat(path, ".new");
  const int how = is_device ? 0 : O_CREAT | (secret ? O_EXCL : O_TRUNC);
  file.descriptor_ = ::open(file.written_as_.c_str(),
                            O_WRONLY | O_CLOEXEC | how, secret ? 0600 : 0644);
  if (file.descriptor_ < 0) return FileError(flag, path, std::strerror(errno));
  file.removable_ = !is_device;
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : flag_(std::move(other.flag_)),
      path_(std::move(other.path_)),
      written_as_(std::move(other.written_as_)),
      removable_(other.removable_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) Discard();
}

void OutputFile::Discard() {
  ::close(descriptor_);
  descriptor_ = -1;
  if (removable_) ::unlink(written_as_.c_str());
}

absl::Status OutputFile::Write(absl::string_view bytes) {
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t n =
        ::write(descriptor_, bytes.data() + written, bytes.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<size_t>(n);
  }
  bool good = written == bytes.size();
  // Pipes and terminals have nothing to sync.
  if (good && removable_) good = ::fsync(descriptor_) == 0;
  if (good && written_as_ != path_) {
    good = std::rename(written_as_.c_str(), path_.c_str()) == 0;
  }
  if (!good) {
    const std::string why = std::strerror(errno);
    Discard();
    return FileError(flag_, path_, why);
  }
  ::close(descriptor_);
  descriptor_ = -1;
  return absl::OkStatus();
}

absl::Status WriteOutput(absl::string_view flag, const std::string& path,
                         absl::string_view bytes, bool secret) {
  OTRP_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(flag, path, secret));
  return file.Write(bytes);
}

void KeepCertificates(const std::vector<std::string>& ders, OutputFile* file,
                      Result* result) {
  const std::string pem = CertificatesPem(ders);
  const absl::Status written = file->Write(pem);
  result->value.Set("file", json::Value::String(file->path()));
  if (written.ok()) return;
  result->text = pem;
  result->verdict = absl::InternalError(absl::StrCat(
      written.message(), "; the certificate was issued and is on stdout"));
}

std::string CertificatesPem(const std::vector<std::string>& ders) {
  std::string pem;
  for (const std::string& der : ders) {
    absl::StrAppend(&pem, crypto::PemEncode("CERTIFICATE", der));
  }
  return pem;
}

}  // namespace otrp::ctl
