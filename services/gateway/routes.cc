#include "services/gateway/routes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/gateway/handlers/devices.h"
#include "services/gateway/handlers/pki.h"

namespace otrp {
namespace gateway {

using http::Request;

http::Router Routes(const Env& env) {
  http::Router router;
  const auto post = [&env](tsm::v1::Dialect dialect) {
    return [&env, dialect](Request request, http::Respond respond) {
      handlers::PostMessage(env, dialect, std::move(request),
                            std::move(respond));
    };
  };
  router.AddAsync("POST", "/otrp", "otrp", post(tsm::v1::DIALECT_IETF03));
  router.AddAsync("POST", "/otrp/pei03", "otrp_pei03",
                  post(tsm::v1::DIALECT_PEI03));
  router.Add("GET", absl::StrCat(handlers::kCrlPrefix, "*"), "pki_crl",
             [&env](const Request& r) { return handlers::GetCrl(env, r); });
  router.Add("GET", absl::StrCat(handlers::kIssuerPrefix, "*"), "pki_ca",
             [&env](const Request& r) { return handlers::GetIssuer(env, r); });
  router.Add("POST", handlers::kOcspPath, "pki_ocsp",
             [&env](const Request& r) { return handlers::PostOcsp(env, r); });
  router.Add("GET", absl::StrCat(handlers::kOcspPrefix, "*"), "pki_ocsp",
             [&env](const Request& r) { return handlers::GetOcsp(env, r); });
  return router;
}

}  // namespace gateway
}  // namespace otrp
