// The devices' way in: OTrP over HTTP, and the PKI's public files.

#include <memory>
#include <utility>

#include "absl/flags/parse.h"
#include "libs/base/status_macros.h"
#include "libs/service/service_main.h"
#include "services/gateway/config.h"
#include "services/gateway/server.h"

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return otrp::service::Main(
      "gateway", [](otrp::service::Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(const otrp::gateway::Config config,
                              otrp::gateway::ConfigFromFlags());
        OTRP_ASSIGN_OR_RETURN(std::unique_ptr<otrp::gateway::Server> server,
                              otrp::gateway::Server::Start(config));
        server->AddChecks(process.readiness());
        process.OnStop([&server] { server->Shutdown(); });
        OTRP_RETURN_IF_ERROR(process.ServeMetrics(config.metrics_listen));
        process.WatchCertificate("mtls", config.tls_dir + "/cert.pem");
        if (!config.web_tls_dir.empty()) {
          process.WatchCertificate("https", config.web_tls_dir + "/cert.pem");
        }
        return process.RunUntilSignal();
      });
}
