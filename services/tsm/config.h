// The TSM's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_TSM_CONFIG_H_
#define OTRP_SERVICES_TSM_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/secret.h"
#include "libs/config/config.h"
#include "libs/service/common_config.h"

namespace otrp {
namespace tsm {

struct Config {
  service::CommonConfig common;
  // How long the ledger of what was used is kept.
  absl::Duration keep_usage = absl::Hours(9600);
  std::string ca_addr;
  std::string verifier_addr;
  // An absolute URI: the tamid.
  std::string tsm_id;
  // 32 octets: seals our private keys in the database.
  SecretBytes kek;
  // Keys of 32 octets: tids, rids and content keys come from the first; the
  // others are still good for what was made with them.
  config::KeysSource session_secrets;
  // Pull endpoints may have private and loopback addresses.
  bool pull_private_endpoints = false;
};

absl::StatusOr<Config> ConfigFromFlags();

// For tests of the rules.
absl::Status CheckTsmId(absl::string_view tsm_id);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_CONFIG_H_
