// otrp-device: a software TEE and its agent.

#include <iostream>
#include <string>
#include <vector>

#include "clients/device/commands.h"
#include "clients/device/transport.h"
#include "libs/base/clock.h"
#include "libs/crypto/random.h"

int main(int argc, char** argv) {
  const otrp::device::CommandEnv env = {
      otrp::RealClock(), otrp::crypto::SystemRandom(), std::cout, std::cerr,
      otrp::device::CreateHttpTransport};
  return otrp::device::RunCommand(
      std::vector<std::string>(argv + 1, argv + argc), env);
}
