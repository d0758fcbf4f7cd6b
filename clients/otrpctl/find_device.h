// Devices by the first digits of their ids.
//
// Thread-safety: functions without state.
// Errors: a usage error for what is no id, or fits several devices; NOT_FOUND
// where none fits; those of the TSM.

#ifndef CLIENTS_OTRPCTL_FIND_DEVICE_H_
#define CLIENTS_OTRPCTL_FIND_DEVICE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/otrpctl/connections.h"

namespace otrp::ctl {

// Four hex digits or more, and nothing else.
bool LooksLikeDid(absl::string_view word);

// The 32 octets of a whole id, which needs no device; or those of the only
// device whose id begins with the digits.
absl::StatusOr<std::string> FindDid(absl::string_view word,
                                    Connections& connections);

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_FIND_DEVICE_H_
