// Serials as callers write them: hex, in either case, with or without leading
// zeros.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT that names the field "serial".

#ifndef OTRP_SERVICES_CA_DOMAIN_SERIAL_H_
#define OTRP_SERVICES_CA_DOMAIN_SERIAL_H_

#include <string>

#include "absl/status/status.h"

namespace otrp {
namespace ca {

absl::Status CheckSerial(const std::string& serial);

// As it is stored: lower case, without leading zeros.
std::string NormalSerial(const std::string& serial);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_DOMAIN_SERIAL_H_
