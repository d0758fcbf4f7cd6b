#include "tests/support/tls_server.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace testing {

absl::StatusOr<TlsServer> StartTlsServer(TestTls& tls, const std::string& uri,
                                         grpc::ServerBuilder& builder) {
  OTRP_ASSIGN_OR_RETURN(const std::string dir, tls.Issue(uri));
  OTRP_ASSIGN_OR_RETURN(const std::string key, ReadWholeFile(dir + "/key.pem"));
  OTRP_ASSIGN_OR_RETURN(const std::string cert,
                        ReadWholeFile(dir + "/cert.pem"));
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({key, cert});
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options),
                           &port);
  TlsServer started;
  started.server = builder.BuildAndStart();
  if (started.server == nullptr) {
    return absl::InternalError(absl::StrCat(uri, " doesn't start"));
  }
  started.address = absl::StrCat("127.0.0.1:", port);
  return started;
}

}  // namespace testing
}  // namespace otrp
