// What a version says about itself.
//
// Pure: no I/O. Errors: INVALID_ARGUMENT names the member,
// "manifest.tee_kinds".

#ifndef OTRP_SERVICES_SP_PORTAL_DOMAIN_MANIFEST_H_
#define OTRP_SERVICES_SP_PORTAL_DOMAIN_MANIFEST_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace portal {

struct Dependency {
  std::string taid;
  std::string min_version;
};

struct Manifest {
  std::string display_name;
  std::vector<std::string> tee_kinds;
  std::vector<Dependency> dependencies;
  std::string personalization_schema;
};

// `taid`: of the application that it is for.
absl::Status CheckManifest(const Manifest& manifest, absl::string_view taid);

}  // namespace portal
}  // namespace otrp

#endif  // OTRP_SERVICES_SP_PORTAL_DOMAIN_MANIFEST_H_
