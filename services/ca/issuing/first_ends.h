// Tells when certificates end that somebody should have replaced: a gauge for
// each profile (telemetry::kProfileExpiry).
//
// Thread-safety: a function without state.
// Errors: those of the store.

#ifndef OTRP_SERVICES_CA_ISSUING_FIRST_ENDS_H_
#define OTRP_SERVICES_CA_ISSUING_FIRST_ENDS_H_

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {

absl::Status TellFirstEnds(CaStore& store, const Clock& clock);

}  // namespace ca
}  // namespace otrp

#endif  // OTRP_SERVICES_CA_ISSUING_FIRST_ENDS_H_
