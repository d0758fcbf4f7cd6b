// What whoever has no account yet may call; the service knows him as the front
// itself, by the row that it has for it. All else needs a credential.
//
// Thread-safety: a function without state. Errors: none.

#ifndef OTRP_SERVICES_API_DOMAIN_STRANGERS_H_
#define OTRP_SERVICES_API_DOMAIN_STRANGERS_H_

#include <algorithm>
#include <iterator>

#include "absl/strings/string_view.h"

namespace otrp {
namespace api {

// `method`: "otrp.portal.v1.Accounts.Register".
inline bool IsForStrangers(absl::string_view method) {
  static constexpr absl::string_view kMethods[] = {
      "otrp.portal.v1.Accounts.Register",
      "otrp.portal.v1.Members.AcceptInvitation",
      "otrp.portal.v1.TokenExchange.ExchangeToken",
      "otrp.portal.v1.Tokens.GiveUpToken",
  };
  return std::find(std::begin(kMethods), std::end(kMethods), method) !=
         std::end(kMethods);
}

}  // namespace api
}  // namespace otrp

#endif  // OTRP_SERVICES_API_DOMAIN_STRANGERS_H_
