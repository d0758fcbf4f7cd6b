// The product's numbers, each with its reason. What only one library or
// service needs stands there.

#ifndef OTRP_LIBS_BASE_LIMITS_H_
#define OTRP_LIBS_BASE_LIMITS_H_

#include <cstddef>

namespace otrp {

// A message from a device: certificates, a DSI and their double base64. A DSI
// of 1,000 TAs is about 200 KB. Larger bodies are answered with 413.
inline constexpr size_t kMaxDeviceMessageBytes = size_t{1} << 20;

// A TA image as uploaded. OP-TEE's default secure memory is 32 MiB; real TAs
// are below 2 MiB.
inline constexpr size_t kMaxTaImageBytes = size_t{16} << 20;

// Personalization data of a TA: keys and settings.
inline constexpr size_t kMaxPersonalizationBytes = size_t{1} << 20;

// A request with the largest image has base64 three times over it
// (16 MiB * 4/3 * 4/3, plus the rest); it must pass between tsm and gateway.
inline constexpr size_t kMaxGrpcMessageBytes = size_t{48} << 20;

// The deepest valid OTrP message has 9 levels after unwrapping.
inline constexpr int kMaxJsonDepth = 16;

// A DSI of 1,000 TAs has 7,000. A value takes up to 72 octets in memory
// and 2 in a text: more of them and a stranger's text would cost many times
// its size.
inline constexpr size_t kMaxJsonValues = size_t{32} << 10;

// Members of one object in it. OTrP's own have less than twenty; keys of SPs
// and domains stand in lists.
inline constexpr size_t kMaxJsonMembers = 1024;

// Certificates in a chain, leaf and root included. Each costs a signature
// check that an unauthenticated peer can ask for.
inline constexpr size_t kMaxChainLength = 8;

// DER of one certificate. Real ones are below 4 KiB.
inline constexpr size_t kMaxCertificateBytes = size_t{64} << 10;

// ERR_DEV_STATE_MISMATCH starts over with GetDeviceState; more than this and
// the two sides don't agree on what the state is.
inline constexpr int kMaxRestartsPerSession = 3;

// Requests of one session, against a device that never becomes what it should
// be.
inline constexpr int kMaxRequestsPerSession = 256;

// TEEs in one GetDeviceStateResponse: each one costs a private-key operation.
inline constexpr size_t kMaxTeesPerDevice = 4;

// A rid or tid, ours being 36 characters.
inline constexpr size_t kMaxIdBytes = 128;

// A device's id: the SHA-256 of its TEE's certificate.
inline constexpr size_t kDidBytes = 32;

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_LIMITS_H_
