#include "libs/base/base64_simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace otrp {
namespace internal {

#if defined(__x86_64__)

namespace {

#define OTRP_AVX2 __attribute__((target("avx2")))

bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

// Both lanes the same.
OTRP_AVX2 __m256i Twice(__m128i lane) {
  return _mm256_broadcastsi128_si256(lane);
}

// 0xff where low <= x <= high, as signed octets: those above 0x7f never are.
OTRP_AVX2 __m256i InRange(__m256i x, char low, char high) {
  return _mm256_and_si256(
      _mm256_cmpgt_epi8(x, _mm256_set1_epi8(static_cast<char>(low - 1))),
      _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(high + 1)), x));
}

OTRP_AVX2 size_t EncodeAvx2(const uint8_t* from, size_t size,
                            Base64Alphabet alphabet, char* to) {
  // Each lane: 12 octets to 16 positions, so that each 32-bit word holds the
  // three octets of its four characters.
  const __m256i spread =
      Twice(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  // What is to be added to a value, by its class: 26..51, ten digits, 62, 63,
  // and 13 for 0..25.
  const __m256i offsets =
      Twice(_mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                          '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                          '0' - 52, static_cast<char>(alphabet.c62 - 62),
                          static_cast<char>(alphabet.c63 - 63), 'A', 0, 0));
  size_t done = 0;
  // The second load reads 16 octets from the 12th on.
  while (size - done >= 28) {
    const auto* at = reinterpret_cast<const __m128i*>(from + done);
    const auto* next = reinterpret_cast<const __m128i*>(from + done + 12);
    const __m256i in = _mm256_shuffle_epi8(
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(at)),
                                _mm_loadu_si128(next), 1),
        spread);
    // Six bits to an octet each, by multiplications as shifts.
    const __m256i odd =
        _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
                           _mm256_set1_epi32(0x04000040));
    const __m256i even =
        _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
                           _mm256_set1_epi32(0x01000010));
    const __m256i values = _mm256_or_si256(odd, even);
    const __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i classes =
        _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(51)),
                        _mm256_and_si256(upper, _mm256_set1_epi8(13)));
    _mm256_storeu_si256(
        reinterpret_cast<__m256i*>(to),
        _mm256_add_epi8(values, _mm256_shuffle_epi8(offsets, classes)));
    done += 24;
    to += 32;
  }
  return done;
}

OTRP_AVX2 size_t DecodeAvx2(const char* from, size_t size,
                            Base64Alphabet alphabet, uint8_t* to) {
  const __m256i pack = Twice(
      _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
  size_t done = 0;
  // The store writes 32 octets, of which 24 count: there must be room.
  while (size - done >= 48) {
    const __m256i in =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + done));
    const __m256i upper = InRange(in, 'A', 'Z');
    const __m256i lower = InRange(in, 'a', 'z');
    const __m256i digit = InRange(in, '0', '9');
    const __m256i is62 = _mm256_cmpeq_epi8(in, _mm256_set1_epi8(alphabet.c62));
    const __m256i is63 = _mm256_cmpeq_epi8(in, _mm256_set1_epi8(alphabet.c63));
    const __m256i known =
        _mm256_or_si256(_mm256_or_si256(upper, lower),
                        _mm256_or_si256(digit, _mm256_or_si256(is62, is63)));
    if (_mm256_movemask_epi8(known) != -1) break;
    __m256i offset = _mm256_and_si256(upper, _mm256_set1_epi8(-'A'));
    offset = _mm256_or_si256(
        offset, _mm256_and_si256(lower, _mm256_set1_epi8(26 - 'a')));
    offset = _mm256_or_si256(
        offset, _mm256_and_si256(digit, _mm256_set1_epi8(52 - '0')));
    offset = _mm256_or_si256(
        offset,
        _mm256_and_si256(
            is62, _mm256_set1_epi8(static_cast<char>(62 - alphabet.c62))));
    offset = _mm256_or_si256(
        offset,
        _mm256_and_si256(
            is63, _mm256_set1_epi8(static_cast<char>(63 - alphabet.c63))));
    const __m256i values = _mm256_add_epi8(in, offset);
    // Two times six bits to twelve, two times twelve to twenty-four.
    const __m256i twelve =
        _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
    const __m256i whole =
        _mm256_madd_epi16(twelve, _mm256_set1_epi32(0x00011000));
    _mm256_storeu_si256(
        reinterpret_cast<__m256i*>(to),
        _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(whole, pack), join));
    done += 32;
    to += 24;
  }
  return done;
}

}  // namespace

size_t EncodeBlocks(const uint8_t* from, size_t size, Base64Alphabet alphabet,
                    char* to) {
  return HasAvx2() ? EncodeAvx2(from, size, alphabet, to) : 0;
}

size_t DecodeBlocks(const char* from, size_t size, Base64Alphabet alphabet,
                    uint8_t* to) {
  return HasAvx2() ? DecodeAvx2(from, size, alphabet, to) : 0;
}

#else

size_t EncodeBlocks(const uint8_t*, size_t, Base64Alphabet, char*) { return 0; }

size_t DecodeBlocks(const char*, size_t, Base64Alphabet, uint8_t*) { return 0; }

#endif

}  // namespace internal
}  // namespace otrp
