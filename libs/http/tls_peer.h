// Private to libs/http: the certificate of a TLS connection's client, once the
// handshake has verified it.
//
// Thread-safety: immutable.

#ifndef OTRP_LIBS_HTTP_TLS_PEER_H_
#define OTRP_LIBS_HTTP_TLS_PEER_H_

#include <utility>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/http/beast.h"
#include "libs/http/message.h"

namespace otrp {
namespace http {
namespace internal {

class TlsPeer {
 public:
  // Of a connection whose handshake has succeeded; nothing where the client
  // showed no certificate, or its end can't be told.
  static absl::optional<TlsPeer> Of(TlsStream& stream);

  const ClientCertificate& certificate() const { return certificate_; }
  // A connection may outlive its client's certificate.
  absl::Time not_after() const { return certificate_.not_after(); }

 private:
  explicit TlsPeer(ClientCertificate certificate)
      : certificate_(std::move(certificate)) {}

  ClientCertificate certificate_;
};

}  // namespace internal
}  // namespace http
}  // namespace otrp

#endif  // OTRP_LIBS_HTTP_TLS_PEER_H_
