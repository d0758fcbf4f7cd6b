// Rules for names that callers choose.

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_NAMES_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_NAMES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {

// 1 to kMaxNameCharacters characters of UTF-8, none of them a control.
absl::Status CheckDisplayName(absl::string_view name);

// What people tell each other about a version: up to kMaxRemarkCharacters
// characters of UTF-8, none of them a control but for line feeds. Empty where
// it `may_be_empty`.
absl::Status CheckRemark(absl::string_view field, absl::string_view remark,
                         bool may_be_empty);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_NAMES_H_
