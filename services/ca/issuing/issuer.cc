#include "services/ca/issuing/issuer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/x509.h"
#include "libs/pki/issue_unsigned.h"
#include "libs/pki/lint.h"
#include "libs/pki/verify.h"
#include "libs/service/audit.h"
#include "services/ca/domain/crl_shard.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

// What makes two requests the same.
std::string OrderDigest(const pki::Csr& csr, const IssueOrder& order) {
  return crypto::Sha256(
      absl::StrCat(pki::RoleName(order.role), "\n", order.common_name, "\n",
                   absl::StrJoin(order.names.uris, " "), "\n",
                   absl::StrJoin(order.names.dns, " "), "\n",
                   crypto::Sha256(csr.der()), order.authority));
}

}  // namespace

std::string IssueDetails(const CertificateRecord& signed_one,
                         const IssueOrder& order) {
  return service::AuditDetails()
      .Set("profile", pki::RoleName(order.role))
      .Set("authority", signed_one.authority)
      .Set("common_name", signed_one.subject)
      .SetList("uris", order.names.uris)
      .SetList("dns", order.names.dns)
      .Set("spki_sha256", absl::BytesToHexString(signed_one.spki_sha256))
      .Set("not_after",
           absl::FormatTime(signed_one.not_after, absl::UTCTimeZone()))
      .ToJson();
}

std::string Issuer::Urls::Crl(const std::string& authority,
                              const std::string& shard) const {
  return base.empty() ? ""
                      : absl::StrCat(base, "/pki/crl/", authority,
                                     shard.empty() ? "" : "/", shard, ".crl");
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
  return Issuer(authorities, store, clock, random, std::move(urls));
}

CertificateRecord Issuer::NewIntent(const pki::Csr& csr,
                                    const IssueOrder& order,
                                    const Authority& authority,
                                    const std::string& digest) {
  const absl::Time now =
      absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
  const pki::Profile& profile = pki::ProfileFor(order.role);
  CertificateRecord intent;
  intent.serial = pki::NewSerial(random_);
  intent.profile = profile.role;
  intent.authority = authority.name;
  intent.subject = order.common_name;
  intent.san_uris = order.names.uris;
  intent.not_before = now - kBackdate;
  const absl::Time end = order.lifetime > absl::ZeroDuration()
                             ? now + order.lifetime
                             : intent.not_before + profile.lifetime;
  intent.not_after =
      std::min({end, order.latest_end, authority.certificate.not_after()});
  intent.first_serial = order.first_serial;
  intent.request_id = order.request_id;
  intent.request_sha256 = digest;
  intent.spki_sha256 = crypto::Sha256(csr.public_key().ToSpki());
  if (!urls_.base.empty()) {
    intent.crl_shard = CrlShardOf(intent.serial, authority.crl_shards);
  }
  return intent;
}

pki::LeafTemplate Issuer::TemplateOf(const CertificateRecord& intent,
                                     const IssueOrder& order,
                                     const Authority& authority) const {
  pki::LeafTemplate leaf;
  leaf.role = order.role;
  leaf.serial = intent.serial;
  leaf.common_name = intent.subject;
  leaf.names = order.names;
  leaf.not_before = intent.not_before;
  leaf.not_after = intent.not_after;
  leaf.crl_url = urls_.Crl(authority.name, intent.crl_shard);
  leaf.ocsp_url = urls_.Ocsp();
  leaf.issuer_url = urls_.Certificate(authority.name);
  leaf.policy_oids = authority.terms.policy_oids;
  leaf.cps_uri = authority.terms.cps_uri;
  return leaf;
}

absl::StatusOr<pki::Certificate> Issuer::Lint(
    const pki::LeafTemplate& leaf, const pki::Csr& csr,
    const Authority& authority) const {
  OTRP_ASSIGN_OR_RETURN(
      pki::Certificate made,
      pki::UnsignedLeaf(leaf, csr.public_key(), authority.certificate));
  OTRP_RETURN_IF_ERROR(pki::CheckLints(
      crypto::TbsOf(made.info()),
      {authority.certificate, leaf.role, &authority.terms.policy_oids}));
  return made;
}

absl::StatusOr<std::string> Issuer::Sign(const pki::LeafTemplate& leaf,
                                         const pki::Csr& csr,
                                         const pki::Certificate& linted,
                                         const Authority& authority) const {
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate signed_certificate,
                        pki::IssueLeaf(leaf, csr.public_key(),
                                       authority.certificate, authority.key));
  if (!pki::SameToBeSigned(linted, signed_certificate)) {
    return absl::InternalError(
        "the certificate that was signed isn't the one that was linted");
  }
  OTRP_RETURN_IF_ERROR(
      CheckAsRelyingParty(signed_certificate, leaf.role, authority));
  return signed_certificate.der();
}

absl::Status Issuer::CheckAsRelyingParty(const pki::Certificate& certificate,
                                         pki::Role role,
                                         const Authority& authority) const {
  OTRP_RETURN_IF_ERROR(pki::CheckIssued(certificate, authority.certificate));
  const std::vector<pki::Certificate> above =
      authorities_.CertificatesAbove(authority);
  const pki::TrustAnchors root({above.back()});
  const auto chain =
      pki::VerifyChain(certificate, above, root, {clock_.Now(), role});
  if (!chain.ok()) {
    return absl::InternalError(absl::StrCat(
        "the issued certificate doesn't verify: ", chain.status().message()));
  }
  return absl::OkStatus();
}

Issued Issuer::Answer(const Begun& begun, const std::string& der,
                      bool is_new) const {
  Issued issued;
  issued.serial = begun.intent.serial;
  issued.chain_der = authorities_.ChainAbove(*begun.authority);
  issued.chain_der.insert(issued.chain_der.begin(), der);
  issued.not_after = begun.intent.not_after;
  issued.is_new = is_new;
  return issued;
}

absl::Status Issuer::BeginAnew(const pki::Csr& csr, const IssueOrder& order,
                               const std::string& digest, Begun* begun) {
  const pki::Profile& profile = pki::ProfileFor(order.role);
  const absl::Time now =
      absl::FromUnixSeconds(absl::ToUnixSeconds(clock_.Now()));
  OTRP_ASSIGN_OR_RETURN(
      begun->authority,
      authorities_.IssuerFor(profile.authority, csr.public_key().type(),
                             now - kBackdate, profile.lifetime,
                             order.authority));
  OTRP_RETURN_IF_ERROR(
      CheckWithin(begun->authority->terms, order.common_name, order.names));
  begun->intent = NewIntent(csr, order, *begun->authority, digest);
  begun->leaf = TemplateOf(begun->intent, order, *begun->authority);
  OTRP_ASSIGN_OR_RETURN(begun->linted,
                        Lint(begun->leaf, csr, *begun->authority));
  begun->intent.tbs_sha256 =
      crypto::Sha256(crypto::TbsOf(begun->linted->info()));
  begun->is_recorded = false;
  begun->grounds.csr_der = csr.der();
  begun->grounds.key_owner =
      KeyOwnerOf(profile, order.names.uris, order.common_name);
  begun->grounds.tsm_id = order.claim;
  return absl::OkStatus();
}

absl::StatusOr<Issuer::Begun> Issuer::Begin(const pki::Csr& csr,
                                            const IssueOrder& order,
                                            const CertificateRecord* known) {
  const std::string digest = OrderDigest(csr, order);
  Begun begun;
  if (known == nullptr) {
    OTRP_RETURN_IF_ERROR(BeginAnew(csr, order, digest, &begun));
    return begun;
  }
  if (known->request_sha256 != digest) return errors::RequestIdReused();
  begun.authority = authorities_.Find(known->authority);
  if (known->state == CertificateState::kRevoked ||
      known->not_after <= clock_.Now() || begun.authority == nullptr ||
      !IsTrusted(begun.authority->state)) {
    begun.grounds.replaced = known->serial;
    OTRP_RETURN_IF_ERROR(BeginAnew(csr, order, digest, &begun));
    return begun;
  }
  // What was begun goes on with its own authority, serial and times.
  begun.intent = *known;
  begun.is_recorded = true;
  if (!known->der.empty()) return begun;
  begun.leaf = TemplateOf(begun.intent, order, *begun.authority);
  OTRP_ASSIGN_OR_RETURN(begun.linted, Lint(begun.leaf, csr, *begun.authority));
  if (known->tbs_sha256 ==
      crypto::Sha256(crypto::TbsOf(begun.linted->info()))) {
    return begun;
  }
  // Settings have changed in between, and the serial may be signed already.
  begun.grounds.replaced = known->serial;
  OTRP_RETURN_IF_ERROR(BeginAnew(csr, order, digest, &begun));
  return begun;
}

absl::StatusOr<Issued> Issuer::Issue(const pki::Csr& csr,
                                     const IssueOrder& order, Audit audit) {
  OTRP_ASSIGN_OR_RETURN(
      const bool blocked,
      store_.IsBlockedKey(crypto::Sha256(csr.public_key().ToSpki())));
  if (blocked) return errors::CompromisedKey();
  absl::optional<CertificateRecord> known;
  if (!order.request_id.empty()) {
    OTRP_ASSIGN_OR_RETURN(known, store_.FindRequest(order.request_id));
  }
  OTRP_ASSIGN_OR_RETURN(
      const Begun begun,
      Begin(csr, order, known.has_value() ? &*known : nullptr));
  if (!begun.linted.has_value()) {
    return Answer(begun, begun.intent.der, /*is_new=*/false);
  }
  if (!begun.is_recorded) {
    OTRP_RETURN_IF_ERROR(store_.RecordIntent(begun.intent, begun.grounds));
  }
  OTRP_ASSIGN_OR_RETURN(const std::string der,
                        Sign(begun.leaf, csr, *begun.linted, *begun.authority));
  OTRP_RETURN_IF_ERROR(
      store_.RecordIssued(begun.intent.serial, der, audit(begun.intent)));
  return Answer(begun, der, /*is_new=*/true);
}

}  // namespace ca
}  // namespace otrp
