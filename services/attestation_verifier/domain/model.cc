#include "services/attestation_verifier/domain/model.h"

#include "absl/status/status.h"

namespace otrp {
namespace verifier {
namespace {

struct RoleRow {
  AnchorRole role;
  absl::string_view word;
};

constexpr RoleRow kRoles[] = {
    {AnchorRole::kTee, "tee"},
    {AnchorRole::kTfw, "tfw"},
};

struct KindRow {
  RevocationKind kind;
  absl::string_view word;
};

constexpr KindRow kKinds[] = {
    {RevocationKind::kCrl, "crl"},
    {RevocationKind::kOcsp, "ocsp"},
};

}  // namespace

absl::string_view WordOf(RevocationKind kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row.word;
  }
  return "";
}

absl::StatusOr<RevocationKind> RevocationKindOf(absl::string_view word) {
  for (const KindRow& row : kKinds) {
    if (row.word == word) return row.kind;
  }
  return absl::DataLossError("the kind of revocation data can't be read");
}

absl::string_view WordOf(AnchorRole role) {
  for (const RoleRow& row : kRoles) {
    if (row.role == role) return row.word;
  }
  return "";
}

absl::StatusOr<AnchorRole> AnchorRoleOf(absl::string_view word) {
  for (const RoleRow& row : kRoles) {
    if (row.word == word) return row.role;
  }
  return absl::DataLossError("the role of a trust anchor can't be read");
}

}  // namespace verifier
}  // namespace otrp
