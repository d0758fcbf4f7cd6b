#include "clients/device/state.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/version.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"

namespace otrp::device {
namespace {

using json::Value;

// Written into the file, so that a later program knows what it reads.
constexpr int64_t kFormat = 2;
// Without highest versions.
constexpr int64_t kFirstFormat = 1;

Value TaToJson(const InstalledTa& ta) {
  Value out = Value::Object();
  out.Set("taid", Value::String(ta.taid));
  out.Set("version", Value::String(ta.version));
  out.Set("image_sha256", Value::String(ta.image_sha256));
  out.Set("image_bytes", Value::Integer(ta.image_bytes));
  out.Set("binary_sha256", Value::String(ta.binary_sha256));
  out.Set("pdata_sha256", Value::String(ta.pdata_sha256));
  out.Set("pdata_bytes", Value::Integer(ta.pdata_bytes));
  return out;
}

Value SdToJson(const SecurityDomain& sd) {
  Value out = Value::Object();
  out.Set("owner", Value::String(sd.owner));
  out.Set("name", Value::String(sd.name));
  out.Set("spid", Value::String(sd.spid));
  Value certs = Value::Array();
  for (const std::string& der : sd.spcerts) {
    certs.Append(Value::String(Base64Encode(der)));
  }
  out.Set("spcerts", std::move(certs));
  Value tas = Value::Array();
  for (const InstalledTa& ta : sd.tas) tas.Append(TaToJson(ta));
  out.Set("tas", std::move(tas));
  return out;
}

absl::StatusOr<std::string> Text(const Value& object, absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(const absl::string_view text, object.GetString(name));
  return std::string(text);
}

absl::StatusOr<InstalledTa> TaFromJson(const Value& value) {
  InstalledTa ta;
  OTRP_ASSIGN_OR_RETURN(ta.taid, Text(value, "taid"));
  OTRP_ASSIGN_OR_RETURN(ta.version, Text(value, "version"));
  OTRP_ASSIGN_OR_RETURN(ta.image_sha256, Text(value, "image_sha256"));
  OTRP_ASSIGN_OR_RETURN(ta.image_bytes, value.GetInteger("image_bytes"));
  OTRP_ASSIGN_OR_RETURN(ta.binary_sha256, Text(value, "binary_sha256"));
  OTRP_ASSIGN_OR_RETURN(ta.pdata_sha256, Text(value, "pdata_sha256"));
  OTRP_ASSIGN_OR_RETURN(ta.pdata_bytes, value.GetInteger("pdata_bytes"));
  return ta;
}

absl::StatusOr<SecurityDomain> SdFromJson(const Value& value) {
  SecurityDomain sd;
  OTRP_ASSIGN_OR_RETURN(sd.owner, Text(value, "owner"));
  OTRP_ASSIGN_OR_RETURN(sd.name, Text(value, "name"));
  OTRP_ASSIGN_OR_RETURN(sd.spid, Text(value, "spid"));
  OTRP_ASSIGN_OR_RETURN(const Value* certs, value.GetArray("spcerts"));
  for (const Value& cert : certs->items()) {
    OTRP_ASSIGN_OR_RETURN(std::string der, Base64Decode(cert.as_string()));
    sd.spcerts.push_back(std::move(der));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* tas, value.GetArray("tas"));
  for (const Value& item : tas->items()) {
    OTRP_ASSIGN_OR_RETURN(InstalledTa ta, TaFromJson(item));
    sd.tas.push_back(std::move(ta));
  }
  return sd;
}

Value ToJson(const HighestVersion& highest) {
  Value out = Value::Object();
  out.Set("owner", Value::String(highest.owner));
  out.Set("spid", Value::String(highest.spid));
  out.Set("taid", Value::String(highest.taid));
  out.Set("version", Value::String(highest.version));
  return out;
}

absl::Status ReadHighestVersions(const Value& root, TeeState* state) {
  OTRP_ASSIGN_OR_RETURN(const Value* list, root.GetArray("highest_versions"));
  for (const Value& item : list->items()) {
    HighestVersion highest;
    OTRP_ASSIGN_OR_RETURN(highest.owner, Text(item, "owner"));
    OTRP_ASSIGN_OR_RETURN(highest.spid, Text(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(highest.taid, Text(item, "taid"));
    OTRP_ASSIGN_OR_RETURN(highest.version, Text(item, "version"));
    state->highest_versions.push_back(std::move(highest));
  }
  return absl::OkStatus();
}

// A state of the first format remembers what is installed.
void TakeInstalledVersions(TeeState* state) {
  for (const SecurityDomain& sd : state->sds) {
    for (const InstalledTa& ta : sd.tas) {
      state->TakeVersion(sd.owner, sd.spid, ta.taid, ta.version);
    }
  }
}

}  // namespace

InstalledTa* SecurityDomain::FindTa(absl::string_view taid) {
  for (InstalledTa& ta : tas) {
    if (ta.taid == taid) return &ta;
  }
  return nullptr;
}

SecurityDomain* TeeState::FindSd(absl::string_view owner,
                                 absl::string_view name) {
  for (SecurityDomain& sd : sds) {
    if (sd.owner == owner && sd.name == name) return &sd;
  }
  return nullptr;
}

bool TeeState::AnotherOwnsSd(absl::string_view owner,
                             absl::string_view name) const {
  return std::any_of(sds.begin(), sds.end(), [&](const SecurityDomain& sd) {
    return sd.owner != owner && sd.name == name;
  });
}

const Aik* TeeState::FindAik(absl::string_view owner,
                             absl::string_view spid) const {
  for (const Aik& aik : aiks) {
    if (aik.owner == owner && aik.spid == spid) return &aik;
  }
  return nullptr;
}

void TeeState::RemoveAik(absl::string_view owner, absl::string_view spid) {
  aiks.erase(std::remove_if(aiks.begin(), aiks.end(),
                            [&](const Aik& aik) {
                              return aik.owner == owner && aik.spid == spid;
                            }),
             aiks.end());
}

void TeeState::DropUnusedAik(absl::string_view owner, absl::string_view spid) {
  for (const SecurityDomain& sd : sds) {
    if (sd.owner == owner && sd.spid == spid) return;
  }
  RemoveAik(owner, spid);
}

bool TeeState::TakeVersion(absl::string_view owner, absl::string_view spid,
                           absl::string_view taid, absl::string_view version) {
  for (HighestVersion& highest : highest_versions) {
    if (highest.owner != owner || highest.spid != spid ||
        highest.taid != taid) {
      continue;
    }
    const absl::optional<Version> was = ParseVersion(highest.version);
    const absl::optional<Version> now = ParseVersion(version);
    if (was.has_value() && (!now.has_value() || *now < *was)) return false;
    highest.version = std::string(version);
    return true;
  }
  highest_versions.push_back({std::string(owner), std::string(spid),
                              std::string(taid), std::string(version)});
  return true;
}

void TeeState::CopyVersions(absl::string_view owner,
                            absl::string_view from_spid,
                            absl::string_view to_spid) {
  const std::vector<HighestVersion> all = highest_versions;
  for (const HighestVersion& highest : all) {
    if (highest.owner != owner || highest.spid != from_spid) continue;
    TakeVersion(owner, to_spid, highest.taid, highest.version);
  }
}

uint64_t TeeState::Generation(absl::string_view owner) const {
  const auto it = generations.find(std::string(owner));
  return it == generations.end() ? 0 : it->second;
}

void TeeState::Changed(absl::string_view owner) {
  ++generations[std::string(owner)];
}

size_t TeeState::TaCount() const {
  size_t count = 0;
  for (const SecurityDomain& sd : sds) count += sd.tas.size();
  return count;
}

int64_t TeeState::BlobBytes() const {
  int64_t bytes = 0;
  for (const SecurityDomain& sd : sds) {
    for (const InstalledTa& ta : sd.tas) {
      bytes += ta.image_bytes + ta.pdata_bytes;
    }
  }
  return bytes;
}

std::set<std::string> TeeState::BlobNames() const {
  std::set<std::string> names;
  for (const SecurityDomain& sd : sds) {
    for (const InstalledTa& ta : sd.tas) {
      names.insert(ta.image_sha256);
      if (!ta.pdata_sha256.empty()) names.insert(ta.pdata_sha256);
    }
  }
  return names;
}

SecretBytes SerializeState(const TeeState& state) {
  Value out = Value::Object();
  out.Set("format", Value::Integer(kFormat));
  Value sds = Value::Array();
  for (const SecurityDomain& sd : state.sds) sds.Append(SdToJson(sd));
  out.Set("sds", std::move(sds));
  Value aiks = Value::Array();
  for (const Aik& aik : state.aiks) {
    Value entry = Value::Object();
    entry.Set("owner", Value::String(aik.owner));
    entry.Set("spid", Value::String(aik.spid));
    entry.Set("pkcs8", Value::String(Base64Encode(aik.key.ToPkcs8().view())));
    aiks.Append(std::move(entry));
  }
  out.Set("aiks", std::move(aiks));
  Value highest_versions = Value::Array();
  for (const HighestVersion& highest : state.highest_versions) {
    highest_versions.Append(ToJson(highest));
  }
  out.Set("highest_versions", std::move(highest_versions));
  Value generations = Value::Array();
  for (const auto& generation : state.generations) {
    Value entry = Value::Object();
    entry.Set("owner", Value::String(generation.first));
    entry.Set("generation",
              Value::Integer(static_cast<int64_t>(generation.second)));
    generations.Append(std::move(entry));
  }
  out.Set("generations", std::move(generations));
  return SecretBytes::Take(out.Serialize());
}

absl::StatusOr<TeeState> ParseState(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(const Value root, json::Parse(text, json::kOurs));
  OTRP_ASSIGN_OR_RETURN(const int64_t format, root.GetInteger("format"));
  if (format != kFormat && format != kFirstFormat) {
    return absl::InvalidArgumentError(
        absl::StrCat("the state has format ", format, "; this program knows ",
                     kFirstFormat, " and ", kFormat));
  }
  TeeState state;
  OTRP_ASSIGN_OR_RETURN(const Value* sds, root.GetArray("sds"));
  for (const Value& item : sds->items()) {
    OTRP_ASSIGN_OR_RETURN(SecurityDomain sd, SdFromJson(item));
    state.sds.push_back(std::move(sd));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* aiks, root.GetArray("aiks"));
  for (const Value& item : aiks->items()) {
    OTRP_ASSIGN_OR_RETURN(std::string owner, Text(item, "owner"));
    OTRP_ASSIGN_OR_RETURN(std::string spid, Text(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(const absl::string_view encoded,
                          item.GetString("pkcs8"));
    OTRP_ASSIGN_OR_RETURN(std::string der, Base64Decode(encoded));
    const SecretBytes pkcs8 = SecretBytes::Take(std::move(der));
    OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                          crypto::PrivateKey::FromPkcs8(pkcs8.view()));
    state.aiks.push_back(
        Aik{std::move(owner), std::move(spid), std::move(key)});
  }
  if (format == kFirstFormat) {
    TakeInstalledVersions(&state);
  } else {
    OTRP_RETURN_IF_ERROR(ReadHighestVersions(root, &state));
  }
  OTRP_ASSIGN_OR_RETURN(const Value* generations, root.GetArray("generations"));
  for (const Value& item : generations->items()) {
    OTRP_ASSIGN_OR_RETURN(std::string owner, Text(item, "owner"));
    OTRP_ASSIGN_OR_RETURN(const int64_t number, item.GetInteger("generation"));
    state.generations[std::move(owner)] = static_cast<uint64_t>(number);
  }
  return state;
}

}  // namespace otrp::device
