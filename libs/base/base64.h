// Base64 and base64url (RFC 4648 sections 4 and 5), strict.
//
// Strict: one alphabet, no whitespace, padding exactly where it belongs, and
// the unused bits of the last character are zero, so that every octet string
// has one encoding (but for Base64DecodeAny, which takes four forms of it).
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT, with the offset of the first wrong character;
// never quotes the input.

#ifndef OTRP_LIBS_BASE_BASE64_H_
#define OTRP_LIBS_BASE_BASE64_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {

// With padding.
std::string Base64Encode(absl::string_view bytes);
absl::StatusOr<std::string> Base64Decode(absl::string_view text);

// Without padding, as JOSE has it (RFC 7515 section 2).
std::string Base64UrlEncode(absl::string_view bytes);
absl::StatusOr<std::string> Base64UrlDecode(absl::string_view text);

// Append to `out`: for large parts of a message that is being built.
void Base64EncodeAppend(absl::string_view bytes, std::string* out);
void Base64UrlEncodeAppend(absl::string_view bytes, std::string* out);

// For binary members outside of JOSE, which the drafts' samples write in
// either alphabet with or without padding. A text that uses characters of both
// alphabets is refused.
absl::StatusOr<std::string> Base64DecodeAny(absl::string_view text);

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_BASE64_H_
