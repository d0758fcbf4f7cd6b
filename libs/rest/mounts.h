// Which services the suite offers by REST, and which of its processes answers.
//
// A service with several backends (the audit log) stands under each one's name.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_REST_MOUNTS_H_
#define OTRP_LIBS_REST_MOUNTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "libs/rest/routes.h"

namespace otrp {
namespace rest {

struct Mount {
  // The process, as channels name it.
  std::string backend;
  // All services in it with google.api.http options.
  const google::protobuf::FileDescriptor* file;
  // A literal behind "/v1"; empty for none.
  std::string under;
};

// A new proto file with a public RPC gets its line here.
const std::vector<Mount>& Mounts();

// All of them. An error is a wrong option, which a test finds.
absl::StatusOr<RouteTable> NewRouteTable();

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_MOUNTS_H_
