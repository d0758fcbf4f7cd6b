// Files that commands read and write. Errors are usage errors that name the
// flag, the path and what was expected there.

#ifndef CLIENTS_OTRPCTL_FILES_H_
#define CLIENTS_OTRPCTL_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp::ctl {

// The bytes of a file, up to 64 MiB. `flag` is named in errors.
absl::StatusOr<std::string> ReadInput(absl::string_view flag,
                                      const std::string& path);

// One DER object out of a PEM file, or the file itself where it is DER.
// `label`: "CERTIFICATE" or "CERTIFICATE REQUEST".
absl::StatusOr<std::string> ReadDer(absl::string_view flag,
                                    const std::string& path,
                                    absl::string_view label);

// All PEM certificates of a file, as DER, leaf first.
absl::StatusOr<std::vector<std::string>> ReadCertificates(
    absl::string_view flag, const std::string& path);

// Writes a file whole or not at all. `secret` makes it readable by its owner
// only and refuses to overwrite an existing one.
absl::Status WriteOutput(absl::string_view flag, const std::string& path,
                         absl::string_view bytes, bool secret = false);

// Certificates as PEM, in the given order.
std::string CertificatesPem(const std::vector<std::string>& ders);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_FILES_H_
