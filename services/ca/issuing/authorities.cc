#include "services/ca/issuing/authorities.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

std::string Aad(absl::string_view name) {
  return absl::StrCat("ca.authority.", name);
}

}  // namespace

absl::StatusOr<std::string> SealKey(absl::string_view kek,
                                    absl::string_view name,
                                    const crypto::PrivateKey& key,
                                    Random& random) {
  return crypto::AesGcmSeal(kek, key.ToPkcs8().view(), Aad(name), random);
}

absl::StatusOr<Authorities> Authorities::Load(CaStore& store,
                                              absl::string_view kek) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<AuthorityRecord> rows,
                        store.ListAuthorities());
  if (rows.empty()) return errors::NotBootstrapped();
  Authorities out;
  for (const AuthorityRecord& row : rows) {
    OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                          pki::Certificate::FromDer(row.certificate_der));
    const absl::StatusOr<SecretBytes> pkcs8 =
        crypto::AesGcmOpen(kek, row.sealed_key, Aad(row.name));
    if (!pkcs8.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the key of authority ", row.name,
                       " doesn't open: is --kek_file the one that it was "
                       "sealed with?"));
    }
    OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                          crypto::PrivateKey::FromPkcs8(pkcs8->view()));
    if (key.public_key() != certificate.public_key()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "the key of authority ", row.name, " isn't its certificate's"));
    }
    out.by_name_.emplace(row.name,
                         Authority{row.name, row.role, row.is_root, row.issuer,
                                   std::move(certificate), std::move(key)});
  }
  return out;
}

const Authority* Authorities::Find(absl::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &found->second;
}

const Authority* Authorities::FindIssuer(const pki::CertId& id) const {
  for (const auto& [name, authority] : by_name_) {
    if (id.IssuedBy(authority.certificate)) return &authority;
  }
  return nullptr;
}

const Authority* Authorities::IssuerFor(pki::Role role,
                                        crypto::KeyType type) const {
  const Authority* any = nullptr;
  for (const auto& [name, authority] : by_name_) {
    if (authority.is_root || authority.role != role) continue;
    if (authority.key.type() == type) return &authority;
    any = &authority;
  }
  return any;
}

std::vector<std::string> Authorities::ChainAbove(
    const Authority& authority) const {
  std::vector<std::string> chain;
  const Authority* at = &authority;
  while (at != nullptr) {
    chain.push_back(at->certificate.der());
    at = at->is_root ? nullptr : Find(at->issuer);
  }
  return chain;
}

}  // namespace ca
}  // namespace otrp
