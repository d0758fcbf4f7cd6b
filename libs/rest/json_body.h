// JSON to a message: bounded, checked member by member, then read by
// protobuf's json_util.
//
// Thread-safety: functions without state.
// Errors: INVALID_ARGUMENT by MemberError().

#ifndef OTRP_LIBS_REST_JSON_BODY_H_
#define OTRP_LIBS_REST_JSON_BODY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "libs/json/json.h"

namespace otrp {
namespace rest {

// `text` is what json::Parse() made `value` of. `message` is new. `prefix`
// stands before members' names in errors, "policy." for a body that is one
// field; empty for none.
absl::Status ReadJson(const json::Value& value, const std::string& text,
                      absl::string_view prefix,
                      google::protobuf::Message* message);

// Of an object: the member for a field, under either of its names; null where
// there is none, or it is null.
const json::Value* FindMember(const json::Value& object,
                              const google::protobuf::FieldDescriptor& field);

// What a value of the field must be, "be base64", for errors.
std::string Expectation(const google::protobuf::FieldDescriptor& field);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_JSON_BODY_H_
