#include "libs/rest/schemas.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// {"type": type, "format": format}, the latter where there is one.
json::Value Type(const char* type, const char* format = nullptr) {
  json::Value schema = json::Value::Object();
  schema.Set("type", json::Value::String(type));
  if (format != nullptr) schema.Set("format", json::Value::String(format));
  return schema;
}

json::Value Pattern(const char* pattern) {
  json::Value schema = Type("string");
  schema.Set("pattern", json::Value::String(pattern));
  return schema;
}

json::Value Ref(const std::string& name) {
  json::Value schema = json::Value::Object();
  schema.Set("$ref", json::Value::String("#/components/schemas/" + name));
  return schema;
}

// What google.protobuf's own messages are in JSON.
json::Value WellKnown(const Descriptor& message) {
  if (message.name() == "Timestamp") return Type("string", "date-time");
  if (message.name() == "Struct") return Type("object");
  if (message.name() == "ListValue") {
    json::Value list = Type("array");
    list.Set("items", json::Value::Object());
    return list;
  }
  if (message.name() == "Value") return json::Value::Object();
  return Type("string");
}

bool IsWellKnown(const Descriptor& message) {
  return message.file()->package() == "google.protobuf";
}

void Describe(const std::string& text, json::Value* schema) {
  if (!text.empty()) schema->Set("description", json::Value::String(text));
}

std::string ShortOf(const std::string& full_name) {
  return full_name.substr(full_name.rfind('.') + 1);
}

// "Exactly one of a, b, c." for each oneof, behind a comment.
std::string WithChoices(std::string comment, const Descriptor& message) {
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    const auto& oneof = *message.oneof_decl(i);
    std::vector<std::string> names;
    for (int n = 0; n < oneof.field_count(); ++n) {
      names.push_back(oneof.field(n)->json_name());
    }
    absl::StrAppend(&comment, comment.empty() ? "" : " ", "One of ",
                    absl::StrJoin(names, ", "), ".");
  }
  return comment;
}

}  // namespace

void Collect(const Descriptor& message, std::set<std::string>* full_names) {
  if (IsWellKnown(message)) return;
  if (!full_names->insert(message.full_name()).second) return;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.message_type() != nullptr) {
      Collect(*field.message_type(), full_names);
    } else if (field.enum_type() != nullptr) {
      full_names->insert(field.enum_type()->full_name());
    }
  }
}

Schemas::Schemas(const RouteTable& routes, const Comments& comments)
    : comments_(comments) {
  std::set<std::string> all;
  for (const Route& route : routes.routes()) {
    Collect(*route.rpc->input_type(), &in_requests_);
    Collect(*route.rpc->output_type(), &all);
  }
  all.insert(in_requests_.begin(), in_requests_.end());
  std::set<std::string> seen;
  for (const std::string& full_name : all) {
    if (!seen.insert(ShortOf(full_name)).second) {
      ambiguous_.insert(ShortOf(full_name));
    }
  }
}

std::string Schemas::NameOf(const std::string& full_name,
                            const std::string& name,
                            const std::string& package) const {
  if (ambiguous_.count(name) == 0) return name;
  // "otrp.tsm.v1" -> "Tsm".
  const std::vector<std::string> parts = absl::StrSplit(package, '.');
  std::string area = parts.size() > 1 ? parts[1] : full_name;
  area[0] = absl::ascii_toupper(area[0]);
  return area + name;
}

json::Value Schemas::RefTo(const EnumDescriptor& type) {
  const std::string name =
      NameOf(type.full_name(), type.name(), type.file()->package());
  if (components_.count(name) == 0) {
    json::Value schema = Type("string");
    json::Value values = json::Value::Array();
    std::string text = comments_.Find(type.full_name());
    for (int i = 0; i < type.value_count(); ++i) {
      const auto& value = *type.value(i);
      values.Append(json::Value::String(value.name()));
      const std::string said = comments_.Find(value.full_name());
      if (said.empty()) continue;
      absl::StrAppend(&text, text.empty() ? "" : "\n\n", "`", value.name(),
                      "`: ", said);
    }
    schema.Set("enum", std::move(values));
    Describe(text, &schema);
    components_[name] = std::move(schema);
  }
  return Ref(name);
}

json::Value Schemas::RefTo(const Descriptor& message) {
  const std::string name =
      NameOf(message.full_name(), message.name(), message.file()->package());
  if (components_.count(name) == 0) {
    // First, since a message may contain itself.
    components_[name] = json::Value();
    json::Value schema =
        Object(message, {}, in_requests_.count(message.full_name()) == 0);
    components_[name] = std::move(schema);
  }
  return Ref(name);
}

json::Value Schemas::BodyOf(const Descriptor& request, const std::string& name,
                            const std::set<std::string>& left_out) {
  json::Value schema = Object(request, left_out, /*is_answer=*/false);
  components_[name] = std::move(schema);
  return Ref(name);
}

json::Value Schemas::OneOf(const FieldDescriptor& field) {
  switch (field.type()) {
    case FieldDescriptor::TYPE_MESSAGE:
      return IsWellKnown(*field.message_type())
                 ? WellKnown(*field.message_type())
                 : RefTo(*field.message_type());
    case FieldDescriptor::TYPE_ENUM: return RefTo(*field.enum_type());
    case FieldDescriptor::TYPE_BOOL: return Type("boolean");
    case FieldDescriptor::TYPE_STRING: return Type("string");
    case FieldDescriptor::TYPE_BYTES: {
      json::Value schema = Type("string");
      schema.Set("contentEncoding", json::Value::String("base64"));
      return schema;
    }
    case FieldDescriptor::TYPE_FLOAT: return Type("number", "float");
    case FieldDescriptor::TYPE_DOUBLE: return Type("number", "double");
    default: break;
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: return Type("integer", "int32");
    case FieldDescriptor::CPPTYPE_UINT32: {
      json::Value schema = Type("integer");
      schema.Set("minimum", json::Value::Integer(0));
      return schema;
    }
    case FieldDescriptor::CPPTYPE_UINT64: return Pattern("^[0-9]+$");
    default: return Pattern("^-?[0-9]+$");
  }
}

json::Value Schemas::ValueOf(const FieldDescriptor& field) {
  if (field.is_map()) {
    json::Value map = Type("object");
    map.Set("additionalProperties", OneOf(*field.message_type()->map_value()));
    return map;
  }
  if (!field.is_repeated()) return OneOf(field);
  json::Value list = Type("array");
  list.Set("items", OneOf(field));
  return list;
}

json::Value Schemas::ParameterOf(const FieldDescriptor& field) {
  json::Value one = field.type() == FieldDescriptor::TYPE_BYTES
                        ? Pattern("^([0-9a-f]{2})*$")
                        : OneOf(field);
  if (!field.is_repeated()) return one;
  json::Value list = Type("array");
  list.Set("items", std::move(one));
  return list;
}

json::Value Schemas::Object(const Descriptor& message,
                            const std::set<std::string>& left_out,
                            bool is_answer) {
  json::Value properties = json::Value::Object();
  json::Value required = json::Value::Array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (left_out.count(field.name()) > 0) continue;
    json::Value schema = ValueOf(field);
    Describe(comments_.Find(field.full_name()), &schema);
    properties.Set(field.json_name(), std::move(schema));
    const bool is_always_written =
        field.is_repeated() || (field.message_type() == nullptr &&
                                field.containing_oneof() == nullptr);
    if (is_always_written) {
      required.Append(json::Value::String(field.json_name()));
    }
  }
  json::Value schema = Type("object");
  Describe(WithChoices(comments_.Find(message.full_name()), message), &schema);
  schema.Set("properties", std::move(properties));
  if (is_answer && required.size() > 0) {
    schema.Set("required", std::move(required));
  }
  return schema;
}

json::Value Schemas::Components() const {
  json::Value all = json::Value::Object();
  for (const auto& [name, schema] : components_) all.Set(name, schema);
  return all;
}

}  // namespace rest
}  // namespace otrp
