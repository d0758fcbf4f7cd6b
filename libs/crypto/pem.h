// PEM (RFC 7468): blocks of base64 between BEGIN and END lines.
//
// Text outside of the blocks is skipped, since many tools write explanations
// there. Inside it is strict: the labels agree, no headers (so no encrypted
// keys), no empty block.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT, naming the block by its number; never quotes it.

#ifndef OTRP_LIBS_CRYPTO_PEM_H_
#define OTRP_LIBS_CRYPTO_PEM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace crypto {

struct PemBlock {
  std::string label;
  std::string der;
};

// Lines of 64 characters, a line feed at the end.
std::string PemEncode(absl::string_view label, absl::string_view der);

// All blocks in their order; a text without any gives an empty list. For
// private keys see PrivateKey::FromPem, which wipes what it decoded.
absl::StatusOr<std::vector<PemBlock>> PemDecode(absl::string_view text);

}  // namespace crypto
}  // namespace otrp

#endif  // OTRP_LIBS_CRYPTO_PEM_H_
