#include "libs/base/base64.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64_simd.h"

namespace otrp {
namespace {

constexpr char kStandard[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrl[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr uint8_t kBad = 0xff;

constexpr std::array<uint8_t, 256> MakeTable(const char* alphabet) {
  std::array<uint8_t, 256> table = {};
  for (size_t i = 0; i < 256; ++i) table[i] = kBad;
  for (uint8_t i = 0; i < 64; ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = i;
  }
  return table;
}

struct Decoding {
  std::array<uint8_t, 256> table;
  internal::Base64Alphabet alphabet;
};

constexpr Decoding kStandardDecoding = {MakeTable(kStandard),
                                        {kStandard[62], kStandard[63]}};
constexpr Decoding kUrlDecoding = {MakeTable(kUrl), {kUrl[62], kUrl[63]}};

void Append(absl::string_view bytes, const char* alphabet, bool pad,
            std::string* out) {
  const size_t start = out->size();
  const size_t full = bytes.size() / 3;
  const size_t rest = bytes.size() % 3;
  const size_t tail = rest == 0 ? 0 : (pad ? 4 : rest + 1);
  out->resize(start + full * 4 + tail);
  char* to = &(*out)[0] + start;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const size_t done = internal::EncodeBlocks(from, bytes.size(),
                                             {alphabet[62], alphabet[63]}, to);
  from += done;
  to += done / 3 * 4;
  for (size_t i = done / 3; i < full; ++i, from += 3) {
    const uint32_t v = static_cast<uint32_t>(from[0]) << 16 |
                       static_cast<uint32_t>(from[1]) << 8 | from[2];
    *to++ = alphabet[v >> 18];
    *to++ = alphabet[v >> 12 & 63];
    *to++ = alphabet[v >> 6 & 63];
    *to++ = alphabet[v & 63];
  }
  if (rest == 1) {
    *to++ = alphabet[from[0] >> 2];
    *to++ = alphabet[(from[0] & 3) << 4];
    if (pad) {
      *to++ = '=';
      *to++ = '=';
    }
  } else if (rest == 2) {
    *to++ = alphabet[from[0] >> 2];
    *to++ = alphabet[(from[0] & 3) << 4 | from[1] >> 4];
    *to++ = alphabet[(from[1] & 15) << 2];
    if (pad) *to++ = '=';
  }
}

absl::Status BadCharacter(size_t offset) {
  return absl::InvalidArgumentError(
      absl::StrCat("not base64: wrong character at offset ", offset));
}

// `text` has no padding.
absl::StatusOr<std::string> DecodeUnpadded(absl::string_view text,
                                           const Decoding& decoding) {
  const std::array<uint8_t, 256>& table = decoding.table;
  const size_t full = text.size() / 4;
  const size_t rest = text.size() % 4;
  if (rest == 1) {
    return absl::InvalidArgumentError("not base64: its length is impossible");
  }
  std::string out(full * 3 + (rest == 0 ? 0 : rest - 1), '\0');
  char* to = &out[0];
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const size_t done = internal::DecodeBlocks(
      text.data(), full * 4, decoding.alphabet, reinterpret_cast<uint8_t*>(to));
  from += done;
  to += done / 4 * 3;
  for (size_t i = done / 4; i < full; ++i, from += 4) {
    const uint8_t a = table[from[0]];
    const uint8_t b = table[from[1]];
    const uint8_t c = table[from[2]];
    const uint8_t d = table[from[3]];
    // Values are below 64, so that a set high bit can only be kBad's.
    if (((a | b | c | d) & 0x80) != 0) {
      size_t offset = i * 4;
      while (table[static_cast<unsigned char>(text[offset])] != kBad) ++offset;
      return BadCharacter(offset);
    }
    *to++ = static_cast<char>(a << 2 | b >> 4);
    *to++ = static_cast<char>(b << 4 | c >> 2);
    *to++ = static_cast<char>(c << 6 | d);
  }
  uint8_t last[3] = {0, 0, 0};
  for (size_t i = 0; i < rest; ++i) {
    last[i] = table[from[i]];
    if (last[i] == kBad) return BadCharacter(full * 4 + i);
  }
  if ((rest == 2 && (last[1] & 15) != 0) || (rest == 3 && (last[2] & 3) != 0)) {
    return absl::InvalidArgumentError(
        "not base64: unused bits of the last character are set");
  }
  if (rest >= 2) *to++ = static_cast<char>(last[0] << 2 | last[1] >> 4);
  if (rest == 3) *to++ = static_cast<char>(last[1] << 4 | last[2] >> 2);
  return out;
}

absl::StatusOr<std::string> DecodePadded(absl::string_view text,
                                         const Decoding& decoding) {
  if (text.size() % 4 != 0) {
    return absl::InvalidArgumentError(
        "not base64: its length isn't a multiple of 4");
  }
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
    text.remove_suffix(1);
  }
  return DecodeUnpadded(text, decoding);
}

}  // namespace

std::string Base64Encode(absl::string_view bytes) {
  std::string out;
  Base64EncodeAppend(bytes, &out);
  return out;
}

std::string Base64UrlEncode(absl::string_view bytes) {
  std::string out;
  Base64UrlEncodeAppend(bytes, &out);
  return out;
}

void Base64EncodeAppend(absl::string_view bytes, std::string* out) {
  Append(bytes, kStandard, /*pad=*/true, out);
}

void Base64UrlEncodeAppend(absl::string_view bytes, std::string* out) {
  Append(bytes, kUrl, /*pad=*/false, out);
}

absl::StatusOr<std::string> Base64Decode(absl::string_view text) {
  return DecodePadded(text, kStandardDecoding);
}

absl::StatusOr<std::string> Base64UrlDecode(absl::string_view text) {
  return DecodeUnpadded(text, kUrlDecoding);
}

absl::StatusOr<std::string> Base64DecodeAny(absl::string_view text) {
  // The first character that only one alphabet has decides; the other
  // alphabet's then fail.
  const size_t special = text.find_first_of("+/-_");
  const bool url = special != absl::string_view::npos &&
                   (text[special] == '-' || text[special] == '_');
  const Decoding& decoding = url ? kUrlDecoding : kStandardDecoding;
  if (!text.empty() && text.back() == '=') return DecodePadded(text, decoding);
  return DecodeUnpadded(text, decoding);
}

}  // namespace otrp
