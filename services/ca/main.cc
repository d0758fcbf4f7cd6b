// The certificate authority.

#include <memory>

#include "absl/flags/parse.h"
#include "libs/base/status_macros.h"
#include "libs/service/service_main.h"
#include "services/ca/config.h"
#include "services/ca/server.h"

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return otrp::service::Main(
      "ca", [](otrp::service::Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(const otrp::ca::Config config,
                              otrp::ca::ConfigFromFlags());
        OTRP_ASSIGN_OR_RETURN(std::unique_ptr<otrp::ca::Server> server,
                              otrp::ca::Server::Create(config));
        server->AddChecks(process.readiness());
        OTRP_RETURN_IF_ERROR(process.Serve(
            {config.listen, config.metrics_listen, config.tls_dir},
            server->guard(), server->services()));
        return process.RunUntilSignal();
      });
}
