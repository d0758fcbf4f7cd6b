#include "services/ca/handlers/usage.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/pki/profile.h"
#include "services/ca/domain/order.h"

namespace otrp {
namespace ca {
namespace handlers {

service::UsageLedgerOptions UsageOptions(const Authorities& authorities) {
  service::UsageLedgerOptions options;
  for (const pki::Profile& profile : pki::Profiles()) {
    options.kinds.push_back(absl::StrCat("certificate-", profile.word));
  }
  // Authorities compete: everybody knows what they ask for, but for those that
  // are somebody's own.
  options.sees_price = [&authorities](const rpc::Identity& caller,
                                      const std::string& party) {
    for (const auto& [name, authority] : authorities.all()) {
      if (authority->line == party) return MayUse(caller, authority->terms);
    }
    return true;
  };
  options.owned = [&authorities](const rpc::Identity& caller) {
    std::vector<std::string> lines;
    for (const auto& [name, authority] : authorities.all()) {
      if (Owns(caller, authority->terms)) lines.push_back(authority->line);
    }
    return lines;
  };
  return options;
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
