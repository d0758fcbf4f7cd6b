#include "clients/load/cache.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "clients/device/provisioning.h"
#include "libs/base/files.h"
#include "libs/base/hex.h"
#include "libs/base/secret.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/json/json.h"
#include "libs/pki/certificate.h"
#include "libs/pki/issue.h"
#include "libs/pki/profile.h"

namespace otrp::load {
namespace {

using json::Value;

constexpr int kSecretMode = 0600;
constexpr int kPublicMode = 0644;
// 3 s of work for RSA; enough that no two devices at work have the same.
constexpr int kSharedKeys = 32;
// A measurement must not begin with certificates that end during it.
constexpr absl::Duration kReserve = absl::Hours(24);

// One role of an OEM: the CA that signs devices' certificates, and its root.
// A TEE's chain has both. Of the firmware a DSI has one certificate only, so
// that its CA is the root itself.
struct Authority {
  crypto::PrivateKey key;
  pki::Certificate issuing;
  pki::Certificate root;
};

struct Oem {
  Authority tee;
  Authority tfw;
};

std::string In(const std::string& directory, absl::string_view name) {
  return absl::StrCat(directory, "/", name);
}

std::string DeviceFile(const std::string& directory, int number) {
  return In(directory, absl::StrFormat("%06d.json", number));
}

Value PemOf(const crypto::PrivateKey& key) {
  return Value::String(key.ToPem().view());
}

absl::Status WriteJson(const std::string& path, const Value& value) {
  const SecretBytes text = SecretBytes::Take(value.Serialize());
  return WriteFileAtomically(path, text.view(), kSecretMode);
}

absl::StatusOr<Value> ReadJson(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(std::string text, ReadWholeFile(path));
  const SecretBytes held = SecretBytes::Take(std::move(text));
  absl::StatusOr<Value> value = json::Parse(held.view(), json::kOurs);
  if (value.ok()) return value;
  return absl::FailedPreconditionError(
      absl::StrCat(path, " can't be read (", value.status().message(),
                   "); delete it and prepare again"));
}

absl::StatusOr<crypto::PrivateKey> KeyOf(const Value& value,
                                         absl::string_view member) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view pem, value.GetString(member));
  return crypto::PrivateKey::FromPem(pem);
}

absl::StatusOr<std::vector<std::string>> ChainOf(const Value& value,
                                                 absl::string_view member) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view pem, value.GetString(member));
  return device::CertificatesFromPem(member, pem);
}

absl::StatusOr<Authority> MakeAuthority(crypto::KeyType type, pki::Role role,
                                        const Clock& clock, Random& random) {
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey root_key,
                        crypto::PrivateKey::Generate(type));
  const std::string name =
      absl::StrCat("Load test OEM ", AlgName(type), " ", pki::RoleName(role));
  const bool has_issuing = role == pki::Role::kTee;
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(random);
  authority.common_name = absl::StrCat(name, " root");
  authority.not_before = clock.Now() - absl::Hours(24);
  authority.not_after = clock.Now() + pki::RootLifetime();
  authority.path_length = has_issuing ? 1 : 0;
  OTRP_ASSIGN_OR_RETURN(pki::Certificate root,
                        pki::IssueRoot(authority, root_key));
  if (!has_issuing) return Authority{std::move(root_key), root, root};
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                        crypto::PrivateKey::Generate(type));
  authority.serial = pki::NewSerial(random);
  authority.common_name = absl::StrCat(name, " issuing CA");
  authority.not_after = clock.Now() + pki::IssuingLifetime();
  authority.path_length = 0;
  OTRP_ASSIGN_OR_RETURN(
      pki::Certificate issuing,
      pki::IssueAuthority(authority, key.public_key(), root, root_key));
  // The root's key isn't needed again, and so isn't kept.
  return Authority{std::move(key), std::move(issuing), std::move(root)};
}

absl::StatusOr<Authority> ReadAuthority(const Value& oem, absl::string_view who,
                                        absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                        KeyOf(oem, absl::StrCat(who, "_key")));
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                        ChainOf(oem, absl::StrCat(who, "_chain")));
  if (chain.empty()) {
    return absl::FailedPreconditionError("an OEM has a CA of each role");
  }
  OTRP_ASSIGN_OR_RETURN(pki::Certificate issuing,
                        pki::Certificate::FromDer(chain.front()));
  OTRP_ASSIGN_OR_RETURN(pki::Certificate root,
                        pki::Certificate::FromDer(chain.back()));
  if (issuing.not_after() < now + kReserve) {
    return absl::FailedPreconditionError(
        "its certificates end soon; delete the cache and prepare it again");
  }
  return Authority{std::move(key), std::move(issuing), std::move(root)};
}

absl::StatusOr<Oem> MakeOem(const std::string& directory, crypto::KeyType type,
                            const Clock& clock, Random& random) {
  OTRP_ASSIGN_OR_RETURN(Authority tee,
                        MakeAuthority(type, pki::Role::kTee, clock, random));
  OTRP_ASSIGN_OR_RETURN(Authority tfw,
                        MakeAuthority(type, pki::Role::kTfw, clock, random));
  const auto chain = [](const Authority& authority) {
    std::vector<std::string> ders = {authority.issuing.der()};
    if (authority.root.der() != ders[0]) ders.push_back(authority.root.der());
    return Value::String(device::CertificatesToPem(ders));
  };
  Value oem = Value::Object();
  oem.Set("tee_key", PemOf(tee.key));
  oem.Set("tee_chain", chain(tee));
  oem.Set("tfw_key", PemOf(tfw.key));
  oem.Set("tfw_chain", chain(tfw));
  OTRP_RETURN_IF_ERROR(WriteFileAtomically(
      In(directory, "tee-root.pem"),
      device::CertificatesToPem({tee.root.der()}), kPublicMode));
  OTRP_RETURN_IF_ERROR(WriteFileAtomically(
      In(directory, "tfw-root.pem"),
      device::CertificatesToPem({tfw.root.der()}), kPublicMode));
  // The last one: with it the OEM is there.
  OTRP_RETURN_IF_ERROR(WriteJson(In(directory, "oem.json"), oem));
  return Oem{std::move(tee), std::move(tfw)};
}

absl::StatusOr<Oem> OpenOem(const std::string& directory, crypto::KeyType type,
                            const Clock& clock, Random& random) {
  const std::string path = In(directory, "oem.json");
  if (!FileExists(path)) return MakeOem(directory, type, clock, random);
  OTRP_ASSIGN_OR_RETURN(const Value value, ReadJson(path));
  OTRP_ASSIGN_OR_RETURN(Authority tee,
                        ReadAuthority(value, "tee", clock.Now()));
  OTRP_ASSIGN_OR_RETURN(Authority tfw,
                        ReadAuthority(value, "tfw", clock.Now()));
  return Oem{std::move(tee), std::move(tfw)};
}

// Runs work(i) for i in [from, to) on several threads; the first error ends
// it.
absl::Status InParallel(int threads, int from, int to,
                        const std::function<absl::Status(int)>& work) {
  std::atomic<int> next{from};
  std::mutex mutex;
  absl::Status failure;
  std::vector<std::thread> workers;
  for (int t = 0; t < std::min(threads, to - from); ++t) {
    workers.emplace_back([&] {
      for (int i = next++; i < to; i = next++) {
        const absl::Status done = work(i);
        if (done.ok()) continue;
        const std::lock_guard<std::mutex> lock(mutex);
        failure.Update(done);
        next = to;
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  return failure;
}

absl::StatusOr<std::vector<crypto::PrivateKey>> ReadShared(
    const std::string& directory) {
  OTRP_ASSIGN_OR_RETURN(const Value value,
                        ReadJson(In(directory, "shared.json")));
  OTRP_ASSIGN_OR_RETURN(const Value* keys, value.GetArray("keys"));
  std::vector<crypto::PrivateKey> shared;
  for (const Value& pem : keys->items()) {
    OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                          crypto::PrivateKey::FromPem(pem.as_string()));
    shared.push_back(std::move(key));
  }
  return shared;
}

// As many as the devices need, at most kSharedKeys.
absl::StatusOr<std::vector<crypto::PrivateKey>> GrowShared(
    const std::string& directory, crypto::KeyType type, int devices,
    int threads) {
  std::vector<crypto::PrivateKey> shared;
  if (FileExists(In(directory, "shared.json"))) {
    OTRP_ASSIGN_OR_RETURN(shared, ReadShared(directory));
  }
  const int wanted = std::min(std::max(devices, 1), kSharedKeys);
  const int before = static_cast<int>(shared.size());
  if (before >= wanted) return shared;
  std::mutex mutex;
  OTRP_RETURN_IF_ERROR(InParallel(threads, before, wanted, [&](int) {
    absl::StatusOr<crypto::PrivateKey> key = crypto::PrivateKey::Generate(type);
    OTRP_RETURN_IF_ERROR(key.status());
    const std::lock_guard<std::mutex> lock(mutex);
    shared.push_back(*std::move(key));
    return absl::OkStatus();
  }));
  Value keys = Value::Array();
  for (const crypto::PrivateKey& key : shared) keys.Append(PemOf(key));
  Value value = Value::Object();
  value.Set("keys", std::move(keys));
  OTRP_RETURN_IF_ERROR(WriteJson(In(directory, "shared.json"), value));
  return shared;
}

absl::StatusOr<std::string> IssueDevice(pki::Role role, int number,
                                        const crypto::PublicKey& key,
                                        const Authority& authority,
                                        const Clock& clock, Random& random) {
  pki::LeafTemplate leaf;
  leaf.role = role;
  leaf.serial = pki::NewSerial(random);
  leaf.common_name =
      absl::StrCat("Load test ", pki::RoleName(role), " ", number);
  leaf.not_before = clock.Now() - absl::Hours(1);
  leaf.not_after = std::min(leaf.not_before + pki::ProfileFor(role).lifetime,
                            authority.issuing.not_after());
  OTRP_ASSIGN_OR_RETURN(
      const pki::Certificate certificate,
      pki::IssueLeaf(leaf, key, authority.issuing, authority.key));
  return certificate.der();
}

absl::StatusOr<std::string> MakeDevice(
    const std::string& path, int number, crypto::KeyType type, const Oem& oem,
    const std::vector<crypto::PrivateKey>& shared, const Clock& clock,
    Random& random) {
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        crypto::PrivateKey::Generate(type));
  const int tfw = number % static_cast<int>(shared.size());
  OTRP_ASSIGN_OR_RETURN(const std::string tee_cert,
                        IssueDevice(pki::Role::kTee, number, key.public_key(),
                                    oem.tee, clock, random));
  OTRP_ASSIGN_OR_RETURN(
      const std::string tfw_cert,
      IssueDevice(pki::Role::kTfw, number, shared[tfw].public_key(), oem.tfw,
                  clock, random));
  const std::string did = HexEncode(crypto::Sha256(tee_cert));
  Value value = Value::Object();
  value.Set("did", Value::String(did));
  value.Set("tee_key", PemOf(key));
  value.Set("tee_cert", Value::String(device::CertificatesToPem({tee_cert})));
  value.Set("tfw_key", Value::Integer(tfw));
  value.Set("tfw_cert", Value::String(device::CertificatesToPem({tfw_cert})));
  OTRP_RETURN_IF_ERROR(WriteJson(path, value));
  return did;
}

// The did of a device that is there and good for a while.
absl::StatusOr<std::string> LookAtDevice(const std::string& path,
                                         absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(const Value value, ReadJson(path));
  OTRP_ASSIGN_OR_RETURN(const absl::string_view did, value.GetString("did"));
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                        ChainOf(value, "tee_cert"));
  if (chain.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " has no certificate; delete it"));
  }
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                        pki::Certificate::FromDer(chain[0]));
  if (certificate.not_after() < now + kReserve) return std::string();
  return std::string(did);
}

}  // namespace

absl::string_view AlgName(crypto::KeyType type) {
  return type == crypto::KeyType::kRsa ? "rs256" : "es256";
}

absl::StatusOr<crypto::KeyType> AlgFromName(absl::string_view name) {
  if (name == "rs256") return crypto::KeyType::kRsa;
  if (name == "es256") return crypto::KeyType::kEcP256;
  return absl::InvalidArgumentError(
      absl::StrCat("algorithm \"", name, "\" is unknown: rs256 or es256"));
}

absl::StatusOr<Prepared> Prepare(const PrepareOptions& options,
                                 const Clock& clock, Random& random) {
  OTRP_RETURN_IF_ERROR(MakeFolder(options.directory));
  const std::string directory = In(options.directory, AlgName(options.type));
  OTRP_RETURN_IF_ERROR(MakeFolder(directory));
  OTRP_ASSIGN_OR_RETURN(const FolderLock lock,
                        FolderLock::Take(directory, FolderLock::Wait::kYes));
  const int threads =
      options.threads > 0
          ? options.threads
          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  OTRP_ASSIGN_OR_RETURN(const Oem oem,
                        OpenOem(directory, options.type, clock, random));
  OTRP_ASSIGN_OR_RETURN(
      const std::vector<crypto::PrivateKey> shared,
      GrowShared(directory, options.type, options.devices, threads));
  Prepared prepared;
  prepared.tee_root_file = In(directory, "tee-root.pem");
  prepared.tfw_root_file = In(directory, "tfw-root.pem");
  prepared.dids.resize(options.devices);
  std::atomic<int> made{0};
  std::atomic<int> done{0};
  OTRP_RETURN_IF_ERROR(
      InParallel(threads, 0, options.devices, [&](int number) -> absl::Status {
        const std::string path = DeviceFile(directory, number);
        if (FileExists(path)) {
          OTRP_ASSIGN_OR_RETURN(prepared.dids[number],
                                LookAtDevice(path, clock.Now()));
        }
        if (prepared.dids[number].empty()) {
          OTRP_ASSIGN_OR_RETURN(prepared.dids[number],
                                MakeDevice(path, number, options.type, oem,
                                           shared, clock, random));
          ++made;
        }
        const int now = ++done;
        if (options.progress) options.progress(now);
        return absl::OkStatus();
      }));
  prepared.made = made;
  return prepared;
}

absl::StatusOr<Cache> Cache::Open(const std::string& directory,
                                  crypto::KeyType type) {
  Cache cache;
  cache.directory_ = In(directory, AlgName(type));
  absl::StatusOr<Value> oem = ReadJson(In(cache.directory_, "oem.json"));
  if (absl::IsNotFound(oem.status())) {
    return absl::NotFoundError(absl::StrCat(
        cache.directory_, " isn't prepared: otrp-load prepare --cache ",
        directory, " --alg ", AlgName(type), " --devices N"));
  }
  OTRP_RETURN_IF_ERROR(oem.status());
  OTRP_ASSIGN_OR_RETURN(cache.tee_above_, ChainOf(*oem, "tee_chain"));
  OTRP_ASSIGN_OR_RETURN(cache.tfw_above_, ChainOf(*oem, "tfw_chain"));
  OTRP_ASSIGN_OR_RETURN(cache.shared_, ReadShared(cache.directory_));
  if (cache.shared_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(cache.directory_, "/shared.json has no keys"));
  }
  return cache;
}

absl::StatusOr<device::TeeIdentity> Cache::Identity(
    int number, std::vector<std::string> tsm_roots) const {
  const std::string path = DeviceFile(directory_, number);
  absl::StatusOr<Value> value = ReadJson(path);
  if (absl::IsNotFound(value.status())) {
    return absl::NotFoundError(
        absl::StrCat("device ", number, " isn't prepared: ", path,
                     " is missing; otrp-load prepare makes it"));
  }
  OTRP_RETURN_IF_ERROR(value.status());
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key, KeyOf(*value, "tee_key"));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> tee_chain,
                        ChainOf(*value, "tee_cert"));
  OTRP_ASSIGN_OR_RETURN(std::vector<std::string> tfw_chain,
                        ChainOf(*value, "tfw_cert"));
  OTRP_ASSIGN_OR_RETURN(const int64_t tfw, value->GetInteger("tfw_key"));
  if (tfw < 0 || tfw >= static_cast<int64_t>(shared_.size())) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " names a firmware key that isn't there"));
  }
  tee_chain.insert(tee_chain.end(), tee_above_.begin(), tee_above_.end());
  tfw_chain.insert(tfw_chain.end(), tfw_above_.begin(), tfw_above_.end());
  return device::TeeIdentity{
      device::KeyAndChain{std::move(key), std::move(tee_chain)},
      device::KeyAndChain{shared_[tfw], std::move(tfw_chain)},
      std::move(tsm_roots)};
}

const crypto::PrivateKey& Cache::Aik(int number) const {
  return shared_[static_cast<size_t>(number) % shared_.size()];
}

}  // namespace otrp::load
