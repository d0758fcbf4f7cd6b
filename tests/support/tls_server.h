// A gRPC server in the test's own process that speaks TLS with the files of a
// TestTls: what a client under test calls where libs/rpc isn't what is tested.
//
//   grpc::ServerBuilder builder;
//   builder.RegisterService(&service);
//   OTRP_ASSERT_OK_AND_ASSIGN(
//       TlsServer server, StartTlsServer(*tls, "otrp://service/ca", builder));
//
// It asks no client for a certificate: whoever calls is let in.

#ifndef OTRP_TESTS_SUPPORT_TLS_SERVER_H_
#define OTRP_TESTS_SUPPORT_TLS_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/grpcpp.h"
#include "tests/support/tls.h"

namespace otrp {
namespace testing {

struct TlsServer {
  // Stops when it goes; what it serves must outlive it.
  std::unique_ptr<grpc::Server> server;
  // "127.0.0.1:port".
  std::string address;
};

// Starts what is registered in `builder`, with a new certificate of `tls` for
// this identity URI, on a free port of loopback.
absl::StatusOr<TlsServer> StartTlsServer(TestTls& tls, const std::string& uri,
                                         grpc::ServerBuilder& builder);

}  // namespace testing
}  // namespace otrp

#endif  // OTRP_TESTS_SUPPORT_TLS_SERVER_H_
