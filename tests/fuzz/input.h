// What the fuzz targets have in common.

#ifndef OTRP_TESTS_FUZZ_INPUT_H_
#define OTRP_TESTS_FUZZ_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

// A property that must hold for every input; ends the process, which is how a
// fuzzer learns of it.
#define OTRP_FUZZ_CHECK(condition)                                    \
  do {                                                                \
    if (!(condition)) {                                               \
      std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, \
                   #condition);                                       \
      std::abort();                                                   \
    }                                                                 \
  } while (false)

namespace otrp {
namespace fuzz {

inline absl::string_view Text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz
}  // namespace otrp

// Begins a target: `input` is an absl::string_view.
#define OTRP_FUZZ_TARGET(input)                                             \
  static void OtrpFuzzTarget(absl::string_view input);                      \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    OtrpFuzzTarget(::otrp::fuzz::Text(data, size));                         \
    return 0;                                                               \
  }                                                                         \
  static void OtrpFuzzTarget(absl::string_view input)

#endif  // OTRP_TESTS_FUZZ_INPUT_H_
