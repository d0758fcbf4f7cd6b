// The part of a session's step that writes into the ledger of what was used
// (libs/service/usage_ledger.h).

#ifndef OTRP_SERVICES_TSM_STORAGE_STEP_USAGE_H_
#define OTRP_SERVICES_TSM_STORAGE_STEP_USAGE_H_

#include <string>
#include <vector>

#include "libs/json/json.h"
#include "services/tsm/domain/usage.h"

namespace otrp {
namespace tsm {

// CTEs that read the step's document, its member "usage", and its time, $8.
const std::string& StepUsageSql();

// That member; empty: the step has no such part.
json::Value StepUsageJson(const std::vector<Usage>& usage);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_STORAGE_STEP_USAGE_H_
