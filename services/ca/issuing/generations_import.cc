// The part of generations.h that has to do with others' roots.

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/csr.h"
#include "services/ca/errors.h"
#include "services/ca/issuing/generations.h"
#include "services/ca/issuing/import_check.h"

namespace otrp {
namespace ca {
namespace {

bool IsRsa(const crypto::PublicKey& key) {
  return key.type() == crypto::KeyType::kRsa;
}

absl::StatusOr<std::vector<pki::Certificate>> Parse(
    const std::vector<std::string>& ders) {
  std::vector<pki::Certificate> certificates;
  for (const std::string& der : ders) {
    absl::StatusOr<pki::Certificate> certificate =
        pki::Certificate::FromDer(der);
    if (!certificate.ok()) {
      return errors::BadAbove(certificate.status().message());
    }
    certificates.push_back(*std::move(certificate));
  }
  return certificates;
}

}  // namespace

// A TSM's devices want an OCSP response about each certificate of its chain.
absl::Status Generations::CheckOutside(const AuthorityRecord& last) const {
  return last.role == pki::Role::kTsm && !last.is_root
             ? errors::NoOutsideTsm(last.line)
             : absl::OkStatus();
}

absl::StatusOr<AuthorityRequest> Generations::Request(const RequestWish& wish,
                                                      Audit audit) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<AuthorityRecord> generations,
                        Line(wish.line));
  const AuthorityRecord& last = generations.back();
  if (last.is_root) return errors::RootsAskNobody(wish.line);
  OTRP_RETURN_IF_ERROR(CheckOutside(last));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate before,
                        pki::Certificate::FromDer(last.certificate_der));
  AuthorityRequest request;
  request.line = wish.line;
  request.name = GenerationName(wish.line, last.generation + 1);
  OTRP_ASSIGN_OR_RETURN(
      const crypto::PrivateKey key,
      keys_.NewAuthorityKey(request.name,
                            wish.key.value_or(KindOf(before.public_key()))));
  const std::string name =
      wish.common_name.empty()
          ? NextCommonName(before, false, last.generation + 1)
          : wish.common_name;
  const absl::StatusOr<pki::Csr> csr = pki::Csr::Create(key, name, {}, {});
  if (!csr.ok()) return errors::BadName("common_name", csr.status().message());
  request.csr_der = csr->der();
  OTRP_ASSIGN_OR_RETURN(request.sealed_key,
                        keys_.Seal(KeyOwner(request.name), key, random_));
  return store_.AddAuthorityRequest(request, wish.replace, audit(wish.line));
}

absl::StatusOr<crypto::PrivateKey> Generations::KeyFor(
    const ImportWish& wish, const std::string& name,
    const pki::Certificate& certificate, bool* requested) {
  *requested = wish.pkcs8.empty();
  if (!*requested) {
    absl::StatusOr<crypto::PrivateKey> key =
        crypto::PrivateKey::FromAuthorityPkcs8(wish.pkcs8);
    if (!key.ok()) return errors::BadImportKey(key.status().message());
    if (key->public_key() != certificate.public_key()) {
      return errors::BadImportKey("isn't the certificate's");
    }
    return key;
  }
  OTRP_ASSIGN_OR_RETURN(const absl::optional<AuthorityRequest> request,
                        store_.FindAuthorityRequest(wish.line));
  if (!request.has_value()) return errors::NoRequest(wish.line);
  const absl::StatusOr<pki::Csr> csr =
      pki::Csr::ParseAuthority(request->csr_der);
  if (!csr.ok() || csr->public_key() != certificate.public_key()) {
    return errors::BadImport(
        "is of another key than the one that was asked for (otrpctl ca csr)");
  }
  if (request->name != name) return errors::RequestIsOld(request->name);
  return keys_.Open(KeyOwner(name), request->sealed_key, certificate);
}

absl::StatusOr<AuthorityPtr> Generations::Import(const ImportWish& wish,
                                                 Audit audit) {
  OTRP_ASSIGN_OR_RETURN(const std::vector<AuthorityRecord> generations,
                        Line(wish.line));
  for (const AuthorityRecord& row : generations) {
    if (row.state == AuthorityState::kNext) return errors::HasNext(row.name);
  }
  const AuthorityRecord& last = generations.back();
  OTRP_RETURN_IF_ERROR(CheckOutside(last));
  const absl::StatusOr<pki::Certificate> certificate =
      pki::Certificate::FromDer(wish.certificate_der);
  if (!certificate.ok()) {
    return errors::BadImport(certificate.status().message());
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<pki::Certificate> above,
                        Parse(wish.above_der));
  OTRP_RETURN_IF_ERROR(CheckImported(*certificate, above,
                                     last.role.value_or(pki::Role::kWeb),
                                     last.is_root, clock_.Now()));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate before,
                        pki::Certificate::FromDer(last.certificate_der));
  if (last.role == pki::Role::kTsm &&
      IsRsa(certificate->public_key()) != IsRsa(before.public_key())) {
    return errors::KeyKindStays(IsRsa(before.public_key()) ? "RSA" : "EC");
  }
  NewGeneration made;
  AuthorityRecord& row = made.authority;
  row.line = wish.line;
  row.generation = last.generation + 1;
  row.name = GenerationName(row.line, row.generation);
  OTRP_ASSIGN_OR_RETURN(
      const crypto::PrivateKey key,
      KeyFor(wish, row.name, *certificate, &made.ends_request));
  row.state = AuthorityState::kNext;
  row.role = last.role;
  row.is_root = last.is_root;
  row.key_type = key.type();
  row.certificate_der = certificate->der();
  row.issuer = last.is_root ? row.name : "";
  if (!above.empty()) row.above_pem = pki::ToPem(above);
  OTRP_ASSIGN_OR_RETURN(row.sealed_key,
                        keys_.Seal(KeyOwner(row.name), key, random_));
  // One that somebody else certified is no certificate of ours.
  if (last.is_root) {
    made.certificate = OwnCertificateRecord(
        *certificate, OwnCertificate::kAuthority, row.name);
  }
  OTRP_ASSIGN_OR_RETURN(made.anchor, AnchorFor(last, row));
  OTRP_RETURN_IF_ERROR(store_.AddGeneration(made, audit(row.name)));
  return Publish(row.name);
}

}  // namespace ca
}  // namespace otrp
