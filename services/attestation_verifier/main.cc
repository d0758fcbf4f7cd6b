// The attestation verifier.

#include "libs/service/service_main.h"
#include "services/attestation_verifier/config.h"
#include "services/attestation_verifier/server.h"

int main(int argc, char** argv) {
  return otrp::service::Main(argc, argv, "attestation_verifier",
                             &otrp::verifier::ConfigFromFlags,
                             &otrp::verifier::NewServer);
}
