// The TEE's half of the protocol, for tests: signs and encrypts what it is
// told to, right or wrong. The software TEE of clients/device is the real
// thing; this one has no state and no opinion.
//
// Thread-safety: thread-safe. Failures end the process.

#ifndef OTRP_LIBS_PROTOCOL_TEST_TEE_H_
#define OTRP_LIBS_PROTOCOL_TEST_TEE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"
#include "libs/protocol/messages.h"

namespace otrp {
namespace protocol {
namespace test {

// Made once a process: RSA keys take their time.
const crypto::PrivateKey& RsaKey();
const crypto::PrivateKey& OtherRsaKey();
const crypto::PrivateKey& EcKey();
const crypto::PrivateKey& OtherEcKey();

inline constexpr char kTid[] = "4F454A7F-002D-4157-884E-B0DD1A06A8AE";
inline constexpr char kRid[] = "BE62D02A-4E08-4B3C-A4A0-5A4B1C1B7A31";

// {"ver","status","rid","tid"} of a response.
json::Value Tbs(absl::string_view status = "pass");

// {"<outer>": JWS over {"<inner>": tbs}}.
std::string Signed(absl::string_view outer, absl::string_view inner,
                   const json::Value& tbs, const crypto::PrivateKey& key);
// With the names of the message table.
std::string SignedResponse(MessageKind kind, const json::Value& tbs,
                           const crypto::PrivateKey& key);
// {"GetDeviceStateResponse":[...]} around one SignedResponse.
std::string DeviceStateResponse(const json::Value& tbs,
                                const crypto::PrivateKey& key);

// A general JWE to `recipient`.
json::Value Encrypted(absl::string_view plaintext,
                      const crypto::PublicKey& recipient);
// The answer's content under the content key of a request (the JSON of it),
// whose recipients are repeated.
json::Value EncryptedLike(absl::string_view plaintext,
                          absl::string_view request,
                          const crypto::PrivateKey& tee_key);
// The object inside "<Name>TBSRequest" of a request, unverified.
json::Value TbsOf(absl::string_view request);

}  // namespace test
}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_TEST_TEE_H_
