// The portal's settings, from flags (and --flagfile), checked.
//
// Thread-safety: value. Errors: INVALID_ARGUMENT names the flag.

#ifndef OTRP_SERVICES_SP_PORTAL_CONFIG_H_
#define OTRP_SERVICES_SP_PORTAL_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/secret.h"
#include "libs/service/common_config.h"
#include "services/sp_portal/domain/model.h"

namespace otrp {
namespace portal {

struct Config {
  service::CommonConfig common;
  std::string ca_addr;
  std::string tsm_addr;
  // 32 octets: seals images, personalization data and webhooks' secrets in the
  // database.
  SecretBytes kek;
  // Whether a version must be approved before it is released.
  bool require_review = false;
  Quotas quotas;
  // What no token may live beyond.
  absl::Duration max_token_life;
  // Issuers over plain http and in private networks are taken.
  bool insecure_issuers = false;
  // Webhooks may have plain http, and hosts that aren't of the public Internet.
  bool any_webhook_host = false;
};

absl::StatusOr<Config> ConfigFromFlags();

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CONFIG_H_
