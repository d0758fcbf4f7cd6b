#include "services/ca/issuing/authorities.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

std::string Aad(absl::string_view owner) { return absl::StrCat("ca.", owner); }

std::string IssuerHashes(const pki::CertId& id) {
  return absl::StrCat(id.hash, " ", id.issuer_name_hash, id.issuer_key_hash);
}

}  // namespace

std::string KeyOwner(const std::string& authority) {
  return absl::StrCat("authority.", authority);
}

absl::StatusOr<std::string> SealKey(absl::string_view kek,
                                    absl::string_view owner,
                                    const crypto::PrivateKey& key,
                                    Random& random) {
  return crypto::AesGcmSeal(kek, key.ToPkcs8().view(), Aad(owner), random);
}

CertificateRecord OwnCertificateRecord(const pki::Certificate& certificate,
                                       OwnCertificate own,
                                       const std::string& authority) {
  CertificateRecord row;
  row.serial = certificate.serial();
  row.own = own;
  row.authority = authority;
  row.subject = certificate.common_name();
  row.not_before = certificate.not_before();
  row.not_after = certificate.not_after();
  row.state = CertificateState::kIssued;
  row.der = certificate.der();
  row.request_sha256 = crypto::Sha256(certificate.der());
  return row;
}

absl::StatusOr<crypto::PrivateKey> OpenKey(
    absl::string_view kek, absl::string_view owner, absl::string_view sealed,
    const pki::Certificate& certificate) {
  const absl::StatusOr<SecretBytes> pkcs8 =
      crypto::AesGcmOpen(kek, sealed, Aad(owner));
  if (!pkcs8.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of ", owner,
                     " doesn't open: is --kek_file the one that it was "
                     "sealed with?"));
  }
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey key,
                        crypto::PrivateKey::FromPkcs8(pkcs8->view()));
  if (key.public_key() != certificate.public_key()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the key of ", owner, " isn't its certificate's"));
  }
  return key;
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
    OTRP_ASSIGN_OR_RETURN(
        crypto::PrivateKey key,
        OpenKey(kek, KeyOwner(row.name), row.sealed_key, certificate));
    out.by_name_.emplace(row.name,
                         Authority{row.name, row.role, row.is_root, row.issuer,
                                   std::move(certificate), std::move(key)});
  }
  for (const auto& [name, authority] : out.by_name_) {
    for (absl::string_view hash : pki::kCertIdHashes) {
      const pki::CertId id =
          pki::CertIdOf(/*serial=*/"1", authority.certificate, hash);
      out.by_hashes_.emplace(IssuerHashes(id), &authority);
    }
  }
  return out;
}

const Authority* Authorities::Find(absl::string_view name) const {
  const auto found = by_name_.find(std::string(name));
  return found == by_name_.end() ? nullptr : &found->second;
}

const Authority* Authorities::FindIssuer(const pki::CertId& id) const {
  const auto found = by_hashes_.find(IssuerHashes(id));
  return found == by_hashes_.end() ? nullptr : found->second;
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
