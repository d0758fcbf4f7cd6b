#include "services/attestation_verifier/schemes/psa/psa.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "services/attestation_verifier/schemes/eat_claims.h"

namespace otrp {
namespace verifier {
namespace schemes {

using cbor::Value;

struct Psa::Profile {
  absl::string_view name;
  int64_t profile;
  int64_t client_id;
  int64_t lifecycle;
  int64_t implementation_id;
  int64_t boot_seed;
  int64_t hardware;
  int64_t components;
  // 0: there is no such claim.
  int64_t no_components;
  int64_t nonce;
  int64_t instance_id;
  int64_t service;
  // Profile 1 asks for a boot seed of 32 octets.
  bool boot_seed_is_fixed;
};

namespace {

constexpr int64_t kProfile1Claim = -75000;

// In profile 1 the profile itself may be absent.
constexpr Psa::Profile kProfiles[] = {
    {"tag:psacertified.org,2023:psa#tfm", eat::kProfile, 2394, 2395, 2396,
     eat::kBootSeed, 2398, 2399, 0, eat::kNonce, eat::kUeid, 2400, false},
    {"http://arm.com/psa/2.0.0", eat::kProfile, 2394, 2395, 2396, 2397, 2398,
     2399, 0, eat::kNonce, eat::kUeid, 2400, false},
    {"PSA_IOT_PROFILE_1", kProfile1Claim, -75001, -75002, -75003, -75004,
     -75005, -75006, -75007, -75008, -75009, -75010, true},
};
constexpr const Psa::Profile& kProfile1 = kProfiles[2];

// Members of a component.
constexpr int64_t kMeasurement = 2;
constexpr int64_t kSignerId = 5;
// Type, version and description.
constexpr int64_t kComponentTexts[] = {1, 4, 6};
constexpr size_t kMaxComponents = 64;

constexpr size_t kInstanceIdBytes = 33;
constexpr size_t kImplementationIdBytes = 32;
constexpr size_t kMinBootSeedBytes = 8;
constexpr size_t kMaxBootSeedBytes = 32;

struct LifecycleRow {
  int64_t from;
  absl::string_view name;
};
// RFC 9783 section 4.3.1: each with the 256 values from here on.
constexpr int64_t kSecured = 0x3000;
constexpr LifecycleRow kLifecycles[] = {
    {0x0000, "unknown"},
    {0x1000, "assembly and test"},
    {0x2000, "PSA RoT provisioning"},
    {kSecured, "secured"},
    {0x4000, "non-PSA RoT debug"},
    {0x5000, "recoverable PSA RoT debug"},
    {0x6000, "decommissioned"},
};

absl::Status Must(absl::string_view claim, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(claim, ": must be ", what));
}

bool IsHashSize(size_t size) { return size == 32 || size == 48 || size == 64; }

// Octets that must be there.
absl::StatusOr<std::string> Bytes(const Value& claims, int64_t key,
                                  absl::string_view name) {
  const Value* value = claims.Find(key);
  if (value == nullptr || !value->is_bytes()) return Must(name, "octets");
  return value->octets();
}

absl::StatusOr<std::string> Hash(const Value& claims, int64_t key,
                                 absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(std::string hash, Bytes(claims, key, name));
  if (!IsHashSize(hash.size())) return Must(name, "32, 48 or 64 octets");
  return hash;
}

absl::StatusOr<int64_t> Integer(const Value& claims, int64_t key,
                                absl::string_view name) {
  const Value* value = claims.Find(key);
  if (value == nullptr || !value->is_integer()) return Must(name, "an integer");
  return value->integer();
}

absl::Status CheckText(const Value& claims, int64_t key,
                       absl::string_view name) {
  const Value* text = claims.Find(key);
  if (text == nullptr) return absl::OkStatus();
  if (!text->is_text()) return Must(name, "a text");
  return CheckName(name, text->octets());
}

absl::StatusOr<std::string> InstanceId(const Value& claims,
                                       const Psa::Profile& profile) {
  OTRP_ASSIGN_OR_RETURN(std::string id,
                        Bytes(claims, profile.instance_id, "psa-instance-id"));
  if (id.size() != kInstanceIdBytes || id[0] != '\x01') {
    return Must("psa-instance-id", "33 octets, the first of them 1");
  }
  return id;
}

absl::Status CheckBootSeed(const Value& claims, const Psa::Profile& profile) {
  const Value* seed = claims.Find(profile.boot_seed);
  if (seed == nullptr && !profile.boot_seed_is_fixed) return absl::OkStatus();
  const size_t min =
      profile.boot_seed_is_fixed ? kMaxBootSeedBytes : kMinBootSeedBytes;
  if (seed == nullptr || !seed->is_bytes() || seed->octets().size() < min ||
      seed->octets().size() > kMaxBootSeedBytes) {
    return Must("psa-boot-seed", absl::StrCat(min, " to 32 octets"));
  }
  return absl::OkStatus();
}

// An EAN-13, and the version of the certificate behind it.
absl::Status CheckHardware(const Value& claims, const Psa::Profile& profile) {
  const Value* hardware = claims.Find(profile.hardware);
  if (hardware == nullptr) return absl::OkStatus();
  const std::string& text = hardware->octets();
  const auto is_digits = [](absl::string_view part) {
    return std::all_of(part.begin(), part.end(),
                       [](unsigned char c) { return absl::ascii_isdigit(c); });
  };
  const absl::string_view view = text;
  const bool is_short = view.size() == 13 && profile.boot_seed_is_fixed;
  const bool is_long = view.size() == 19 && view[13] == '-';
  if (!hardware->is_text() || (!is_short && !is_long) ||
      !is_digits(view.substr(0, 13)) ||
      (is_long && !is_digits(view.substr(14)))) {
    return Must("psa-certification-reference", "13 digits, '-' and 5 digits");
  }
  return absl::OkStatus();
}

absl::StatusOr<PsaComponent> ComponentOf(const Value& item, size_t i) {
  const std::string name = absl::StrCat("psa-software-components[", i, "]");
  if (!item.is_map()) return Must(name, "a map");
  PsaComponent component;
  OTRP_ASSIGN_OR_RETURN(
      component.measurement,
      Hash(item, kMeasurement, absl::StrCat(name, ".measurement-value")));
  OTRP_ASSIGN_OR_RETURN(
      component.signer_id,
      Hash(item, kSignerId, absl::StrCat(name, ".signer-id")));
  for (int64_t key : kComponentTexts) {
    OTRP_RETURN_IF_ERROR(CheckText(item, key, absl::StrCat(name, ".", key)));
  }
  return component;
}

absl::StatusOr<std::vector<PsaComponent>> Components(
    const Value& claims, const Psa::Profile& profile) {
  constexpr char kName[] = "psa-software-components";
  const Value* list = claims.Find(profile.components);
  const Value* none =
      profile.no_components == 0 ? nullptr : claims.Find(profile.no_components);
  if (none != nullptr) {
    if (!none->is_integer() || list != nullptr) {
      return Must("psa-no-sw-measurement",
                  "an integer, and there without psa-software-components");
    }
    return std::vector<PsaComponent>();
  }
  if (list == nullptr || !list->is_array() || list->items().empty() ||
      list->items().size() > kMaxComponents) {
    return Must(kName, "1 to 64 components");
  }
  std::vector<PsaComponent> components;
  for (size_t i = 0; i < list->items().size(); ++i) {
    OTRP_ASSIGN_OR_RETURN(PsaComponent component,
                          ComponentOf(list->items()[i], i));
    components.push_back(std::move(component));
  }
  return components;
}

absl::Status TakeLifecycle(const Value& claims, const Psa::Profile& profile,
                           TokenClaims* out) {
  constexpr char kName[] = "psa-security-lifecycle";
  OTRP_ASSIGN_OR_RETURN(const int64_t state,
                        Integer(claims, profile.lifecycle, kName));
  for (const LifecycleRow& row : kLifecycles) {
    if (state < row.from || state > row.from + 0xff) continue;
    if (row.from != kSecured) {
      out->unsecured = absl::StrCat("its state is \"", row.name, "\"");
      out->unsecured_claim = kName;
    }
    return absl::OkStatus();
  }
  return Must(kName, "a state of RFC 9783 section 4.3.1");
}

// By the claims alone: whoever signs them says which.
absl::StatusOr<const Psa::Profile*> ProfileOf(const Value& claims) {
  const Value* name = claims.Find(eat::kProfile);
  const Value* first = claims.Find(kProfile1Claim);
  if (name != nullptr && first != nullptr) {
    return Must("eat_profile", "one profile, not two");
  }
  if (name == nullptr) {
    if (first != nullptr && first->octets() != kProfile1.name) {
      return Must("psa-profile", "PSA_IOT_PROFILE_1");
    }
    return &kProfile1;
  }
  for (const Psa::Profile& profile : kProfiles) {
    if (profile.profile == eat::kProfile && name->is_text() &&
        name->octets() == profile.name) {
      return &profile;
    }
  }
  return Must("eat_profile", "tag:psacertified.org,2023:psa#tfm");
}

absl::StatusOr<TokenClaims> Read(const Value& claims,
                                 const Psa::Profile& profile) {
  TokenClaims out;
  OTRP_ASSIGN_OR_RETURN(std::string nonce,
                        Hash(claims, profile.nonce, "psa-nonce"));
  out.nonces.push_back(std::move(nonce));
  OTRP_RETURN_IF_ERROR(InstanceId(claims, profile).status());
  OTRP_ASSIGN_OR_RETURN(
      const std::string implementation,
      Bytes(claims, profile.implementation_id, "psa-implementation-id"));
  if (implementation.size() != kImplementationIdBytes) {
    return Must("psa-implementation-id", "32 octets");
  }
  OTRP_ASSIGN_OR_RETURN(const int64_t client,
                        Integer(claims, profile.client_id, "psa-client-id"));
  if (client < std::numeric_limits<int32_t>::min() ||
      client > std::numeric_limits<int32_t>::max()) {
    return Must("psa-client-id", "an integer of 32 bits");
  }
  OTRP_RETURN_IF_ERROR(TakeLifecycle(claims, profile, &out));
  OTRP_RETURN_IF_ERROR(CheckBootSeed(claims, profile));
  OTRP_RETURN_IF_ERROR(CheckHardware(claims, profile));
  OTRP_RETURN_IF_ERROR(
      CheckText(claims, profile.service, "psa-verification-service-indicator"));
  OTRP_ASSIGN_OR_RETURN(std::vector<PsaComponent> components,
                        Components(claims, profile));
  out.tee_name = PsaTeeName(implementation);
  out.tee_version = SoftwareVersion(std::move(components));
  return out;
}

}  // namespace

bool Psa::IsProfile(absl::string_view eat_profile) {
  return std::any_of(std::begin(kProfiles), std::end(kProfiles),
                     [eat_profile](const Profile& profile) {
                       return profile.name == eat_profile;
                     });
}

absl::StatusOr<Psa::Unverified> Psa::Parse(absl::string_view octets) {
  OTRP_ASSIGN_OR_RETURN(EatCwt::Unverified token, EatCwt::Parse(octets));
  OTRP_ASSIGN_OR_RETURN(const Profile* profile, ProfileOf(token.claims));
  OTRP_ASSIGN_OR_RETURN(std::string instance,
                        InstanceId(token.claims, *profile));
  TokenSigner signer = {std::move(instance), "psa-instance-id",
                        token.signer.chain};
  return Unverified{std::move(signer), profile, std::move(token)};
}

absl::StatusOr<Psa::Verified> Psa::Verify(Unverified token,
                                          const crypto::PublicKey& key) {
  OTRP_ASSIGN_OR_RETURN(EatCwt::Verified verified,
                        EatCwt::Verify(std::move(token.token), key));
  return Verified(token.profile, std::move(verified));
}

absl::StatusOr<TokenClaims> Psa::Claims(const Verified& token) {
  return Read(token.claims(), *token.profile_);
}

absl::StatusOr<TokenClaims> Psa::ReadClaims(const Value& claims) {
  OTRP_ASSIGN_OR_RETURN(const Profile* profile, ProfileOf(claims));
  return Read(claims, *profile);
}

std::string PsaTeeName(absl::string_view implementation_id) {
  return absl::StrCat("psa:", HexEncode(implementation_id));
}

std::string SoftwareVersion(std::vector<PsaComponent> components) {
  if (components.empty()) return "sw:none";
  std::vector<std::string> parts;
  for (const PsaComponent& component : components) {
    parts.push_back(absl::StrCat(HexEncode(component.signer_id), ":",
                                 HexEncode(component.measurement), "\n"));
  }
  std::sort(parts.begin(), parts.end());
  crypto::Sha256Hasher hasher;
  for (const std::string& part : parts) hasher.Update(part);
  return absl::StrCat("sw:sha-256:", HexEncode(hasher.Finish()));
}

}  // namespace schemes
}  // namespace verifier
}  // namespace otrp
