// What the ca's ledger counts, and who sees prices in it.

#ifndef OTRP_SERVICES_CA_HANDLERS_USAGE_H_
#define OTRP_SERVICES_CA_HANDLERS_USAGE_H_

#include "libs/service/usage_service.h"
#include "services/ca/issuing/authorities.h"

namespace otrp {
namespace ca {
namespace handlers {

// "certificate-<profile>", asked for by the authority. `authorities` must
// outlive what it gives.
service::UsageLedgerOptions UsageOptions(const Authorities& authorities);

}  // namespace handlers
}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_HANDLERS_USAGE_H_
