#include "services/ca/kubernetes/api.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/base64.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp {
namespace ca {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(15);
// A Secret has up to 1 MiB, in base64.
constexpr size_t kMaxAnswerBytes = size_t{4} << 20;

absl::StatusOr<std::string> ReadWord(const std::string& folder,
                                     absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadWholeFile(absl::StrCat(folder, "/", name)));
  const absl::string_view word = absl::StripAsciiWhitespace(text);
  if (!word.empty()) return std::string(word);
  return absl::FailedPreconditionError(
      absl::StrCat(folder, "/", name, " is empty"));
}

json::Value Words(const std::map<std::string, std::string>& words,
                  bool encode) {
  json::Value object = json::Value::Object();
  for (const auto& [name, word] : words) {
    object.Set(name, json::Value::String(encode ? Base64Encode(word) : word));
  }
  return object;
}

// The API server explains itself in "message".
absl::Status Refusal(const http::Response& response, absl::string_view verb,
                     const std::string& name) {
  std::string why;
  const auto answer = json::Parse(response.body, json::kOurs);
  if (answer.ok()) {
    const auto message = answer->GetString("message");
    if (message.ok()) why = absl::StrCat(": ", *message);
  }
  const std::string text =
      absl::StrCat("Kubernetes, ", verb, " of secret \"", name, "\": HTTP ",
                   response.status, why);
  switch (response.status) {
    case 401:
    case 403: return absl::PermissionDeniedError(text);
    case 404: return absl::NotFoundError(text);
    case 409:
      return verb == "creation" ? absl::AlreadyExistsError(text)
                                : absl::AbortedError(text);
    case 422: return absl::InvalidArgumentError(text);
    default: return absl::UnavailableError(text);
  }
}

absl::StatusOr<KubernetesSecret> FromJson(const std::string& name,
                                          const std::string& body) {
  OTRP_ASSIGN_OR_RETURN(const json::Value object,
                        json::Parse(body, json::kOurs));
  KubernetesSecret secret;
  secret.name = name;
  OTRP_ASSIGN_OR_RETURN(const json::Value* metadata,
                        object.GetObject("metadata"));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view version,
                        metadata->GetString("resourceVersion"));
  secret.version = std::string(version);
  if (const json::Value* type = object.Find("type")) {
    secret.type = type->as_string();
  }
  if (const json::Value* data = object.Find("data")) {
    for (const json::Value::Member& member : data->members()) {
      OTRP_ASSIGN_OR_RETURN(secret.data[member.first],
                            Base64Decode(member.second.as_string()));
    }
  }
  return secret;
}

}  // namespace

KubernetesApi::KubernetesApi(std::string secrets_url, std::string token,
                             std::string ca_file)
    : secrets_url_(std::move(secrets_url)), token_(std::move(token)) {
  http::Client::Options options;
  options.timeout = kTimeout;
  options.ca_file = std::move(ca_file);
  options.max_body_bytes = kMaxAnswerBytes;
  client_ = std::make_unique<http::Client>(std::move(options));
}

absl::StatusOr<KubernetesApi> KubernetesApi::Create(const Options& options) {
  OTRP_ASSIGN_OR_RETURN(std::string token, ReadWord(options.account, "token"));
  OTRP_ASSIGN_OR_RETURN(const std::string space,
                        ReadWord(options.account, "namespace"));
  return KubernetesApi(
      absl::StrCat(options.url, "/api/v1/namespaces/", space, "/secrets"),
      std::move(token), absl::StrCat(options.account, "/ca.crt"));
}

absl::StatusOr<http::Response> KubernetesApi::Send(
    const std::string& method, const std::string& url,
    const std::string& media_type, const std::string& body) {
  std::vector<http::Header> headers = {
      {"Accept", "application/json"},
      {"Authorization", absl::StrCat("Bearer ", token_)}};
  if (!body.empty()) headers.emplace_back("Content-Type", media_type);
  return client_->Send(method, url, headers, body);
}

absl::StatusOr<absl::optional<KubernetesSecret>> KubernetesApi::Get(
    const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(
      const http::Response response,
      Send("GET", absl::StrCat(secrets_url_, "/", name), "", ""));
  if (response.status == 404) return absl::optional<KubernetesSecret>();
  if (response.status != 200) return Refusal(response, "reading", name);
  const auto secret = FromJson(name, response.body);
  if (!secret.ok()) {
    return absl::InternalError(absl::StrCat("Kubernetes, reading of secret \"",
                                            name,
                                            "\": ", secret.status().message()));
  }
  return absl::make_optional(*secret);
}

absl::Status KubernetesApi::Add(const KubernetesSecret& secret) {
  json::Value metadata = json::Value::Object();
  metadata.Set("name", json::Value::String(secret.name));
  metadata.Set("labels", Words(secret.labels, /*encode=*/false));
  json::Value object = json::Value::Object();
  object.Set("apiVersion", json::Value::String("v1"));
  object.Set("kind", json::Value::String("Secret"));
  object.Set("metadata", std::move(metadata));
  object.Set("type", json::Value::String(secret.type));
  object.Set("data", Words(secret.data, /*encode=*/true));
  OTRP_ASSIGN_OR_RETURN(
      const http::Response response,
      Send("POST", secrets_url_, "application/json", object.Serialize()));
  if (response.status == 201) return absl::OkStatus();
  return Refusal(response, "creation", secret.name);
}

absl::Status KubernetesApi::Change(const KubernetesSecret& secret) {
  json::Value metadata = json::Value::Object();
  // The API server refuses the change where this isn't the present one.
  metadata.Set("resourceVersion", json::Value::String(secret.version));
  json::Value patch = json::Value::Object();
  patch.Set("metadata", std::move(metadata));
  patch.Set("data", Words(secret.data, /*encode=*/true));
  OTRP_ASSIGN_OR_RETURN(
      const http::Response response,
      Send("PATCH", absl::StrCat(secrets_url_, "/", secret.name),
           "application/merge-patch+json", patch.Serialize()));
  if (response.status == 200) return absl::OkStatus();
  return Refusal(response, "change", secret.name);
}

}  // namespace ca
}  // namespace otrp
