#include "libs/jose/members.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace jose {
namespace internal {

absl::Status MemberError(absl::string_view name, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("member \"", name, "\" ", what));
}

absl::Status RequireObject(const json::Value& value, absl::string_view what) {
  if (value.is_object()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " must be a JSON object"));
}

absl::StatusOr<std::string> DecodeMember(const json::Value& object,
                                         absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view text, object.GetString(name));
  absl::StatusOr<std::string> bytes = Base64UrlDecode(text);
  if (!bytes.ok()) {
    return MemberError(name, "must be base64url without padding");
  }
  return bytes;
}

absl::StatusOr<json::Value> DecodeProtected(const json::Value& object,
                                            std::string* encoded) {
  encoded->clear();
  if (object.Find("protected") == nullptr) return json::Value::Object();
  OTRP_ASSIGN_OR_RETURN(const absl::string_view text,
                        object.GetString("protected"));
  if (text.empty()) return json::Value::Object();
  OTRP_ASSIGN_OR_RETURN(const std::string bytes,
                        DecodeMember(object, "protected"));
  absl::StatusOr<json::Value> header = json::Parse(bytes, json::kStrangers);
  if (!header.ok() || !header->is_object()) {
    return MemberError("protected", "must hold the JSON text of an object");
  }
  encoded->assign(text.data(), text.size());
  return header;
}

absl::StatusOr<json::Value> OptionalObject(const json::Value& object,
                                           absl::string_view name) {
  const json::Value* value = object.Find(name);
  if (value == nullptr) return json::Value::Object();
  if (!value->is_object()) return MemberError(name, "must be an object");
  return *value;
}

absl::Status CheckHeaders(std::initializer_list<const json::Value*> headers) {
  for (const json::Value* header : headers) {
    if (header->members().size() > kMaxHeaderMembers) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a header has more than ", kMaxHeaderMembers, " members"));
    }
  }
  for (auto one = headers.begin(); one != headers.end(); ++one) {
    for (auto other = one + 1; other != headers.end(); ++other) {
      for (const auto& [name, value] : (*one)->members()) {
        if ((*other)->Find(name) != nullptr) {
          // Not quoted in full: the name comes from outside.
          return absl::InvalidArgumentError(
              "a header member stands in two headers: write each only once");
        }
      }
    }
  }
  return absl::OkStatus();
}

const json::Value* FindIn(std::initializer_list<const json::Value*> headers,
                          absl::string_view name) {
  for (const json::Value* header : headers) {
    const json::Value* value = header->Find(name);
    if (value != nullptr) return value;
  }
  return nullptr;
}

absl::Status RequireNone(std::initializer_list<const json::Value*> headers,
                         absl::string_view name) {
  if (FindIn(headers, name) == nullptr) return absl::OkStatus();
  return MemberError(name, "is not taken in a header");
}

}  // namespace internal
}  // namespace jose
}  // namespace otrp
