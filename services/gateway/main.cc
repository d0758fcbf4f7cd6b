// The devices' way in: OTrP over HTTP, and the PKI's public files.

#include "libs/service/service_main.h"
#include "services/gateway/config.h"
#include "services/gateway/server.h"

int main(int argc, char** argv) {
  return otrp::service::Main(argc, argv, "gateway",
                             &otrp::gateway::ConfigFromFlags,
                             &otrp::gateway::NewServer);
}
