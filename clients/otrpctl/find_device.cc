#include "clients/otrpctl/find_device.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "clients/otrpctl/values.h"
#include "libs/base/status_macros.h"
#include "libs/cli/cli.h"
#include "otrp/tsm/v1/tsm.grpc.pb.h"

namespace otrp::ctl {
namespace {

// Fewer begin too many ids to be told apart by a glance.
constexpr size_t kLeastDigits = 4;
constexpr size_t kDigits = 64;
// How many an error names.
constexpr int kNamed = 3;

}  // namespace

bool LooksLikeDid(absl::string_view word) {
  return word.size() >= kLeastDigits &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

absl::StatusOr<std::string> FindDid(absl::string_view word,
                                    Connections& connections) {
  if (!LooksLikeDid(word) || word.size() >= kDigits) return ParseDid(word);
  tsm::v1::ListDevicesRequest request;
  request.set_did_prefix(std::string(word));
  request.set_page_size(kNamed);
  OTRP_ASSIGN_OR_RETURN(
      const tsm::v1::ListDevicesResponse response,
      connections.Call<tsm::v1::Devices>(
          Service::kTsm, &tsm::v1::Devices::Stub::ListDevices, request));
  if (response.devices().empty()) {
    return absl::NotFoundError(
        absl::StrCat("no device's id begins with \"", word,
                     "\"; of a device that was never seen give all 64 digits"));
  }
  if (response.devices_size() == 1) return response.devices(0).did();
  std::string some;
  for (const tsm::v1::Device& device : response.devices()) {
    absl::StrAppend(&some, some.empty() ? "" : ", ",
                    absl::BytesToHexString(device.did()));
  }
  return cli::UsageError(
      absl::StrCat("\"", word, "\" begins the ids of several devices: ", some,
                   response.next_page_token().empty() ? "" : ", ..."));
}

}  // namespace otrp::ctl
