// The verifier's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_CONFIG_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/config/config.h"

namespace otrp {
namespace verifier {

struct Config {
  std::string listen;
  std::string metrics_listen;
  std::string tls_dir;
  config::DsnSource dsn;
  std::string ca_addr;
  // How often anchors, CRLs and policy are pulled.
  absl::Duration pull_period;
  int db_connections = 0;
};

absl::StatusOr<Config> ConfigFromFlags();

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_CONFIG_H_
