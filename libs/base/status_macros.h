// Early returns for absl::Status and absl::StatusOr:
//
//   OTRP_RETURN_IF_ERROR(store.Save(device));
//   OTRP_ASSIGN_OR_RETURN(Device device, store.Find(did));
//
// Not for functions that return grpc::Status: statuses turn into those at one
// place, libs/rpc.

#ifndef OTRP_LIBS_BASE_STATUS_MACROS_H_
#define OTRP_LIBS_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace otrp {
namespace internal {

inline absl::Status ToStatus(absl::Status status) { return status; }

template <typename T>
absl::Status ToStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

}  // namespace internal
}  // namespace otrp

// Returns the error of an expression (Status or StatusOr) from this function.
#define OTRP_RETURN_IF_ERROR(...)                                          \
  do {                                                                     \
    ::absl::Status otrp_status_ = ::otrp::internal::ToStatus(__VA_ARGS__); \
    if (!otrp_status_.ok()) return otrp_status_;                           \
  } while (false)

#define OTRP_STATUS_CONCAT_INNER_(a, b) a##b
#define OTRP_STATUS_CONCAT_(a, b) OTRP_STATUS_CONCAT_INNER_(a, b)

// Assigns the value of a StatusOr to `lhs` (a declaration or a variable), or
// returns its error from this function. More than one statement: needs braces
// under an if or a loop.
#define OTRP_ASSIGN_OR_RETURN(lhs, ...)                                       \
  OTRP_ASSIGN_OR_RETURN_IMPL_(OTRP_STATUS_CONCAT_(otrp_result_, __COUNTER__), \
                              lhs, __VA_ARGS__)

#define OTRP_ASSIGN_OR_RETURN_IMPL_(result, lhs, ...)  \
  auto result = (__VA_ARGS__);                         \
  if (!result.ok()) return std::move(result).status(); \
  lhs = std::move(result).value()

#endif  // OTRP_LIBS_BASE_STATUS_MACROS_H_
