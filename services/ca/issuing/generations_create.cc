// The part of generations.h that makes authorities of their own.

#include <utility>

#include "libs/base/status_macros.h"
#include "services/ca/errors.h"
#include "services/ca/issuing/generations.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

// Which policies an authority issues by may change while its certificate
// stays, so that this one doesn't narrow them (RFC 5280 4.2.1.4).
constexpr char kAnyPolicy[] = "2.5.29.32.0";

}  // namespace

// The active root of a role; of a TSM's two the one of the kind of key.
absl::StatusOr<AuthorityPtr> Generations::RootFor(
    pki::Role role, const absl::optional<pki::KeyKind>& key) const {
  for (const auto& [name, authority] : authorities_.all()) {
    const bool suits =
        role != pki::Role::kTsm ||
        (authority->key.type() == crypto::KeyType::kRsa) ==
            (key.has_value() && key->type == crypto::KeyType::kRsa);
    if (authority->is_root && authority->role == role &&
        authority->state == AuthorityState::kActive && suits) {
      return authority;
    }
  }
  return errors::NoActiveAuthority(pki::RoleName(role));
}

absl::StatusOr<Generations::Change> Generations::Create(const CreateWish& wish,
                                                        Audit audit) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  OTRP_ASSIGN_OR_RETURN(const AuthorityList list, store_.ReadAuthorities());
  for (const AuthorityRecord& row : list.authorities) {
    if (row.line != wish.line) continue;
    if (row.role != wish.role || row.terms != wish.terms) {
      return errors::LineTaken(wish.line);
    }
    return Change{authorities_.ActiveOf(wish.line), /*changed=*/false};
  }
  OTRP_ASSIGN_OR_RETURN(const AuthorityPtr issuer,
                        RootFor(wish.role, wish.key));
  NewGeneration made;
  AuthorityRecord& row = made.authority;
  row.line = wish.line;
  row.name = wish.line;
  row.role = wish.role;
  row.issuer = issuer->name;
  OTRP_ASSIGN_OR_RETURN(
      const crypto::PrivateKey key,
      keys_.NewAuthorityKey(
          row.name, wish.key.value_or(KindOf(issuer->key.public_key()))));
  row.key_type = key.type();
  pki::AuthorityTemplate wanted =
      Template(wish.common_name, wish.lifetime > absl::ZeroDuration()
                                     ? wish.lifetime
                                     : pki::IssuingLifetime());
  AddTerms(wish.terms, &wanted);
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate certificate,
                        CertificateFor(wanted, key.public_key(), *issuer));
  row.certificate_der = certificate.der();
  OTRP_ASSIGN_OR_RETURN(row.sealed_key,
                        keys_.Seal(KeyOwner(row.name), key, random_));
  made.certificate =
      OwnCertificateRecord(certificate, OwnCertificate::kAuthority, row.issuer);
  made.terms = wish.terms;
  if (!wish.anchor.empty()) {
    made.anchor =
        TrustAnchor{wish.role, wish.anchor, row.certificate_der, clock_.Now()};
  }
  OTRP_RETURN_IF_ERROR(store_.AddGeneration(made, audit(row.name)));
  OTRP_ASSIGN_OR_RETURN(AuthorityPtr authority, Publish(row.name));
  return Change{std::move(authority), /*changed=*/true};
}

absl::StatusOr<Generations::Change> Generations::SetPolicies(
    const std::string& line, const std::vector<std::string>& policy_oids,
    const std::string& cps_uri, Audit audit) {
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  const AuthorityPtr active = authorities_.ActiveOf(line);
  if (active == nullptr) return errors::GenerationNotFound("line", line);
  if (active->is_root) return errors::RootsIssueNone(line);
  Change change;
  OTRP_ASSIGN_OR_RETURN(
      change.changed,
      store_.SetPolicies(line, policy_oids, cps_uri, audit(line)));
  OTRP_RETURN_IF_ERROR(authorities_.Refresh());
  change.authority = authorities_.ActiveOf(line);
  if (change.authority == nullptr) return errors::NoActiveAuthority(line);
  return change;
}

void Generations::AddTerms(const AuthorityTerms& terms,
                           pki::AuthorityTemplate* authority) {
  authority->permitted_uri_hosts = terms.permitted_uri_hosts;
  authority->permitted_dns = terms.permitted_dns;
  if (terms.is_named) authority->policy_oids = {kAnyPolicy};
}

}  // namespace ca
}  // namespace otrp
