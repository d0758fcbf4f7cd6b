// Device state information: what a TEE says about itself, its security domains
// and the TAs in them; and the octets that its hash is over.
//
// Parsing isn't believing: a Dsi is as good as the signature over the message
// that brought it.
//
// Unknown members are ignored. Required are `tee` with name, ver and cert
// (GetDeviceState) and well-formed values of whatever is there; lists may be
// absent.
//
// Thread-safety: values and functions without state.
// Errors: INVALID_ARGUMENT naming the member.
// Source: draft-ietf-teep-opentrustprotocol-03, "GetDeviceStateResponse";
// docs/wire.md section 3.

#ifndef OTRP_LIBS_PROTOCOL_DSI_H_
#define OTRP_LIBS_PROTOCOL_DSI_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/crypto/keys.h"
#include "libs/json/json.h"

namespace otrp {
namespace protocol {

struct DsiTa {
  std::string taid;
  // Optional on the wire; empty: absent.
  std::string taname;
};

struct DsiSd {
  std::string name;
  std::string spid;
  std::vector<DsiTa> tas;
};

// The key that a TEE made for one SP.
struct DsiAik {
  std::string spid;
  crypto::PublicKey key;
};

// One that is there and can't be used: unreadable, off the curve, too weak.
struct UnusableAik {
  std::string spid;
  // For people; quotes nothing.
  std::string reason;
};

struct FirmwareData {
  // Decoded; informative, the signature is over the tid.
  std::string tbs;
  // DER.
  std::string certificate;
  // "RS256" or "ES256" as it stands there.
  std::string sigalg;
  std::string signature;
};

struct Dsi {
  absl::optional<FirmwareData> firmware;
  std::string tee_name;
  std::string tee_version;
  // DER.
  std::string tee_certificate;
  // DER, in the order of the message.
  std::vector<std::string> tee_ca_certificates;
  std::vector<DsiSd> sds;
  std::vector<DsiAik> aiks;
  std::vector<UnusableAik> unusable_aiks;

  // Null where the TEE has none for that SP.
  const crypto::PublicKey* FindAik(absl::string_view spid) const;
  // Likewise.
  const UnusableAik* FindUnusableAik(absl::string_view spid) const;
};

// `octets`: {"dsi":{...}}, as decrypted or as DsiOctetsOfContent() gives them.
absl::StatusOr<Dsi> ParseDsi(absl::string_view octets);

// Name, version and certificates of the TEE alone, the rest stays empty: to
// tell whose a DSI is that ParseDsi() refuses.
absl::StatusOr<Dsi> ParseTeeOfDsi(absl::string_view octets);

// The octets that `dsihash` is over when a DSI came in the content of a
// response: {"dsi": + the member's value exactly as received + }. For an edsi
// they are its whole plaintext. `content` is the decrypted text.
absl::StatusOr<std::string> DsiOctetsOfContent(absl::string_view content);

// SHA-256, 32 octets.
std::string DsiHash(absl::string_view dsi_octets);

// spaik and teespaik: base64 of a SubjectPublicKeyInfo or of a PKCS#1
// RSAPublicKey, a JWK object, or that object as text.
absl::StatusOr<crypto::PublicKey> ParseAik(const json::Value& value);

}  // namespace protocol
}  // namespace otrp

#endif  // OTRP_LIBS_PROTOCOL_DSI_H_
