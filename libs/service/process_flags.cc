#include "libs/service/process_flags.h"

#include "libs/base/status_macros.h"
#include "libs/config/config.h"

ABSL_FLAG(std::string, tls_dir, "",
          "Directory with cert.pem, key.pem and ca.pem of this service.");
ABSL_FLAG(absl::Duration, max_queue_time, absl::Seconds(1),
          "/readyz says no while work waits longer than this for a database "
          "connection or its turn, in the mean of the last seconds; 0: never.");

namespace otrp {
namespace service {

absl::StatusOr<std::string> TlsDirFromFlag() {
  std::string tls_dir = absl::GetFlag(FLAGS_tls_dir);
  OTRP_RETURN_IF_ERROR(config::RequireNonEmpty("tls_dir", tls_dir));
  return tls_dir;
}

absl::Duration MaxQueueTimeFromFlag() {
  return absl::GetFlag(FLAGS_max_queue_time);
}

}  // namespace service
}  // namespace otrp
