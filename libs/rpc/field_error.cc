#include "libs/rpc/field_error.h"

#include <cstddef>

namespace otrp {
namespace rpc {

absl::string_view FieldOf(absl::string_view message,
                          const google::protobuf::Descriptor& request) {
  const size_t colon = message.find(": ");
  if (colon == absl::string_view::npos) return {};
  const absl::string_view path = message.substr(0, colon);
  const std::string name(path.substr(0, path.find_first_of(".[")));
  if (request.FindFieldByName(name) == nullptr &&
      request.FindOneofByName(name) == nullptr) {
    return {};
  }
  return path;
}

}  // namespace rpc
}  // namespace otrp
