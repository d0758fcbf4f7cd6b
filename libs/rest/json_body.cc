#include "libs/rest/json_body.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/base64.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/rest/transcoder.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Of a member's name in an error.
constexpr size_t kMaxShownNameBytes = 64;

// json_util's errors repeat the value at fault, several times: a longer one is
// refused before, so that a fault doesn't cost much more than the body.
constexpr size_t kMaxRepeatedBytes = 1024;

const FieldDescriptor* FieldOfMember(const Descriptor& message,
                                     const std::string& name) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->json_name() == name) return message.field(i);
  }
  return message.FindFieldByName(name);
}

bool IsWellKnown(const Descriptor& message) {
  return message.file()->package() == "google.protobuf";
}

// A message of which each member is a field.
bool IsObject(const FieldDescriptor& field) {
  return field.type() == FieldDescriptor::TYPE_MESSAGE && !field.is_map() &&
         !IsWellKnown(*field.message_type());
}

absl::Status CheckObject(const json::Value& value, const Descriptor& message,
                         const std::string& path);

absl::Status CheckWellKnown(const json::Value& value,
                            const FieldDescriptor& field,
                            const std::string& path) {
  const Descriptor& message = *field.message_type();
  bool good = false;
  if (IsWrittenAsText(message)) {
    good = value.is_string() && value.as_string().size() <= kMaxRepeatedBytes;
  } else if (message.name() == "Struct") {
    good = value.is_object();
  } else if (message.name() == "ListValue") {
    good = value.is_array();
  } else {
    good = message.name() == "Value";
  }
  return good ? absl::OkStatus() : MemberError(path, Expectation(field));
}

absl::Status CheckOne(const json::Value& value, const FieldDescriptor& field,
                      const std::string& path) {
  bool good = false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsWellKnown(*field.message_type())
                 ? CheckWellKnown(value, field, path)
                 : CheckObject(value, *field.message_type(), path + ".");
    case FieldDescriptor::CPPTYPE_STRING:
      good =
          value.is_string() && (field.type() == FieldDescriptor::TYPE_STRING ||
                                value.as_string().size() <= kMaxRepeatedBytes ||
                                Base64DecodeAny(value.as_string()).ok());
      break;
    case FieldDescriptor::CPPTYPE_BOOL: good = value.is_bool(); break;
    case FieldDescriptor::CPPTYPE_ENUM:
      good = value.is_string() &&
             field.enum_type()->FindValueByName(value.as_string()) != nullptr;
      break;
    default:
      good =
          value.is_number() ||
          (value.is_string() && value.as_string().size() <= kMaxRepeatedBytes);
  }
  return good ? absl::OkStatus() : MemberError(path, Expectation(field));
}

absl::Status CheckField(const json::Value& value, const FieldDescriptor& field,
                        const std::string& path) {
  if (field.is_map()) {
    if (!value.is_object()) return MemberError(path, "must be an object");
    const FieldDescriptor& of = *field.message_type()->map_value();
    for (const auto& [key, member] : value.members()) {
      OTRP_RETURN_IF_ERROR(CheckOne(
          member, of,
          absl::StrCat(path, ".", Printable(key, kMaxShownNameBytes))));
    }
    return absl::OkStatus();
  }
  if (!field.is_repeated()) return CheckOne(value, field, path);
  if (!value.is_array()) return MemberError(path, "must be an array");
  for (size_t i = 0; i < value.size(); ++i) {
    OTRP_RETURN_IF_ERROR(
        CheckOne(value.items()[i], field, absl::StrCat(path, "[", i, "]")));
  }
  return absl::OkStatus();
}

// `path` ends in a dot, or is empty.
absl::Status CheckObject(const json::Value& value, const Descriptor& message,
                         const std::string& path) {
  if (!value.is_object()) {
    if (path.empty()) {
      return absl::InvalidArgumentError("the body must be a JSON object");
    }
    return MemberError(path.substr(0, path.size() - 1), "must be an object");
  }
  std::set<const FieldDescriptor*> seen;
  std::set<const google::protobuf::OneofDescriptor*> chosen;
  for (const auto& [name, member] : value.members()) {
    const FieldDescriptor* field = FieldOfMember(message, name);
    if (field == nullptr) {
      return MemberError(path + Printable(name, kMaxShownNameBytes),
                         "is no member of this request");
    }
    const std::string here = path + field->json_name();
    if (!seen.insert(field).second) return MemberError(here, "comes twice");
    if (member.is_null()) continue;
    const auto* oneof = field->real_containing_oneof();
    if (oneof != nullptr && !chosen.insert(oneof).second) {
      return MemberError(here, "excludes another member that is there, too");
    }
    OTRP_RETURN_IF_ERROR(CheckField(member, *field, here));
  }
  return absl::OkStatus();
}

bool Read(const std::string& text, Message* message) {
  // The defaults: unknown members are errors, names keep their case.
  return google::protobuf::util::JsonStringToMessage(text, message).ok();
}

// Whether json_util takes a message with this member alone. Of the value
// there is a text only: a large one isn't kept twice.
bool IsReadable(const Descriptor& message, const FieldDescriptor& field,
                absl::string_view value) {
  const std::unique_ptr<Message> probe(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(&message)
          ->New());
  return Read(absl::StrCat("{\"", field.json_name(), "\":", value, "}"),
              probe.get());
}

// The first item that json_util refuses. By halves: each probe costs a
// constant beside what it reads.
size_t FirstUnreadable(const Descriptor& message, const FieldDescriptor& field,
                       const std::vector<json::Value>& items) {
  size_t good = 0, bad = items.size();
  while (good + 1 < bad) {
    const size_t half = good + (bad - good) / 2;
    std::string list = "[";
    for (size_t i = good; i < half; ++i) {
      absl::StrAppend(&list, i == good ? "" : ",", items[i].Serialize());
    }
    const bool readable = IsReadable(message, field, list + "]");
    (readable ? good : bad) = half;
  }
  return good;
}

// Which member made json_util refuse an object that CheckObject() took.
absl::Status FindFault(const json::Value& object, const Descriptor& message,
                       const std::string& path) {
  for (const auto& [name, member] : object.members()) {
    const FieldDescriptor& field = *FieldOfMember(message, name);
    if (IsReadable(message, field, member.Serialize())) continue;
    std::string here = path + field.json_name();
    const json::Value* fault = &member;
    if (field.is_repeated() && !field.is_map()) {
      const size_t i = FirstUnreadable(message, field, member.items());
      absl::StrAppend(&here, "[", i, "]");
      fault = &member.items()[i];
    }
    if (IsObject(field)) {
      return FindFault(*fault, *field.message_type(), here + ".");
    }
    return MemberError(here, Expectation(field));
  }
  return absl::InvalidArgumentError(
      "the members are good, each by itself, but not together");
}

std::string EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::string names;
  for (int i = 0; i < type.value_count(); ++i) {
    absl::StrAppend(&names, i == 0 ? "" : ", ", type.value(i)->name());
  }
  return names;
}

}  // namespace

const json::Value* FindMember(const json::Value& object,
                              const FieldDescriptor& field) {
  const json::Value* member = object.Find(field.json_name());
  if (member == nullptr) member = object.Find(field.name());
  return member == nullptr || member->is_null() ? nullptr : member;
}

std::string Expectation(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_STRING: return "must be a string";
    case FieldDescriptor::TYPE_BYTES: return "must be a string of base64";
    case FieldDescriptor::TYPE_BOOL: return "must be true or false";
    case FieldDescriptor::TYPE_ENUM:
      return "must be one of " + EnumNames(*field.enum_type());
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_DOUBLE: return "must be a number";
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_FIXED64:
      return absl::StrCat(
          "must be a whole number of ",
          field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 ? 32 : 64,
          " bits, not below 0");
    case FieldDescriptor::TYPE_MESSAGE:
      if (field.message_type()->name() == "Timestamp") {
        return "must be a time such as \"2026-11-28T14:00:00Z\"";
      }
      if (field.message_type()->name() == "Duration") {
        return "must be seconds such as \"90s\"";
      }
      return "must be what the reference says";
    default:
      return absl::StrCat(
          "must be a whole number of ",
          field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? 32 : 64,
          " bits");
  }
}

absl::Status ReadJson(const json::Value& value, const std::string& text,
                      absl::string_view prefix, Message* message) {
  const std::string path(prefix);
  OTRP_RETURN_IF_ERROR(CheckObject(value, *message->GetDescriptor(), path));
  if (Read(text, message)) return absl::OkStatus();
  return FindFault(value, *message->GetDescriptor(), path);
}

}  // namespace rest
}  // namespace otrp
