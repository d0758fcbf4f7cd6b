// --kek_file, --pkcs11_... and --pki_url, for the service and for ca_bootstrap.
// Linked into binaries only, since other services have flags of the same names.
//
// Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_CA_ISSUING_FLAGS_H_
#define OTRP_SERVICES_CA_ISSUING_FLAGS_H_

#include "absl/status/statusor.h"
#include "services/ca/issuing_config.h"

namespace otrp {
namespace ca {

absl::StatusOr<IssuingConfig> IssuingConfigFromFlags();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_FLAGS_H_
