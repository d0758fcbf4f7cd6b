#include "services/ca/domain/serial.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {

absl::Status CheckSerial(const std::string& serial) {
  const bool hex = !serial.empty() && serial.size() <= kMaxSerialDigits &&
                   std::all_of(serial.begin(), serial.end(), [](char c) {
                     return absl::ascii_isxdigit(static_cast<unsigned char>(c));
                   });
  return hex ? absl::OkStatus() : errors::BadSerial();
}

std::string NormalSerial(const std::string& serial) {
  std::string lower = absl::AsciiStrToLower(serial);
  const size_t start = lower.find_first_not_of('0');
  return start == std::string::npos ? "0" : lower.substr(start);
}

}  // namespace ca
}  // namespace otrp
