#include "libs/protocol/message.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/limits.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/protocol/errors.h"
#include "libs/protocol/read.h"
#include "libs/protocol/reason.h"

namespace otrp {
namespace protocol {
namespace {

constexpr size_t kMaxReasonMessageBytes = 256;

// "1.0"; other versions may mean other things by the same names.
absl::Status CheckVersion(const json::Value& tbs, absl::string_view where) {
  OTRP_ASSIGN_OR_RETURN(std::string ver, ReadString(tbs, where, "ver"));
  if (ver != "1.0") return MemberError(where, "ver", "must be \"1.0\"");
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadId(const json::Value& tbs,
                                   absl::string_view where,
                                   absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string id, ReadName(tbs, where, name));
  if (id.size() > kMaxIdBytes) {
    return MemberError(where, name,
                       absl::StrCat("is longer than ", kMaxIdBytes));
  }
  return id;
}

// An agent that couldn't read the request has no ids to repeat.
absl::StatusOr<std::string> ReadOptionalId(const json::Value& object,
                                           absl::string_view where,
                                           absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string id,
                        ReadOptionalString(object, where, name));
  if (id.size() > kMaxIdBytes) {
    return MemberError(where, name,
                       absl::StrCat("is longer than ", kMaxIdBytes));
  }
  return id;
}

absl::StatusOr<std::string> ReadErrorCode(const json::Value& object,
                                          absl::string_view where,
                                          absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string code, ReadName(object, where, name));
  return Printable(code, kMaxReasonMessageBytes);
}

// What an agent may add for people; anything else there is left out.
std::string ErrorMessage(const json::Value& object) {
  const json::Value* message = object.Find("error-message");
  return message == nullptr
             ? ""
             : Printable(message->as_string(), kMaxReasonMessageBytes);
}

absl::StatusOr<AgentError> ParseAgentError(const json::Value& value,
                                           absl::string_view name,
                                           Dialect dialect) {
  if (!value.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("member \"", name, "\" must be an object"));
  }
  AgentError error;
  error.dialect = dialect;
  OTRP_ASSIGN_OR_RETURN(error.tid, ReadOptionalId(value, name, "tid"));
  OTRP_ASSIGN_OR_RETURN(error.rid, ReadOptionalId(value, name, "rid"));
  OTRP_ASSIGN_OR_RETURN(error.code, ReadErrorCode(value, name, "errcode"));
  error.message = ErrorMessage(value);
  return error;
}

absl::StatusOr<AgentError> ParseBrokerError(const json::Value& value) {
  return ParseAgentError(value, "OTrPBrokerError", Dialect::kIetf03);
}

absl::StatusOr<AgentError> ParsePeiAgentError(const json::Value& value) {
  return ParseAgentError(value, "OTrPAgentError", Dialect::kPei03);
}

// {"status":{"result":"fail","error-code":"ERR_TEE_UNKNOWN",..}}
absl::StatusOr<AgentError> ParseStatus(const json::Value& value) {
  if (!value.is_object()) {
    return absl::InvalidArgumentError("member \"status\" must be an object");
  }
  AgentError error;
  error.dialect = Dialect::kPei03;
  OTRP_ASSIGN_OR_RETURN(std::string result,
                        ReadString(value, "status", "result"));
  if (result != "fail") {
    return MemberError("status", "result", "must be \"fail\"");
  }
  OTRP_ASSIGN_OR_RETURN(error.tid, ReadOptionalId(value, "status", "tid"));
  OTRP_ASSIGN_OR_RETURN(error.rid, ReadOptionalId(value, "status", "rid"));
  OTRP_ASSIGN_OR_RETURN(error.code,
                        ReadErrorCode(value, "status", "error-code"));
  error.message = ErrorMessage(value);
  return error;
}

// Forms of unsigned errors, by outer member.
struct AgentErrorRow {
  absl::string_view name;
  absl::StatusOr<AgentError> (*parse)(const json::Value& value);
};
constexpr AgentErrorRow kAgentErrors[] = {
    {"OTrPBrokerError", &ParseBrokerError},
    {"OTrPAgentError", &ParsePeiAgentError},
    {"status", &ParseStatus},
};

constexpr char kStarter[] = "TADependencyNotification";

}  // namespace

absl::StatusOr<Reason> ReasonOf(const json::Value& object,
                                absl::string_view where) {
  Reason reason;
  reason.code = kUnspecifiedError;
  const json::Value* value = object.Find("reason");
  if (value == nullptr) return reason;
  // Some write the bare code.
  if (value->is_string()) {
    if (!value->as_string().empty()) {
      reason.code = Printable(value->as_string(), kMaxReasonMessageBytes);
    }
    return reason;
  }
  if (!value->is_object()) {
    return MemberError(where, "reason", "must be an object");
  }
  OTRP_ASSIGN_OR_RETURN(reason.code,
                        ReadErrorCode(*value, "reason", "error-code"));
  OTRP_ASSIGN_OR_RETURN(std::string message,
                        ReadOptionalString(*value, "reason", "error-message"));
  reason.message = Printable(message, kMaxReasonMessageBytes);
  return reason;
}

absl::StatusOr<UnverifiedMessage> UnverifiedMessage::Parse(
    const MessageRow& row, const json::Value& value) {
  OTRP_ASSIGN_OR_RETURN(jose::UnverifiedJws jws,
                        jose::UnverifiedJws::Parse(value));
  OTRP_ASSIGN_OR_RETURN(json::Value payload,
                        json::Parse(jws.payload(), json::kStrangers));
  if (!payload.is_object() || payload.members().size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        row.response, ": the payload must be an object with one member"));
  }
  json::Value* tbs = payload.FindMutable(row.tbs_response);
  if (tbs == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(row.response, ": the payload must be a \"",
                     row.tbs_response, "\", its name has to agree"));
  }
  if (!tbs->is_object()) {
    return MemberError(row.response, row.tbs_response, "must be an object");
  }
  UnverifiedMessage message(std::move(jws));
  message.kind_ = row.kind;
  OTRP_RETURN_IF_ERROR(CheckVersion(*tbs, row.tbs_response));
  OTRP_ASSIGN_OR_RETURN(message.tid_, ReadId(*tbs, row.tbs_response, "tid"));
  OTRP_ASSIGN_OR_RETURN(message.rid_, ReadId(*tbs, row.tbs_response, "rid"));
  OTRP_ASSIGN_OR_RETURN(std::string status,
                        ReadString(*tbs, row.tbs_response, "status"));
  if (status != "pass" && status != "fail") {
    return MemberError(row.tbs_response, "status",
                       "must be \"pass\" or \"fail\"");
  }
  message.failed_ = status == "fail";
  // UnverifiedJws::Parse has checked that both are strings.
  message.signing_input_ =
      absl::StrCat(value.Find("protected")->as_string(), ".",
                   value.Find("payload")->as_string());
  message.tbs_ = std::move(*tbs);
  return message;
}

absl::StatusOr<VerifiedMessage> Verify(UnverifiedMessage message,
                                       const crypto::PublicKey& tee_key) {
  const absl::string_view where = RowOf(message.kind_).tbs_response;
  if (message.kind_ == MessageKind::kGetDeviceState) {
    return absl::InvalidArgumentError(
        "a GetDeviceTEEStateResponse is verified by VerifyDeviceState");
  }
  const absl::Status signature = jose::CheckSignature(message.jws_, tee_key);
  if (!signature.ok()) return absl::UnauthenticatedError(signature.message());
  VerifiedMessage verified;
  verified.kind_ = message.kind_;
  verified.tid_ = std::move(message.tid_);
  verified.rid_ = std::move(message.rid_);
  verified.failed_ = message.failed_;
  if (const json::Value* content = message.tbs_.Find("content")) {
    OTRP_ASSIGN_OR_RETURN(verified.content_,
                          jose::UnverifiedJwe::Parse(*content));
  } else if (!verified.failed_) {
    return MemberError(where, "content", "is missing");
  }
  if (message.tbs_.Find("reason") != nullptr || !verified.content_) {
    OTRP_ASSIGN_OR_RETURN(verified.reason_, ReasonOf(message.tbs_, where));
  }
  return verified;
}

absl::StatusOr<Incoming> Incoming::Parse(absl::string_view body) {
  OTRP_ASSIGN_OR_RETURN(json::Value text, json::Parse(body, json::kStrangers));
  if (!text.is_object() || text.members().size() != 1) {
    return absl::InvalidArgumentError(
        "a message must be a JSON object with one member");
  }
  const auto& member = *text.members().begin();
  const absl::string_view name = member.first;
  const json::Value& value = member.second;

  Incoming incoming;
  if (name == kGetDeviceStateResponse) {
    incoming.kind_ = Kind::kDeviceState;
    incoming.name_ = kGetDeviceStateResponse;
    if (!value.is_array() || value.items().empty()) {
      return absl::InvalidArgumentError(
          "GetDeviceStateResponse must be an array with an entry a TEE");
    }
    if (value.items().size() > kMaxTeesPerDevice) {
      return absl::InvalidArgumentError(
          absl::StrCat("GetDeviceStateResponse has more than ",
                       kMaxTeesPerDevice, " entries"));
    }
    const MessageRow& row = RowOf(MessageKind::kGetDeviceState);
    for (const json::Value& item : value.items()) {
      const json::Value* entry = item.is_object() && item.members().size() == 1
                                     ? item.Find(row.response)
                                     : nullptr;
      if (entry == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("entries of GetDeviceStateResponse must be a \"",
                         row.response, "\" each"));
      }
      OTRP_ASSIGN_OR_RETURN(UnverifiedMessage message,
                            UnverifiedMessage::Parse(row, *entry));
      if (!incoming.messages_.empty() &&
          (message.tid() != incoming.messages_.front().tid() ||
           message.rid() != incoming.messages_.front().rid())) {
        return absl::InvalidArgumentError(
            "the entries of GetDeviceStateResponse must have one tid and rid");
      }
      incoming.messages_.push_back(std::move(message));
    }
    return incoming;
  }
  const MessageRow* row = RowOfResponse(name);
  if (row != nullptr && row->kind != MessageKind::kGetDeviceState) {
    incoming.kind_ = Kind::kResponse;
    incoming.name_ = std::string(row->response);
    OTRP_ASSIGN_OR_RETURN(UnverifiedMessage message,
                          UnverifiedMessage::Parse(*row, value));
    incoming.messages_.push_back(std::move(message));
    return incoming;
  }
  for (const AgentErrorRow& error : kAgentErrors) {
    if (error.name != name) continue;
    incoming.kind_ = Kind::kAgentError;
    incoming.name_ = std::string(error.name);
    OTRP_ASSIGN_OR_RETURN(incoming.agent_error_, error.parse(value));
    return incoming;
  }
  if (name == kStarter) {
    incoming.kind_ = Kind::kStarter;
    incoming.name_ = kStarter;
    if (!value.is_object()) {
      return absl::InvalidArgumentError(
          absl::StrCat("member \"", kStarter, "\" must be an object"));
    }
    return incoming;
  }
  return absl::InvalidArgumentError(absl::StrCat("\"", Printable(name, 64),
                                                 "\" is not a message that a "
                                                 "device sends"));
}

const std::string& Incoming::tid() const {
  return messages_.empty() ? agent_error_.tid : messages_.front().tid();
}

const std::string& Incoming::rid() const {
  return messages_.empty() ? agent_error_.rid : messages_.front().rid();
}

}  // namespace protocol
}  // namespace otrp
