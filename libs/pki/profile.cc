#include "libs/pki/profile.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "libs/crypto/x509.h"

namespace otrp {
namespace pki {
namespace {

// Arcs below 2.25 are UUIDs, and none that was made as one is below 2^28, so
// this random number is nobody else's (ITU-T X.667). It is that small because
// Go's crypto/x509 and others read no arc of 32 bits and more: they refuse the
// whole certificate.
constexpr char kTsmEku[] = "2.25.201836547.1";
constexpr char kTeeEku[] = "2.25.201836547.2";
constexpr char kTfwEku[] = "2.25.201836547.3";
constexpr char kSpEku[] = "2.25.201836547.4";
// Certificates with these were made for devices that live for ten years.
constexpr char kEarlierTsmEku[] = "2.25.8033246198531478930.1";
constexpr char kEarlierTeeEku[] = "2.25.8033246198531478930.2";
constexpr char kEarlierTfwEku[] = "2.25.8033246198531478930.3";
constexpr char kEarlierSpEku[] = "2.25.8033246198531478930.4";
constexpr char kServerAuth[] = "1.3.6.1.5.5.7.3.1";
constexpr char kClientAuth[] = "1.3.6.1.5.5.7.3.2";

constexpr absl::Duration kDay = absl::Hours(24);
// A device's certificates live as long as the device: it can't renew them.
constexpr absl::Duration kDeviceLife = absl::Hours(10 * 365 * 24);
// A working day, with the way there and back: what is stolen is worth little,
// and who forgets to renew is only asked once a day (otrpctl renew).
constexpr absl::Duration kPeoplesLife = absl::Hours(16);

constexpr int kSign = crypto::kDigitalSignature;
// RSA keys get wrapped keys (RSA1_5), EC keys agree on them (ECDH-ES).
constexpr int kSignAndUnwrap = crypto::kDigitalSignature |
                               crypto::kKeyEncipherment | crypto::kKeyAgreement;

std::vector<crypto::KeyType> TlsKeys() {
  return {crypto::KeyType::kRsa, crypto::KeyType::kEcP256,
          crypto::KeyType::kEcP384};
}

std::vector<Profile> Rows() {
  // clang-format off
  return {
      {Role::kTsm, "tsm", kSignAndUnwrap, {kTsmEku}, 90 * kDay,
       Role::kTsm, NameRule::kTsmId, "tsm", true, kEarlierTsmEku},
      {Role::kTee, "tee", kSignAndUnwrap, {kTeeEku}, kDeviceLife,
       Role::kTee, NameRule::kOwnUris, "", true, kEarlierTeeEku},
      {Role::kTfw, "tfw", kSign, {kTfwEku}, kDeviceLife,
       Role::kTfw, NameRule::kOwnUris, "", true, kEarlierTfwEku},
      {Role::kSp, "sp", kSign, {kSpEku}, 365 * kDay,
       Role::kSp, NameRule::kOwnUris, "sp_portal", true, kEarlierSpEku},
      {Role::kService, "service", kSign, {kServerAuth, kClientAuth}, 90 * kDay,
       Role::kService, NameRule::kServiceIdentity, "", true, "", TlsKeys()},
      {Role::kClient, "client", kSign, {kClientAuth}, kPeoplesLife,
       Role::kService, NameRule::kClientIdentity, "", true, "", TlsKeys()},
      {Role::kWeb, "web", kSign, {kServerAuth}, 90 * kDay,
       Role::kService, NameRule::kOurOwn, "", false},
  };
  // clang-format on
}

}  // namespace

const std::vector<Profile>& Profiles() {
  static const auto* const kProfiles = [] {
    auto* rows = new std::vector<Profile>(Rows());
    for (Profile& row : *rows) {
      row.accepted_ekus = {row.eku_oids.front(), kAnyEku};
      if (!row.earlier_eku.empty()) {
        row.accepted_ekus.emplace_back(row.earlier_eku);
      }
    }
    return rows;
  }();
  return *kProfiles;
}

// A test holds the order.
const Profile& ProfileFor(Role role) {
  return Profiles().at(static_cast<size_t>(role));
}

const Profile* FindProfile(absl::string_view word) {
  for (const Profile& profile : Profiles()) {
    if (profile.word == word) return &profile;
  }
  return nullptr;
}

bool AllowsKey(const Profile& profile, crypto::KeyType type) {
  return std::find(profile.key_types.begin(), profile.key_types.end(), type) !=
         profile.key_types.end();
}

std::string KeyTypesText(const Profile& profile) {
  std::string text;
  for (size_t i = 0; i < profile.key_types.size(); ++i) {
    const crypto::KeyType type = profile.key_types[i];
    const bool is_last = i + 1 == profile.key_types.size();
    absl::StrAppend(&text,
                    i == 0    ? ""
                    : is_last ? " or "
                              : ", ",
                    type == crypto::KeyType::kRsa      ? "RSA"
                    : type == crypto::KeyType::kEcP256 ? "P-256"
                                                       : "P-384");
  }
  return text;
}

absl::Duration RootLifetime() { return 20 * 365 * kDay; }
absl::Duration IssuingLifetime() { return 15 * 365 * kDay; }

}  // namespace pki
}  // namespace otrp
