#include "services/ca/handlers/convert.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/rpc/time.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

struct ReasonRow {
  v1::RevocationReason reason;
  int code;
};

constexpr ReasonRow kReasons[] = {
    {v1::REVOCATION_REASON_UNSPECIFIED, 0},
    {v1::REVOCATION_REASON_KEY_COMPROMISE, 1},
    {v1::REVOCATION_REASON_AFFILIATION_CHANGED, 3},
    {v1::REVOCATION_REASON_SUPERSEDED, 4},
    {v1::REVOCATION_REASON_CESSATION_OF_OPERATION, 5},
    {v1::REVOCATION_REASON_PRIVILEGE_WITHDRAWN, 9},
};

}  // namespace

absl::StatusOr<pki::Profile> FromProto(v1::Profile profile) {
  std::vector<std::string> known;
  for (const pki::Profile& row : pki::Profiles()) {
    const v1::Profile value = ProfileToProto(row.word);
    if (value == v1::PROFILE_UNSPECIFIED) continue;
    if (value == profile) return row;
    known.push_back(absl::AsciiStrToUpper(row.word));
  }
  return errors::UnknownProfile(absl::StrJoin(known, ", "));
}

v1::Profile ProfileToProto(absl::string_view word) {
  v1::Profile value = v1::PROFILE_UNSPECIFIED;
  v1::Profile_Parse(absl::StrCat("PROFILE_", absl::AsciiStrToUpper(word)),
                    &value);
  return value;
}

absl::StatusOr<int> ReasonCode(v1::RevocationReason reason) {
  for (const ReasonRow& row : kReasons) {
    if (row.reason == reason) return row.code;
  }
  return absl::InvalidArgumentError("reason: isn't one of RevocationReason");
}

absl::StatusOr<std::string> AnchorRole(common::v1::Role role) {
  switch (role) {
    case common::v1::ROLE_TEE: return "tee";
    case common::v1::ROLE_TFW: return "tfw";
    case common::v1::ROLE_SP: return "sp";
    default: return errors::BadRole();
  }
}

common::v1::Role RoleFromName(absl::string_view name) {
  if (name == "tsm") return common::v1::ROLE_TSM;
  if (name == "tee") return common::v1::ROLE_TEE;
  if (name == "tfw") return common::v1::ROLE_TFW;
  if (name == "sp") return common::v1::ROLE_SP;
  if (name == "service") return common::v1::ROLE_SERVICE;
  return common::v1::ROLE_UNSPECIFIED;
}

void FillCertificate(const CertificateRow& row, v1::Certificate* out) {
  out->set_serial(row.serial);
  out->set_profile(ProfileToProto(row.profile));
  out->set_authority(row.authority);
  out->set_subject(row.subject);
  for (const std::string& uri : row.san_uris) out->add_san_uris(uri);
  FillTimestamp(row.not_before, out->mutable_not_before());
  FillTimestamp(row.not_after, out->mutable_not_after());
  out->set_status(row.status);
  for (const ReasonRow& reason : kReasons) {
    if (reason.code == row.reason) out->set_revocation_reason(reason.reason);
  }
  out->set_der(row.der);
}

void FillTimestamp(absl::Time time, google::protobuf::Timestamp* out) {
  *out = rpc::ToProto(time);
}

}  // namespace ca
}  // namespace otrp
