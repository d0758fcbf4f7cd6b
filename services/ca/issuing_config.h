// What it takes to issue, as values; issuing_flags.h fills them from flags.
//
// Thread-safety: value.

#ifndef OTRP_SERVICES_CA_ISSUING_CONFIG_H_
#define OTRP_SERVICES_CA_ISSUING_CONFIG_H_

#include <string>

#include "libs/base/secret.h"

namespace otrp {
namespace ca {

struct IssuingConfig {
  // 32 octets.
  SecretBytes kek;
  // Empty: certificates don't say where revocation is told.
  std::string pki_url;
};

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_CONFIG_H_
