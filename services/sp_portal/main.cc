// The service provider portal.

#include "libs/service/service_main.h"
#include "services/sp_portal/config.h"
#include "services/sp_portal/server.h"

int main(int argc, char** argv) {
  return otrp::service::Main(argc, argv, "sp_portal",
                             &otrp::portal::ConfigFromFlags,
                             &otrp::portal::NewServer);
}
