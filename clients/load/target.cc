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

// Names a member by its path: "pools[0].role: must be ...".
absl::Status Bad(absl::string_view path, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", problem));
}

// `at`: the path of `value`, with a dot unless it is the root.
absl::StatusOr<std::string> Text(const Value& value, const std::string& at,
                                 absl::string_view name) {
  const Value* member = value.Find(name);
  if (member == nullptr || !member->is_string()) {
    return Bad(absl::StrCat(at, name), "must be a string");
  }
  return std::string(member->as_string());
}

// A string that is one of the words that `from_name` knows.
template <typename T>
absl::Status Choice(const Value& value, const std::string& at,
                    absl::string_view name,
                    absl::StatusOr<T> (*from_name)(absl::string_view), T* out) {
  OTRP_ASSIGN_OR_RETURN(const std::string word, Text(value, at, name));
  absl::StatusOr<T> known = from_name(word);
  if (!known.ok()) {
    return Bad(absl::StrCat(at, name), known.status().message());
  }
  *out = *known;
  return absl::OkStatus();
}

absl::StatusOr<const Value*> Array(const Value& value, const std::string& at,
                                   absl::string_view name) {
  const Value* member = value.Find(name);
  if (member == nullptr || !member->is_array()) {
    return Bad(absl::StrCat(at, name), "must be an array");
  }
  return member;
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
  const std::string at = absl::StrCat("tas.", name, ".");
  OTRP_ASSIGN_OR_RETURN(ta.taid, Text(value, at, "taid"));
  OTRP_ASSIGN_OR_RETURN(const Value* versions, Array(value, at, "versions"));
  for (const Value& item : versions->items()) {
    const std::string at_version =
        absl::StrCat(at, "versions[", ta.versions.size(), "].");
    TaVersion version;
    OTRP_ASSIGN_OR_RETURN(version.version, Text(item, at_version, "version"));
    OTRP_ASSIGN_OR_RETURN(version.image_sha256,
                          Text(item, at_version, "image_sha256"));
    OTRP_ASSIGN_OR_RETURN(version.pdata_sha256,
                          Text(item, at_version, "pdata_sha256"));
    ta.versions.push_back(std::move(version));
  }
  if (ta.versions.empty()) {
    return Bad(absl::StrCat(at, "versions"), "must not be empty");
  }
  if (const Value* release = root.Find("release")) {
    ta.release = Words(release->Find(name));
  }
  return ta;
}

absl::StatusOr<Pool> ParsePool(const Value& value, const std::string& at,
                               const std::vector<TargetTa>& tas) {
  Pool pool;
  OTRP_RETURN_IF_ERROR(Choice(value, at, "role", &RoleFromName, &pool.role));
  OTRP_RETURN_IF_ERROR(Choice(value, at, "alg", &AlgFromName, &pool.alg));
  OTRP_RETURN_IF_ERROR(
      Choice(value, at, "dialect", &device::DialectFromName, &pool.dialect));
  OTRP_ASSIGN_OR_RETURN(const std::string name, Text(value, at, "ta"));
  const auto ta =
      std::find_if(tas.begin(), tas.end(),
                   [&](const TargetTa& other) { return other.name == name; });
  if (ta == tas.end()) {
    return Bad(absl::StrCat(at, "ta"), "must be one of \"tas\"");
  }
  pool.ta = static_cast<size_t>(ta - tas.begin());
  OTRP_ASSIGN_OR_RETURN(const Value* devices, Array(value, at, "devices"));
  for (const Value& item : devices->items()) {
    if (!item.is_integer() || item.as_integer() < 0 ||
        item.as_integer() > 999999) {
      return Bad(absl::StrCat(at, "devices"), "must be numbers");
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
  OTRP_ASSIGN_OR_RETURN(const Value root, json::Parse(text, json::kOurs));
  Target target;
  OTRP_ASSIGN_OR_RETURN(target.url, Text(root, "", "url"));
  while (!target.url.empty() && target.url.back() == '/') target.url.pop_back();
  if (root.Has("ca_file")) {
    OTRP_ASSIGN_OR_RETURN(target.ca_file, Text(root, "", "ca_file"));
  }
  OTRP_ASSIGN_OR_RETURN(target.cache, Text(root, "", "cache"));
  OTRP_ASSIGN_OR_RETURN(const std::string roots, Text(root, "", "tsm_roots"));
  OTRP_ASSIGN_OR_RETURN(const std::string pem, ReadWholeFile(roots));
  OTRP_ASSIGN_OR_RETURN(target.tsm_roots,
                        device::CertificatesFromPem(roots, pem));
  const Value* tas = root.Find("tas");
  if (tas == nullptr || !tas->is_object())
    return Bad("tas", "must be an object");
  for (const auto& [name, value] : tas->members()) {
    OTRP_ASSIGN_OR_RETURN(TargetTa ta, ParseTa(name, value, root));
    target.tas.push_back(std::move(ta));
  }
  if (target.tas.size() > kMaxTas) {
    return Bad("tas", absl::StrCat("must be at most ", kMaxTas));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* pools, Array(root, "", "pools"));
  for (const Value& value : pools->items()) {
    const std::string at = absl::StrCat("pools[", target.pools.size(), "].");
    OTRP_ASSIGN_OR_RETURN(Pool pool, ParsePool(value, at, target.tas));
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
  return ParseTarget(text);
}

}  // namespace otrp::load
