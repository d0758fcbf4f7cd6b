#include <cstdio>

#include "libs/telemetry/metrics.h"

int main() {
  const std::string page = otrp::telemetry::MetricsPage();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0
                                                                         : 1;
}
