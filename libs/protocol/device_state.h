// The one response whose signer's certificate travels inside its encrypted
// part: GetDeviceTEEStateResponse.
//
//   UnverifiedMessage -> Open (decrypts edsi) -> UnverifiedDeviceState
//     -> appraisal by the verifier, which answers with the TEE's key
//     -> VerifyDeviceState(state, key) -> VerifiedDeviceState
//
// The DSI of an UnverifiedDeviceState can be handed to the verifier, and not
// be read: only the verified one parses it.
//
// Thread-safety: values.
// Errors: INVALID_ARGUMENT naming the member; UNAUTHENTICATED with one message
// for every failure to decrypt and for a wrong signature.
// Source: docs/wire.md sections 2 and 3.

#ifndef OTRP_LIBS_PROTOCOL_DEVICE_STATE_H_
#define OTRP_LIBS_PROTOCOL_DEVICE_STATE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/crypto/keys.h"
#include "libs/jose/jws.h"
#include "libs/protocol/dsi.h"
#include "libs/protocol/message.h"

namespace otrp {
namespace protocol {

// Our private keys; null where we have none of that type. The JWE's "alg" says
// which one it is for.
struct TsmKeys {
  const crypto::PrivateKey* rsa = nullptr;
  const crypto::PrivateKey* ec = nullptr;
};

// Said of octets that don't decrypt and of those that the TEE hasn't signed,
// without a word on which of the two it was.
inline constexpr char kNotAuthentic[] =
    "the device state doesn't decrypt, or its TEE hasn't signed it";

class UnverifiedDeviceState {
 public:
  // Takes a message of kind kGetDeviceState. A failed one has no edsi and
  // needs no key.
  static absl::StatusOr<UnverifiedDeviceState> Open(UnverifiedMessage message,
                                                    const TsmKeys& keys);

  const std::string& tid() const { return message_.tid(); }
  const std::string& rid() const { return message_.rid(); }

  // What the appraisal needs.
  const std::string& signing_input() const { return message_.signing_input(); }
  jose::SigAlg alg() const { return message_.alg(); }
  const std::string& signature() const { return message_.signature(); }
  // The edsi's plaintext, octet for octet; empty when failed().
  const std::string& dsi() const { return dsi_; }

  // A refusal of our GetDeviceStateRequest. Nobody can tell who wrote it, the
  // certificate being absent: a hint for the next try, nothing to record about
  // a device.
  bool failed() const { return message_.failed(); }
  const Reason& reason() const { return reason_; }
  // Algorithms that the TEE can check; empty where it didn't say.
  const std::vector<std::string>& supported_sigalgs() const {
    return supported_sigalgs_;
  }

 private:
  friend absl::StatusOr<class VerifiedDeviceState> VerifyDeviceState(
      UnverifiedDeviceState state, const crypto::PublicKey& tee_key);
  explicit UnverifiedDeviceState(UnverifiedMessage message)
      : message_(std::move(message)) {}

  UnverifiedMessage message_;
  std::string dsi_;
  bool signer_required_ = true;
  Reason reason_;
  std::vector<std::string> supported_sigalgs_;
};

class VerifiedDeviceState {
 public:
  const std::string& tid() const { return tid_; }
  const std::string& rid() const { return rid_; }
  const Dsi& dsi() const { return dsi_; }
  Dsi TakeDsi() && { return std::move(dsi_); }
  const std::string& dsi_octets() const { return dsi_octets_; }
  // 32 octets: goes into the next request.
  const std::string& dsi_hash() const { return dsi_hash_; }
  // Later requests must carry x5c. True where the TEE didn't say.
  bool signer_required() const { return signer_required_; }

 private:
  friend absl::StatusOr<VerifiedDeviceState> VerifyDeviceState(
      UnverifiedDeviceState state, const crypto::PublicKey& tee_key);
  VerifiedDeviceState() = default;

  std::string tid_;
  std::string rid_;
  Dsi dsi_;
  std::string dsi_octets_;
  std::string dsi_hash_;
  bool signer_required_ = true;
};

// `tee_key`: what the verifier gave for this very evidence. The signature is
// checked again here, and the key must be that of the DSI's own certificate:
// an answer of the verifier to other evidence doesn't pass.
absl::StatusOr<VerifiedDeviceState> VerifyDeviceState(
    UnverifiedDeviceState state, const crypto::PublicKey& tee_key);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_DEVICE_STATE_H_
