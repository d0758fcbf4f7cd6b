// Reading requests as strictly as a TEE has to: what isn't defined is refused.
//
// Thread-safety: functions without state.
// Errors: ERR_REQUEST_INVALID (refusal.h), naming the object and the member.
// Source: draft-ietf-teep-opentrustprotocol-03, ERR_REQUEST_INVALID: "an
// undefined member or structure is included".

#ifndef CLIENTS_DEVICE_STRICT_H_
#define CLIENTS_DEVICE_STRICT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/json/json.h"

namespace otrp::device {

enum class Shape {
  // Not empty, at most 1 KiB.
  kName,
  // A rid or tid: at most kMaxIdBytes, not empty.
  kId,
  // Any string.
  kText,
  // A boolean, or one of the strings "true", "false", "1", "0".
  kBool,
  kObject,
  // A string, or an array of strings.
  kTexts,
  kTextOrObject,
};

struct MemberRule {
  absl::string_view name;
  Shape shape;
  bool required = true;
};

// `where` names the object in errors: "CreateSDTBSRequest", "content".
absl::Status CheckMembers(absl::string_view where, const json::Value& object,
                          const std::vector<MemberRule>& rules);

// The accessors below are for objects that CheckMembers has passed.

// Empty where the member is absent.
std::string TextOf(const json::Value& object, absl::string_view name);
// False where it is absent.
bool BoolOf(const json::Value& object, absl::string_view name);
// One or many; empty where it is absent.
std::vector<std::string> TextsOf(const json::Value& object,
                                 absl::string_view name);

// Base64 or base64url, padded or not.
absl::StatusOr<std::string> BinaryOf(absl::string_view where,
                                     const json::Value& object,
                                     absl::string_view name);

}  // namespace otrp::device

#endif  // CLIENTS_DEVICE_STRICT_H_
