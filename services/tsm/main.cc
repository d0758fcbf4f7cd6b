// The Trusted Services Manager.

#include "libs/service/service_main.h"
#include "services/tsm/config.h"
#include "services/tsm/server.h"

int main(int argc, char** argv) {
  return otrp::service::Main(argc, argv, "tsm", &otrp::tsm::ConfigFromFlags,
                             &otrp::tsm::NewServer);
}
