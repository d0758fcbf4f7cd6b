#include "services/api/handlers/security_headers.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/api/limits.h"

namespace otrp {
namespace api {
namespace handlers {

void AddSecurityHeaders(Scheme scheme, absl::string_view policy,
                        http::Response* response) {
  const auto add = [response](absl::string_view name, std::string value) {
    if (http::HasHeader(response->headers, name)) return;
    response->headers.emplace_back(std::string(name), std::move(value));
  };
  add("Content-Security-Policy", std::string(policy));
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  if (scheme == Scheme::kHttp) return;
  add("Strict-Transport-Security",
      absl::StrCat("max-age=", absl::ToInt64Seconds(kHstsMaxAge)));
}

}  // namespace handlers
}  // namespace api
}  // namespace otrp
