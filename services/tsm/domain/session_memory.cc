#include "services/tsm/domain/session_memory.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/protocol/messages.h"

namespace otrp {
namespace tsm {
namespace {

json::Value Strings(const std::vector<std::string>& list) {
  json::Value array = json::Value::Array();
  for (const std::string& item : list) {
    array.Append(json::Value::String(item));
  }
  return array;
}

absl::Status ReadString(const json::Value& object, absl::string_view name,
                        std::string* out) {
  OTRP_ASSIGN_OR_RETURN(absl::string_view text, object.GetString(name));
  *out = std::string(text);
  return absl::OkStatus();
}

absl::Status ReadStrings(const json::Value& object, absl::string_view name,
                         std::vector<std::string>* out) {
  OTRP_ASSIGN_OR_RETURN(const json::Value* array, object.GetArray(name));
  for (const json::Value& item : array->items()) {
    if (!item.is_string()) return absl::InvalidArgumentError("not a string");
    out->emplace_back(item.as_string());
  }
  return absl::OkStatus();
}

absl::StatusOr<SessionMemory> ParseObject(const json::Value& object) {
  SessionMemory memory;
  Progress& progress = memory.progress;
  OTRP_ASSIGN_OR_RETURN(progress.es256, object.GetBool("es256"));
  OTRP_ASSIGN_OR_RETURN(progress.switched, object.GetBool("switched"));
  std::vector<std::string> queue;
  OTRP_RETURN_IF_ERROR(ReadStrings(object, "queue", &queue));
  for (const std::string& hex : queue) {
    OTRP_ASSIGN_OR_RETURN(std::string did, HexDecode(hex));
    memory.queue.push_back(std::move(did));
  }
  OTRP_ASSIGN_OR_RETURN(int64_t restarts, object.GetInteger("restarts"));
  OTRP_ASSIGN_OR_RETURN(int64_t requests, object.GetInteger("requests"));
  progress.restarts = static_cast<int>(restarts);
  progress.requests = static_cast<int>(requests);
  OTRP_ASSIGN_OR_RETURN(memory.failed, object.GetBool("failed"));
  // The version before doesn't write it.
  if (object.Find("blocked") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(memory.blocked, object.GetBool("blocked"));
  }
  PlannedRequest& out = memory.outstanding.request;
  OTRP_ASSIGN_OR_RETURN(absl::string_view name, object.GetString("name"));
  const protocol::MessageRow* row = protocol::RowOfName(name);
  if (row == nullptr) return absl::InvalidArgumentError("unknown request");
  out.kind = row->kind;
  OTRP_RETURN_IF_ERROR(ReadString(object, "action", &out.action));
  OTRP_RETURN_IF_ERROR(ReadString(object, "sdname", &out.sdname));
  OTRP_RETURN_IF_ERROR(ReadString(object, "spid", &out.spid));
  OTRP_RETURN_IF_ERROR(ReadString(object, "taid", &out.taid));
  OTRP_RETURN_IF_ERROR(ReadString(object, "version", &out.version));
  OTRP_RETURN_IF_ERROR(ReadStrings(object, "added", &out.add_certs));
  OTRP_RETURN_IF_ERROR(ReadStrings(object, "removed", &out.remove_certs));
  OTRP_RETURN_IF_ERROR(ReadString(object, "key_sha256",
                                  &memory.outstanding.encrypted_key_sha256));
  // The version before had one key of each type.
  if (object.Find("identity") != nullptr) {
    OTRP_RETURN_IF_ERROR(ReadString(object, "identity", &memory.identity));
  }
  // Sessions from before there were ids have none.
  if (object.Find("secret_id") != nullptr) {
    OTRP_RETURN_IF_ERROR(
        ReadString(object, "secret_id", &memory.outstanding.secret_id));
  }
  // The version before knew no catalogue.
  if (object.Find("catalogue") != nullptr) {
    OTRP_ASSIGN_OR_RETURN(memory.outstanding.catalogue_version,
                          object.GetInteger("catalogue"));
  }
  return memory;
}

}  // namespace

std::string SessionMemory::Serialize() const {
  json::Value dids = json::Value::Array();
  for (const std::string& did : queue) {
    dids.Append(json::Value::String(HexEncode(did)));
  }
  json::Value object = json::Value::Object();
  object.Set("es256", json::Value::Bool(progress.es256));
  object.Set("switched", json::Value::Bool(progress.switched));
  object.Set("queue", std::move(dids));
  object.Set("restarts", json::Value::Integer(progress.restarts));
  object.Set("requests", json::Value::Integer(progress.requests));
  object.Set("failed", json::Value::Bool(failed));
  object.Set("blocked", json::Value::Bool(blocked));
  object.Set("identity", json::Value::String(identity));
  const PlannedRequest& request = outstanding.request;
  object.Set("name", json::Value::String(
                         std::string(protocol::MessageName(request.kind))));
  object.Set("action", json::Value::String(request.action));
  object.Set("sdname", json::Value::String(request.sdname));
  object.Set("spid", json::Value::String(request.spid));
  object.Set("taid", json::Value::String(request.taid));
  object.Set("version", json::Value::String(request.version));
  object.Set("added", Strings(request.add_certs));
  object.Set("removed", Strings(request.remove_certs));
  object.Set("key_sha256",
             json::Value::String(outstanding.encrypted_key_sha256));
  object.Set("secret_id", json::Value::String(outstanding.secret_id));
  object.Set("catalogue", json::Value::Integer(outstanding.catalogue_version));
  return object.Serialize();
}

absl::StatusOr<SessionMemory> SessionMemory::Parse(absl::string_view text) {
  absl::StatusOr<json::Value> value = json::Parse(text, json::kOurs);
  absl::StatusOr<SessionMemory> memory =
      value.ok() ? ParseObject(*value)
                 : absl::StatusOr<SessionMemory>(value.status());
  if (!memory.ok()) {
    return absl::DataLossError(
        absl::StrCat("memory of a session: ", memory.status().message()));
  }
  return memory;
}

}  // namespace tsm
}  // namespace otrp
