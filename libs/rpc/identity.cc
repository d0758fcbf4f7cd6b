#include "libs/rpc/identity.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpc/grpc_security_constants.h"
#include "grpcpp/security/auth_context.h"

namespace otrp {
namespace rpc {
namespace {

constexpr absl::string_view kScheme = "otrp://";
constexpr size_t kMaxNameBytes = 64;

struct KindName {
  absl::string_view text;
  CallerKind kind;
};
constexpr KindName kKinds[] = {
    {"service", CallerKind::kService},
    {"operator", CallerKind::kOperator},
    {"auditor", CallerKind::kAuditor},
    {"sp", CallerKind::kSp},
};

bool IsName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  for (char c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != '_') {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string Identity::ToString() const {
  for (const KindName& entry : kKinds) {
    if (entry.kind == kind) {
      return absl::StrCat(kScheme, entry.text, "/", name);
    }
  }
  return "anonymous";
}

absl::StatusOr<Identity> ParseIdentity(absl::string_view uri) {
  absl::string_view rest = uri;
  if (absl::ConsumePrefix(&rest, kScheme)) {
    const size_t slash = rest.find('/');
    if (slash != absl::string_view::npos && IsName(rest.substr(slash + 1))) {
      for (const KindName& entry : kKinds) {
        if (entry.text == rest.substr(0, slash)) {
          return Identity{entry.kind, std::string(rest.substr(slash + 1))};
        }
      }
    }
  }
  return absl::InvalidArgumentError(
      "identity: must be otrp://service/NAME, otrp://operator/NAME, "
      "otrp://auditor/NAME or otrp://sp/SPID");
}

Identity IdentityOf(const grpc::AuthContext& context) {
  if (!context.IsPeerAuthenticated()) return Identity();
  Identity found;
  int of_ours = 0;
  for (const grpc::string_ref& property :
       context.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)) {
    const absl::string_view uri(property.data(), property.size());
    if (!absl::StartsWith(uri, kScheme)) continue;
    ++of_ours;
    auto parsed = ParseIdentity(uri);
    if (!parsed.ok()) return Identity();
    found = *std::move(parsed);
  }
  // Two identities in one certificate: whoever made it, it isn't for us to
  // choose between them.
  return of_ours == 1 ? found : Identity();
}

}  // namespace rpc
}  // namespace otrp
