// Rules for names that callers choose.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_NAMES_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_NAMES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {

// 1 to kMaxNameCharacters characters of UTF-8, none of them a control.
absl::Status CheckDisplayName(absl::string_view name);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_NAMES_H_
