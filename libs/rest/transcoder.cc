#include "libs/rest/transcoder.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/rest/json_body.h"
#include "libs/rest/parameters.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kMemberPayload = "otrp.rest.member";

absl::StatusOr<json::Value> ParseBody(const std::string& text) {
  absl::StatusOr<json::Value> value = json::Parse(text, json::kStrangers);
  if (value.ok()) return value;
  return absl::InvalidArgumentError(
      absl::StrCat("the body: ", value.status().message()));
}

// What stands in the path stands nowhere else.
absl::Status CheckNotInPath(const Route& route, const json::Value& body) {
  for (const std::string& variable : route.path.Variables()) {
    const json::Value* object = &body;
    const google::protobuf::Descriptor* message = route.rpc->input_type();
    std::string path;
    for (const absl::string_view name : absl::StrSplit(variable, '.')) {
      const FieldDescriptor& field = *FindField(*message, name);
      absl::StrAppend(&path, path.empty() ? "" : ".", field.json_name());
      message = field.message_type();
      object = FindMember(*object, field);
      if (object == nullptr) break;
    }
    if (object != nullptr) return MemberError(path, "stands in the path");
  }
  return absl::OkStatus();
}

absl::Status ReadBody(const Route& route, absl::string_view body,
                      Message* request) {
  if (route.body_kind == BodyKind::kNone) {
    return body.empty()
               ? absl::OkStatus()
               : absl::InvalidArgumentError("this request must have no body");
  }
  if (route.body_kind == BodyKind::kOctets) {
    if (body.size() > kMaxOctetBytes) {
      return absl::InvalidArgumentError("the body is too large");
    }
    request->GetReflection()->SetString(request, route.body_field,
                                        std::string(body));
    return absl::OkStatus();
  }
  if (body.size() > kMaxJsonBytes) {
    return absl::InvalidArgumentError("the body is too large");
  }
  const std::string text(body.empty() ? "{}" : body);
  OTRP_ASSIGN_OR_RETURN(const json::Value value, ParseBody(text));
  if (route.body_field == nullptr) {
    OTRP_RETURN_IF_ERROR(CheckNotInPath(route, value));
    return ReadJson(value, text, "", request);
  }
  return ReadJson(
      value, text, route.body_field->json_name() + ".",
      request->GetReflection()->MutableMessage(request, route.body_field));
}

}  // namespace

absl::Status MemberError(absl::string_view member, absl::string_view what) {
  absl::Status status =
      absl::InvalidArgumentError(absl::StrCat(member, ": ", what));
  status.SetPayload(kMemberPayload, absl::Cord(member));
  return status;
}

std::string MemberOf(const absl::Status& status) {
  const absl::optional<absl::Cord> member = status.GetPayload(kMemberPayload);
  return member.has_value() ? std::string(*member) : "";
}

absl::Status ReadRequest(const Route& route, const Variables& variables,
                         absl::string_view query, absl::string_view body,
                         Message* request) {
  OTRP_ASSIGN_OR_RETURN(const json::Value parameters,
                        ParametersOf(route, variables, query));
  OTRP_RETURN_IF_ERROR(ReadBody(route, body, request));
  if (parameters.size() == 0) return absl::OkStatus();
  const std::unique_ptr<Message> more(request->New());
  OTRP_RETURN_IF_ERROR(
      ReadJson(parameters, parameters.Serialize(), "", more.get()));
  request->MergeFrom(*more);
  return absl::OkStatus();
}

absl::string_view MediaTypeOf(BodyKind kind) {
  switch (kind) {
    case BodyKind::kNone: return "";
    case BodyKind::kJson: return "application/json";
    case BodyKind::kOctets: return "application/octet-stream";
  }
  return "";
}

bool IsMediaType(absl::string_view content_type, absl::string_view wanted) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(content_type, ';');
  if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), wanted)) {
    return false;
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    const absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
    if (!absl::EqualsIgnoreCase(parameter, "charset=utf-8") &&
        !absl::EqualsIgnoreCase(parameter, "charset=\"utf-8\"")) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<std::string> WriteResponse(const Message& response) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(response, &text, options)
           .ok()) {
    return absl::InternalError(
        absl::StrCat(response.GetTypeName(), " can't be written as JSON"));
  }
  return text;
}

}  // namespace rest
}  // namespace otrp
