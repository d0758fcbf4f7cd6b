// The attestation verifier.

#include <memory>
#include <utility>

#include "absl/flags/parse.h"
#include "libs/base/status_macros.h"
#include "libs/service/service_main.h"
#include "services/attestation_verifier/config.h"
#include "services/attestation_verifier/server.h"

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return otrp::service::Main(
      "attestation_verifier",
      [](otrp::service::Process& process) -> absl::Status {
        OTRP_ASSIGN_OR_RETURN(otrp::verifier::Config config,
                              otrp::verifier::ConfigFromFlags());
        const otrp::service::Process::ServeOptions options = {
            config.listen, config.metrics_listen, config.tls_dir};
        OTRP_ASSIGN_OR_RETURN(
            std::unique_ptr<otrp::verifier::Server> server,
            otrp::verifier::Server::Create(std::move(config)));
        server->AddChecks(process.readiness());
        OTRP_RETURN_IF_ERROR(
            process.Serve(options, server->guard(), server->services()));
        return process.RunUntilSignal();
      });
}
