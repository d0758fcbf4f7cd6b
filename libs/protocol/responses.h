// The content of a verified response to one of the six encrypted requests.
//
// A TEE reuses the request's content key, which we derive again (tid.h); then
// no private key is needed. Where its encrypted_key isn't the request's, the
// TEE wrapped a fresh one to our key. Which of the two it is tells the SHA-256
// of the encrypted_key, kept with the session.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT, naming the member, or one message for every
// failure to decrypt.
// Source: docs/wire.md section 3.

#ifndef OTRP_LIBS_PROTOCOL_RESPONSES_H_
#define OTRP_LIBS_PROTOCOL_RESPONSES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/device_state.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/message.h"

namespace otrp {
namespace protocol {

// A DSI that a response brought along.
struct NewDsi {
  Dsi dsi;
  // {"dsi":...}, what dsi_hash is over.
  std::string octets;
  // 32 octets.
  std::string hash;
};

struct ResponseContent {
  // 32 octets; empty only in a failure without content. Compare it with the
  // device that was asked.
  std::string did;
  // Set when the response failed.
  absl::optional<Reason> reason;
  absl::optional<NewDsi> dsi;
  // CreateSD; empty: absent.
  std::string sdname;
  // CreateSD, UpdateSD: the SP's new AIK; unset too where it can't be used.
  absl::optional<crypto::PublicKey> aik;
};

struct ContentKeys {
  // The session secret, to derive the request's content key with.
  absl::string_view session_secret;
  // BuiltRequest::encrypted_key_sha256 of the request, 32 octets.
  absl::string_view encrypted_key_sha256;
  // For a fresh content key.
  TsmKeys tsm;
};

// A failed message without content gives its reason alone.
absl::StatusOr<ResponseContent> OpenContent(const VerifiedMessage& message,
                                            const ContentKeys& keys);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_RESPONSES_H_
