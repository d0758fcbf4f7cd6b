// The verifier's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_ATTESTATION_VERIFIER_CONFIG_H_
#define OTRP_SERVICES_ATTESTATION_VERIFIER_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/secret.h"
#include "libs/service/common_config.h"

namespace otrp {
namespace verifier {

struct Config {
  service::CommonConfig common;
  // How long the ledger of what was used is kept.
  absl::Duration keep_usage = absl::Hours(9600);
  std::string ca_addr;
  // 32 octets; empty: no results are signed.
  SecretBytes kek;
  // How often anchors, CRLs and policy are pulled.
  absl::Duration pull_period;
  // Empty: none.
  std::string kept_trust_file;
  absl::Duration kept_trust_max_age;
  // Env::any_revocation_host.
  bool revocation_any_host = false;
  // Env::result_life.
  absl::Duration result_life;
  // Env::four_eyes.
  bool four_eyes = false;
};

absl::StatusOr<Config> ConfigFromFlags();

}  // namespace verifier
}  // namespace otrp

#endif  // OTRP_SERVICES_ATTESTATION_VERIFIER_CONFIG_H_
