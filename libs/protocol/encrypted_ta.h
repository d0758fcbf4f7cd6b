// `encrypted_ta`: a TA image and its personalization data under a fresh AES
// key, and that key for the SP's AIK in one TEE. Inside libs/protocol only.
//
// Not authenticated by itself: it stands inside a signed request.
//
// Errors: FAILED_PRECONDITION where the dialect can't wrap to an EC key.
// Source: docs/wire.md section 3.

#ifndef OTRP_LIBS_PROTOCOL_ENCRYPTED_TA_H_
#define OTRP_LIBS_PROTOCOL_ENCRYPTED_TA_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"
#include "libs/protocol/dialect.h"
#include "libs/protocol/members.h"

namespace otrp {
namespace protocol {

// The members' names are the message's; an empty part is left out.
absl::StatusOr<json::Value> EncryptTa(Dialect dialect,
                                      const crypto::PublicKey& aik,
                                      const member::Base64& ta_member,
                                      absl::string_view image,
                                      const member::Base64& data_member,
                                      absl::string_view personalization,
                                      Random& random);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_ENCRYPTED_TA_H_
