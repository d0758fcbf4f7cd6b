#include "libs/rest/parameters.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "libs/base/base64.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/rest/json_body.h"
#include "libs/rest/path.h"
#include "libs/rest/transcoder.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::FieldDescriptor;

// Of a parameter's name in an error.
constexpr size_t kMaxShownNameBytes = 64;

bool HasUpper(absl::string_view text) {
  for (const char c : text) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) return true;
  }
  return false;
}

// `name` is the field as errors have it.
absl::StatusOr<json::Value> ToValue(absl::string_view text,
                                    const FieldDescriptor& field,
                                    absl::string_view name) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_BYTES: {
      const absl::StatusOr<std::string> octets = HexDecode(text);
      if (!octets.ok() || HasUpper(text)) {
        return MemberError(name, "must be lower-case hex");
      }
      return json::Value::String(Base64Encode(*octets));
    }
    case FieldDescriptor::TYPE_BOOL:
      if (text != "true" && text != "false") {
        return MemberError(name, Expectation(field));
      }
      return json::Value::Bool(text == "true");
    case FieldDescriptor::TYPE_MESSAGE:
      if (!IsWrittenAsText(*field.message_type())) {
        return MemberError(name, "is an object: give its members");
      }
      return json::Value::String(text);
    default: return json::Value::String(text);
  }
}

// Puts values at their places in one object.
class Collector {
 public:
  explicit Collector(const google::protobuf::Descriptor& request)
      : request_(request) {}

  // `path` of a field that is there.
  absl::Status Add(absl::string_view path, absl::string_view text) {
    const google::protobuf::Descriptor* message = &request_;
    json::Value* object = &root_;
    std::string name;
    const std::vector<std::string> parts = absl::StrSplit(path, '.');
    for (size_t i = 0; i < parts.size(); ++i) {
      const FieldDescriptor& field = *FindField(*message, parts[i]);
      absl::StrAppend(&name, i == 0 ? "" : ".", field.json_name());
      json::Value* there = object->FindMutable(field.json_name());
      if (i + 1 == parts.size()) {
        return Put(field, name, text, there, object);
      }
      if (there == nullptr) {
        object->Set(field.json_name(), json::Value::Object());
        there = object->FindMutable(field.json_name());
      }
      object = there;
      message = field.message_type();
    }
    return absl::OkStatus();
  }

  json::Value Finish() && { return std::move(root_); }

 private:
  static absl::Status Put(const FieldDescriptor& field, const std::string& name,
                          absl::string_view text, json::Value* there,
                          json::Value* object) {
    if (there != nullptr && !field.is_repeated()) {
      return MemberError(name, "is given twice");
    }
    OTRP_ASSIGN_OR_RETURN(json::Value value, ToValue(text, field, name));
    if (!field.is_repeated()) {
      object->Set(field.json_name(), std::move(value));
    } else if (there == nullptr) {
      object->Set(field.json_name(), json::Value::Array({std::move(value)}));
    } else {
      there->Append(std::move(value));
    }
    return absl::OkStatus();
  }

  const google::protobuf::Descriptor& request_;
  json::Value root_ = json::Value::Object();
};

absl::StatusOr<std::string> Decode(absl::string_view text) {
  absl::StatusOr<std::string> decoded = PercentDecode(text, Escapes::kQuery);
  if (!decoded.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the query: ", decoded.status().message()));
  }
  return decoded;
}

// Whether a query may have the field, which is there.
absl::Status CheckPlace(const Route& route, absl::string_view name) {
  const auto& request = *route.rpc->input_type();
  const FieldDescriptor* first =
      FindField(request, name.substr(0, name.find('.')));
  if (route.body_kind != BodyKind::kNone &&
      (route.body_field == nullptr || route.body_field == first)) {
    return MemberError(name, "belongs into the body");
  }
  for (const std::string& variable : route.path.Variables()) {
    if (FindField(request, variable) == FindField(request, name) &&
        FindField(request, variable.substr(0, variable.find('.'))) == first) {
      return MemberError(name, "stands in the path");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<json::Value> ParametersOf(const Route& route,
                                         const Variables& variables,
                                         absl::string_view query) {
  const auto& request = *route.rpc->input_type();
  Collector collector(request);
  for (const auto& [path, text] : variables) {
    OTRP_RETURN_IF_ERROR(collector.Add(path, text));
  }
  if (query.empty()) return std::move(collector).Finish();
  size_t count = 0;
  for (const absl::string_view part : absl::StrSplit(query, '&')) {
    if (++count > kMaxQueryParameters) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the query has more than ", kMaxQueryParameters, " parameters"));
    }
    if (part.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    OTRP_ASSIGN_OR_RETURN(const std::string name, Decode(halves.first));
    const FieldDescriptor* field = FindField(request, name);
    if (field == nullptr) {
      return MemberError(Printable(name, kMaxShownNameBytes),
                         "is no parameter of this request");
    }
    OTRP_RETURN_IF_ERROR(CheckPlace(route, name));
    OTRP_ASSIGN_OR_RETURN(const std::string value, Decode(halves.second));
    OTRP_RETURN_IF_ERROR(collector.Add(name, value));
  }
  return std::move(collector).Finish();
}

}  // namespace rest
}  // namespace otrp
