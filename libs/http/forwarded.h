// Whom a request is from, where proxies that we trust pass it on. Private to
// libs/http.
//
// Thread-safety: ProxyHeader belongs to one thread at a time.
// Source: RFC 7239; X-Forwarded-For as it is used; the PROXY protocol,
// haproxy.org/download/2.8/doc/proxy-protocol.txt, versions 1 and 2.

#ifndef OTRP_LIBS_HTTP_FORWARDED_H_
#define OTRP_LIBS_HTTP_FORWARDED_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "libs/http/ip_address.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {
namespace internal {

// The nearest address that is no trusted proxy: from `peer` on backwards
// through the header `name` ("X-Forwarded-For" or "Forwarded"). What stands
// before that address anybody may have written. An element that is no address
// ends the walk at whoever wrote it.
IpAddress ClientOf(const IpAddress& peer, const std::vector<Header>& headers,
                   absl::string_view name, const Networks& trusted);

// The header of the PROXY protocol, read without an octet of what follows.
class ProxyHeader {
 public:
  // Octets to read next, exactly; 0: it is over.
  size_t wants() const { return wants_; }
  // False: it is no header of the protocol.
  bool Take(absl::string_view octets);
  // Whom the connection is from; nothing where the proxy speaks for itself
  // (LOCAL, a health check) or says no address.
  const absl::optional<IpAddress>& source() const { return source_; }

 private:
  bool TakeLine();
  bool TakeBinary();

  size_t wants_ = 12;
  std::string read_;
  absl::optional<IpAddress> source_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_FORWARDED_H_
