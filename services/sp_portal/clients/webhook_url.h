// What may be a webhook's URL.
//
// Thread-safety: functions without state.

#ifndef OTRP_SERVICES_SP_PORTAL_CLIENTS_WEBHOOK_URL_H_
#define OTRP_SERVICES_SP_PORTAL_CLIENTS_WEBHOOK_URL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {

// https://host[:port]/path without user or fragment, and no address as its host
// that isn't public; http and every address too where `any_host`. What a name
// leads to is looked at when it is connected to. INVALID_ARGUMENT.
absl::Status CheckWebhookUrl(absl::string_view url, bool any_host);

// Of such a URL, for records: paths and queries may have secrets in them.
std::string HostOf(absl::string_view url);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_CLIENTS_WEBHOOK_URL_H_
