#include "libs/rest/openapi.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/rest/openapi_parts.h"
#include "libs/rest/problem.h"
#include "libs/rest/schemas.h"
#include "libs/rest/transcoder.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

json::Value Text(absl::string_view text) { return json::Value::String(text); }

json::Value Ref(absl::string_view kind, absl::string_view name) {
  json::Value ref = json::Value::Object();
  ref.Set("$ref", Text(absl::StrCat("#/components/", kind, "/", name)));
  return ref;
}

std::string UpperCamel(absl::string_view words) {
  std::string camel;
  for (const absl::string_view word :
       absl::StrSplit(words, absl::ByAnyChar("_-."), absl::SkipEmpty())) {
    absl::StrAppend(&camel, std::string(1, absl::ascii_toupper(word[0])),
                    word.substr(1));
  }
  return camel;
}

// What tells an operation from others of the same RPC.
std::string Suffix(const Route& route) {
  std::string suffix;
  if (!route.under.empty()) suffix = "Of" + UpperCamel(route.under);
  if (route.binding == 0) return suffix;
  suffix += "By";
  for (const std::string& name : route.path.Variables()) {
    suffix += UpperCamel(name);
  }
  return suffix;
}

// The same for people.
std::string SuffixInWords(const Route& route) {
  std::string words;
  if (!route.under.empty()) words = absl::StrCat(" (", route.under, ")");
  if (route.binding == 0) return words;
  std::vector<std::string> variables;
  for (const std::string& variable : route.path.Variables()) {
    variables.push_back(JsonPath(variable, *route.rpc->input_type()));
  }
  if (variables.empty()) {
    return absl::StrCat(words, " (at ", route.path.ToString(), ")");
  }
  return absl::StrCat(words, " (by ", absl::StrJoin(variables, ", "), ")");
}

// A path with its variables as JSON has them.
std::string PathOf(const Route& route) {
  std::string path;
  for (const auto& segment : route.path.segments()) {
    absl::StrAppend(&path, "/");
    if (segment.is_variable) {
      absl::StrAppend(
          &path, "{",
          FindField(*route.rpc->input_type(), segment.text)->json_name(), "}");
    } else {
      path += segment.text;
    }
  }
  if (!route.path.verb().empty()) {
    absl::StrAppend(&path, ":", route.path.verb());
  }
  return path;
}

class Generator {
 public:
  Generator(const RouteTable& routes, const Comments& comments,
            const CallersOf& callers_of)
      : routes_(routes),
        comments_(comments),
        callers_of_(callers_of),
        schemas_(routes, comments) {}

  json::Value Make() {
    std::map<std::string, json::Value> by_path;
    for (const Route& route : routes_.routes()) {
      by_path[PathOf(route)].Set(absl::AsciiStrToLower(route.method),
                                 Operation(route));
    }
    json::Value paths = json::Value::Object();
    for (auto& [path, item] : by_path) paths.Set(path, std::move(item));
    json::Value document = OpenApiFrame();
    document.Set("tags", Tags());
    document.Set("paths", std::move(paths));
    document.Set("components", OpenApiComponents(schemas_.Components()));
    return document;
  }

 private:
  json::Value Operation(const Route& route) {
    const std::string comment = comments_.Find(route.rpc->full_name());
    json::Value operation = json::Value::Object();
    operation.Set("operationId", Text(OperationId(route)));
    json::Value tags = json::Value::Array();
    tags.Append(Text(route.rpc->service()->name()));
    operation.Set("tags", std::move(tags));
    operation.Set("summary", Text(absl::StrCat(FirstSentence(comment),
                                               SuffixInWords(route))));
    operation.Set("description", Text(comment));
    operation.Set("x-callers", Callers(route));
    json::Value parameters = Parameters(route);
    if (parameters.size() > 0) {
      operation.Set("parameters", std::move(parameters));
    }
    if (route.body_kind != BodyKind::kNone) {
      operation.Set("requestBody", Body(route));
    }
    operation.Set("responses", Responses(route));
    return operation;
  }

  json::Value Callers(const Route& route) const {
    json::Value callers = json::Value::Array();
    for (const Caller& caller : callers_of_(route)) {
      json::Value one = json::Value::Object();
      one.Set("kind", Text(caller.kind));
      json::Value roles = json::Value::Array();
      for (const std::string& role : caller.roles) roles.Append(Text(role));
      if (roles.size() > 0) one.Set("roles", std::move(roles));
      callers.Append(std::move(one));
    }
    return callers;
  }

  json::Value Parameter(const FieldDescriptor& field, const std::string& name,
                        const char* in) {
    json::Value parameter = json::Value::Object();
    parameter.Set("name", Text(name));
    parameter.Set("in", Text(in));
    if (std::string(in) == "path") {
      parameter.Set("required", json::Value::Bool(true));
    }
    const std::string comment = comments_.Find(field.full_name());
    if (!comment.empty()) parameter.Set("description", Text(comment));
    parameter.Set("schema", schemas_.ParameterOf(field));
    return parameter;
  }

  // The members of a message that a query can have.
  void AddQuery(const Route& route, const Descriptor& message,
                const std::string& prefix, const std::string& proto_prefix,
                json::Value* parameters) {
    const std::vector<std::string> in_path = route.path.Variables();
    const std::set<std::string> taken(in_path.begin(), in_path.end());
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      const std::string name = prefix + field.json_name();
      const std::string proto_name = proto_prefix + field.name();
      if (taken.count(proto_name) > 0 || &field == route.body_field) continue;
      if (field.message_type() == nullptr ||
          IsWrittenAsText(*field.message_type())) {
        parameters->Append(Parameter(field, name, "query"));
      } else if (!field.is_repeated()) {
        AddQuery(route, *field.message_type(), name + ".", proto_name + ".",
                 parameters);
      }
    }
  }

  json::Value Parameters(const Route& route) {
    json::Value parameters = json::Value::Array();
    const Descriptor& request = *route.rpc->input_type();
    for (const std::string& variable : route.path.Variables()) {
      const FieldDescriptor& field = *FindField(request, variable);
      parameters.Append(Parameter(field, field.json_name(), "path"));
    }
    if (route.body_kind == BodyKind::kNone || route.body_field != nullptr) {
      AddQuery(route, request, "", "", &parameters);
    }
    if (route.method == "GET") {
      parameters.Append(Ref("parameters", "IfNoneMatch"));
      return parameters;
    }
    if (IsRead(route.path.ToString())) {
      parameters.Append(Ref("parameters", "IfMatch"));
    }
    if (TakesKey(route)) {
      parameters.Append(Ref("parameters", "IdempotencyKey"));
    }
    return parameters;
  }

  // Whether it changes something for a caller who has a name of his own.
  bool TakesKey(const Route& route) const {
    if (route.method == "GET") return false;
    const std::vector<Caller> callers = callers_of_(route);
    return std::any_of(
        callers.begin(), callers.end(),
        [](const Caller& caller) { return caller.kind != kAnybody; });
  }

  // Whether GET of this path gives something whose ETag a change can name.
  bool IsRead(const std::string& path) const {
    return std::any_of(routes_.routes().begin(), routes_.routes().end(),
                       [&](const Route& other) {
                         return other.method == "GET" &&
                                other.path.ToString() == path;
                       });
  }

  json::Value Body(const Route& route) {
    const Descriptor& request = *route.rpc->input_type();
    json::Value schema;
    bool is_empty = false;
    if (route.body_kind == BodyKind::kOctets) {
      schema = json::Value::Object();
    } else if (route.body_field != nullptr) {
      schema = schemas_.ValueOf(*route.body_field);
    } else {
      const std::vector<std::string> in_path = route.path.Variables();
      is_empty = static_cast<size_t>(request.field_count()) == in_path.size();
      schema = schemas_.BodyOf(request, request.name() + Suffix(route),
                               {in_path.begin(), in_path.end()});
    }
    json::Value media = json::Value::Object();
    media.Set("schema", std::move(schema));
    json::Value content = json::Value::Object();
    content.Set(MediaTypeOf(route.body_kind), std::move(media));
    json::Value body = json::Value::Object();
    body.Set("required", json::Value::Bool(!is_empty));
    body.Set("content", std::move(content));
    return body;
  }

  json::Value Responses(const Route& route) {
    json::Value headers = json::Value::Object();
    if (route.method == "GET") headers.Set("ETag", Ref("headers", "ETag"));
    if (TakesKey(route)) {
      headers.Set("Idempotency-Replayed",
                  Ref("headers", "Idempotency-Replayed"));
    }
    for (const char* name : {"RateLimit", "RateLimit-Policy", "X-Request-Id"}) {
      headers.Set(name, Ref("headers", name));
    }
    json::Value media = json::Value::Object();
    media.Set("schema", schemas_.RefTo(*route.rpc->output_type()));
    json::Value content = json::Value::Object();
    content.Set("application/json", std::move(media));
    json::Value good = json::Value::Object();
    good.Set("description",
             Text(route.method == "GET" ? "The answer." : "It is done."));
    good.Set("headers", std::move(headers));
    good.Set("content", std::move(content));
    json::Value responses = json::Value::Object();
    responses.Set("200", std::move(good));
    if (route.method == "GET") {
      responses.Set("304", Ref("responses", "NotModified"));
    }
    responses.Set("4XX", Ref("responses", "Problem"));
    responses.Set("5XX", Ref("responses", "Problem"));
    return responses;
  }

  json::Value Tags() const {
    json::Value tags = json::Value::Array();
    std::set<std::string> seen;
    for (const Route& route : routes_.routes()) {
      const auto& service = *route.rpc->service();
      if (!seen.insert(service.name()).second) continue;
      json::Value tag = json::Value::Object();
      tag.Set("name", Text(service.name()));
      tag.Set("description", Text(comments_.Find(service.full_name())));
      tags.Append(std::move(tag));
    }
    return tags;
  }

  const RouteTable& routes_;
  const Comments& comments_;
  const CallersOf& callers_of_;
  Schemas schemas_;
};

void PrettyTo(const json::Value& value, const std::string& indent,
              std::string* out) {
  if (value.size() == 0) {
    *out += value.Serialize();
    return;
  }
  const std::string deeper = indent + "  ";
  const bool is_object = value.is_object();
  *out += is_object ? "{" : "[";
  for (size_t i = 0; i < value.size(); ++i) {
    absl::StrAppend(out, i == 0 ? "\n" : ",\n", deeper);
    if (is_object) {
      const auto& [name, member] = value.members()[i];
      absl::StrAppend(out, Text(name).Serialize(), ": ");
      PrettyTo(member, deeper, out);
    } else {
      PrettyTo(value.items()[i], deeper, out);
    }
  }
  absl::StrAppend(out, "\n", indent, is_object ? "}" : "]");
}

}  // namespace

std::string OperationId(const Route& route) {
  std::string id = route.rpc->name() + Suffix(route);
  id[0] = absl::ascii_tolower(id[0]);
  return id;
}

std::string Pretty(const json::Value& value) {
  std::string text;
  PrettyTo(value, "", &text);
  return text + "\n";
}

json::Value OpenApi(const RouteTable& routes, const Comments& comments,
                    const CallersOf& callers_of) {
  return Generator(routes, comments, callers_of).Make();
}

}  // namespace rest
}  // namespace otrp
