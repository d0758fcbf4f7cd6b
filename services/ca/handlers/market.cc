#include "services/ca/handlers/market.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/der.h"
#include "libs/pki/key_kind.h"
#include "libs/service/audit.h"
#include "libs/service/names.h"
#include "services/ca/domain/order.h"
#include "services/ca/errors.h"
#include "services/ca/handlers/convert.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace handlers {
namespace {

constexpr size_t kMaxLineBytes = 48;
constexpr size_t kMaxPolicies = 8;
constexpr size_t kMaxCpsBytes = 200;
constexpr size_t kMaxConstraints = 16;
constexpr size_t kMaxHostBytes = 253;

template <typename Field>
std::vector<std::string> Strings(const Field& field) {
  return {field.begin(), field.end()};
}

absl::Status CheckLine(const std::string& line) {
  const bool good =
      !line.empty() && line.size() <= kMaxLineBytes &&
      absl::ascii_islower(static_cast<unsigned char>(line[0])) &&
      std::all_of(line.begin(), line.end(), [](unsigned char c) {
        return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
      });
  return good ? absl::OkStatus() : errors::BadLine();
}

absl::Status CheckPolicies(const std::vector<std::string>& oids,
                           const std::string& cps) {
  const bool good_oids =
      oids.size() <= kMaxPolicies &&
      std::set<std::string>(oids.begin(), oids.end()).size() == oids.size() &&
      std::all_of(oids.begin(), oids.end(), [](const std::string& oid) {
        return crypto::der::IsOid(oid);
      });
  if (!good_oids) return errors::BadPolicies(kMaxPolicies);
  if (cps.empty()) return absl::OkStatus();
  const bool good_cps =
      !oids.empty() && cps.size() <= kMaxCpsBytes &&
      (absl::StartsWith(cps, "https://") || absl::StartsWith(cps, "http://")) &&
      std::all_of(cps.begin(), cps.end(),
                  [](unsigned char c) { return absl::ascii_isgraph(c); });
  return good_cps ? absl::OkStatus() : errors::BadCps();
}

absl::Status CheckHosts(absl::string_view field,
                        const std::vector<std::string>& hosts,
                        bool may_begin_with_dot) {
  const auto good = [&](absl::string_view host) {
    if (may_begin_with_dot) host = absl::StripPrefix(host, ".");
    return !host.empty() && host.size() <= kMaxHostBytes &&
           host.front() != '.' && host.back() != '.' &&
           std::all_of(host.begin(), host.end(), [](unsigned char c) {
             return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
                    c == '-' || c == '.';
           });
  };
  return hosts.size() <= kMaxConstraints &&
                 std::all_of(hosts.begin(), hosts.end(), good)
             ? absl::OkStatus()
             : errors::BadConstraint(field);
}

absl::Status CheckOwner(const std::string& owner) {
  if (owner.empty()) return absl::OkStatus();
  const absl::StatusOr<rpc::Identity> identity = rpc::ParseIdentity(owner);
  const bool good =
      identity.ok() && (identity->kind == rpc::CallerKind::kSp ||
                        identity->kind == rpc::CallerKind::kOperator);
  return good ? absl::OkStatus() : errors::BadOwner();
}

absl::StatusOr<pki::Role> RoleOf(common::v1::Role role) {
  switch (role) {
    case common::v1::ROLE_TSM: return pki::Role::kTsm;
    case common::v1::ROLE_TEE: return pki::Role::kTee;
    case common::v1::ROLE_TFW: return pki::Role::kTfw;
    case common::v1::ROLE_SP: return pki::Role::kSp;
    default: return errors::BadMarketRole();
  }
}

// Who verifies by anchors learns it as one, under its vendor's name.
absl::StatusOr<std::string> AnchorOf(const v1::CreateAuthorityRequest& request,
                                     pki::Role role) {
  if (role == pki::Role::kTsm) {
    if (!request.vendor().empty()) return errors::BadVendor();
    return std::string();
  }
  const std::string& name =
      request.vendor().empty() ? request.line() : request.vendor();
  if (!service::CheckName("vendor", name).ok()) return errors::BadVendor();
  return name;
}

absl::StatusOr<Generations::CreateWish> WishOf(
    const v1::CreateAuthorityRequest& request) {
  Generations::CreateWish wish;
  OTRP_RETURN_IF_ERROR(CheckLine(request.line()));
  wish.line = request.line();
  OTRP_ASSIGN_OR_RETURN(wish.role, RoleOf(request.role()));
  OTRP_RETURN_IF_ERROR(CheckCommonName(request.common_name()));
  wish.common_name = request.common_name();
  if (!request.key().empty()) {
    wish.key = pki::KeyKindFromWord(request.key());
    if (!wish.key.has_value()) return errors::BadKeyKind();
  }
  if (request.lifetime_days() < 0 ||
      request.lifetime_days() > kMaxAuthorityDays) {
    return errors::BadLifetime();
  }
  wish.lifetime = absl::Hours(24) * request.lifetime_days();
  AuthorityTerms& terms = wish.terms;
  terms.is_named = true;
  terms.policy_oids = Strings(request.policy_oids());
  terms.cps_uri = request.cps_uri();
  OTRP_RETURN_IF_ERROR(CheckPolicies(terms.policy_oids, terms.cps_uri));
  terms.permitted_uri_hosts = Strings(request.permitted_uri_hosts());
  OTRP_RETURN_IF_ERROR(CheckHosts("permitted_uri_hosts",
                                  terms.permitted_uri_hosts,
                                  /*may_begin_with_dot=*/true));
  terms.permitted_dns = Strings(request.permitted_dns());
  OTRP_RETURN_IF_ERROR(CheckHosts("permitted_dns", terms.permitted_dns,
                                  /*may_begin_with_dot=*/false));
  terms.owner = request.owner();
  OTRP_RETURN_IF_ERROR(CheckOwner(terms.owner));
  OTRP_ASSIGN_OR_RETURN(wish.anchor, AnchorOf(request, wish.role));
  return wish;
}

}  // namespace

absl::Status CreateAuthority(const rpc::CallContext& call, Env& env,
                             const v1::CreateAuthorityRequest& request,
                             v1::CreateAuthorityResponse& response) {
  OTRP_ASSIGN_OR_RETURN(const Generations::CreateWish wish, WishOf(request));
  OTRP_ASSIGN_OR_RETURN(
      const Generations::Change change,
      env.generations.Create(wish, [&](const std::string& name) {
        return service::AuditOf(
            call, "authority.create", name, store::kAuditOk,
            service::AuditDetails()
                .Set("role", pki::RoleName(wish.role))
                .SetList("policy_oids", wish.terms.policy_oids)
                .Set("cps_uri", wish.terms.cps_uri)
                .Set("owner", wish.terms.owner)
                .Set("anchor", wish.anchor));
      }));
  call.Changed(change.changed);
  if (change.authority != nullptr) {
    *response.mutable_authority() = ToProto(*change.authority);
  }
  return absl::OkStatus();
}

absl::Status SetAuthorityPolicies(
    const rpc::CallContext& call, Env& env,
    const v1::SetAuthorityPoliciesRequest& request,
    v1::SetAuthorityPoliciesResponse& response) {
  const std::vector<std::string> oids = Strings(request.policy_oids());
  OTRP_RETURN_IF_ERROR(CheckPolicies(oids, request.cps_uri()));
  OTRP_ASSIGN_OR_RETURN(
      const Generations::Change change,
      env.generations.SetPolicies(request.line(), oids, request.cps_uri(),
                                  [&](const std::string& line) {
                                    return service::AuditOf(
                                        call, "authority.policies", line,
                                        store::kAuditOk,
                                        service::AuditDetails()
                                            .SetList("policy_oids", oids)
                                            .Set("cps_uri", request.cps_uri()));
                                  }));
  call.Changed(change.changed);
  *response.mutable_authority() = ToProto(*change.authority);
  return absl::OkStatus();
}

absl::Status CheckMayHaveOf(const Env& env, const rpc::Identity& caller,
                            const pki::Profile& profile,
                            const std::string& authority) {
  const AuthorityPtr named =
      authority.empty() ? nullptr : env.authorities.ActiveOf(authority);
  if (named != nullptr && !MayUse(caller, named->terms)) {
    return errors::IssuerNotFound(authority);
  }
  // An SP's own is all that it may have certificates of by itself.
  if (caller.kind == rpc::CallerKind::kSp) {
    if (!caller.taids.empty()) return errors::ScopedToken();
    return named != nullptr && Owns(caller, named->terms) &&
                   named->role == profile.authority &&
                   profile.names == pki::NameRule::kOwnUris
               ? absl::OkStatus()
               : errors::NeedsOwnAuthority();
  }
  return CheckMayHave(caller, profile);
}

}  // namespace handlers
}  // namespace ca
}  // namespace otrp
