// The life of a gRPC service process, so that main() only composes:
//
//   int main(int argc, char** argv) {
//     absl::ParseCommandLine(argc, argv);
//     return otrp::service::Main("ca", [](service::Process& process)
//                                          -> absl::Status {
//       OTRP_ASSIGN_OR_RETURN(ca::Config config, ca::ConfigFromFlags());
//       OTRP_ASSIGN_OR_RETURN(auto server, ca::Server::Create(config, ...));
//       OTRP_RETURN_IF_ERROR(process.Serve(
//           {config.listen, config.metrics_listen, config.tls_dir},
//           server->guard(), server->services()));
//       return process.RunUntilSignal();
//     });
//   }
//
// SIGTERM or SIGINT: /readyz and health say "no", new calls are refused,
// running ones get up to 15 s, exit code 0. Start errors: one log line, exit
// code 1. A stop signal never takes longer than 20 s.
//
// Thread-safety: Process belongs to the main thread; readiness() may be used
// from any.

#ifndef OTRP_LIBS_SERVICE_SERVICE_MAIN_H_
#define OTRP_LIBS_SERVICE_SERVICE_MAIN_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/server.h"
#include "libs/service/metrics_listener.h"
#include "libs/service/periodic_task.h"
#include "libs/service/readiness.h"

namespace otrp {
namespace service {

class Process {
 public:
  struct ServeOptions {
    // gRPC, "host:port"; port 0 picks one, which is logged ("listening").
    std::string listen;
    // HTTP for metrics; empty: none.
    std::string metrics_listen;
    std::string tls_dir;
  };

  Process() = default;
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Starts the gRPC server and the metrics listener. `guard` and `services`
  // must live until RunUntilSignal() returns.
  absl::Status Serve(const ServeOptions& options, const rpc::Guard& guard,
                     const std::vector<grpc::Service*>& services);

  // Only the metrics listener, for processes without gRPC (the gateway).
  absl::Status ServeMetrics(const std::string& metrics_listen);

  // The expiry of this file's certificate stands in the metrics from now on,
  // under `name`; Serve() does it for its own, "mtls".
  void WatchCertificate(std::string name, std::string pem_file);

  // Called while draining, after gRPC has ended, in reverse order.
  void OnStop(std::function<void()> stop);

  // Waits for the signal, drains, returns OK.
  absl::Status RunUntilSignal();

  Readiness& readiness() { return readiness_; }
  int port() const { return server_ ? server_->port() : 0; }

 private:
  Readiness readiness_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<MetricsListener> metrics_;
  std::vector<std::function<void()>> on_stop_;
  std::vector<std::unique_ptr<PeriodicTask>> watches_;
};

// Blocks signals, names the service in the log, runs `body` and ends the
// process with the exit code; static destructors don't run, since threads of
// libraries may still be at work. Returns for the compiler's sake.
int Main(absl::string_view service_name,
         const std::function<absl::Status(Process&)>& body);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_SERVICE_MAIN_H_
