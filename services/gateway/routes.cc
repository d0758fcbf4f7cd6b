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
  // The paths of one dialect are one route to metrics: what differs is how the
  // first request is signed.
  const auto add = [&](const std::string& path, absl::string_view route,
                       tsm::v1::Dialect dialect) {
    const auto post = [&](absl::string_view hint, bool es256) {
      router.AddAsync(
          "POST", absl::StrCat(path, hint), route,
          [&env, dialect, es256](Request request, http::Respond respond) {
            handlers::PostMessage(env, {dialect, es256}, std::move(request),
                                  std::move(respond));
          });
    };
    post("", false);
    post("/rs256", false);
    post("/es256", true);
  };
  add("/otrp", "otrp", tsm::v1::DIALECT_IETF03);
  add("/otrp/pei03", "otrp_pei03", tsm::v1::DIALECT_PEI03);
  router.Add("GET", absl::StrCat(handlers::kCrlPrefix, "*"), "pki_crl",
             [&env](const Request& r) { return handlers::GetCrl(env, r); });
  router.Add("GET", absl::StrCat(handlers::kIssuerPrefix, "*"), "pki_ca",
             [&env](const Request& r) { return handlers::GetIssuer(env, r); });
  // With one slash more or less than meant, as clients join URLs.
  for (const char* slash : {"", "/"}) {
    router.AddAsync("POST", absl::StrCat(handlers::kOcspPath, slash),
                    "pki_ocsp", [&env](Request r, http::Respond respond) {
                      handlers::PostOcsp(env, std::move(r), std::move(respond));
                    });
  }
  router.AddAsync("GET", absl::StrCat(handlers::kOcspPath, "*"), "pki_ocsp",
                  [&env](Request r, http::Respond respond) {
                    handlers::GetOcsp(env, std::move(r), std::move(respond));
                  });
  return router;
}

}  // namespace gateway
}  // namespace otrp
