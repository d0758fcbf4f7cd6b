// The certificate profiles: one row for each says what a certificate of that
// role looks like, who signs it, which names it has and who may ask for it.
//
// All that treats profiles apart reads this table: libs/pki makes and verifies
// by it, services/ca decides by it, and otrp.ca.v1.Profile has a value
// PROFILE_<WORD> for each row. A new profile is that value, a Role below and a
// row in profile.cc.
//
// The OTrP roles have no registered extended key usages; ours are below a
// random arc under 2.25 (ITU-T X.667), so that they collide with nobody's.

#ifndef OTRP_LIBS_PKI_PROFILE_H_
#define OTRP_LIBS_PKI_PROFILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "libs/crypto/keys.h"

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

// anyExtendedKeyUsage.
inline constexpr char kAnyEku[] = "2.5.29.37.0";

// Where a certificate's subjectAltName comes from.
enum class NameRule {
  // URIs of the order, or else of the request; none of them an identity of the
  // suite (otrp://).
  kOwnUris,
  // As kOwnUris, and exactly one: the TSM's id, an https URI.
  kTsmId,
  // Exactly one URI of the order, otrp://service/NAME, and the request's DNS
  // names.
  kServiceIdentity,
  // Exactly one URI of the order: an operator, an auditor or an SP.
  kClientIdentity,
  // What ca_bootstrap says; nobody can ask for one.
  kOurOwn,
};

struct Profile {
  Role role;
  // "tee", "tfw", ...: in messages, databases and command lines.
  absl::string_view word;
  // Bits as in crypto::KeyUsage. Of keyEncipherment and keyAgreement a
  // certificate gets the one that suits its key's type.
  int key_usage;
  // Dotted OIDs, no arc above 2^28 - 1. Relying parties look for the first
  // (accepted_ekus).
  std::vector<std::string> eku_oids;
  absl::Duration lifetime;
  // Whose hierarchy signs.
  Role authority;
  NameRule names;
  // The service that may ask, beside operators; empty: none.
  absl::string_view requester;
  // A key has one owner among the certificates of the profile: who else comes
  // with it is refused.
  bool unique_key;
  // What the profile had for a usage before; certificates with it are still
  // good. Empty: nothing else.
  absl::string_view earlier_eku = {};
  // What its key may be. Certificates that sign or decrypt OTrP's messages have
  // the wire profile's types alone; TLS knows more.
  std::vector<crypto::KeyType> key_types = {crypto::KeyType::kRsa,
                                            crypto::KeyType::kEcP256};
  // Each of them in extendedKeyUsage makes a certificate one of the role: the
  // first of eku_oids, anyExtendedKeyUsage and earlier_eku. Filled in once by
  // Profiles().
  std::vector<std::string> accepted_ekus = {};
};

// In the order of their roles.
const std::vector<Profile>& Profiles();

// Every role has one.
const Profile& ProfileFor(Role role);
// Null for an unknown word.
const Profile* FindProfile(absl::string_view word);

inline absl::string_view RoleName(Role role) { return ProfileFor(role).word; }

bool AllowsKey(const Profile& profile, crypto::KeyType type);
// "RSA, P-256 or P-384", for messages.
std::string KeyTypesText(const Profile& profile);

// How long authorities live.
absl::Duration RootLifetime();
absl::Duration IssuingLifetime();

}  // namespace pki
}  // namespace otrp

#endif  // OTRP_LIBS_PKI_PROFILE_H_
