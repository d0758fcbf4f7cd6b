// The CA's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_CA_CONFIG_H_
#define OTRP_SERVICES_CA_CONFIG_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/service/common_config.h"
#include "services/ca/domain/ca_admins.h"
#include "services/ca/domain/order.h"
#include "services/ca/issuing_config.h"

namespace otrp {
namespace ca {

struct Config {
  service::CommonConfig common;
  // How long the ledger of what was used is kept.
  absl::Duration keep_usage = absl::Hours(9600);
  IssuingConfig issuing;
  // Whether operators get certificates of services, operators and TSMs only
  // with another one's approval.
  bool four_eyes = false;
  ClientLives client_lives;
  CaAdmins ca_admins;
};

absl::StatusOr<Config> ConfigFromFlags();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_CONFIG_H_
