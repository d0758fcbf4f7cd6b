// The part of a page of docs/ that ./otrp docs makes, between two markers.
//
// Thread-safety: functions without state. Errors: none.

#ifndef OTRP_LIBS_BASE_MADE_PART_H_
#define OTRP_LIBS_BASE_MADE_PART_H_

#include <string>

#include "absl/strings/string_view.h"

namespace otrp {

// `page` with `part`, whole lines, between its markers; unchanged where it
// lacks them.
std::string WithMadePart(absl::string_view page, absl::string_view part);

}  // namespace otrp

#endif  // OTRP_LIBS_BASE_MADE_PART_H_
