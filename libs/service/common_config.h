// The settings that every service with gRPC and a database has, as values;
// common_flags.h fills them from flags.
//
// Thread-safety: value.

#ifndef OTRP_LIBS_SERVICE_COMMON_CONFIG_H_
#define OTRP_LIBS_SERVICE_COMMON_CONFIG_H_

#include <string>

#include "libs/config/config.h"
#include "libs/service/revocation_options.h"
#include "libs/store/access.h"

namespace otrp {
namespace service {

struct CommonConfig {
  // gRPC, "host:port"; port 0 picks one.
  std::string listen;
  // Plain HTTP; empty: no such listener.
  std::string metrics_listen;
  // Directory with cert.pem, key.pem and ca.pem.
  std::string tls_dir;
  config::DsnSource dsn;
  store::Access database;
  int db_connections = 8;
  RevocationOptions revocations;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_COMMON_CONFIG_H_
