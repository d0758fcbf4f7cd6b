#include "services/ca/issuing/issuer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/issue.h"
#include "libs/pki/verify.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

// What makes two requests the same.
std::string OrderDigest(const pki::Csr& csr, const IssueOrder& order) {
  return crypto::Sha256(absl::StrCat(
      pki::RoleName(order.role), "\n", order.common_name, "\n",
      absl::StrJoin(order.names.uris, " "), "\n",
      absl::StrJoin(order.names.dns, " "), "\n", crypto::Sha256(csr.der())));
}

}  // namespace

std::string Issuer::Urls::Crl(const std::string& authority) const {
  return base.empty() ? "" : absl::StrCat(base, "/pki/crl/", authority, ".crl");
}
std::string Issuer::Urls::Ocsp() const {
  return base.empty() ? "" : absl::StrCat(base, "/pki/ocsp");
}
std::string Issuer::Urls::Certificate(const std::string& authority) const {
  return base.empty() ? "" : absl::StrCat(base, "/pki/ca/", authority, ".cer");
}

absl::StatusOr<Issuer> Issuer::Create(const Authorities& authorities,
                                      CaStore& store, const Clock& clock,
                                      Random& random, Urls urls) {
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey lint_rsa,
                        crypto::PrivateKey::Generate(crypto::KeyType::kRsa));
  OTRP_ASSIGN_OR_RETURN(crypto::PrivateKey lint_ec,
                        crypto::PrivateKey::Generate(crypto::KeyType::kEcP256));
  return Issuer(authorities, store, clock, random, std::move(urls),
                std::move(lint_rsa), std::move(lint_ec));
}

absl::StatusOr<std::string> Issuer::Sign(const CertificateRecord& intent,
                                         const pki::Csr& csr,
                                         const IssueOrder& order,
                                         const Authority& authority) const {
  pki::LeafTemplate leaf;
  leaf.role = order.role;
  leaf.serial = intent.serial;
  leaf.common_name = intent.subject;
  leaf.names = order.names;
  leaf.not_before = intent.not_before;
  leaf.not_after = intent.not_after;
  leaf.crl_url = urls_.Crl(authority.name);
  leaf.ocsp_url = urls_.Ocsp();
  leaf.issuer_url = urls_.Certificate(authority.name);
  const crypto::PrivateKey& lint_key =
      authority.key.type() == crypto::KeyType::kRsa ? lint_rsa_ : lint_ec_;
  OTRP_ASSIGN_OR_RETURN(
      const pki::Certificate linted,
      pki::IssueLeaf(leaf, csr.public_key(), authority.certificate, lint_key));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate signed_certificate,
                        pki::IssueLeaf(leaf, csr.public_key(),
                                       authority.certificate, authority.key));
  if (!pki::SameToBeSigned(linted, signed_certificate)) {
    return absl::InternalError(
        "the certificate that was signed isn't the one that was linted");
  }
  OTRP_RETURN_IF_ERROR(
      pki::CheckIssued(signed_certificate, authority.certificate));
  std::vector<pki::Certificate> above;
  for (const std::string& der : authorities_.ChainAbove(authority)) {
    OTRP_ASSIGN_OR_RETURN(pki::Certificate certificate,
                          pki::Certificate::FromDer(der));
    above.push_back(std::move(certificate));
  }
  const pki::TrustAnchors root({above.back()});
  const auto chain = pki::VerifyChain(signed_certificate, above, root,
                                      {clock_.Now(), order.role});
  if (!chain.ok()) {
    return absl::InternalError(absl::StrCat(
        "the issued certificate doesn't verify: ", chain.status().message()));
  }
  return signed_certificate.der();
}

absl::StatusOr<Issued> Issuer::Issue(
    const pki::Csr& csr, const IssueOrder& order,
    absl::FunctionRef<store::AuditEvent(const std::string& serial)> audit) {
  const pki::Profile& profile = pki::ProfileFor(order.role);
  const Authority* authority =
      authorities_.IssuerFor(profile.authority, csr.public_key().type());
  if (authority == nullptr) {
    return errors::AuthorityNotFound(pki::RoleName(profile.authority));
  }
  const absl::StatusOr<bool> blocked =
      store_.IsBlockedKey(crypto::Sha256(csr.public_key().ToSpki()));
  if (!blocked.ok()) return blocked.status();
  if (blocked.value_or(false)) return errors::CompromisedKey();
  const std::string digest = OrderDigest(csr, order);
  absl::optional<CertificateRecord> known;
  if (!order.request_id.empty()) {
    OTRP_ASSIGN_OR_RETURN(known, store_.FindRequest(order.request_id));
  }
  const auto answer = [&](const std::string& serial, const std::string& der,
                          absl::Time not_after, bool is_new) {
    Issued issued;
    issued.serial = serial;
    issued.chain_der = authorities_.ChainAbove(*authority);
    issued.chain_der.insert(issued.chain_der.begin(), der);
    issued.not_after = not_after;
    issued.is_new = is_new;
    return issued;
  };
  const absl::Time now =
      absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
  // Whose request id the new one gets.
  std::string replaced;
  if (known.has_value()) {
    if (known->request_sha256 != digest) return errors::RequestIdReused();
    if (known->state == CertificateState::kRevoked || known->not_after <= now) {
      replaced = known->serial;
      known.reset();
    }
  }
  CertificateRecord intent;
  if (known.has_value()) {
    authority = authorities_.Find(known->authority);
    if (authority == nullptr) {
      return errors::AuthorityNotFound(known->authority);
    }
    if (!known->der.empty()) {
      return answer(known->serial, known->der, known->not_after, false);
    }
    // A cycle that was cut short goes on with its own serial and times, so
    // that whatever was signed then says the same.
    intent = *std::move(known);
  } else {
    intent.serial = pki::NewSerial(random_);
    intent.profile = profile.role;
    intent.authority = authority->name;
    intent.subject = order.common_name;
    intent.san_uris = order.names.uris;
    intent.not_before = now - kBackdate;
    intent.not_after = std::min(intent.not_before + profile.lifetime,
                                authority->certificate.not_after());
    intent.request_id = order.request_id;
    intent.request_sha256 = digest;
    OTRP_RETURN_IF_ERROR(store_.RecordIntent(intent, order.claim, replaced));
  }
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        Sign(intent, csr, order, *authority));
  OTRP_RETURN_IF_ERROR(
      store_.RecordIssued(intent.serial, der, audit(intent.serial)));
  return answer(intent.serial, der, intent.not_after, true);
}

}  // namespace ca
}  // namespace otrp
