// Page sizes and page tokens of list RPCs.
//
// A token is base64url over the last row's sort key; it is checked, not
// trusted: the handler's own query decides what a caller may see.

#ifndef OTRP_LIBS_SERVICE_PAGING_H_
#define OTRP_LIBS_SERVICE_PAGING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace otrp {
namespace service {

inline constexpr int kDefaultPageSize = 100;
inline constexpr int kMaxPageSize = 1000;

// 0 -> kDefaultPageSize; INVALID_ARGUMENT outside 0..kMaxPageSize.
absl::StatusOr<int> PageSize(int requested);

// Sort key <-> token. Empty <-> empty (first page).
std::string EncodePageToken(absl::string_view sort_key);
absl::StatusOr<std::string> DecodePageToken(absl::string_view token);

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_PAGING_H_
