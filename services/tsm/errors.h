// Every error that the TSM's RPCs can return, each with its code and text.
// Errors of the database and of other services pass through as they are.

#ifndef OTRP_SERVICES_TSM_ERRORS_H_
#define OTRP_SERVICES_TSM_ERRORS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace tsm {
namespace errors {

// --- Requests ----------------------------------------------------------------

inline absl::Status BadEventId() {
  return absl::InvalidArgumentError(
      "event_id: give a UUID that is new for every event");
}

inline absl::Status BadBatchId() {
  return absl::InvalidArgumentError(
      "done_batch_id: give a batch_id of an answer, or nothing");
}

inline absl::Status NoEvent() {
  return absl::InvalidArgumentError("event: none is set");
}

// The sender tries it again for a while: this process may be upgraded.
inline absl::Status UnknownEvent() {
  return absl::UnimplementedError(
      "event: is of a kind that this version of the TSM doesn't know");
}

inline absl::Status NoTarget() {
  return absl::InvalidArgumentError(
      "target: give all_devices, did, group or devices");
}

inline absl::Status BadCertificate(absl::string_view field,
                                   absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": give one certificate in DER: ", why));
}

inline absl::Status BadSize(absl::string_view field, size_t min, size_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": give ", min, " to ", max, " octets"));
}

inline absl::Status BadBatch(absl::string_view field, int max) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": give 1 to ", max));
}

inline absl::Status BadDidPrefix() {
  return absl::InvalidArgumentError("did_prefix: give 1 to 64 hex digits");
}

inline absl::Status BadKeyType() {
  return absl::InvalidArgumentError(
      "key_type: give RSA or EC, or nothing for both");
}

inline absl::Status NoLabels() {
  return absl::InvalidArgumentError(
      "update: give it, or remove: labels as key=value, or keys");
}

inline absl::Status LabelTwice(absl::string_view field) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": its key is named before; give each key once"));
}

inline absl::Status TooManyLabels(size_t max) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "update: the device would have more than ", max, " labels; remove some"));
}

inline absl::Status BadPercent() {
  return absl::InvalidArgumentError("percent: give 1 to 100");
}

inline absl::Status BadMinDevices(int64_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("min_devices: give 1 to ", max));
}

inline absl::Status BadMinutes(int max) {
  return absl::InvalidArgumentError(
      absl::StrCat("minutes: give 1 to ", max, ", or nothing for an hour"));
}

inline absl::Status BadTid() {
  return absl::InvalidArgumentError("tid: give the id of a session");
}

// --- Things that aren't there

inline absl::Status NoSuchDevice() {
  return absl::NotFoundError("did: no device with this id was ever seen");
}

inline absl::Status NoSuchGroup() {
  return absl::NotFoundError("group: there is no group of this name");
}

inline absl::Status NoSuchSession() {
  return absl::NotFoundError(
      "tid: no session with this id, or it is older than 30 days");
}

// --- Not now

inline absl::Status IdentityNotReady() {
  return absl::UnavailableError(
      "the TSM has no certificate and OCSP staples yet: ask again later");
}

inline absl::Status VerifierUnavailable() {
  return absl::UnavailableError(
      "the attestation verifier can't be reached: ask again later");
}

inline absl::Status StoreUnavailable() {
  return absl::UnavailableError(
      "the database didn't confirm: send the same message again");
}

}  // namespace errors
}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_ERRORS_H_
