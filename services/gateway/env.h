// What the gateway's handlers work with.
//
// Thread-safety: stubs are thread-safe; the rest is set up before serving.

#ifndef OTRP_SERVICES_GATEWAY_ENV_H_
#define OTRP_SERVICES_GATEWAY_ENV_H_

#include <memory>

#include "libs/base/clock.h"
#include "libs/base/random.h"
#include "otrp/ca/v1/ca.grpc.pb.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"
#include "services/gateway/handlers/ocsp_cache.h"

namespace otrp {
namespace gateway {

struct Env {
  std::unique_ptr<tsm::v1::DeviceMessaging::StubInterface> tsm;
  std::unique_ptr<ca::v1::RevocationStatus::StubInterface> revocation;
  std::unique_ptr<ca::v1::AuthorityDirectory::StubInterface> directory;
  const Clock& clock;
  Random& random;
  std::unique_ptr<handlers::OcspCache> ocsp;
};

}  // namespace gateway
}  // namespace otrp

#endif  // OTRP_SERVICES_GATEWAY_ENV_H_
