// Mutual-TLS connections of otrpctl to the services, made when first used.
// Not thread-safe.

#ifndef CLIENTS_OTRPCTL_CONNECTIONS_H_
#define CLIENTS_OTRPCTL_CONNECTIONS_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {

enum class Service { kCa, kTsm, kVerifier, kPortal };

// A usage error unless --timeout, where given, is a number of seconds.
absl::Status CheckTimeout(const cli::Args& globals);

class Connections {
 public:
  // `globals`: the flags that every command takes; the environment is asked
  // for those that are missing.
  explicit Connections(std::map<std::string, std::string> globals);

  // Usage errors name the flag: no TLS folder, unreadable files.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(Service service);

  // A call of one method of a stub, e.g.
  //   Call<v1::Devices>(Service::kTsm, &v1::Devices::Stub::GetDevice,
  //                     request)
  // Failures keep the service's code and message; UNAVAILABLE names the
  // address and says how to start the stack.
  template <typename Api, typename Request, typename Response>
  absl::StatusOr<Response> Call(
      Service service,
      grpc::Status (Api::Stub::*method)(grpc::ClientContext*, const Request&,
                                        Response*),
      const Request& request) {
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Channel(service);
    if (!channel.ok()) return channel.status();
    const std::unique_ptr<typename Api::Stub> stub = Api::NewStub(*channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(timeout_));
    Response response;
    const grpc::Status status =
        (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return Explain(service, status);
    return response;
  }

 private:
  std::string Setting(const std::string& flag, const char* variable,
                      const char* otherwise) const;
  // "--tls-dir: " where the flag was given, to begin an error with.
  std::string IfGiven(const std::string& flag) const;
  std::string Address(Service service) const;
  absl::Status Explain(Service service, const grpc::Status& status) const;

  std::map<std::string, std::string> globals_;
  absl::Duration timeout_;
  std::map<Service, std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CONNECTIONS_H_
