// The two texts of OTrP as this TEE speaks them, one row per difference.
//
// This is the device's own table, made from the drafts and not shared with the
// server, so that a slip in one is found by the other.
//
// Thread-safety: values and functions without state.
// Source: draft-pei-opentrustprotocol-03, draft-ietf-teep-opentrustprotocol-03.

#ifndef CLIENTS_DEVICE_DIALECT_H_
#define CLIENTS_DEVICE_DIALECT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp::device {

enum class Dialect { kIetf03, kPei03 };

struct DialectRow {
  absl::string_view name;
  // The member with the SD owner's id.
  absl::string_view owner_member;
  // Booleans of responses are JSON booleans, or else the strings.
  bool json_booleans;
  // `icaocspdat` carries the OCSP responses of the CAs.
  bool separate_ca_ocsp;
  // `supportedsigalgs` of an error is an array, or else one string.
  bool sigalgs_array;
  // Firmware evidence belongs to every DSI.
  bool firmware_required;
  // `encrypted_ta.key` may be a JWE, so that an EC key can stand for an SP.
  bool jwe_ta_key;
  absl::string_view sd_exists;
  absl::string_view not_trusted;
  absl::string_view not_authorized;
  // The agent's own errors.
  absl::string_view agent_error;
  absl::string_view agent_tee_busy;
  absl::string_view agent_tee_fail;
};

const DialectRow& RowOf(Dialect dialect);
absl::string_view DialectName(Dialect dialect);
// "ietf03" or "pei03".
absl::StatusOr<Dialect> DialectFromName(absl::string_view name);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_DIALECT_H_
