#include "services/api/routes.h"

#include <memory>
#include <utility>

#include "services/api/handlers/exchange.h"
#include "services/api/handlers/reference.h"

namespace otrp {
namespace api {

http::Router Routes(const Env& env, handlers::Scheme scheme) {
  http::Router router;
  router.Add("GET", "/openapi.json", "reference",
             [scheme](const http::Request& request) {
               return handlers::GetOpenApi(scheme, request);
             });
  router.Add("GET", "/reference", "reference",
             [scheme](const http::Request& request) {
               return handlers::GetReferencePage(scheme, request);
             });
  // Every path, so that each answer has its request id. GET answers HEAD.
  for (const char* method :
       {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    router.AddAsync(
        method, "/*", "rest",
        [&env, scheme](http::Request request, http::Respond respond) {
          handlers::Exchange::Start(env, scheme, std::move(request),
                                    std::move(respond));
        });
  }
  return router;
}

}  // namespace api
}  // namespace otrp
