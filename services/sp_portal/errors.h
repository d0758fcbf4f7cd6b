// The catalogue of what the portal answers when it says no. Messages name the
// field or the thing, and what to do.

#ifndef OTRP_SERVICES_SP_PORTAL_ERRORS_H_
#define OTRP_SERVICES_SP_PORTAL_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {
namespace errors {

// Also for another tenant's: a caller can't tell the two apart.
inline absl::Status SpNotFound(absl::string_view spid) {
  return absl::NotFoundError(
      absl::StrCat("spid: no service provider \"", spid, "\""));
}

inline absl::Status SpExists(absl::string_view spid) {
  return absl::AlreadyExistsError(absl::StrCat(
      "spid: \"", spid, "\" is in use under another name; choose another"));
}

inline absl::Status BadName() {
  return absl::InvalidArgumentError(
      "name: must be 1 to 200 characters of UTF-8 without control characters");
}

inline absl::Status BadCsr() {
  return absl::InvalidArgumentError(
      "csr_der: must be a PKCS#10 request in DER, up to 16 KiB");
}

inline absl::Status CertificateOfAnother() {
  return absl::AlreadyExistsError(
      "csr_der: its key already has a certificate of another service "
      "provider; make a new key");
}

inline absl::Status TooManyCertificates() {
  return absl::ResourceExhaustedError(
      "spid: has as many certificates as one may have; make another service "
      "provider, asking again doesn't help");
}

inline absl::Status NoCertificate(absl::string_view spid) {
  return absl::FailedPreconditionError(absl::StrCat(
      "spid: \"", spid, "\" has no valid certificate; enroll one first"));
}

inline absl::Status BadImageSize() {
  return absl::InvalidArgumentError("image: must be 1 octet to 16 MiB");
}

inline absl::Status BadPersonalizationSize() {
  return absl::InvalidArgumentError(
      "personalization_data: must be at most 1 MiB");
}

inline absl::Status BadFormat() {
  return absl::InvalidArgumentError("format: must be \"jws\" or \"optee\"");
}

inline absl::Status BadImage(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("image: ", why));
}

inline absl::Status VersionTaken(absl::string_view version) {
  return absl::AlreadyExistsError(absl::StrCat(
      "version: ", version,
      " is there with other content; versions can't be changed, push a new "
      "one"));
}

inline absl::Status AppNotFound(absl::string_view taid) {
  return absl::NotFoundError(
      absl::StrCat("taid: no application \"", taid, "\"; push an image first"));
}

inline absl::Status VersionNotFound(absl::string_view version) {
  return absl::NotFoundError(
      absl::StrCat("version: ", version, " was never pushed"));
}

inline absl::Status VersionLower(absl::string_view version,
                                 absl::string_view released) {
  return absl::FailedPreconditionError(
      absl::StrCat("version: ", version, " is lower than ", released,
                   ", which was released; versions only go up"));
}

inline absl::Status BadTarget() {
  return absl::InvalidArgumentError(
      "target: must be all_devices = true, a did of 32 octets, or the name of "
      "a group (1 to 64 letters, digits, '.', '-' or '_'; not \"all\")");
}

}  // namespace errors
}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_ERRORS_H_
