// The life of a service's process. A service's main.cc is
//
//   int main(int argc, char** argv) {
//     return otrp::service::Main(argc, argv, "ca", &otrp::ca::ConfigFromFlags,
//                                &otrp::ca::NewServer);
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

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/guard.h"
#include "libs/rpc/server.h"
#include "libs/service/metrics_listener.h"
#include "libs/service/periodic_task.h"
#include "libs/service/readiness.h"
#include "libs/service/server.h"

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

  // Starts the metrics listener, then, once `server` is prepared, its gRPC
  // listener; false when a stop signal came before that. `server` must live
  // until RunUntilSignal() returns.
  absl::StatusOr<bool> Serve(const ServeOptions& options, Server& server);

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
  absl::StatusOr<bool> Prepare(Server& server);
  absl::Status Listen(const ServeOptions& options, Server& server);

  Readiness readiness_;
  // Read by the check of the metrics listener's threads.
  std::atomic<bool> started_{false};
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<MetricsListener> metrics_;
  std::vector<std::function<void()>> on_stop_;
  std::vector<std::unique_ptr<PeriodicTask>> watches_;
};

namespace internal {

void ParseFlags(int argc, char** argv);

// Serves until the signal; the server outlives its checks.
absl::Status Run(Process& process, const Process::ServeOptions& options,
                 Server& server);
absl::Status Run(Process& process, const Process::ServeOptions& options,
                 WebServer& server);

// Blocks signals, names the service in the log, runs `body` and ends the
// process with the exit code; static destructors don't run, since threads of
// libraries may still be at work. Returns for the compiler's sake.
int RunProcess(absl::string_view service_name,
               const std::function<absl::Status(Process&)>& body);

}  // namespace internal

// Parses the flags, makes the server and serves until the signal. A Config
// has a member `common`, which is a CommonConfig.
template <typename Config>
int Main(int argc, char** argv, absl::string_view service_name,
         absl::StatusOr<Config> (*config_from_flags)(),
         absl::StatusOr<std::unique_ptr<Server>> (*new_server)(Config)) {
  internal::ParseFlags(argc, argv);
  return internal::RunProcess(
      service_name, [&](Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(Config config, config_from_flags());
        const Process::ServeOptions options = {config.common.listen,
                                               config.common.metrics_listen,
                                               config.common.tls_dir};
        OTRP_ASSIGN_OR_RETURN(const std::unique_ptr<Server> server,
                              new_server(std::move(config)));
        return internal::Run(process, options, *server);
      });
}

// The same for a service without gRPC server. A Config has members
// `metrics_listen` and `tls_dir`.
template <typename Config>
int Main(int argc, char** argv, absl::string_view service_name,
         absl::StatusOr<Config> (*config_from_flags)(),
         absl::StatusOr<std::unique_ptr<WebServer>> (*new_server)(Config)) {
  internal::ParseFlags(argc, argv);
  return internal::RunProcess(
      service_name, [&](Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(Config config, config_from_flags());
        const Process::ServeOptions options = {"", config.metrics_listen,
                                               config.tls_dir};
        OTRP_ASSIGN_OR_RETURN(const std::unique_ptr<WebServer> server,
                              new_server(std::move(config)));
        return internal::Run(process, options, *server);
      });
}

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_SERVICE_MAIN_H_
