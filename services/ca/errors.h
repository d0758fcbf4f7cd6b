// The catalogue of what the CA answers when it says no. Messages name the
// field and say what to do.

#ifndef OTRP_SERVICES_CA_ERRORS_H_
#define OTRP_SERVICES_CA_ERRORS_H_

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace ca {
namespace errors {

// `known`: "TSM, TEE, ...".
inline absl::Status UnknownProfile(absl::string_view known) {
  return absl::InvalidArgumentError(
      absl::StrCat("profile: must be one of ", known));
}

inline absl::Status ProfileDenied(absl::string_view caller,
                                  absl::string_view profile) {
  return absl::PermissionDeniedError(absl::StrCat(
      "profile: ", caller, " may not get certificates of profile ", profile));
}

inline absl::Status BadCsr(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("csr_der: ", why));
}

inline absl::Status BadName(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

inline absl::Status NeedsTsmId() {
  return absl::InvalidArgumentError(
      "san_uris: a TSM's certificate needs exactly one URI, its id (an "
      "absolute https URI)");
}

inline absl::Status TsmIdTaken(absl::string_view uri) {
  return absl::AlreadyExistsError(absl::StrCat(
      "san_uris: ", uri, " is the id of another TSM; choose another"));
}

inline absl::Status RequestIdReused() {
  return absl::AlreadyExistsError(
      "request_id: was used for another request; choose a new one");
}

inline absl::Status RequestRunning() {
  return absl::AbortedError(
      "request_id: the same request is being worked on; ask again");
}

inline absl::Status RequestDead() {
  return absl::FailedPreconditionError(
      "request_id: that request's certificate was revoked or ran out before "
      "it was issued; choose a new one");
}

inline absl::Status IntentGone() {
  return absl::AbortedError(
      "the certificate was issued or revoked meanwhile; ask again");
}

inline absl::Status NeedsIdentity(absl::string_view forms) {
  return absl::InvalidArgumentError(absl::StrCat(
      "san_uris: a certificate of this profile needs exactly one URI, ",
      forms));
}

inline absl::Status BadRequestId() {
  return absl::InvalidArgumentError(
      "request_id: must have at most 128 printable characters");
}

inline absl::Status CertificateNotFound(absl::string_view serial) {
  return absl::NotFoundError(
      absl::StrCat("serial: no certificate has the serial ", serial));
}

inline absl::Status BadSerial() {
  return absl::InvalidArgumentError(
      "serial: must be 1 to 40 hexadecimal digits");
}

inline absl::Status AuthorityNotFound(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("authority: there is no authority ", name));
}

inline absl::Status BadRole() {
  return absl::InvalidArgumentError("role: must be TEE, TFW or SP");
}

inline absl::Status BadAnchorName() {
  return absl::InvalidArgumentError(
      "name: must be 1 to 64 letters, digits, '.', '-' or '_'");
}

inline absl::Status BadAnchor(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("certificate_der: ", why));
}

inline absl::Status AnchorNameTaken(absl::string_view name) {
  return absl::AlreadyExistsError(
      absl::StrCat("name: ", name,
                   " names another certificate; remove it first or choose "
                   "another name"));
}

inline absl::Status AnchorNotFound(absl::string_view name) {
  return absl::NotFoundError(
      absl::StrCat("name: there is no trust anchor ", name, " of that role"));
}

inline absl::Status NotBootstrapped() {
  return absl::FailedPreconditionError(
      "the database has no authorities: run ca_bootstrap first");
}

}  // namespace errors
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ERRORS_H_
