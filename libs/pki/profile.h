// What a certificate of each role looks like: key usage, extended key usage and
// how long it lives. The one place where these numbers stand.
//
// The OTrP roles have no registered extended key usages; ours are below a
// random arc under 2.25 (ITU-T X.667), so that they collide with nobody's.

#ifndef OTRP_LIBS_PKI_PROFILE_H_
#define OTRP_LIBS_PKI_PROFILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace otrp {
namespace pki {

enum class Role {
  kTsm,
  kTee,
  kTfw,
  kSp,
  // Mutual TLS of our own processes, and of operators and SPs' pipelines.
  kService,
  kClient,
  // HTTPS for devices.
  kWeb,
};

// "tsm", "tee", ...: for messages.
absl::string_view RoleName(Role role);

// Dotted OID of the role's extended key usage; kService has two more (server
// and client authentication), see EkuOids().
absl::string_view RoleEku(Role role);

// anyExtendedKeyUsage.
inline constexpr char kAnyEku[] = "2.5.29.37.0";

struct Profile {
  Role role;
  // Bits as in crypto::KeyUsage.
  int key_usage;
  std::vector<std::string> eku_oids;
  absl::Duration lifetime;
};

const Profile& ProfileFor(Role role);

// How long authorities live.
absl::Duration RootLifetime();
absl::Duration IssuingLifetime();

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_PROFILE_H_
