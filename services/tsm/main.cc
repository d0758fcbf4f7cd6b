// The Trusted Services Manager.

#include <memory>
#include <utility>

#include "absl/flags/parse.h"
#include "libs/base/status_macros.h"
#include "libs/service/service_main.h"
#include "services/tsm/config.h"
#include "services/tsm/server.h"

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return otrp::service::Main(
      "tsm", [](otrp::service::Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(otrp::tsm::Config config,
                              otrp::tsm::ConfigFromFlags());
        const otrp::service::Process::ServeOptions options = {
            config.listen, config.metrics_listen, config.tls_dir};
        OTRP_ASSIGN_OR_RETURN(std::unique_ptr<otrp::tsm::Server> server,
                              otrp::tsm::Server::Create(std::move(config)));
        server->AddChecks(process.readiness());
        OTRP_RETURN_IF_ERROR(
            process.Serve(options, server->guard(), server->services()));
        return process.RunUntilSignal();
      });
}
