// The two texts of OTrP that are in the field, and their differences as one
// table of values: code asks the row, never "which dialect is it".
//
// Reading takes both dialects always, so that no parser has a Dialect
// parameter; only what we write depends on it.
//
// Thread-safety: constants and functions without state.
// Errors: INVALID_ARGUMENT for an unknown name.
// Source: draft-pei-opentrustprotocol-03 (pei03),
// draft-ietf-teep-opentrustprotocol-03 (ietf03).

#ifndef OTRP_LIBS_PROTOCOL_DIALECT_H_
#define OTRP_LIBS_PROTOCOL_DIALECT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"

namespace otrp {
namespace protocol {

enum class Dialect { kIetf03, kPei03 };

struct DialectRow {
  Dialect dialect;
  // "ietf03", "pei03": device records, flags, paths.
  absl::string_view name;
  // Member with the TSM's id in the content of requests.
  absl::string_view owner_id;
  // "ocspdat" is an array of all responses; else the leaf's alone, the others
  // in "icaocspdat".
  bool ocsp_array;
  // "supportedsigalgs" is an array; else one string with commas.
  bool sigalgs_array;
  // true and false; else "true" and "false".
  bool json_booleans;
  // "encrypted_ta.key" is a JWE, so that the SP's key may be EC; else the bare
  // RSA ciphertext.
  bool ta_key_jwe;
  // A DSI without tfwdata is refused, whatever the policy says.
  bool firmware_required;
};

const DialectRow& RowOf(Dialect dialect);
absl::string_view DialectName(Dialect dialect);
absl::StatusOr<Dialect> DialectFromName(absl::string_view name);

// A boolean as the dialect writes it.
json::Value BoolValue(Dialect dialect, bool value);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_DIALECT_H_
