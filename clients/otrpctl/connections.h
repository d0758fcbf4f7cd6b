// Where the commands call: the server of a context over REST with its token, or
// the services over gRPC with mutual TLS. Which of the two, a command doesn't
// know. Connections are made when first used.
//
// The context is that of --context or OTRPCTL_CONTEXT; without it, where no
// address and no TLS folder is given either, by flag or environment, the
// current one of the file.
//
// Not thread-safe.

#ifndef CLIENTS_OTRPCTL_CONNECTIONS_H_
#define CLIENTS_OTRPCTL_CONNECTIONS_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "clients/otrpctl/contexts.h"
#include "clients/otrpctl/rest_caller.h"
#include "libs/cli/cli.h"

namespace otrp::ctl {

enum class Service { kCa, kTsm, kVerifier, kPortal };

// A usage error unless --timeout, where given, is a number of seconds.
absl::Status CheckTimeout(const cli::Args& globals);

class Connections {
 public:
  // `globals`: the flags that every command takes; the environment is asked
  // for those that are missing, then the context.
  explicit Connections(std::map<std::string, std::string> globals);

  // A call of one method of a stub, e.g.
  //   Call<v1::Devices>(Service::kTsm, &v1::Devices::Stub::GetDevice,
  //                     request)
  // Failures keep the service's code and message; UNAVAILABLE names the
  // address and says how to start the stack. Usage errors name the flag: no
  // TLS folder, unreadable files.
  template <typename Api, typename Request, typename Response>
  absl::StatusOr<Response> Call(
      Service service,
      grpc::Status (Api::Stub::*method)(grpc::ClientContext*, const Request&,
                                        Response*),
      const Request& request) {
    const absl::Status chosen = Choose();
    if (!chosen.ok()) return chosen;
    Response response;
    if (rest_ != nullptr) {
      const absl::Status status =
          CallRest(service, Api::service_full_name(), request, &response);
      if (!status.ok()) return status;
      return response;
    }
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Channel(service);
    if (!channel.ok()) return channel.status();
    const std::unique_ptr<typename Api::Stub> stub = Api::NewStub(*channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         absl::ToChronoMilliseconds(timeout_));
    const grpc::Status status =
        (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return Explain(service, status);
    return response;
  }

  // Of --context or OTRPCTL_CONTEXT; empty where none is named.
  std::string NamedContext() const;
  // A flag of all commands as given on the command line; empty without it.
  std::string Given(const std::string& flag) const;
  // The flags of gRPC that were given on the command line.
  std::map<std::string, std::string> GivenOfGrpc() const;
  absl::Duration timeout() const { return timeout_; }

  // Finds out which context it is, once; a usage error for one that isn't
  // there. Call() does it by itself.
  absl::Status Choose();
  // After Choose(). Empty: none, but flags, environment or what is usual.
  const std::string& context_name() const { return context_name_; }
  // After Choose(): whether it calls a server over REST, with a token.
  bool is_rest() const { return rest_ != nullptr; }
  // After Choose(): by gRPC, where the caller's certificate is.
  std::string TlsDir() const;
  // For people: "https://api.example", or how it is by gRPC.
  std::string Where() const;
  // What is to be said beside any result: that the token or the certificate
  // ends soon.
  std::vector<std::string> Notes(absl::Time now) const;

 private:
  // Usage errors name the flag: no TLS folder, unreadable files.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(Service service);
  absl::Status CallRest(Service service, const char* api,
                        const google::protobuf::Message& request,
                        google::protobuf::Message* response);
  absl::Status UseContext(const std::string& name, bool named);
  // Whether a flag or the environment says where the services are.
  bool IsGrpcGiven() const;
  std::string Setting(const std::string& flag, const char* variable,
                      const char* otherwise) const;
  // "--tls-dir: " where the flag was given, to begin an error with.
  std::string IfGiven(const std::string& flag) const;
  std::string Address(Service service) const;
  absl::Status Explain(Service service, const grpc::Status& status) const;

  std::map<std::string, std::string> globals_;
  absl::Duration timeout_;
  bool chosen_ = false;
  std::string context_name_;
  // Without its token, which `rest_` has.
  Context context_;
  std::unique_ptr<RestCaller> rest_;
  std::map<Service, std::shared_ptr<grpc::Channel>> channels_;
};

}  // namespace otrp::ctl

#endif  // CLIENTS_OTRPCTL_CONNECTIONS_H_
