#include "libs/protocol/read.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace protocol {
namespace {

absl::string_view KindName(const json::Value& value) {
  switch (value.kind()) {
    case json::Value::Kind::kNull: return "null";
    case json::Value::Kind::kBool: return "a boolean";
    case json::Value::Kind::kInteger:
    case json::Value::Kind::kNumber: return "a number";
    case json::Value::Kind::kString: return "a string";
    case json::Value::Kind::kArray: return "an array";
    case json::Value::Kind::kObject: return "an object";
  }
  return "";
}

absl::Status CheckShort(absl::string_view text, absl::string_view where,
                        absl::string_view name) {
  if (text.size() > kMaxNameBytes) {
    return MemberError(
        where, name,
        absl::StrCat("must not be longer than ", kMaxNameBytes, " octets"));
  }
  for (unsigned char c : text) {
    if (absl::ascii_iscntrl(c)) {
      return MemberError(where, name, "must not have control characters");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MemberError(absl::string_view where, absl::string_view name,
                         absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat(where, ": member \"", name, "\" ", problem));
}

absl::Status KindError(absl::string_view where, absl::string_view name,
                       absl::string_view what, const json::Value& found) {
  return MemberError(where, name,
                     absl::StrCat("must be ", what, ", not ", KindName(found)));
}

absl::Status ItemKindError(absl::string_view where, absl::string_view name,
                           absl::string_view what, size_t index,
                           const json::Value& found) {
  return MemberError(where, name,
                     absl::StrCat("must hold ", what, ", not ", KindName(found),
                                  " at [", index, "]"));
}

absl::StatusOr<const json::Value*> ReadObject(const json::Value& object,
                                              absl::string_view where,
                                              absl::string_view name) {
  const json::Value* member = object.Find(name);
  if (member == nullptr) return MemberError(where, name, "is missing");
  if (!member->is_object()) {
    return KindError(where, name, "an object", *member);
  }
  return member;
}

absl::StatusOr<std::string> ReadString(const json::Value& object,
                                       absl::string_view where,
                                       absl::string_view name) {
  const json::Value* member = object.Find(name);
  if (member == nullptr) return MemberError(where, name, "is missing");
  if (!member->is_string()) {
    return KindError(where, name, "a string", *member);
  }
  return std::string(member->as_string());
}

absl::StatusOr<std::string> ReadName(const json::Value& object,
                                     absl::string_view where,
                                     absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadString(object, where, name));
  if (text.empty()) return MemberError(where, name, "must not be empty");
  return text;
}

const json::Value* FindList(const json::Value& object, absl::string_view name) {
  const json::Value* list = object.Find(name);
  return list == nullptr || list->is_null() ? nullptr : list;
}

absl::StatusOr<std::string> ReadOptionalShortName(const json::Value& object,
                                                  absl::string_view where,
                                                  absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string text,
                        ReadOptionalString(object, where, name));
  OTRP_RETURN_IF_ERROR(CheckShort(text, where, name));
  return text;
}

absl::StatusOr<std::string> ReadShortName(const json::Value& object,
                                          absl::string_view where,
                                          absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadName(object, where, name));
  OTRP_RETURN_IF_ERROR(CheckShort(text, where, name));
  return text;
}

absl::StatusOr<std::string> ReadOptionalString(const json::Value& object,
                                               absl::string_view where,
                                               absl::string_view name) {
  if (object.Find(name) == nullptr) return std::string();
  return ReadString(object, where, name);
}

}  // namespace protocol
}  // namespace otrp
