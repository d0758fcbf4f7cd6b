#include "libs/pki/profile.h"

#include "libs/crypto/x509.h"

namespace otrp {
namespace pki {
namespace {

// Random numbers below 2.25 need no registration (ITU-T X.667). This one has 63
// bits, so that encoders with arcs of 64 bits can write it.
constexpr char kTsmEku[] = "2.25.8033246198531478930.1";
constexpr char kTeeEku[] = "2.25.8033246198531478930.2";
constexpr char kTfwEku[] = "2.25.8033246198531478930.3";
constexpr char kSpEku[] = "2.25.8033246198531478930.4";
constexpr char kServerAuth[] = "1.3.6.1.5.5.7.3.1";
constexpr char kClientAuth[] = "1.3.6.1.5.5.7.3.2";

constexpr absl::Duration kDay = absl::Hours(24);

constexpr int kSign = crypto::kDigitalSignature;
// RSA keys get wrapped keys (RSA1_5), EC keys agree on them (ECDH-ES).
constexpr int kSignAndUnwrap = crypto::kDigitalSignature |
                               crypto::kKeyEncipherment | crypto::kKeyAgreement;

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kTsm: return "tsm";
    case Role::kTee: return "tee";
    case Role::kTfw: return "tfw";
    case Role::kSp: return "sp";
    case Role::kService: return "service";
    case Role::kClient: return "client";
    case Role::kWeb: return "web";
  }
  return "unknown";
}

absl::string_view RoleEku(Role role) {
  switch (role) {
    case Role::kTsm: return kTsmEku;
    case Role::kTee: return kTeeEku;
    case Role::kTfw: return kTfwEku;
    case Role::kSp: return kSpEku;
    case Role::kService:
    case Role::kWeb: return kServerAuth;
    case Role::kClient: return kClientAuth;
  }
  return kAnyEku;
}

const Profile& ProfileFor(Role role) {
  // A device's certificates live as long as the device: it can't renew them.
  static const auto* profiles = new std::vector<Profile>{
      {Role::kTsm, kSignAndUnwrap, {kTsmEku}, 90 * kDay},
      {Role::kTee, kSignAndUnwrap, {kTeeEku}, 10 * 365 * kDay},
      {Role::kTfw, kSign, {kTfwEku}, 10 * 365 * kDay},
      {Role::kSp, kSign, {kSpEku}, 365 * kDay},
      {Role::kService, kSign, {kServerAuth, kClientAuth}, 90 * kDay},
      {Role::kClient, kSign, {kClientAuth}, 90 * kDay},
      {Role::kWeb, kSign, {kServerAuth}, 90 * kDay},
  };
  for (const Profile& profile : *profiles) {
    if (profile.role == role) return profile;
  }
  return profiles->front();
}

absl::Duration RootLifetime() { return 20 * 365 * kDay; }
absl::Duration IssuingLifetime() { return 15 * 365 * kDay; }

}  // namespace pki
}  // namespace otrp
