// Versions of trusted applications, as this TEE tells older from newer: numbers
// joined by dots, compared number by number.
//
//   1.9 < 1.10 < 2      1.0 and 1.0.0 are the same
//
// Thread-safety: functions without state.

#ifndef CLIENTS_DEVICE_VERSION_H_
#define CLIENTS_DEVICE_VERSION_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace otrp::device {

// Padded with zeros: compared by the array's own operators.
using Version = std::array<uint32_t, 8>;

// Nothing for a text of another form, or of numbers beyond 32 bits.
absl::optional<Version> ParseVersion(absl::string_view text);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_VERSION_H_
