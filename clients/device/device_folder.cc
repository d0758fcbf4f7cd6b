#include "clients/device/device_folder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/provisioning.h"
#include "clients/device/state_store.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp::device {
namespace {

using json::Value;

constexpr int kSecretMode = 0600;
constexpr int kPublicMode = 0644;

std::string In(const std::string& directory, absl::string_view name) {
  return absl::StrCat(directory, "/", name);
}

std::string SerializeSettings(const DeviceSettings& settings) {
  Value out = Value::Object();
  out.Set(
      "alg",
      Value::String(settings.key_type == crypto::KeyType::kRsa ? "rsa" : "ec"));
  out.Set("dialect", Value::String(std::string(DialectName(settings.dialect))));
  out.Set("tee_name", Value::String(settings.tee_name));
  out.Set("tee_version", Value::String(settings.tee_version));
  Value algs = Value::Array();
  for (const jose::SigAlg alg : settings.sigalgs) {
    algs.Append(Value::String(std::string(jose::SigAlgName(alg))));
  }
  out.Set("sigalgs", std::move(algs));
  out.Set("self_issued", Value::Bool(settings.self_issued));
  return absl::StrCat(out.Serialize(), "\n");
}

absl::StatusOr<DeviceSettings> ParseSettings(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(const Value root, json::Parse(text, json::kOurs));
  DeviceSettings settings;
  OTRP_ASSIGN_OR_RETURN(const absl::string_view alg, root.GetString("alg"));
  settings.key_type =
      alg == "ec" ? crypto::KeyType::kEcP256 : crypto::KeyType::kRsa;
  OTRP_ASSIGN_OR_RETURN(const absl::string_view dialect,
                        root.GetString("dialect"));
  OTRP_ASSIGN_OR_RETURN(settings.dialect, DialectFromName(dialect));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view name,
                        root.GetString("tee_name"));
  settings.tee_name = std::string(name);
  OTRP_ASSIGN_OR_RETURN(const absl::string_view version,
                        root.GetString("tee_version"));
  settings.tee_version = std::string(version);
  settings.sigalgs.clear();
  OTRP_ASSIGN_OR_RETURN(const Value* algs, root.GetArray("sigalgs"));
  for (const Value& item : algs->items()) {
    OTRP_ASSIGN_OR_RETURN(const jose::SigAlg sigalg,
                          jose::SigAlgFromName(item.as_string()));
    settings.sigalgs.push_back(sigalg);
  }
  OTRP_ASSIGN_OR_RETURN(settings.self_issued, root.GetBool("self_issued"));
  return settings;
}

absl::StatusOr<DeviceSettings> ReadSettings(const std::string& directory) {
  const std::string path = In(directory, "device.json");
  absl::StatusOr<std::string> text = ReadWholeFile(path);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(absl::StrCat(
        directory, " holds no device; make one with: otrp-device init --dir ",
        directory, " --alg rsa"));
  }
  OTRP_RETURN_IF_ERROR(text.status());
  absl::StatusOr<DeviceSettings> settings = ParseSettings(*text);
  if (settings.ok()) return settings;
  return absl::DataLossError(
      absl::StrCat(path, " can't be read: ", settings.status().message()));
}

absl::StatusOr<crypto::PrivateKey> ReadKey(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  const SecretBytes pem = SecretBytes::Take(std::move(text));
  absl::StatusOr<crypto::PrivateKey> key =
      crypto::PrivateKey::FromPem(pem.view());
  if (key.ok()) return key;
  return absl::DataLossError(
      absl::StrCat(path, " can't be read: ", key.status().message()));
}

absl::StatusOr<std::vector<std::string>> ReadChain(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(path));
  return CertificatesFromPem(path, pem);
}

absl::Status WriteRole(const std::string& directory, absl::string_view role,
                       const crypto::PrivateKey& key) {
  OTRP_RETURN_IF_ERROR(
      WriteFileAtomically(In(directory, absl::StrCat(role, ".key")),
                          key.ToPem().view(), kSecretMode));
  OTRP_ASSIGN_OR_RETURN(const std::string csr,
                        MakeCsrPem(key, absl::StrCat("OTrP device ", role)));
  return WriteFileAtomically(In(directory, absl::StrCat(role, ".csr")), csr,
                             kPublicMode);
}

absl::Status WriteSelfIssued(const std::string& directory,
                             absl::string_view role, DeviceRole device_role,
                             const crypto::PrivateKey& key, const Clock& clock,
                             Random& random) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                        SelfIssuedChain(key, device_role, clock, random));
  return WriteFileAtomically(In(directory, absl::StrCat(role, ".pem")),
                             CertificatesToPem(chain), kPublicMode);
}

// Takes a certificate file over, if it is for the role's key.
absl::Status TakeCertificate(const std::string& directory,
                             absl::string_view role, const std::string& path) {
  const std::string own = In(directory, absl::StrCat(role, ".pem"));
  if (path.empty()) {
    if (FileExists(own)) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "--", role, "-cert is missing: let a CA issue a certificate for ",
        In(directory, absl::StrCat(role, ".csr"))));
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain, ReadChain(path));
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        ReadKey(In(directory, absl::StrCat(role, ".key"))));
  OTRP_RETURN_IF_ERROR(CheckChainIsForKey(path, chain, key));
  return WriteFileAtomically(own, CertificatesToPem(chain), kPublicMode);
}

constexpr char kAgentFile[] = "agent.json";

// Empty where the agent has learnt nothing, or nothing that can be read: it
// will learn it again.
std::string LearntSigAlg(const std::string& directory) {
  const absl::StatusOr<std::string> text =
      ReadWholeFile(In(directory, kAgentFile));
  if (!text.ok()) return "";
  const absl::StatusOr<Value> root = json::Parse(*text, json::kOurs);
  if (!root.ok() || !root->is_object()) return "";
  const absl::StatusOr<absl::string_view> name = root->GetString("sigalg");
  return name.ok() ? std::string(*name) : "";
}

}  // namespace

absl::Status RememberSigAlg(const std::string& directory,
                            const std::string& sigalg) {
  Value out = Value::Object();
  out.Set("sigalg", Value::String(sigalg));
  return WriteFileAtomically(In(directory, kAgentFile),
                             absl::StrCat(out.Serialize(), "\n"), kPublicMode);
}

absl::Status InitDevice(const std::string& directory,
                        const DeviceSettings& settings, const Clock& clock,
                        Random& random) {
  OTRP_RETURN_IF_ERROR(MakeFolder(directory));
  // First: another init may be about to make the device.
  OTRP_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(directory));
  if (FileExists(In(directory, "device.json"))) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " holds a device already; choose another --dir"));
  }
  OTRP_ASSIGN_OR_RETURN(const DeviceKeys keys,
                        MakeDeviceKeys(settings.key_type));
  OTRP_RETURN_IF_ERROR(WriteRole(directory, "tee", keys.tee));
  OTRP_RETURN_IF_ERROR(WriteRole(directory, "tfw", keys.tfw));
  if (settings.self_issued) {
    OTRP_RETURN_IF_ERROR(WriteSelfIssued(directory, "tee", DeviceRole::kTee,
                                         keys.tee, clock, random));
    OTRP_RETURN_IF_ERROR(WriteSelfIssued(directory, "tfw", DeviceRole::kTfw,
                                         keys.tfw, clock, random));
  }
  const SecretBytes storage_key = SecretBytes::Take(random.Bytes(32));
  OTRP_RETURN_IF_ERROR(WriteFileAtomically(In(directory, "storage.key"),
                                           storage_key.view(), kSecretMode));
  // The last one: with it the folder is a device.
  return WriteFileAtomically(In(directory, "device.json"),
                             SerializeSettings(settings), kPublicMode);
}

absl::Status ProvisionDevice(const std::string& directory,
                             const ProvisionFiles& files) {
  OTRP_RETURN_IF_ERROR(ReadSettings(directory));
  OTRP_ASSIGN_OR_RETURN(const FolderLock lock, FolderLock::Take(directory));
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> roots,
                        ReadChain(files.tsm_roots));
  OTRP_RETURN_IF_ERROR(TakeCertificate(directory, "tee", files.tee_cert));
  OTRP_RETURN_IF_ERROR(TakeCertificate(directory, "tfw", files.tfw_cert));
  return WriteFileAtomically(In(directory, "tsm-roots.pem"),
                             CertificatesToPem(roots), kPublicMode);
}

absl::StatusOr<OpenDevice> OpenDeviceFolder(const std::string& directory,
                                            const Clock& clock,
                                            Random& random) {
  OTRP_ASSIGN_OR_RETURN(DeviceSettings settings, ReadSettings(directory));
  OTRP_ASSIGN_OR_RETURN(FolderLock lock, FolderLock::Take(directory));
  if (!FileExists(In(directory, "tsm-roots.pem"))) {
    return absl::FailedPreconditionError(absl::StrCat(
        directory, " isn't provisioned; next: otrp-device provision --dir ",
        directory, " --tee-cert F --tfw-cert F --tsm-roots F"));
  }
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey tee_key,
                        ReadKey(In(directory, "tee.key")));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> tee_chain,
                        ReadChain(In(directory, "tee.pem")));
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey tfw_key,
                        ReadKey(In(directory, "tfw.key")));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> tfw_chain,
                        ReadChain(In(directory, "tfw.pem")));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> roots,
                        ReadChain(In(directory, "tsm-roots.pem")));
  TeeIdentity identity{KeyAndChain{std::move(tee_key), std::move(tee_chain)},
                       KeyAndChain{std::move(tfw_key), std::move(tfw_chain)},
                       std::move(roots)};
  FolderStore::Options store_options;
  store_options.directory = directory;
  OTRP_ASSIGN_OR_RETURN(std::string storage_key,
                        ReadWholeFile(In(directory, "storage.key")));
  store_options.storage_key = SecretBytes::Take(std::move(storage_key));
  store_options.random = &random;
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<FolderStore> store,
                        FolderStore::Create(std::move(store_options)));
  TeeOptions options;
  options.dialect = settings.dialect;
  options.name = settings.tee_name;
  options.version = settings.tee_version;
  options.sigalgs = settings.sigalgs;
  OTRP_ASSIGN_OR_RETURN(std::unique_ptr<Tee> tee,
                        Tee::Create(std::move(identity), std::move(options),
                                    std::move(store), clock, random));
  return OpenDevice{std::move(lock), std::move(settings), std::move(tee),
                    LearntSigAlg(directory)};
}

}  // namespace otrp::device
