// The encrypted part of a command.
//
// Thread-safety: functions without state.
// Errors: ERR_UNSUPPORTED_CRYPTO_ALG for algorithms that the TEE hasn't or
// that don't fit its key; ERR_REQUEST_INVALID for all else, one sentence for
// whatever goes wrong in decryption.
// Source: docs/wire.md sections 1 and 2.

#ifndef CLIENTS_DEVICE_CONTENT_H_
#define CLIENTS_DEVICE_CONTENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "clients/device/response.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp::device {

struct OpenedContent {
  std::string text;
  // For the response.
  ContentKey key;
};

absl::StatusOr<OpenedContent> DecryptContent(const json::Value& jwe,
                                             const crypto::PrivateKey& key);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_CONTENT_H_
