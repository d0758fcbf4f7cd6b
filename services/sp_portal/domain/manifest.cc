#include "services/sp_portal/domain/manifest.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/protocol/taid.h"
#include "libs/service/names.h"
#include "services/sp_portal/domain/names.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"

namespace otrp {
namespace portal {
namespace {

// "com.example.wallet": two labels at least, each begins with a letter.
bool IsReverseName(absl::string_view taid) {
  const std::vector<absl::string_view> labels = absl::StrSplit(taid, '.');
  if (labels.size() < 2) return false;
  for (const absl::string_view label : labels) {
    if (label.empty() ||
        !absl::ascii_isalpha(static_cast<unsigned char>(label[0]))) {
      return false;
    }
  }
  return true;
}

absl::Status CheckTeeKinds(const std::vector<std::string>& kinds) {
  if (kinds.size() > kMaxTeeKinds) return errors::TooManyTeeKinds();
  std::set<absl::string_view> seen;
  for (size_t i = 0; i < kinds.size(); ++i) {
    const std::string field = absl::StrCat("manifest.tee_kinds[", i, "]");
    OTRP_RETURN_IF_ERROR(service::CheckName(field, kinds[i]));
    if (!seen.insert(kinds[i]).second) return errors::NamedTwice(field);
  }
  return absl::OkStatus();
}

absl::Status CheckDependencies(const std::vector<Dependency>& dependencies,
                               absl::string_view taid) {
  if (dependencies.size() > kMaxDependencies) {
    return errors::TooManyDependencies();
  }
  // The application doesn't depend on itself.
  std::set<std::string> seen = {protocol::TaidKey(taid)};
  for (size_t i = 0; i < dependencies.size(); ++i) {
    const std::string field = absl::StrCat("manifest.dependencies[", i, "]");
    OTRP_RETURN_IF_ERROR(
        service::CheckName(absl::StrCat(field, ".taid"), dependencies[i].taid));
    OTRP_RETURN_IF_ERROR(
        service::Version::Parse(dependencies[i].min_version,
                                absl::StrCat(field, ".min_version"))
            .status());
    if (!seen.insert(protocol::TaidKey(dependencies[i].taid)).second) {
      return errors::NamedTwice(absl::StrCat(field, ".taid"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckManifest(const Manifest& manifest, absl::string_view taid) {
  if (!IsUuid(taid) && !IsReverseName(taid)) return errors::TaidNeedsAForm();
  if (!CheckDisplayName(manifest.display_name).ok()) {
    return errors::BadManifestName();
  }
  OTRP_RETURN_IF_ERROR(CheckTeeKinds(manifest.tee_kinds));
  OTRP_RETURN_IF_ERROR(CheckDependencies(manifest.dependencies, taid));
  const std::string& schema = manifest.personalization_schema;
  if (schema.empty()) return absl::OkStatus();
  if (schema.size() > kMaxSchemaBytes) return errors::BadSchema();
  const absl::StatusOr<json::Value> parsed =
      json::Parse(schema, json::kStrangers);
  return parsed.ok() && parsed->is_object() ? absl::OkStatus()
                                            : errors::BadSchema();
}

}  // namespace portal
}  // namespace otrp
