#include "services/ca/domain/ca_admins.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

// "otrp://operator/ops", and "/member/bob" behind it where it isn't a
// certificate's.
bool IsOperator(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  constexpr size_t kOfCertificate = 4;
  constexpr size_t kWithAgent = 6;
  if (parts.size() != kOfCertificate && parts.size() != kWithAgent)
    return false;
  const absl::StatusOr<rpc::Identity> identity =
      rpc::ParseIdentity(absl::StrCat(parts[0], "//", parts[2], "/", parts[3]));
  return parts[1].empty() && identity.ok() &&
         identity->kind == rpc::CallerKind::kOperator &&
         std::all_of(
             parts.begin() + kOfCertificate, parts.end(),
             [](const std::string& part) { return rpc::IsIdentityName(part); });
}

}  // namespace

absl::StatusOr<CaAdmins> CaAdmins::Of(
    const std::vector<std::string>& identities) {
  CaAdmins admins;
  for (const std::string& identity : identities) {
    if (!IsOperator(identity)) return errors::BadCaAdmin(identity);
    admins.identities_.insert(identity);
  }
  return admins;
}

rpc::Identity CaAdmins::Here(rpc::Identity caller) const {
  if (caller.kind != rpc::CallerKind::kOperator) return caller;
  const bool is_admin =
      identities_.empty() || identities_.count(caller.ToString()) > 0;
  if (caller.role == rpc::Role::kFull && !is_admin) {
    caller.role = rpc::Role::kStaff;
  } else if (caller.role == rpc::Role::kOperator && is_admin) {
    caller.role = rpc::Role::kCaAdmin;
  }
  return caller;
}

absl::Status CaAdmins::CheckGrant(const rpc::Identity& caller,
                                  const pki::Profile& profile,
                                  const std::vector<std::string>& uris) const {
  if (identities_.empty() || caller.kind != rpc::CallerKind::kOperator ||
      caller.role == rpc::Role::kFull || caller.role == rpc::Role::kCaAdmin) {
    return absl::OkStatus();
  }
  const bool grants_more =
      profile.role == pki::Role::kService ||
      std::any_of(uris.begin(), uris.end(), [&](const std::string& uri) {
        return identities_.count(uri) > 0;
      });
  return grants_more ? errors::NeedsCaAdmin(profile.word) : absl::OkStatus();
}

}  // namespace ca
}  // namespace otrp
