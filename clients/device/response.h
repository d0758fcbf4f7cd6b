// Writing a TEE's responses: content encrypted, the whole signed.
//
// The content of a response goes under the content key of its request. Where
// there is none (the request couldn't be decrypted) a fresh one is wrapped to
// the TSM's key; where there is no trusted TSM, nothing is encrypted and the
// reason stands in the clear.
//
// Thread-safety: functions without state.
// Errors: INTERNAL when the TEE's own key can't sign.
// Source: draft-ietf-teep-opentrustprotocol-03, "Common Errors", the response
// of each message; docs/wire.md section 3.

#ifndef CLIENTS_DEVICE_RESPONSE_H_
#define CLIENTS_DEVICE_RESPONSE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "clients/device/tee_identity.h"
#include "clients/device/tee_options.h"
#include "clients/device/tsm_trust.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/aead.h"
#include "libs/json/json.h"

namespace otrp::device {

// The content key of a request, to be used again.
struct ContentKey {
  SecretBytes cek;
  crypto::ContentEnc enc;
  json::Value recipients;
};

// Whom to answer, and how; filled while the request is read.
struct Reply {
  std::string message;
  std::string rid;
  std::string tid;
  // Once the signature was verified.
  absl::optional<TsmSigner> signer;
  absl::optional<ContentKey> key;
};

// {"GetDeviceTEEStateResponse": ..} with `edsi`.
absl::StatusOr<std::string> DeviceStateResponse(
    const Reply& reply, absl::string_view dsi_text, bool signerreq,
    const KeyAndChain& tee, const TeeOptions& options, Random& random);

// {"CreateSDResponse": ..}, status pass.
absl::StatusOr<std::string> PassResponse(const Reply& reply,
                                         const json::Value& content,
                                         const KeyAndChain& tee,
                                         Random& random);

// Any message, status fail.
absl::StatusOr<std::string> FailResponse(
    const Reply& reply, const absl::Status& why, absl::string_view did,
    const KeyAndChain& tee, const TeeOptions& options, Random& random);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_RESPONSE_H_
