#include "libs/rest/client.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/rest/path.h"
#include "libs/rest/transcoder.h"
#include "libs/rpc/field_error.h"
#include "libs/rpc/status.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::StatusOr<std::string> ToJson(const Message& message) {
  std::string text;
  const auto written =
      google::protobuf::util::MessageToJsonString(message, &text);
  if (written.ok()) return text;
  return absl::InvalidArgumentError(
      absl::StrCat("the request can't be written as JSON: ",
                   std::string(written.message())));
}

template <typename Number>
std::string Decimal(Number number) {
  return absl::StrCat(number);
}

// One value of a field, as a URL has it before it is escaped. `index` counts
// for repeated ones. `name` is for errors.
absl::StatusOr<std::string> TextOf(const Message& message,
                                   const FieldDescriptor& field, int index,
                                   absl::string_view name) {
  const auto& reflection = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Decimal(many ? reflection.GetRepeatedInt32(message, &field, index)
                          : reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return Decimal(many ? reflection.GetRepeatedInt64(message, &field, index)
                          : reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return Decimal(many ? reflection.GetRepeatedUInt32(message, &field, index)
                          : reflection.GetUInt32(message, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return Decimal(many ? reflection.GetRepeatedUInt64(message, &field, index)
                          : reflection.GetUInt64(message, &field));
    case FieldDescriptor::CPPTYPE_BOOL:
      return (many ? reflection.GetRepeatedBool(message, &field, index)
                   : reflection.GetBool(message, &field))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto* value = field.enum_type()->FindValueByNumber(
          many ? reflection.GetRepeatedEnumValue(message, &field, index)
               : reflection.GetEnumValue(message, &field));
      if (value == nullptr) return rpc::FieldIs(name, "of no known value");
      return value->name();
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text =
          many ? reflection.GetRepeatedString(message, &field, index)
               : reflection.GetString(message, &field);
      if (field.type() == FieldDescriptor::TYPE_BYTES) return HexEncode(text);
      return text;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Message& value =
          many ? reflection.GetRepeatedMessage(message, &field, index)
               : reflection.GetMessage(message, &field);
      if (!IsWrittenAsText(*value.GetDescriptor())) break;
      OTRP_ASSIGN_OR_RETURN(const std::string quoted, ToJson(value));
      return quoted.substr(1, quoted.size() - 2);
    }
    default: break;
  }
  return rpc::FieldIs(name, "more than a URL can hold");
}

absl::StatusOr<std::string> Escaped(absl::string_view text, Escapes escapes,
                                    absl::string_view name) {
  std::string escaped = PercentEncode(text);
  const absl::Status decoded = PercentDecode(escaped, escapes).status();
  if (decoded.ok()) return escaped;
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": ", decoded.message()));
}

// The message that the last field of a path such as "target.did" stands in.
const Message& Holder(const Message& request, absl::string_view path) {
  const Message* message = &request;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i + 1 < names.size(); ++i) {
    message = &message->GetReflection()->GetMessage(
        *message, FindField(*message->GetDescriptor(), names[i]));
  }
  return *message;
}

absl::StatusOr<std::string> WritePath(const Route& route,
                                      const Message& request) {
  std::string path;
  for (const PathTemplate::Segment& segment : route.path.segments()) {
    if (!segment.is_variable) {
      absl::StrAppend(&path, "/", segment.text);
      continue;
    }
    const FieldDescriptor& field =
        *FindField(*request.GetDescriptor(), segment.text);
    OTRP_ASSIGN_OR_RETURN(
        const std::string text,
        TextOf(Holder(request, segment.text), field, 0, segment.text));
    if (text.empty()) return rpc::FieldMust(segment.text, "not be empty");
    if (text == "." || text == "..") {
      return rpc::FieldMust(segment.text, "not be dots alone");
    }
    OTRP_ASSIGN_OR_RETURN(const std::string escaped,
                          Escaped(text, Escapes::kPath, segment.text));
    absl::StrAppend(&path, "/", escaped);
  }
  if (!route.path.verb().empty()) {
    absl::StrAppend(&path, ":", route.path.verb());
  }
  if (path.size() <= kMaxPathBytes) return path;
  return absl::InvalidArgumentError("the request's names are too long");
}

// What stands in the path stands nowhere else.
void ClearPath(const Route& route, Message* request) {
  for (const std::string& variable : route.path.Variables()) {
    Message* message = request;
    const FieldDescriptor* field = nullptr;
    for (const std::string& name :
         std::vector<std::string>(absl::StrSplit(variable, '.'))) {
      if (field != nullptr) {
        message = message->GetReflection()->MutableMessage(message, field);
      }
      field = FindField(*message->GetDescriptor(), name);
    }
    message->GetReflection()->ClearField(message, field);
  }
}

// Each field that is set, as a parameter.
absl::Status AddParameters(const Message& message, const std::string& prefix,
                           std::vector<std::string>* parameters) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = absl::StrCat(prefix, field->name());
    if (!field->is_repeated() &&
        field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
        !IsWrittenAsText(*field->message_type())) {
      const size_t before = parameters->size();
      OTRP_RETURN_IF_ERROR(AddParameters(reflection.GetMessage(message, field),
                                         absl::StrCat(name, "."), parameters));
      // That it is there can't be said without a member.
      if (parameters->size() == before) return rpc::FieldIs(name, "empty");
      continue;
    }
    const int count =
        field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      OTRP_ASSIGN_OR_RETURN(const std::string text,
                            TextOf(message, *field, i, name));
      OTRP_ASSIGN_OR_RETURN(const std::string escaped,
                            Escaped(text, Escapes::kQuery, name));
      parameters->push_back(
          absl::StrCat(prefix, field->json_name(), "=", escaped));
    }
  }
  if (parameters->size() <= kMaxQueryParameters) return absl::OkStatus();
  return absl::InvalidArgumentError("the request has too many values");
}

// Takes the body's field, or all, out of what is left of the request.
absl::Status WriteBody(const Route& route, Message* rest, ClientRequest* out) {
  if (route.body_kind == BodyKind::kNone) return absl::OkStatus();
  out->content_type = std::string(MediaTypeOf(route.body_kind));
  const auto& reflection = *rest->GetReflection();
  if (route.body_kind == BodyKind::kOctets) {
    out->body = reflection.GetString(*rest, route.body_field);
  } else {
    OTRP_ASSIGN_OR_RETURN(
        out->body,
        ToJson(route.body_field == nullptr
                   ? *rest
                   : reflection.GetMessage(*rest, route.body_field)));
  }
  if (route.body_field == nullptr) {
    rest->Clear();
  } else {
    reflection.ClearField(rest, route.body_field);
  }
  return absl::OkStatus();
}

absl::Status OfHttpStatus(int status) {
  const std::string what = absl::StrCat("answered with HTTP status ", status);
  switch (status) {
    case 401: return absl::UnauthenticatedError(what);
    case 403: return absl::PermissionDeniedError(what);
    case 429:
    case 502:
    case 503: return absl::UnavailableError(what);
    case 504: return absl::DeadlineExceededError(what);
    default: break;
  }
  if (status >= 300 && status < 400) {
    return absl::FailedPreconditionError(
        absl::StrCat(what, ", a redirect, which is not followed"));
  }
  return absl::UnknownError(
      absl::StrCat(what, ": that is not the REST interface"));
}

// UNKNOWN for a code that isn't known.
absl::StatusCode CodeNamed(absl::string_view name) {
  for (int i = 1; i <= static_cast<int>(absl::StatusCode::kUnauthenticated);
       ++i) {
    const auto code = static_cast<absl::StatusCode>(i);
    if (absl::StatusCodeToString(code) == name) return code;
  }
  return absl::StatusCode::kUnknown;
}

// "policy.teeRules[3].minVersion" as the proto has it.
std::string ProtoPath(absl::string_view path,
                      const google::protobuf::Descriptor& request) {
  const google::protobuf::Descriptor* message = &request;
  std::vector<std::string> named;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    const absl::string_view name = part.substr(0, part.find('['));
    const FieldDescriptor* field =
        message == nullptr ? nullptr : FindField(*message, name);
    named.push_back(absl::StrCat(field == nullptr ? name : field->name(),
                                 part.substr(name.size())));
    message = field == nullptr ? nullptr : field->message_type();
  }
  return absl::StrJoin(named, ".");
}

absl::Status OfProblem(const json::Value& problem,
                       const google::protobuf::Descriptor& request) {
  const auto text = [&problem](absl::string_view name) {
    const auto value = problem.GetString(name);
    return value.ok() ? *value : absl::string_view();
  };
  const absl::StatusCode code = CodeNamed(text("code"));
  std::string message(text("detail"));
  if (message.empty()) message = std::string(text("title"));
  const std::string begin = absl::StrCat(text("field"), ": ");
  if (begin.size() > 2 && absl::StartsWith(message, begin)) {
    message = absl::StrCat(ProtoPath(text("field"), request), ": ",
                           message.substr(begin.size()));
  }
  // Cuts, and says of failures what gRPC does, with the id of the log's lines.
  return rpc::FromGrpcStatus(
      rpc::ToGrpcStatus(absl::Status(code, message), text("request_id")));
}

}  // namespace

const google::protobuf::MethodDescriptor* FindRpc(
    absl::string_view service, const google::protobuf::Descriptor& request) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
          std::string(service));
  if (descriptor == nullptr) return nullptr;
  for (int i = 0; i < descriptor->method_count(); ++i) {
    if (descriptor->method(i)->input_type() == &request) {
      return descriptor->method(i);
    }
  }
  return nullptr;
}

absl::StatusOr<ClientRequest> WriteRequest(const Route& route,
                                           const Message& request) {
  ClientRequest out;
  out.method = route.method;
  OTRP_ASSIGN_OR_RETURN(out.target, WritePath(route, request));
  const std::unique_ptr<Message> rest(request.New());
  rest->CopyFrom(request);
  ClearPath(route, rest.get());
  OTRP_RETURN_IF_ERROR(WriteBody(route, rest.get(), &out));
  std::vector<std::string> parameters;
  OTRP_RETURN_IF_ERROR(AddParameters(*rest, "", &parameters));
  if (!parameters.empty()) {
    absl::StrAppend(&out.target, "?", absl::StrJoin(parameters, "&"));
  }
  return out;
}

absl::StatusOr<ClientRequest> WriteRequest(
    const RouteTable& routes, absl::string_view backend,
    const google::protobuf::MethodDescriptor& rpc, const Message& request) {
  absl::Status why = absl::UnimplementedError(
      absl::StrCat(rpc.full_name(), " has no path of the REST interface"));
  for (const Route& route : routes.routes()) {
    if (route.rpc != &rpc || route.backend != backend) continue;
    absl::StatusOr<ClientRequest> written = WriteRequest(route, request);
    if (written.ok()) return written;
    why = written.status();
  }
  return why;
}

absl::Status ReadAnswer(const http::Response& answer,
                        const google::protobuf::MethodDescriptor& rpc,
                        Message* response) {
  const absl::string_view media_type = answer.header("Content-Type");
  if (answer.status < 200 || answer.status > 299) {
    if (!IsMediaType(media_type, "application/problem+json")) {
      return OfHttpStatus(answer.status);
    }
    const absl::StatusOr<json::Value> problem =
        json::Parse(answer.body, json::kStrangers);
    return problem.ok() && problem->is_object()
               ? OfProblem(*problem, *rpc.input_type())
               : OfHttpStatus(answer.status);
  }
  google::protobuf::util::JsonParseOptions newer_members;
  newer_members.ignore_unknown_fields = true;
  if (!IsMediaType(media_type, "application/json") ||
      !google::protobuf::util::JsonStringToMessage(answer.body, response,
                                                   newer_members)
           .ok()) {
    return absl::UnknownError(
        "what was answered is not what the REST interface answers");
  }
  return absl::OkStatus();
}

}  // namespace rest
}  // namespace otrp
