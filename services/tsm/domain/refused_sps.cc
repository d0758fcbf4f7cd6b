#include "services/tsm/domain/refused_sps.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace otrp {
namespace tsm {
namespace {

// Of "InstallTA bank/wallet@1.0.0" the provider, whatever comes behind it.
absl::string_view SpOf(absl::string_view rest) {
  return rest.substr(0, rest.find_first_of("/ "));
}

}  // namespace

bool IsRefusedBySp(const Device& device, absl::string_view action) {
  absl::string_view rest = action;
  const bool brings = absl::ConsumePrefix(&rest, "InstallTA ") ||
                      absl::ConsumePrefix(&rest, "UpdateTA ") ||
                      absl::ConsumePrefix(&rest, "CreateSD ") ||
                      (absl::ConsumePrefix(&rest, "UpdateSD ") &&
                       absl::StrContains(rest, " +"));
  return brings && std::count(device.refused_spids.begin(),
                              device.refused_spids.end(), SpOf(rest)) > 0;
}

}  // namespace tsm
}  // namespace otrp
