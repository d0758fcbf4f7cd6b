// The suite's REST interface: JSON over HTTPS for service providers and
// operators.

#include "libs/service/service_main.h"
#include "services/api/config.h"
#include "services/api/server.h"

int main(int argc, char** argv) {
  return otrp::service::Main(argc, argv, "api", &otrp::api::ConfigFromFlags,
                             &otrp::api::NewServer);
}
