// Which handler answers which path.
//
//   Router router;
//   router.Add("POST", "/otrp", "otrp", handler);
//   router.Add("GET", "/pki/crl/*", "crl", handler);   // any rest
//
// An exact path wins over a prefix, a longer prefix over a shorter one. A
// known path with another method is 405 with Allow; an unknown path 404.
//
// Thread-safety: const once it is built; handlers must be thread-safe.

#ifndef OTRP_LIBS_HTTP_ROUTER_H_
#define OTRP_LIBS_HTTP_ROUTER_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {

using Handler = std::function<Response(const Request&)>;

class Router {
 public:
  // `route` is the label of the metrics; constant. GET also answers HEAD.
  void Add(absl::string_view method, absl::string_view path,
           absl::string_view route, Handler handler);

  // Counts and times by route.
  Response Handle(const Request& request) const;

 private:
  struct Entry {
    std::string route;
    // By method.
    std::map<std::string, Handler> handlers;
  };
  const Entry* Find(absl::string_view path) const;

  std::map<std::string, Entry> exact_;
  // Without the star; sorted, so that longer ones come after shorter ones.
  std::map<std::string, Entry> prefixes_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_ROUTER_H_
