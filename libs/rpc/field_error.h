// The grammar of INVALID_ARGUMENT between our own processes: the field of the
// request as the proto names it, a colon, what it must be or what is wrong
// with it. docs/architecture.md, "What an error says".
//
//   return rpc::FieldMust("page_size", "be 0 to 1000");
//   // "page_size: must be 0 to 1000"
//   return rpc::FieldIs("csr_der", "signed by another key");
//   // "csr_der: is signed by another key"
//
// A client finds the field by FieldOf() and puts the name of its flag there.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_RPC_FIELD_ERROR_H_
#define OTRP_LIBS_RPC_FIELD_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace otrp {
namespace rpc {

// `field` may be an element, "dids[3]", or a member, "policy.tee_rules".
inline absl::Status FieldMust(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": must ", what));
}
inline absl::Status FieldIs(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": is ", what));
}

// The field or oneof of `request` that an error's message begins with, as it
// stands there ("dids[3]"); empty where it begins with none. Any code:
// NOT_FOUND and ALREADY_EXISTS name fields too. A view into `message`.
absl::string_view FieldOf(absl::string_view message,
                          const google::protobuf::Descriptor& request);

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_FIELD_ERROR_H_
