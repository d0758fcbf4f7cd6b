#include "services/ca/handlers/usage.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/pki/profile.h"

namespace otrp {
namespace ca {
namespace handlers {

service::UsageLedgerOptions UsageOptions() {
  service::UsageLedgerOptions options;
  for (const pki::Profile& profile : pki::Profiles()) {
    options.kinds.push_back(absl::StrCat("certificate-", profile.word));
  }
  // Authorities compete: everybody knows what they ask for.
  options.sees_price = [](const rpc::Identity&, const std::string&) {
    return true;
  };
  return options;
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
