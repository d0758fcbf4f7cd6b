// The certificate authority.

#include "libs/service/service_main.h"
#include "services/ca/config.h"
#include "services/ca/server.h"

int main(int argc, char** argv) {
  return otrp::service::Main(argc, argv, "ca", &otrp::ca::ConfigFromFlags,
                             &otrp::ca::NewServer);
}
