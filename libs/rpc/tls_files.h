// Private to libs/rpc: a process's TLS directory.

#ifndef OTRP_LIBS_RPC_TLS_FILES_H_
#define OTRP_LIBS_RPC_TLS_FILES_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/tls_certificate_provider.h"

namespace otrp {
namespace rpc {
namespace internal {

// Watches <dir>/{cert.pem,key.pem,ca.pem}. FAILED_PRECONDITION names the file
// that can't be read.
absl::StatusOr<
    std::shared_ptr<grpc::experimental::CertificateProviderInterface>>
WatchTlsFiles(const std::string& dir, absl::Duration refresh);

}  // namespace internal
}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_TLS_FILES_H_
