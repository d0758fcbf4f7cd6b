// IP addresses and networks of peers.
//
// Thread-safety: values.

#ifndef OTRP_LIBS_HTTP_IP_ADDRESS_H_
#define OTRP_LIBS_HTTP_IP_ADDRESS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace otrp {
namespace http {

// An address of IPv6, or of IPv4 as ::ffff:a.b.c.d, so that a peer is the same
// whichever way it comes.
class IpAddress {
 public:
  using Octets = std::array<std::uint8_t, 16>;

  explicit IpAddress(const Octets& octets) : octets_(octets) {}
  // "192.0.2.1" or "2001:db8::1"; nothing for another text.
  static absl::optional<IpAddress> Parse(absl::string_view text);

  std::string ToString() const;
  bool is_v4() const;
  // With all behind the first `bits` zero.
  IpAddress Prefix(int bits) const;
  // What one subscriber has: the address of IPv4, the /64 of IPv6.
  IpAddress Subscriber() const { return Prefix(is_v4() ? 128 : 64); }

  const Octets& octets() const { return octets_; }
  friend bool operator==(const IpAddress& a, const IpAddress& b) {
    return a.octets_ == b.octets_;
  }
  friend bool operator<(const IpAddress& a, const IpAddress& b) {
    return a.octets_ < b.octets_;
  }

 private:
  Octets octets_;
};

// Whether it is one of the public Internet: none of IANA's special-purpose
// addresses (RFC 6890: loopback, private, link-local, shared, documentation),
// none that multicasts, none that has another address inside.
bool IsPublic(const IpAddress& address);

// A list of networks, as a flag has it.
class Networks {
 public:
  // "10.0.0.0/8,2001:db8::/32,192.0.2.7"; empty: none. INVALID_ARGUMENT names
  // the element.
  static absl::StatusOr<Networks> Parse(absl::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  struct Network {
    IpAddress prefix;
    int bits;
  };
  std::vector<Network> networks_;
};

}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_IP_ADDRESS_H_
