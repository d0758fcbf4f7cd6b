// Which handler answers which path.
//
//   Router router;
//   router.Add("POST", "/otrp", "otrp", handler);
//   router.Add("GET", "/pki/crl/*", "crl", handler);   // any rest
//   router.AddAsync("POST", "/otrp", "otrp", starter);  // answers later
//
// An exact path wins over a prefix, a longer prefix over a shorter one. A
// known path with another method is 405 with Allow; an unknown path 404.
//
// Thread-safety: const once it is built; handlers must be thread-safe.
// Errors: none; what goes wrong is a response.

#ifndef OTRP_LIBS_HTTP_ROUTER_H_
#define OTRP_LIBS_HTTP_ROUTER_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "libs/http/message.h"
#include "libs/http/respond.h"

namespace otrp {
namespace http {

// May block. Runs on one of the threads for these, never on a connection's.
using Handler = std::function<Response(const Request&)>;

// Starts the work and returns: it may read the request, but must not block. It
// may have responded then. Never on a connection's thread, either.
using AsyncHandler = std::function<void(Request, Respond)>;

class Router {
  struct Method;
  struct Entry;

 public:
  // `route` is the label of the metrics; constant. GET also answers HEAD.
  void Add(absl::string_view method, absl::string_view path,
           absl::string_view route, Handler handler);
  void AddAsync(absl::string_view method, absl::string_view path,
                absl::string_view route, AsyncHandler handler);

  // How a request is answered.
  enum class Kind {
    // At once: there is no handler.
    kNone,
    // By a handler that may block until it has answered.
    kBlocking,
    // By one that returns at once; the answer comes when it comes.
    kAsync,
  };

  // What the router has for one request. Valid as long as the router.
  class Match {
   public:
    Kind kind() const;
    // Counts and times by route. `request` is the one that was looked up.
    void Handle(Request request, Respond respond) const;

   private:
    friend class Router;
    // Null: no such path.
    const Entry* entry_ = nullptr;
    // Null: not with that method.
    const Method* method_ = nullptr;
  };
  Match Find(const Request& request) const;

 private:
  struct Method {
    AsyncHandler handler;
    Kind kind = Kind::kNone;
  };
  struct Entry {
    std::string route;
    std::map<std::string, Method> methods;
  };

  void AddMethod(absl::string_view method, absl::string_view path,
                 absl::string_view route, Method value);
  const Entry* FindEntry(absl::string_view path) const;

  std::map<std::string, Entry> exact_;
  // Without the star; sorted, so that longer ones come after shorter ones.
  std::map<std::string, Entry> prefixes_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_ROUTER_H_
