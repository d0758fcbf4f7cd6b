#include "libs/service/process_flags.h"

#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, tls_dir, "",
          "Directory with cert.pem, key.pem and ca.pem of this service.");

namespace otrp {
namespace service {

absl::StatusOr<std::string> TlsDirFromFlag() {
  std::string tls_dir = absl::GetFlag(FLAGS_tls_dir);
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tls_dir", tls_dir));
  return tls_dir;
}

}  // namespace service
}  // namespace otrp
