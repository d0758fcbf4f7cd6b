#include "services/api/routes.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/api/handlers/console_files.h"
#include "services/api/handlers/console_session.h"
#include "services/api/handlers/est.h"
#include "services/api/handlers/exchange.h"
#include "services/api/handlers/jwks.h"
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
  router.AddAsync("GET", "/.well-known/jwks.json", "jwks",
                  [&env, scheme](http::Request request, http::Respond respond) {
                    handlers::AnswerJwks(env, scheme, std::move(request),
                                         std::move(respond));
                  });
  if (env.console != nullptr) {
    router.Add("GET", "/", "console", [scheme](const http::Request&) {
      return handlers::RedirectToConsole(scheme);
    });
  }
  router.Add("GET", "/console", "console",
             [&env, scheme](const http::Request& request) {
               return env.console == nullptr
                          ? handlers::GetConsoleFile(nullptr, scheme, request)
                          : handlers::RedirectToConsole(scheme);
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
    router.AddAsync(
        method, absl::StrCat(handlers::kEstPath, "*"), "est",
        [&env, scheme](http::Request request, http::Respond respond) {
          handlers::AnswerEst(env, scheme, std::move(request),
                              std::move(respond));
        });
    router.AddAsync(
        method, "/console/session", "console",
        [&env, scheme](http::Request request, http::Respond respond) {
          handlers::AnswerConsoleSession(env, scheme, std::move(request),
                                         std::move(respond));
        });
    router.Add(method, "/console/*", "console",
               [&env, scheme](const http::Request& request) {
                 return handlers::GetConsoleFile(env.console, scheme, request);
               });
  }
  return router;
}

}  // namespace api
}  // namespace otrp
