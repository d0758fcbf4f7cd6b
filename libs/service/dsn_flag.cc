#include "libs/service/dsn_flag.h"

#include <string>

#include "absl/flags/flag.h"

ABSL_FLAG(std::string, dsn_file, "",
          "File with the connection string of PostgreSQL.");

namespace otrp {
namespace service {

absl::StatusOr<config::DsnSource> DsnFromFlag() {
  return config::OpenDsnFile("dsn_file", absl::GetFlag(FLAGS_dsn_file));
}

}  // namespace service
}  // namespace otrp
