#include "clients/load/target.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/provisioning.h"
#include "clients/load/cache.h"
#include "clients/load/shared.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp::load {
namespace {

using json::Value;

absl::StatusOr<std::string> Text(const Value& value, absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view text, value.GetString(name));
  return std::string(text);
}

std::vector<std::string> Words(const Value* value) {
  std::vector<std::string> words;
  if (value == nullptr) return words;
  for (const Value& item : value->items()) words.push_back(item.as_string());
  return words;
}

absl::StatusOr<TargetTa> ParseTa(const std::string& name, const Value& value,
                                 const Value& root) {
  TargetTa ta;
  ta.name = name;
  OTRP_ASSIGN_OR_RETURN(ta.taid, Text(value, "taid"));
  OTRP_ASSIGN_OR_RETURN(const Value* versions, value.GetArray("versions"));
  for (const Value& item : versions->items()) {
    TaVersion version;
    OTRP_ASSIGN_OR_RETURN(version.version, Text(item, "version"));
    OTRP_ASSIGN_OR_RETURN(version.image_sha256, Text(item, "image_sha256"));
    OTRP_ASSIGN_OR_RETURN(version.pdata_sha256, Text(item, "pdata_sha256"));
    ta.versions.push_back(std::move(version));
  }
  if (ta.versions.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("tas.", name, " has no versions"));
  }
  if (const Value* release = root.Find("release")) {
    ta.release = Words(release->Find(name));
  }
  return ta;
}

absl::StatusOr<Pool> ParsePool(const Value& value,
                               const std::vector<TargetTa>& tas) {
  Pool pool;
  OTRP_ASSIGN_OR_RETURN(const std::string role, Text(value, "role"));
  OTRP_ASSIGN_OR_RETURN(pool.role, RoleFromName(role));
  OTRP_ASSIGN_OR_RETURN(const std::string alg, Text(value, "alg"));
  OTRP_ASSIGN_OR_RETURN(pool.alg, AlgFromName(alg));
  OTRP_ASSIGN_OR_RETURN(const std::string dialect, Text(value, "dialect"));
  OTRP_ASSIGN_OR_RETURN(pool.dialect, device::DialectFromName(dialect));
  OTRP_ASSIGN_OR_RETURN(const std::string name, Text(value, "ta"));
  const auto ta =
      std::find_if(tas.begin(), tas.end(),
                   [&](const TargetTa& other) { return other.name == name; });
  if (ta == tas.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a pool's \"ta\": there is no ", name));
  }
  pool.ta = static_cast<size_t>(ta - tas.begin());
  OTRP_ASSIGN_OR_RETURN(const Value* devices, value.GetArray("devices"));
  for (const Value& item : devices->items()) {
    if (!item.is_integer() || item.as_integer() < 0 ||
        item.as_integer() > 999999) {
      return absl::InvalidArgumentError("a pool's \"devices\" are numbers");
    }
    pool.devices.push_back(static_cast<int>(item.as_integer()));
  }
  return pool;
}

}  // namespace

std::string Target::UrlFor(device::Dialect dialect) const {
  return absl::StrCat(
      url, dialect == device::Dialect::kPei03 ? "/otrp/pei03" : "/otrp");
}

absl::StatusOr<Target> ParseTarget(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(const Value root, json::Parse(text));
  Target target;
  OTRP_ASSIGN_OR_RETURN(target.url, Text(root, "url"));
  while (!target.url.empty() && target.url.back() == '/') target.url.pop_back();
  if (root.Has("ca_file")) {
    OTRP_ASSIGN_OR_RETURN(target.ca_file, Text(root, "ca_file"));
  }
  OTRP_ASSIGN_OR_RETURN(target.cache, Text(root, "cache"));
  OTRP_ASSIGN_OR_RETURN(const std::string roots, Text(root, "tsm_roots"));
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(roots));
  OTRP_ASSIGN_OR_RETURN(target.tsm_roots,
                        device::CertificatesFromPem(roots, pem));
  OTRP_ASSIGN_OR_RETURN(const Value* tas, root.GetObject("tas"));
  for (const auto& [name, value] : tas->members()) {
    OTRP_ASSIGN_OR_RETURN(TargetTa ta, ParseTa(name, value, root));
    target.tas.push_back(std::move(ta));
  }
  if (target.tas.size() > kMaxTas) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kMaxTas, " tas"));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* pools, root.GetArray("pools"));
  for (const Value& value : pools->items()) {
    OTRP_ASSIGN_OR_RETURN(Pool pool, ParsePool(value, target.tas));
    target.pools.push_back(std::move(pool));
  }
  if (const Value* withdraw = root.Find("withdraw")) {
    for (const Value& command : withdraw->items()) {
      target.withdraw.push_back(Words(&command));
    }
  }
  return target;
}

absl::StatusOr<Target> ReadTarget(const std::string& path) {
  OTRP_ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path));
  absl::StatusOr<Target> target = ParseTarget(text);
  if (target.ok()) return target;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", target.status().message()));
}

}  // namespace otrp::load
