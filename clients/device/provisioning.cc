#include "clients/device/provisioning.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/pem.h"
#include "libs/pki/certificate.h"
#include "libs/pki/csr.h"
#include "libs/pki/issue.h"
#include "libs/pki/profile.h"

namespace otrp::device {
namespace {

pki::Role PkiRole(DeviceRole role) {
  return role == DeviceRole::kTee ? pki::Role::kTee : pki::Role::kTfw;
}

}  // namespace

absl::StatusOr<DeviceKeys> MakeDeviceKeys(crypto::KeyType type) {
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey tee,
                        crypto::PrivateKey::Generate(type));
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey tfw,
                        crypto::PrivateKey::Generate(type));
  return DeviceKeys{std::move(tee), std::move(tfw)};
}

absl::StatusOr<std::string> MakeCsrPem(const crypto::PrivateKey& key,
                                       absl::string_view common_name) {
  OTRP_ASSIGN_OR_RETURN(const pki::Csr csr,
                        pki::Csr::Create(key, common_name, {}, {}));
  return crypto::PemEncode("CERTIFICATE REQUEST", csr.der());
}

absl::StatusOr<std::vector<std::string>> SelfIssuedChain(
    const crypto::PrivateKey& key, DeviceRole role, const Clock& clock,
    Random& random) {
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey root_key,
                        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  const absl::string_view name = pki::RoleName(PkiRole(role));
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(random);
  authority.common_name = absl::StrCat("Unknown OEM ", name, " root");
  // A device's clock may be behind.
  authority.not_before = clock.Now() - absl::Hours(24);
  authority.not_after = clock.Now() + pki::RootLifetime();
  authority.path_length = 0;
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate root,
                        pki::IssueRoot(authority, root_key));
  pki::LeafTemplate leaf;
  leaf.role = PkiRole(role);
  leaf.serial = pki::NewSerial(random);
  leaf.common_name = absl::StrCat("Unknown OEM device ", name);
  leaf.not_before = authority.not_before;
  leaf.not_after = authority.not_before + pki::ProfileFor(leaf.role).lifetime;
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                        pki::IssueLeaf(leaf, key.public_key(), root, root_key));
  return std::vector<std::string>{certificate.der(), root.der()};
}

absl::StatusOr<TeeIdentity> MakeSelfIssuedIdentity(
    crypto::KeyType type, std::vector<std::string> tsm_roots,
    const Clock& clock, Random& random) {
  OTRP_ASSIGN_OR_RETURN(DeviceKeys keys, MakeDeviceKeys(type));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<std::string> tee_chain,
      SelfIssuedChain(keys.tee, DeviceRole::kTee, clock, random));
  OTRP_ASSIGN_OR_RETURN(
      std::vector<std::string> tfw_chain,
      SelfIssuedChain(keys.tfw, DeviceRole::kTfw, clock, random));
  return TeeIdentity{KeyAndChain{std::move(keys.tee), std::move(tee_chain)},
                     KeyAndChain{std::move(keys.tfw), std::move(tfw_chain)},
                     std::move(tsm_roots)};
}

absl::StatusOr<std::vector<std::string>> CertificatesFromPem(
    absl::string_view what, absl::string_view pem) {
  const absl::StatusOr<std::vector<pki::Certificate>> certificates =
      pki::ParsePemBundle(pem);
  if (!certificates.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": ", certificates.status().message(),
                     "; it must hold PEM certificates"));
  }
  std::vector<std::string> out;
  for (const pki::Certificate& certificate : *certificates) {
    out.push_back(certificate.der());
  }
  return out;
}

std::string CertificatesToPem(const std::vector<std::string>& chain) {
  std::string out;
  for (const std::string& der : chain) {
    absl::StrAppend(&out, crypto::PemEncode("CERTIFICATE", der));
  }
  return out;
}

absl::Status CheckChainIsForKey(absl::string_view what,
                                const std::vector<std::string>& chain,
                                const crypto::PrivateKey& key) {
  if (chain.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": holds no certificate"));
  }
  const absl::StatusOr<pki::Certificate> leaf =
      pki::Certificate::FromDer(chain[0]);
  if (!leaf.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": ", leaf.status().message()));
  }
  if (leaf->public_key() != key.public_key()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what,
                     ": the first certificate is for another key than this "
                     "device's; was it issued for this device's request?"));
  }
  return absl::OkStatus();
}

}  // namespace otrp::device
