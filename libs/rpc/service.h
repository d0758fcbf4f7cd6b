// A gRPC service, one line an RPC, held against its proto by the compiler:
//
//   class TrustAnchors final : public rpc::ServiceOf<v1::TrustAnchors, Env> {
//     OTRP_FIRST_RPC();
//     OTRP_RPC(AddTrustAnchor);
//     OTRP_RPC(RemoveTrustAnchor);
//     OTRP_LAST_RPC();
//   };
//   ...
//   std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
//     return rpc::NewServices<CertificateAuthority, TrustAnchors>(env);
//   }
//
// OTRP_RPC(X) calls the free function handlers::X (run.h) with v1::XRequest
// and v1::XResponse, both as seen from the class. It doesn't compile for an X
// that the service hasn't; OTRP_LAST_RPC doesn't where the service has an RPC
// without a line, and NewServices() doesn't without OTRP_LAST_RPC.
//
// Thread-safety: as the handlers.

#ifndef OTRP_LIBS_RPC_SERVICE_H_
#define OTRP_LIBS_RPC_SERVICE_H_

#include <memory>
#include <type_traits>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "libs/rpc/run.h"

namespace otrp {
namespace rpc {
namespace internal {

// A generated AsyncService is WithAsyncMethod_X<WithAsyncMethod_Y<...>>, a
// layer an RPC, around Service.
template <typename T>
struct RpcCount : std::integral_constant<int, 0> {};
template <template <typename> class WithAsyncMethod, typename Base>
struct RpcCount<WithAsyncMethod<Base>>
    : std::integral_constant<int, 1 + RpcCount<Base>::value> {};

}  // namespace internal

// `Generated`: the class of the generated code, e.g. v1::TrustAnchors.
template <typename Generated, typename Env>
class ServiceOf : public Generated::Service {
 public:
  static constexpr int kRpcs =
      internal::RpcCount<typename Generated::AsyncService>::value;

  // `env` must outlive it.
  explicit ServiceOf(Env& env) : env_(env) {}

 protected:
  Env& env_;
};

template <typename... Services, typename Env>
std::vector<std::unique_ptr<grpc::Service>> NewServices(Env& env) {
  static_assert((Services::kHasAllRpcs && ...), "OTRP_LAST_RPC is missing");
  std::vector<std::unique_ptr<grpc::Service>> services;
  (services.push_back(std::make_unique<Services>(env)), ...);
  return services;
}

}  // namespace rpc
}  // namespace otrp

#define OTRP_FIRST_RPC()      \
 public:                      \
  using ServiceOf::ServiceOf; \
                              \
 private:                     \
  static constexpr int kRpcCounter = __COUNTER__

#define OTRP_RPC(Method)                                                  \
  static_assert(__COUNTER__ > kRpcCounter, "OTRP_FIRST_RPC comes first"); \
  grpc::Status Method(grpc::ServerContext* context,                       \
                      const v1::Method##Request* request,                 \
                      v1::Method##Response* response) override {          \
    return ::otrp::rpc::Run(context, env_, request, response,             \
                            &handlers::Method);                           \
  }                                                                       \
  static_assert(true, "takes the semicolon")

#define OTRP_LAST_RPC()                                  \
  static_assert(__COUNTER__ - kRpcCounter - 1 == kRpcs,  \
                "an RPC of the proto has no line here"); \
                                                         \
 public:                                                 \
  static constexpr bool kHasAllRpcs = true

#endif  // OTRP_LIBS_RPC_SERVICE_H_
