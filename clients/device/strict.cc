#include "clients/device/strict.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "clients/device/refusal.h"
#include "libs/base/base64.h"
#include "libs/base/limits.h"

namespace otrp::device {
namespace {

using json::Value;

// Names of domains, providers and applications: reverse domain names and URLs.
constexpr size_t kMaxNameBytes = 1024;

bool IsText(const Value& value) { return value.is_string(); }

bool IsTextOf(const Value& value, size_t max) {
  return IsText(value) && !value.as_string().empty() &&
         value.as_string().size() <= max;
}

bool IsBool(const Value& value) {
  if (value.is_bool()) return true;
  if (!IsText(value)) return false;
  const absl::string_view text = value.as_string();
  return text == "true" || text == "false" || text == "1" || text == "0";
}

bool AreTexts(const Value& value) {
  if (IsText(value)) return true;
  if (!value.is_array()) return false;
  return std::all_of(value.items().begin(), value.items().end(), IsText);
}

bool Fits(const Value& value, Shape shape) {
  switch (shape) {
    case Shape::kName: return IsTextOf(value, kMaxNameBytes);
    case Shape::kId: return IsTextOf(value, kMaxIdBytes);
    case Shape::kText: return IsText(value);
    case Shape::kBool: return IsBool(value);
    case Shape::kObject: return value.is_object();
    case Shape::kTexts: return AreTexts(value);
    case Shape::kTextOrObject: return IsText(value) || value.is_object();
  }
  return false;
}

absl::string_view Describe(Shape shape) {
  switch (shape) {
    case Shape::kName:
      return "a string that isn't empty, of at most 1024 bytes";
    case Shape::kId: return "a string that isn't empty, of at most 128 bytes";
    case Shape::kText: return "a string";
    case Shape::kBool: return "a boolean";
    case Shape::kObject: return "an object";
    case Shape::kTexts: return "a string or an array of strings";
    case Shape::kTextOrObject: return "a string or an object";
  }
  return "something else";
}

}  // namespace

absl::Status CheckMembers(absl::string_view where, const Value& object,
                          const std::vector<MemberRule>& rules) {
  if (!object.is_object()) {
    return Refuse(Refusal::kRequestInvalid,
                  absl::StrCat(where, " must be an object"));
  }
  for (const auto& member : object.members()) {
    const bool known = std::any_of(
        rules.begin(), rules.end(),
        [&](const MemberRule& rule) { return rule.name == member.first; });
    if (!known) {
      return Refuse(Refusal::kRequestInvalid,
                    absl::StrCat("member \"", member.first.substr(0, 64),
                                 "\" is unknown in ", where));
    }
  }
  for (const MemberRule& rule : rules) {
    const Value* value = object.Find(rule.name);
    if (value == nullptr) {
      if (!rule.required) continue;
      return Refuse(
          Refusal::kRequestInvalid,
          absl::StrCat("member \"", rule.name, "\" is missing in ", where));
    }
    if (!Fits(*value, rule.shape)) {
      return Refuse(Refusal::kRequestInvalid,
                    absl::StrCat("member \"", rule.name, "\" of ", where,
                                 " must be ", Describe(rule.shape)));
    }
  }
  return absl::OkStatus();
}

std::string TextOf(const Value& object, absl::string_view name) {
  const Value* value = object.Find(name);
  if (value == nullptr || !IsText(*value)) return "";
  return std::string(value->as_string());
}

bool BoolOf(const Value& object, absl::string_view name) {
  const Value* value = object.Find(name);
  if (value == nullptr) return false;
  if (value->is_bool()) return value->as_bool();
  return IsText(*value) &&
         (value->as_string() == "true" || value->as_string() == "1");
}

std::vector<std::string> TextsOf(const Value& object, absl::string_view name) {
  std::vector<std::string> out;
  const Value* value = object.Find(name);
  if (value == nullptr) return out;
  if (IsText(*value)) {
    out.emplace_back(value->as_string());
    return out;
  }
  for (const Value& item : value->items()) out.emplace_back(item.as_string());
  return out;
}

absl::StatusOr<std::string> BinaryOf(absl::string_view where,
                                     const Value& object,
                                     absl::string_view name) {
  const Value* value = object.Find(name);
  if (value != nullptr && IsText(*value)) {
    absl::StatusOr<std::string> bytes = Base64DecodeAny(value->as_string());
    if (bytes.ok()) return bytes;
  }
  return Refuse(
      Refusal::kRequestInvalid,
      absl::StrCat("member \"", name, "\" of ", where, " must be base64"));
}

}  // namespace otrp::device
