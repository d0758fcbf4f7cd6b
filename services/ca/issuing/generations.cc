#include "services/ca/issuing/generations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

constexpr char kActor[] = "ca";

bool IsRsa(const crypto::PublicKey& key) {
  return key.type() == crypto::KeyType::kRsa;
}

}  // namespace

// "OTrP Suite SP Issuing CA G2": issuing authorities are told apart by their
// names too. A root keeps its name, so that a certificate of its new key by the
// old one is no further step of a path (RFC 5280 6.1.4 l, RFC 4210 4.4).
std::string Generations::NextCommonName(const pki::Certificate& last,
                                        bool is_root, int generation) {
  if (is_root) return last.common_name();
  absl::string_view name = last.common_name();
  absl::ConsumeSuffix(&name, absl::StrCat(" G", generation - 1));
  return absl::StrCat(name, " G", generation);
}

pki::KeyKind Generations::KindOf(const crypto::PublicKey& key) {
  return pki::KeyKindFromWord(pki::KeyKindWord(key))
      .value_or(pki::KeyKind{key.type(), 4096});
}

absl::StatusOr<std::vector<AuthorityRecord>> Generations::Line(
    const std::string& line) {
  OTRP_ASSIGN_OR_RETURN(AuthorityList list, store_.ReadAuthorities());
  std::vector<AuthorityRecord> generations;
  for (AuthorityRecord& row : list.authorities) {
    if (row.line == line) generations.push_back(std::move(row));
  }
  if (generations.empty()) return errors::GenerationNotFound("line", line);
  return generations;
}

pki::AuthorityTemplate Generations::Template(const std::string& common_name,
                                             absl::Duration lifetime) const {
  pki::AuthorityTemplate authority;
  authority.serial = pki::NewSerial(random_);
  authority.common_name = common_name;
  authority.not_before = clock_.Now() - kBackdate;
  authority.not_after = authority.not_before + lifetime;
  return authority;
}

absl::StatusOr<pki::Certificate> Generations::CertificateFor(
    const pki::AuthorityTemplate& wanted, const crypto::PublicKey& key,
    const Authority& issuer) const {
  pki::AuthorityTemplate authority = wanted;
  authority.crl_url = urls_.Crl(issuer.name, "");
  authority.ocsp_url = urls_.Ocsp();
  authority.issuer_url = urls_.Certificate(issuer.name);
  OTRP_ASSIGN_OR_RETURN(
      pki::Certificate certificate,
      pki::IssueAuthority(authority, key, issuer.certificate, issuer.key));
  OTRP_RETURN_IF_ERROR(pki::CheckIssued(certificate, issuer.certificate));
  return certificate;
}

absl::Status Generations::AddCross(const Authority& signer,
                                   const std::string& name,
                                   const pki::Certificate& certificate,
                                   NewGeneration* made) const {
  pki::AuthorityTemplate wanted =
      Template(certificate.common_name(), pki::RootLifetime());
  wanted.not_after = certificate.not_after();
  wanted.path_length = certificate.info().path_length;
  OTRP_ASSIGN_OR_RETURN(
      const pki::Certificate crossed,
      CertificateFor(wanted, certificate.public_key(), signer));
  made->crossed.push_back({name, signer.name, crossed.serial(), crossed.der()});
  made->crossed_rows.push_back(
      OwnCertificateRecord(crossed, OwnCertificate::kAuthority, signer.name));
  return absl::OkStatus();
}

absl::StatusOr<absl::optional<TrustAnchor>> Generations::AnchorFor(
    const AuthorityRecord& before, const AuthorityRecord& made) {
  absl::optional<TrustAnchor> none;
  if (!made.role.has_value()) return none;
  OTRP_ASSIGN_OR_RETURN(const TrustAnchorList list,
                        store_.ListAnchors(made.role));
  const bool is_anchor = std::any_of(
      list.anchors.begin(), list.anchors.end(), [&](const TrustAnchor& anchor) {
        return anchor.certificate_der == before.certificate_der;
      });
  if (!is_anchor && !before.was_anchor) return none;
  return absl::optional<TrustAnchor>(
      TrustAnchor{*made.role, made.name, made.certificate_der, clock_.Now()});
}

absl::StatusOr<AuthorityPtr> Generations::Publish(const std::string& name) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  const AuthorityPtr authority = authorities_.Find(name);
  if (authority == nullptr)
    return errors::GenerationNotFound("generation", name);
  // Its own, and those of its parts.
  OTRP_RETURN_IF_ERROR(revocation_.PublishStaleCrls());
  OTRP_RETURN_IF_ERROR(signers_.Renew(kActor));
  return authority;
}

absl::StatusOr<AuthorityPtr> Generations::Prepare(const Wish& wish,
                                                  Audit audit) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  OTRP_ASSIGN_OR_RETURN(const std::vector<AuthorityRecord> generations,
                        Line(wish.line));
  for (const AuthorityRecord& row : generations) {
    if (row.state == AuthorityState::kNext) return errors::HasNext(row.name);
  }
  const AuthorityRecord& last = generations.back();
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate before,
                        pki::Certificate::FromDer(last.certificate_der));
  const pki::KeyKind kind = wish.key.value_or(KindOf(before.public_key()));
  if (last.role == pki::Role::kTsm &&
      (kind.type == crypto::KeyType::kRsa) != IsRsa(before.public_key())) {
    return errors::KeyKindStays(IsRsa(before.public_key()) ? "RSA" : "EC");
  }
  AuthorityPtr issuer = authorities_.ActiveOf(wish.line);
  if (!last.is_root) {
    const AuthorityPtr above = authorities_.Find(last.issuer);
    if (above == nullptr) return errors::RootIsAnothers(wish.line);
    issuer = authorities_.ActiveOf(above->line);
    if (issuer == nullptr) return errors::NoActiveAuthority(above->line);
  }
  NewGeneration made;
  AuthorityRecord& row = made.authority;
  row.line = wish.line;
  row.generation = last.generation + 1;
  row.name = GenerationName(row.line, row.generation);
  OTRP_ASSIGN_OR_RETURN(const crypto::PrivateKey key,
                        keys_.NewAuthorityKey(row.name, kind));
  row.state = AuthorityState::kNext;
  row.role = last.role;
  row.is_root = last.is_root;
  row.key_type = key.type();
  const absl::Duration usual =
      last.is_root ? pki::RootLifetime() : pki::IssuingLifetime();
  pki::AuthorityTemplate wanted =
      Template(NextCommonName(before, last.is_root, row.generation),
               wish.lifetime > absl::ZeroDuration() ? wish.lifetime : usual);
  wanted.path_length = before.info().path_length;
  AddTerms(last.terms, &wanted);
  const auto signed_by_itself = [&]() -> absl::StatusOr<pki::Certificate> {
    OTRP_ASSIGN_OR_RETURN(pki::Certificate root, pki::IssueRoot(wanted, key));
    OTRP_RETURN_IF_ERROR(pki::CheckIssued(root, root));
    return root;
  };
  OTRP_ASSIGN_OR_RETURN(
      const pki::Certificate certificate,
      last.is_root ? signed_by_itself()
                   : CertificateFor(wanted, key.public_key(), *issuer));
  row.certificate_der = certificate.der();
  row.issuer = last.is_root ? row.name : issuer->name;
  OTRP_ASSIGN_OR_RETURN(row.sealed_key,
                        keys_.Seal(KeyOwner(row.name), key, random_));
  made.certificate =
      OwnCertificateRecord(certificate, OwnCertificate::kAuthority, row.issuer);
  if (last.is_root && issuer != nullptr) {
    OTRP_RETURN_IF_ERROR(AddCross(*issuer, row.name, certificate, &made));
  }
  OTRP_ASSIGN_OR_RETURN(made.anchor, AnchorFor(last, row));
  OTRP_RETURN_IF_ERROR(store_.AddGeneration(made, audit(row.name)));
  return Publish(row.name);
}

absl::StatusOr<Generations::Change> Generations::Activate(
    const std::string& name, Audit audit) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  const AuthorityPtr authority = authorities_.Find(name);
  if (authority == nullptr)
    return errors::GenerationNotFound("generation", name);
  OTRP_RETURN_IF_ERROR(CheckActivate(name, authority->state,
                                     authority->certificate.not_after(),
                                     clock_.Now()));
  Change change;
  OTRP_ASSIGN_OR_RETURN(change.changed,
                        store_.ActivateAuthority(name, audit(name)));
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  change.authority = authorities_.Find(name);
  return change;
}

absl::StatusOr<Generations::Change> Generations::Retire(const std::string& name,
                                                        Audit audit) {
  Change change;
  const absl::StatusOr<bool> retired = store_.RetireAuthority(
      name, clock_.Now(),
      [&](AuthorityState state, int64_t live) {
        return CheckRetire(name, state, live);
      },
      audit(name));
  if (!retired.ok()) {
    return errors::NameNotFound(retired.status(),
                                errors::GenerationNotFound("generation", name));
  }
  change.changed = *retired;
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  return change;
}

absl::StatusOr<Generations::Change> Generations::Revoke(const std::string& name,
                                                        RevocationReason reason,
                                                        Audit audit) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  const AuthorityPtr authority = authorities_.Find(name);
  if (authority == nullptr)
    return errors::GenerationNotFound("generation", name);
  OTRP_RETURN_IF_ERROR(
      CheckRevoke(name, authority->state, authority->is_root,
                  authorities_.Find(authority->issuer) != nullptr));
  Change change;
  OTRP_ASSIGN_OR_RETURN(
      change.changed,
      store_.RevokeAuthority(name, authority->certificate.serial(),
                             {reason, clock_.Now()}, audit(name)));
  // Also when nothing changed: a call that was cut short between the two steps
  // is completed by its repetition.
  OTRP_RETURN_IF_ERROR(revocation_.PublishCrl(authority->issuer));
  // Those of its parts too.
  OTRP_RETURN_IF_ERROR(revocation_.PublishStaleCrls());
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  change.authority = authorities_.Find(name);
  return change;
}

absl::StatusOr<Generations::Crossed> Generations::CrossSign(
    const std::string& name, const std::string& signer, Audit audit) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  const AuthorityPtr subject = authorities_.Find(name);
  if (subject == nullptr) return errors::GenerationNotFound("generation", name);
  const AuthorityPtr by = authorities_.Find(signer);
  if (by == nullptr) return errors::GenerationNotFound("signer", signer);
  if (!subject->is_root) return errors::OnlyRootsCross("line");
  if (by->line != subject->line || by->name == subject->name) {
    return errors::OnlyRootsCross("signer");
  }
  NewGeneration made;
  OTRP_RETURN_IF_ERROR(AddCross(*by, name, subject->certificate, &made));
  Crossed crossed;
  OTRP_ASSIGN_OR_RETURN(
      crossed.changed,
      store_.AddCross(made.crossed[0], made.crossed_rows[0], audit(name)));
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  crossed.authority = authorities_.Find(name);
  for (const auto& [issuer, certificate] : crossed.authority->crossed) {
    if (issuer == signer) crossed.certificate_der = certificate.der();
  }
  return crossed;
}

}  // namespace ca
}  // namespace otrp
