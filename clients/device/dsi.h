// Device state information: what a TEE tells one TSM about itself.
//
// Only SDs and AIKs of that TSM are in it. Its octets are DsiText(); the same
// value as a "dsi" member serialises to the same octets, so that one hash holds
// for both ways to send it.
//
// Thread-safety: functions without state.
// Errors: ERR_TFW_NOT_TRUSTED (refusal.h).
// Source: draft-ietf-teep-opentrustprotocol-03, "Device State Information",
// "Firmware Signed Data"; docs/wire.md section 3.

#ifndef CLIENTS_DEVICE_DSI_H_
#define CLIENTS_DEVICE_DSI_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/device/state.h"
#include "clients/device/tee_identity.h"
#include "clients/device/tee_options.h"
#include "libs/json/json.h"

namespace otrp::device {

// The value of "dsi". The firmware signs `tid`, and the TEE checks that it did
// so with the key of its certificate.
absl::StatusOr<json::Value> BuildDsi(const TeeIdentity& identity,
                                     const TeeOptions& options,
                                     const TeeState& state,
                                     absl::string_view owner,
                                     absl::string_view tid);

// {"dsi": value}, without white space.
std::string DsiText(const json::Value& dsi);

// "RSA" or "ECC".
absl::string_view AikType(const crypto::PublicKey& key);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_DSI_H_
