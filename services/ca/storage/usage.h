// What an issuance leaves in the ledger of what was used
// (libs/service/usage_ledger.h).

#ifndef OTRP_SERVICES_CA_STORAGE_USAGE_H_
#define OTRP_SERVICES_CA_STORAGE_USAGE_H_

#include <string>

namespace otrp {
namespace ca {

// CTEs that write an event for each row of the CTE `issued`, which has a
// certificate's serial, profile, authority, subject and san_uris: for an SP's
// certificate the SP, for a TEE's the name of the anchor that its chain ends
// at, for a TSM's its id.
std::string UsageOfIssued();

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_STORAGE_USAGE_H_
