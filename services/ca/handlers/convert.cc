#include "services/ca/handlers/convert.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/rpc/time.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

struct ReasonRow {
  RevocationReason reason;
  v1::RevocationReason proto;
};

constexpr ReasonRow kReasons[] = {
    {RevocationReason::kUnspecified, v1::REVOCATION_REASON_UNSPECIFIED},
    {RevocationReason::kKeyCompromise, v1::REVOCATION_REASON_KEY_COMPROMISE},
    {RevocationReason::kAffiliationChanged,
     v1::REVOCATION_REASON_AFFILIATION_CHANGED},
    {RevocationReason::kSuperseded, v1::REVOCATION_REASON_SUPERSEDED},
    {RevocationReason::kCessationOfOperation,
     v1::REVOCATION_REASON_CESSATION_OF_OPERATION},
    {RevocationReason::kPrivilegeWithdrawn,
     v1::REVOCATION_REASON_PRIVILEGE_WITHDRAWN},
};

constexpr OwnCertificate kOwn[] = {OwnCertificate::kAuthority,
                                   OwnCertificate::kOcspSigner};

v1::Profile OwnToProto(OwnCertificate own) {
  v1::Profile value = v1::PROFILE_UNSPECIFIED;
  v1::Profile_Parse(
      absl::StrCat("PROFILE_", absl::AsciiStrToUpper(OwnCertificateWord(own))),
      &value);
  return value;
}

// The protos name their values by the profiles' words: PROFILE_TEE, ROLE_TEE.
std::string ValueName(absl::string_view prefix, pki::Role role) {
  return absl::StrCat(prefix, absl::AsciiStrToUpper(pki::RoleName(role)));
}

}  // namespace

absl::StatusOr<pki::Profile> FromProto(v1::Profile profile) {
  std::vector<std::string> known;
  for (const pki::Profile& row : pki::Profiles()) {
    if (row.names == pki::NameRule::kOurOwn) continue;
    if (ProfileToProto(row.role) == profile) return row;
    known.push_back(absl::AsciiStrToUpper(row.word));
  }
  return errors::UnknownProfile(absl::StrJoin(known, ", "));
}

absl::StatusOr<CertificateFilter> FilterFromProto(v1::Profile profile) {
  CertificateFilter filter;
  if (profile == v1::PROFILE_UNSPECIFIED) return filter;
  for (OwnCertificate own : kOwn) {
    if (OwnToProto(own) == profile) {
      filter.own = own;
      return filter;
    }
  }
  std::vector<std::string> known;
  for (const pki::Profile& row : pki::Profiles()) {
    if (ProfileToProto(row.role) == profile) {
      filter.profile = row.role;
      return filter;
    }
    known.push_back(absl::AsciiStrToUpper(row.word));
  }
  for (OwnCertificate own : kOwn) {
    known.push_back(absl::AsciiStrToUpper(OwnCertificateWord(own)));
  }
  return errors::UnknownProfile(absl::StrJoin(known, ", "));
}

absl::StatusOr<RevocationReason> FromProto(v1::RevocationReason reason) {
  for (const ReasonRow& row : kReasons) {
    if (row.proto == reason) return row.reason;
  }
  return errors::UnknownReason();
}

absl::StatusOr<pki::Role> AnchorRoleFromProto(common::v1::Role role) {
  switch (role) {
    case common::v1::ROLE_TEE: return pki::Role::kTee;
    case common::v1::ROLE_TFW: return pki::Role::kTfw;
    case common::v1::ROLE_SP: return pki::Role::kSp;
    default: return errors::BadRole();
  }
}

v1::Profile ProfileToProto(absl::optional<pki::Role> role,
                           absl::optional<OwnCertificate> own) {
  return own.has_value() ? OwnToProto(*own) : ProfileToProto(role);
}

v1::Profile ProfileToProto(absl::optional<pki::Role> role) {
  v1::Profile value = v1::PROFILE_UNSPECIFIED;
  if (role.has_value()) {
    v1::Profile_Parse(ValueName("PROFILE_", *role), &value);
  }
  return value;
}

common::v1::Role RoleToProto(absl::optional<pki::Role> role) {
  common::v1::Role value = common::v1::ROLE_UNSPECIFIED;
  if (role.has_value()) {
    common::v1::Role_Parse(ValueName("ROLE_", *role), &value);
  }
  return value;
}

v1::RevocationReason ToProto(RevocationReason reason) {
  for (const ReasonRow& row : kReasons) {
    if (row.reason == reason) return row.proto;
  }
  return v1::REVOCATION_REASON_UNSPECIFIED;
}

v1::Certificate ToProto(const CertificateRecord& certificate) {
  v1::Certificate out;
  out.set_serial(certificate.serial);
  out.set_profile(ProfileToProto(certificate.profile, certificate.own));
  out.set_authority(certificate.authority);
  out.set_subject(certificate.subject);
  for (const std::string& uri : certificate.san_uris) out.add_san_uris(uri);
  *out.mutable_not_before() = rpc::ToProto(certificate.not_before);
  *out.mutable_not_after() = rpc::ToProto(certificate.not_after);
  out.set_status(std::string(StateWord(certificate.state)));
  if (certificate.revoked.has_value()) {
    out.set_revocation_reason(ToProto(certificate.revoked->reason));
    *out.mutable_revoked_at() = rpc::ToProto(certificate.revoked->at);
  }
  out.set_der(certificate.der);
  return out;
}

v1::Authority ToProto(const Authority& authority) {
  v1::Authority out;
  out.set_name(authority.name);
  out.set_role(RoleToProto(authority.role));
  out.set_is_root(authority.is_root);
  out.set_certificate_der(authority.certificate.der());
  out.set_issuer(authority.issuer);
  *out.mutable_not_after() = rpc::ToProto(authority.certificate.not_after());
  out.set_key_type(std::string(crypto::KeyTypeName(authority.key.type())));
  out.set_line(authority.line);
  out.set_generation(authority.generation);
  out.set_state(std::string(AuthorityStateWord(authority.state)));
  out.set_key_bits(authority.key.public_key().bits());
  for (const auto& [issuer, certificate] : authority.crossed) {
    out.add_cross_certificates_der(certificate.der());
  }
  AddTerms(authority.terms, out);
  return out;
}

void AddTerms(const AuthorityTerms& terms, v1::Authority& out) {
  out.mutable_policy_oids()->Assign(terms.policy_oids.begin(),
                                    terms.policy_oids.end());
  out.set_cps_uri(terms.cps_uri);
  out.set_owner(terms.owner);
}

v1::TrustAnchor ToProto(const TrustAnchor& anchor) {
  v1::TrustAnchor out;
  out.set_role(RoleToProto(anchor.role));
  out.set_name(anchor.name);
  out.set_certificate_der(anchor.certificate_der);
  *out.mutable_added_at() = rpc::ToProto(anchor.added_at);
  out.mutable_accepted_ekus()->Assign(anchor.ekus.begin(), anchor.ekus.end());
  return out;
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
