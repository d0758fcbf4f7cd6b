#include "services/ca/domain/order.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/base/utf8.h"
#include "libs/crypto/hash.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

constexpr absl::string_view kHttps = "https://";
constexpr absl::string_view kIdentity = "otrp://";

bool IsGraphic(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
}

// True for UTF-8 of at most so many characters: RFC 5280 counts these.
bool HasCharacters(absl::string_view text, size_t max) {
  size_t count = 0;
  while (!text.empty()) {
    const size_t octets = Utf8SequenceLength(text);
    if (octets == 0 || ++count > max) return false;
    text.remove_prefix(octets);
  }
  return true;
}

absl::Status CheckNames(absl::string_view field,
                        const std::vector<std::string>& names) {
  if (names.size() > kMaxNames) {
    return errors::BadName(field, "must have at most 16 names");
  }
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxNameBytes || !IsGraphic(name)) {
      return errors::BadName(
          field, "must have names of 1 to 255 printable characters");
    }
  }
  return absl::OkStatus();
}

// What mutual TLS takes for a caller's name (libs/rpc/identity.h): a
// certificate without it could call nothing, and a profile must not make what
// only the other one may.
absl::Status CheckIdentity(bool service, const std::vector<std::string>& uris) {
  const absl::string_view forms =
      service ? "otrp://service/NAME"
              : "otrp://operator/NAME, otrp://auditor/NAME or otrp://sp/SPID";
  if (uris.size() != 1) return errors::NeedsIdentity(forms);
  const absl::StatusOr<rpc::Identity> identity = rpc::ParseIdentity(uris[0]);
  const bool good =
      identity.ok() && service == (identity->kind == rpc::CallerKind::kService);
  return good ? absl::OkStatus() : errors::NeedsIdentity(forms);
}

bool IsTsmId(absl::string_view uri) {
  return absl::StartsWith(uri, kHttps) && uri.size() > kHttps.size();
}

bool LooksLikeHost(absl::string_view name) {
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._:*", c);
  });
}

// Empty where there is none.
std::string HostOf(absl::string_view uri) {
  const size_t slashes = uri.find("://");
  if (slashes == absl::string_view::npos) return "";
  absl::string_view authority = uri.substr(slashes + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const size_t at = authority.rfind('@');
  if (at != absl::string_view::npos) authority.remove_prefix(at + 1);
  return absl::AsciiStrToLower(authority.substr(0, authority.find(':')));
}

// ".acme.example" is all below it, "acme.example" that host alone.
bool IsHostWithin(const std::string& host,
                  const std::vector<std::string>& permitted) {
  return std::any_of(
      permitted.begin(), permitted.end(), [&](const std::string& one) {
        return absl::StartsWith(one, ".")
                   ? absl::EndsWith(host, one) && host.size() > one.size()
                   : host == one;
      });
}

// "acme.example" is the host and all below it.
bool IsDnsWithin(absl::string_view name,
                 const std::vector<std::string>& permitted) {
  const std::string lower = absl::AsciiStrToLower(name);
  return std::any_of(
      permitted.begin(), permitted.end(), [&](const std::string& one) {
        return lower == one || absl::EndsWith(lower, absl::StrCat(".", one));
      });
}

absl::Status CheckNoIdentity(const std::vector<std::string>& uris) {
  const bool good = std::none_of(
      uris.begin(), uris.end(),
      [](const std::string& uri) { return absl::StartsWith(uri, kIdentity); });
  return good ? absl::OkStatus() : errors::IdentityNotGranted();
}

// Identities of our own are given by the order alone, never by what a request
// wishes for.
absl::StatusOr<crypto::SubjectNames> GrantNames(
    pki::NameRule rule, const pki::Csr& csr,
    const std::vector<std::string>& wanted) {
  crypto::SubjectNames names;
  names.uris = wanted;
  const bool own =
      rule == pki::NameRule::kOwnUris || rule == pki::NameRule::kTsmId;
  if (own && names.uris.empty()) names.uris = csr.san_uris();
  OTRP_RETURN_IF_ERROR(CheckNames("san_uris", names.uris));
  if (own) OTRP_RETURN_IF_ERROR(CheckNoIdentity(names.uris));
  switch (rule) {
    case pki::NameRule::kOwnUris: break;
    case pki::NameRule::kTsmId:
      if (names.uris.size() != 1 || !IsTsmId(names.uris[0])) {
        return errors::NeedsTsmId();
      }
      break;
    case pki::NameRule::kServiceIdentity:
      OTRP_RETURN_IF_ERROR(CheckIdentity(/*service=*/true, names.uris));
      names.dns = csr.san_dns();
      OTRP_RETURN_IF_ERROR(CheckNames("csr_der", names.dns));
      break;
    case pki::NameRule::kClientIdentity:
      OTRP_RETURN_IF_ERROR(CheckIdentity(/*service=*/false, names.uris));
      break;
    case pki::NameRule::kOurOwn:
      return absl::InternalError("nobody asks for a profile of our own");
  }
  return names;
}

}  // namespace

absl::Status CheckCommonName(absl::string_view name) {
  if (name.empty() || !HasCharacters(name, kMaxCommonNameCharacters)) {
    return errors::BadName("common_name", "must have 1 to 64 characters");
  }
  for (char c : name) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      return errors::BadName("common_name", "must not have control characters");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMayHave(const rpc::Identity& caller,
                          const pki::Profile& profile) {
  const bool may =
      profile.names != pki::NameRule::kOurOwn &&
      (caller.kind == rpc::CallerKind::kOperator ||
       (caller.kind == rpc::CallerKind::kService &&
        !profile.requester.empty() && caller.name == profile.requester));
  return may ? absl::OkStatus()
             : errors::ProfileDenied(caller.ToString(), profile.word);
}

bool Owns(const rpc::Identity& caller, const AuthorityTerms& terms) {
  // Who of its people and tokens it is doesn't count.
  return !terms.owner.empty() &&
         terms.owner == rpc::Identity(caller.kind, caller.name).ToString();
}

bool MayUse(const rpc::Identity& caller, const AuthorityTerms& terms) {
  return terms.owner.empty() || caller.kind == rpc::CallerKind::kOperator ||
         Owns(caller, terms);
}

absl::Status CheckWithin(const AuthorityTerms& terms,
                         const std::string& common_name,
                         const crypto::SubjectNames& names) {
  if (terms.permitted_uri_hosts.empty() && terms.permitted_dns.empty()) {
    return absl::OkStatus();
  }
  // Relying parties take such a name for one that the constraints are about.
  if (names.uris.empty() && names.dns.empty() && LooksLikeHost(common_name)) {
    return errors::LooksLikeHost();
  }
  if (!terms.permitted_uri_hosts.empty()) {
    for (const std::string& uri : names.uris) {
      if (!IsHostWithin(HostOf(uri), terms.permitted_uri_hosts)) {
        return errors::NotWithin(
            uri, absl::StrJoin(terms.permitted_uri_hosts, ", "));
      }
    }
  }
  if (!terms.permitted_dns.empty()) {
    for (const std::string& name : names.dns) {
      if (!IsDnsWithin(name, terms.permitted_dns)) {
        return errors::NotWithin(name,
                                 absl::StrJoin(terms.permitted_dns, ", "));
      }
    }
  }
  return absl::OkStatus();
}

bool MayRevoke(const rpc::Identity& caller,
               const CertificateRecord& certificate) {
  if (caller.kind == rpc::CallerKind::kOperator) return true;
  if (!certificate.profile.has_value()) return false;
  const pki::Profile& profile = pki::ProfileFor(*certificate.profile);
  if (caller.kind == rpc::CallerKind::kService) {
    return !profile.requester.empty() && caller.name == profile.requester;
  }
  // Who of the SP it is doesn't count here.
  const std::string own = rpc::Identity(caller.kind, caller.name).ToString();
  return caller.kind == rpc::CallerKind::kSp &&
         profile.names == pki::NameRule::kClientIdentity &&
         certificate.san_uris == std::vector<std::string>{own};
}

std::string KeyOwnerOf(const pki::Profile& profile,
                       const std::vector<std::string>& uris,
                       const std::string& common_name) {
  if (!profile.unique_key) return "";
  const bool named_by_uri = profile.names == pki::NameRule::kTsmId ||
                            profile.names == pki::NameRule::kServiceIdentity ||
                            profile.names == pki::NameRule::kClientIdentity;
  return named_by_uri && !uris.empty() ? uris.front() : common_name;
}

absl::Status CheckTsmId(absl::string_view field, const std::string& uri) {
  OTRP_RETURN_IF_ERROR(CheckNames(field, {uri}));
  return IsTsmId(uri) ? absl::OkStatus()
                      : errors::BadName(field, "must be an absolute https URI");
}

absl::Status CheckTsmIdHolder(const std::string& holder) {
  const absl::StatusOr<rpc::Identity> identity = rpc::ParseIdentity(holder);
  const bool good =
      identity.ok() &&
      CheckMayHave(*identity, pki::ProfileFor(pki::Role::kTsm)).ok();
  return good ? absl::OkStatus() : errors::BadTsmIdHolder();
}

absl::StatusOr<absl::Duration> GrantLifetime(int64_t seconds,
                                             const pki::Profile& profile,
                                             const ClientLives& lives) {
  const absl::Duration max =
      profile.role == pki::Role::kClient ? lives.max : profile.lifetime;
  if (seconds == 0) return absl::ZeroDuration();
  if (seconds < absl::ToInt64Seconds(kMinLifetime) ||
      seconds > absl::ToInt64Seconds(max)) {
    return errors::BadLifetime(absl::ToInt64Seconds(kMinLifetime),
                               absl::ToInt64Seconds(max));
  }
  return absl::Seconds(seconds);
}

absl::StatusOr<IssueOrder> MakeOrder(const rpc::Identity& caller,
                                     const pki::Profile& profile,
                                     const pki::Csr& csr, const Wish& wish,
                                     const ClientLives& lives) {
  IssueOrder order;
  order.role = profile.role;
  order.common_name =
      wish.common_name.empty() ? csr.common_name() : wish.common_name;
  OTRP_RETURN_IF_ERROR(CheckCommonName(order.common_name));
  order.authority = wish.authority;
  order.request_id = wish.request_id;
  if (order.request_id.size() > kMaxRequestIdBytes ||
      !IsGraphic(order.request_id)) {
    return errors::BadRequestId();
  }
  OTRP_ASSIGN_OR_RETURN(order.names,
                        GrantNames(profile.names, csr, wish.san_uris));
  OTRP_ASSIGN_OR_RETURN(order.lifetime,
                        GrantLifetime(wish.lifetime_seconds, profile, lives));
  if (profile.names == pki::NameRule::kTsmId) {
    // Which of an operator's people and tokens it is doesn't count.
    order.claim =
        TsmIdClaim{order.names.uris[0],
                   rpc::Identity(caller.kind, caller.name).ToString()};
  }
  return order;
}

absl::StatusOr<IssueOrder> MakeRenewal(const rpc::Identity& caller,
                                       const Renewable& renewable,
                                       const pki::Csr& csr,
                                       int64_t lifetime_seconds,
                                       const ClientLives& lives,
                                       absl::Time now) {
  const CertificateRecord& old = renewable.certificate;
  const pki::Profile& profile = pki::ProfileFor(pki::Role::kClient);
  if (old.profile != profile.role ||
      old.san_uris != std::vector<std::string>{caller.ToString()}) {
    return errors::NotToBeRenewed(caller.ToString());
  }
  if (old.state != CertificateState::kIssued) return errors::RenewsNoRevoked();
  if (old.not_after <= now) return errors::RenewsNoEnded(old.not_after);
  if (renewable.is_stopped) return errors::RenewalIsStopped();
  IssueOrder order;
  order.latest_end = renewable.given_at + lives.renewable_for;
  if (order.latest_end <= now) {
    return errors::RenewedForLongEnough(renewable.given_at);
  }
  const bool same_names =
      (csr.common_name().empty() || csr.common_name() == old.subject) &&
      (csr.san_uris().empty() || csr.san_uris() == old.san_uris) &&
      csr.san_dns().empty();
  if (!same_names) return errors::OtherNames();
  OTRP_ASSIGN_OR_RETURN(order.lifetime,
                        GrantLifetime(lifetime_seconds, profile, lives));
  // From now on, as those that are asked for.
  if (order.lifetime == absl::ZeroDuration()) order.lifetime = profile.lifetime;
  order.role = profile.role;
  order.common_name = old.subject;
  order.names.uris = old.san_uris;
  order.first_serial = renewable.first_serial;
  // Asked again, because the answer was lost, it is the same.
  order.request_id = absl::StrCat(
      "renew:", old.serial, ":",
      absl::BytesToHexString(crypto::Sha256(csr.der())).substr(0, 32));
  return order;
}

}  // namespace ca
}  // namespace otrp
