// The service provider portal.

#include <memory>

#include "absl/flags/parse.h"
#include "libs/base/status_macros.h"
#include "libs/service/service_main.h"
#include "services/sp_portal/config.h"
#include "services/sp_portal/server.h"

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return otrp::service::Main(
      "sp_portal", [](otrp::service::Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(const otrp::portal::Config config,
                              otrp::portal::ConfigFromFlags());
        OTRP_ASSIGN_OR_RETURN(std::unique_ptr<otrp::portal::Server> server,
                              otrp::portal::Server::Create(config));
        server->AddChecks(process.readiness());
        OTRP_RETURN_IF_ERROR(process.Serve(
            {config.listen, config.metrics_listen, config.tls_dir},
            server->guard(), server->services()));
        return process.RunUntilSignal();
      });
}
