// otrp.ca.v1.CertificateAuthority.

#ifndef OTRP_SERVICES_CA_HANDLERS_CERTIFICATES_H_
#define OTRP_SERVICES_CA_HANDLERS_CERTIFICATES_H_

#include "absl/status/status.h"
#include "libs/rpc/run.h"
#include "otrp/ca/v1/ca.pb.h"
#include "services/ca/env.h"

namespace otrp {
namespace ca {
namespace handlers {

// Who may ask for which profile, and its names: libs/pki/profile.cc.
absl::Status IssueCertificate(const rpc::CallContext& call, Env& env,
                              const v1::IssueCertificateRequest& request,
                              v1::IssueCertificateResponse& response);
absl::Status RevokeCertificate(const rpc::CallContext& call, Env& env,
                               const v1::RevokeCertificateRequest& request,
                               v1::RevokeCertificateResponse& response);
absl::Status GetCertificate(const rpc::CallContext& call, Env& env,
                            const v1::GetCertificateRequest& request,
                            v1::GetCertificateResponse& response);
absl::Status ListCertificates(const rpc::CallContext& call, Env& env,
                              const v1::ListCertificatesRequest& request,
                              v1::ListCertificatesResponse& response);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_CERTIFICATES_H_
