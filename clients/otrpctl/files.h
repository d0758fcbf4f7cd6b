// Files that commands read and write. Errors are usage errors that name the
// flag, the path and what was expected there.

#ifndef CLIENTS_OTRPCTL_FILES_H_
#define CLIENTS_OTRPCTL_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/otrpctl/command.h"

namespace otrp::ctl {

// The bytes of a file, up to 64 MiB. `flag` is named in errors.
absl::StatusOr<std::string> ReadInput(absl::string_view flag,
                                      const std::string& path);

// One DER object out of a PEM file, or the file itself where it is DER.
// `label`: "CERTIFICATE" or "CERTIFICATE REQUEST".
absl::StatusOr<std::string> ReadDer(absl::string_view flag,
                                    const std::string& path,
                                    absl::string_view label);

// The certificates of a file, each once, as DER: all of PEM, or the file itself
// where it is DER.
absl::StatusOr<std::vector<std::string>> ReadAnchors(absl::string_view flag,
                                                     const std::string& path);

// All PEM certificates of a file, as DER, leaf first.
absl::StatusOr<std::vector<std::string>> ReadCertificates(
    absl::string_view flag, const std::string& path);

// A file that is opened before the work whose result it shall hold, so that
// nothing is done for a file that can't be written. It is there whole or not at
// all; `secret` makes it readable by its owner only and refuses to overwrite an
// existing one. What isn't a file (/dev/stdout) is written as it is.
class OutputFile {
 public:
  static absl::StatusOr<OutputFile> Open(absl::string_view flag,
                                         const std::string& path,
                                         bool secret = false);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  // Without Write() nothing stays.
  ~OutputFile();

  const std::string& path() const { return path_; }

  // Once.
  absl::Status Write(absl::string_view bytes);

 private:
  OutputFile() = default;
  void Discard();

  std::string flag_;
  std::string path_;
  // Where it is written first; the path itself, or a file beside it.
  std::string written_as_;
  // Whether `written_as_` is ours to remove.
  bool removable_ = false;
  int descriptor_ = -1;
};

// OutputFile at once.
absl::Status WriteOutput(absl::string_view flag, const std::string& path,
                         absl::string_view bytes, bool secret = false);

// Writes a chain and says so in `result`. Where the file turns out to be full
// or gone, the certificate is issued all the same: it goes to stdout instead,
// and the call has failed.
void KeepCertificates(const std::vector<std::string>& ders, OutputFile* file,
                      Result* result);

// Certificates as PEM, in the given order.
std::string CertificatesPem(const std::vector<std::string>& ders);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_FILES_H_
