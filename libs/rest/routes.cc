#include "libs/rest/routes.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/api/annotations.pb.h"
#include "libs/base/status_macros.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const FieldDescriptor* FieldByEitherName(const Descriptor& message,
                                         const std::string& name) {
  for (int i = 0; i < message.field_count(); ++i) {
    if (message.field(i)->json_name() == name) return message.field(i);
  }
  return message.FindFieldByName(name);
}

absl::Status Wrong(const Route& route, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("google.api.http of ", route.rpc->full_name(), ": ", what));
}

// The method and template of a rule; empty for a kind that we don't have.
std::pair<std::string, std::string> PatternOf(const google::api::HttpRule& r) {
  switch (r.pattern_case()) {
    case google::api::HttpRule::kGet: return {"GET", r.get()};
    case google::api::HttpRule::kPut: return {"PUT", r.put()};
    case google::api::HttpRule::kPost: return {"POST", r.post()};
    case google::api::HttpRule::kDelete: return {"DELETE", r.delete_()};
    case google::api::HttpRule::kPatch: return {"PATCH", r.patch()};
    case google::api::HttpRule::PATTERN_NOT_SET: return {};
  }
  return {};
}

absl::Status CheckVariables(const Route& route) {
  std::set<std::string> seen;
  for (const std::string& name : route.path.Variables()) {
    const FieldDescriptor* field = FindField(*route.rpc->input_type(), name);
    if (field == nullptr) return Wrong(route, name + " is no field");
    if (field->is_repeated() ||
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return Wrong(route, name + " fits no path");
    }
    if (!seen.insert(name).second) return Wrong(route, name + " comes twice");
  }
  return absl::OkStatus();
}

absl::Status SetBody(const google::api::HttpRule& rule, Route* route) {
  if (rule.body().empty()) return absl::OkStatus();
  if (route->method == "GET") return Wrong(*route, "GET has no body");
  route->body_kind = BodyKind::kJson;
  if (rule.body() == "*") return absl::OkStatus();
  route->body_field = route->rpc->input_type()->FindFieldByName(rule.body());
  if (route->body_field == nullptr) return Wrong(*route, "body is no field");
  if (route->body_field->type() == FieldDescriptor::TYPE_BYTES &&
      !route->body_field->is_repeated()) {
    route->body_kind = BodyKind::kOctets;
  } else if (route->body_field->is_repeated() ||
             route->body_field->type() != FieldDescriptor::TYPE_MESSAGE) {
    return Wrong(*route, "the body's field must be a message or bytes");
  }
  return absl::OkStatus();
}

}  // namespace

const FieldDescriptor* FindField(const Descriptor& message,
                                 absl::string_view path) {
  const Descriptor* in = &message;
  const FieldDescriptor* field = nullptr;
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    if (in == nullptr) return nullptr;
    field = FieldByEitherName(*in, std::string(name));
    if (field == nullptr) return nullptr;
    in = field->is_repeated() ? nullptr : field->message_type();
  }
  return field;
}

bool IsWrittenAsText(const Descriptor& message) {
  return message.file()->package() == "google.protobuf" &&
         (message.name() == "Timestamp" || message.name() == "Duration" ||
          message.name() == "FieldMask");
}

absl::Status RouteTable::AddRoute(Route route) {
  OTRP_RETURN_IF_ERROR(CheckVariables(route));
  std::vector<const Route*>& others =
      by_shape_[{route.path.segments().size(), route.path.verb()}];
  for (const Route* other : others) {
    if (other->method == route.method && other->path.Overlaps(route.path)) {
      return Wrong(route, absl::StrCat(route.Name(), " collides with ",
                                       other->rpc->full_name()));
    }
  }
  routes_.push_back(std::move(route));
  others.push_back(&routes_.back());
  return absl::OkStatus();
}

absl::Status RouteTable::Add(const google::protobuf::ServiceDescriptor& service,
                             absl::string_view backend,
                             absl::string_view under) {
  for (int i = 0; i < service.method_count(); ++i) {
    const google::protobuf::MethodDescriptor* rpc = service.method(i);
    if (!rpc->options().HasExtension(google::api::http)) continue;
    const google::api::HttpRule& option =
        rpc->options().GetExtension(google::api::http);
    for (int n = 0; n <= option.additional_bindings_size(); ++n) {
      const google::api::HttpRule& rule =
          n == 0 ? option : option.additional_bindings(n - 1);
      Route route;
      route.rpc = rpc;
      route.backend = std::string(backend);
      route.under = std::string(under);
      route.binding = n;
      const auto [method, text] = PatternOf(rule);
      route.method = method;
      if (method.empty()) return Wrong(route, "is of no kind that we have");
      if (rpc->client_streaming() || rpc->server_streaming()) {
        return Wrong(route, "it streams");
      }
      const absl::StatusOr<PathTemplate> parsed = PathTemplate::Parse(text);
      if (!parsed.ok()) return Wrong(route, parsed.status().message());
      route.path = parsed->Under(under);
      OTRP_RETURN_IF_ERROR(SetBody(rule, &route));
      OTRP_RETURN_IF_ERROR(AddRoute(std::move(route)));
    }
  }
  return absl::OkStatus();
}

RouteTable::Match RouteTable::Find(absl::string_view method,
                                   const Path& path) const {
  Match match;
  const auto shape = by_shape_.find({path.segments.size(), path.verb});
  if (shape == by_shape_.end()) return match;
  if (method == "HEAD") method = "GET";
  std::set<std::string> allow;
  for (const Route* route : shape->second) {
    if (!route->path.Matches(path)) continue;
    allow.insert(route->method);
    if (route->method == "GET") allow.insert("HEAD");
    if (route->method == method) match.route = route;
  }
  match.allow = absl::StrJoin(allow, ", ");
  if (match.route == nullptr) return match;
  const auto& segments = match.route->path.segments();
  for (size_t i = 0; i < segments.size(); ++i) {
    if (!segments[i].is_variable) continue;
    match.variables.emplace_back(segments[i].text, path.segments[i]);
  }
  return match;
}

}  // namespace rest
}  // namespace otrp
