// The serial number of a peer's certificate, out of what gRPC keeps of it: its
// PEM text. A call has no time to parse a certificate, and gRPC's context of a
// connection no place for what a handshake found; the serial stands within the
// first 36 octets, which are one line of base64.
//
// Of certificates that the handshake has verified, so of good DER. What can't
// be read has no serial, and its caller is refused.
//
// Thread-safety: values. Source: RFC 5280 4.1, X.690.

#ifndef OTRP_LIBS_RPC_PEER_SERIAL_H_
#define OTRP_LIBS_RPC_PEER_SERIAL_H_

#include <array>
#include <cstddef>

#include "absl/strings/string_view.h"

namespace otrp {
namespace rpc {

class PeerSerial {
 public:
  // `pem`: begins with the certificate.
  static PeerSerial OfPem(absl::string_view pem);

  // Lower-case hex without leading zeros, as pki::Certificate::serial(); empty
  // where it can't be read.
  absl::string_view view() const { return {digits_.data(), size_}; }

 private:
  // RFC 5280 4.1.2.2: 20 octets at most.
  std::array<char, 40> digits_;
  size_t size_ = 0;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_PEER_SERIAL_H_
