#include "services/ca/config.h"

#include "libs/base/status_macros.h"
#include "libs/service/common_flags.h"
#include "services/ca/issuing_flags.h"

OTRP_SERVICE_FLAGS("127.0.0.1:9101", "127.0.0.1:9201", /*db_connections=*/8);

namespace otrp {
namespace ca {

absl::StatusOr<Config> ConfigFromFlags() {
  Config config;
  OTRP_ASSIGN_OR_RETURN(config.common, service::CommonConfigFromFlags());
  OTRP_ASSIGN_OR_RETURN(config.issuing, IssuingConfigFromFlags());
  return config;
}

}  // namespace ca
}  // namespace otrp
