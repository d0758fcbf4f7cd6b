// The suite's version, as metrics, the chart and the images name it.

#ifndef OTRP_LIBS_TELEMETRY_VERSION_H_
#define OTRP_LIBS_TELEMETRY_VERSION_H_

#include "absl/strings/string_view.h"

namespace otrp {
namespace telemetry {

// helm/otrp/Chart.yaml has the same; a test holds them together.
inline constexpr absl::string_view kVersion = "0.1.0";

}  // namespace telemetry
}  // namespace otrp

#endif  // OTRP_LIBS_TELEMETRY_VERSION_H_
