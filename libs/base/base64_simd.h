// The inner loops of base64, 24 octets at a time with AVX2 where the processor
// has it. Private to base64.cc.
//
// A TA image passes through base64 twice on its way to a device: with one
// octet at a time that costs more than encrypting it.

#ifndef OTRP_LIBS_BASE_BASE64_SIMD_H_
#define OTRP_LIBS_BASE_BASE64_SIMD_H_

#include <cstddef>
#include <cstdint>

namespace otrp {
namespace internal {

// The two characters in which the alphabets differ.
struct Base64Alphabet {
  char c62;
  char c63;
};

// Encodes a multiple of 3 octets from the start; gives how many, perhaps 0.
// `to` has room for 4/3 of `size`.
size_t EncodeBlocks(const uint8_t* from, size_t size, Base64Alphabet alphabet,
                    char* to);

// Decodes a multiple of 4 characters from the start and stops before the first
// block with a wrong one; gives how many, perhaps 0. `to` has room for 3/4 of
// `size`.
size_t DecodeBlocks(const char* from, size_t size, Base64Alphabet alphabet,
                    uint8_t* to);

}  // namespace internal
}  // namespace otrp

#endif  // OTRP_LIBS_BASE_BASE64_SIMD_H_
