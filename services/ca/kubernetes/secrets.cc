#include "services/ca/kubernetes/secrets.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/types/optional.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp {
namespace ca {
namespace {

constexpr size_t kRandomBytes = 32;

// Key of the Secret, file of the folder. The certificate is written last, as
// Bootstrap() does.
struct TlsFile {
  const char* key;
  const char* file;
  int mode;
};
constexpr TlsFile kTlsFiles[] = {{"tls.key", "key.pem", 0600},
                                 {"ca.crt", "ca.pem", 0644},
                                 {"tls.crt", "cert.pem", 0644}};

std::string SecretName(const TlsSecrets& tls, const std::string& folder) {
  return absl::StrCat(tls.prefix, absl::StrReplaceAll(folder, {{"_", "-"}}));
}

// Adds it, or changes what is there.
absl::Status Put(KubernetesApi& api,
                 const absl::optional<KubernetesSecret>& there,
                 KubernetesSecret secret) {
  if (!there.has_value()) return api.Add(secret);
  secret.version = there->version;
  return api.Change(secret);
}

absl::StatusOr<std::string> Expand(
    absl::string_view text, const std::map<std::string, std::string>& known,
    Random& random) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('{');
    absl::StrAppend(&out, text.substr(0, open));
    if (open == absl::string_view::npos) break;
    const size_t close = text.find('}', open);
    if (close == absl::string_view::npos) {
      return absl::InvalidArgumentError("plan: a \"{\" without \"}\"");
    }
    const std::string name(text.substr(open + 1, close - open - 1));
    const auto found = known.find(name);
    if (name == "random") {
      absl::StrAppend(&out, HexEncode(random.Bytes(kRandomBytes)));
    } else if (found != known.end()) {
      absl::StrAppend(&out, found->second);
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("plan: there is no \"", name, "\" to put in"));
    }
    text.remove_prefix(close + 1);
  }
  return out;
}

absl::Status GenerateOne(KubernetesApi& api, const json::Value& planned,
                         const std::map<std::string, std::string>& labels,
                         Random& random) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view name,
                        planned.GetString("name"));
  OTRP_ASSIGN_OR_RETURN(const json::Value* data, planned.GetObject("data"));
  OTRP_ASSIGN_OR_RETURN(const absl::optional<KubernetesSecret> there,
                        api.Get(std::string(name)));
  std::map<std::string, std::string> known;
  if (there.has_value()) known = there->data;
  KubernetesSecret secret;
  secret.name = std::string(name);
  secret.type = "Opaque";
  secret.labels = labels;
  for (const json::Value::Member& member : data->members()) {
    if (known.count(member.first) > 0) continue;
    OTRP_ASSIGN_OR_RETURN(std::string value,
                          Expand(member.second.as_string(), known, random));
    known[member.first] = value;
    secret.data[member.first] = std::move(value);
  }
  if (secret.data.empty()) return absl::OkStatus();
  return Put(api, there, std::move(secret));
}

}  // namespace

absl::Status GenerateSecrets(KubernetesApi& api, absl::string_view plan,
                             const std::map<std::string, std::string>& labels,
                             Random& random) {
  OTRP_ASSIGN_OR_RETURN(const json::Value root, json::Parse(plan, json::kOurs));
  OTRP_ASSIGN_OR_RETURN(const json::Value* secrets, root.GetArray("secrets"));
  for (const json::Value& planned : secrets->items()) {
    OTRP_RETURN_IF_ERROR(GenerateOne(api, planned, labels, random));
  }
  return absl::OkStatus();
}

absl::Status LoadTls(KubernetesApi& api, const TlsSecrets& tls) {
  OTRP_RETURN_IF_ERROR(MakeFolder(tls.directory));
  for (const std::string& folder : tls.folders) {
    OTRP_ASSIGN_OR_RETURN(const absl::optional<KubernetesSecret> secret,
                          api.Get(SecretName(tls, folder)));
    if (!secret.has_value()) continue;
    const std::string path = absl::StrCat(tls.directory, "/", folder);
    OTRP_RETURN_IF_ERROR(MakeFolder(path));
    for (const TlsFile& file : kTlsFiles) {
      const auto found = secret->data.find(file.key);
      if (found == secret->data.end()) continue;
      OTRP_RETURN_IF_ERROR(WriteFileAtomically(
          absl::StrCat(path, "/", file.file), found->second, file.mode));
    }
  }
  return absl::OkStatus();
}

absl::Status StoreTls(KubernetesApi& api, const TlsSecrets& tls) {
  for (const std::string& folder : tls.folders) {
    KubernetesSecret secret;
    secret.name = SecretName(tls, folder);
    secret.type = "kubernetes.io/tls";
    secret.labels = tls.labels;
    for (const TlsFile& file : kTlsFiles) {
      OTRP_ASSIGN_OR_RETURN(secret.data[file.key],
                            ReadWholeFile(absl::StrCat(
                                tls.directory, "/", folder, "/", file.file)));
    }
    OTRP_ASSIGN_OR_RETURN(const absl::optional<KubernetesSecret> there,
                          api.Get(secret.name));
    if (there.has_value()) {
      std::map<std::string, std::string> changed;
      for (const auto& [key, value] : secret.data) {
        const auto found = there->data.find(key);
        if (found == there->data.end() || found->second != value) {
          changed[key] = value;
        }
      }
      if (changed.empty()) continue;
      secret.data = std::move(changed);
    }
    OTRP_RETURN_IF_ERROR(Put(api, there, std::move(secret)));
  }
  return absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
