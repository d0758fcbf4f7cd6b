// otrp.ca.v1.CertificateRenewal.

#ifndef OTRP_SERVICES_CA_HANDLERS_RENEWAL_H_
#define OTRP_SERVICES_CA_HANDLERS_RENEWAL_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/server_context.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/renewal.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {

// Of one call: the certificate that its connection was made with counts here,
// not only whose it is.
struct RenewalEnv {
  static RenewalEnv Of(const grpc::ServerContext& context, Env& ca);

  const rpc::Guard& guard;
  Env& ca;
  // The serial of the peer's certificate; empty where the peer is the REST
  // front, which says in the request what it was shown.
  std::string peer_serial;
  bool is_front = false;
};

namespace handlers {

absl::Status RenewCertificate(const rpc::CallContext& call, RenewalEnv& env,
                              const v1::RenewCertificateRequest& request,
                              v1::RenewCertificateResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_RENEWAL_H_
