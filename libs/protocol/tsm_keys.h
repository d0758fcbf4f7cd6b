// Decryption of what a TEE encrypted to us. Inside libs/protocol only.

#ifndef OTRP_LIBS_PROTOCOL_TSM_KEYS_H_
#define OTRP_LIBS_PROTOCOL_TSM_KEYS_H_

#include <string>

#include "absl/status/statusor.h"
#include "libs/jose/jwe.h"
#include "libs/protocol/device_state.h"

namespace otrp {
namespace protocol {

// With the key that the JWE's alg asks for.
absl::StatusOr<std::string> DecryptForTsm(const jose::UnverifiedJwe& jwe,
                                          const TsmKeys& keys);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TSM_KEYS_H_
