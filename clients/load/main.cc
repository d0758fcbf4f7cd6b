// otrp-load: many simulated devices against a gateway.

#include <string>
#include <vector>

#include "clients/load/commands.h"

int main(int argc, char** argv) {
  return otrp::load::RunCommand(
      std::vector<std::string>(argv + 1, argv + argc));
}
