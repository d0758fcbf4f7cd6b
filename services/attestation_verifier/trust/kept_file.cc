#include "services/attestation_verifier/trust/kept_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/files.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "otrp/verifier/v1/kept_trust.pb.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace {

// In front of the octets; a torn or a foreign file has another one.
constexpr size_t kDigestBytes = 32;

common::v1::Role RoleOf(AnchorRole role) {
  return role == AnchorRole::kTee ? common::v1::ROLE_TEE : common::v1::ROLE_TFW;
}

std::string Encode(const KeptTrust& kept) {
  v1::KeptTrust out;
  out.set_anchors_version(kept.copy.version);
  for (const Anchor& anchor : kept.copy.anchors) {
    v1::ActiveTrustAnchor* entry = out.add_anchors();
    entry->set_role(RoleOf(anchor.role));
    entry->set_name(anchor.name);
    entry->set_certificate_der(anchor.certificate_der);
    entry->mutable_accepted_ekus()->Assign(anchor.ekus.begin(),
                                           anchor.ekus.end());
  }
  for (const Crl& crl : kept.copy.crls) {
    v1::KeptList* entry = out.add_crls();
    entry->set_name(crl.authority);
    entry->set_kind(std::string(WordOf(RevocationKind::kCrl)));
    entry->set_der(crl.der);
  }
  out.set_policy_json(PolicyToJson(kept.policy.policy));
  out.set_policy_version(kept.policy.version);
  out.set_revocation_version(kept.revocation.version);
  for (const RevocationData& data : kept.revocation.data) {
    v1::KeptList* entry = out.add_revocation_data();
    entry->set_name(data.name);
    entry->set_kind(std::string(WordOf(data.kind)));
    entry->set_der(data.der);
    entry->set_added_at_micros(absl::ToUnixMicros(data.added_at));
  }
  for (const RevocationSource& source : kept.revocation.sources) {
    v1::KeptSource* entry = out.add_revocation_sources();
    entry->set_name(source.name);
    entry->set_role(std::string(WordOf(source.role)));
    entry->set_anchor(source.anchor);
    entry->set_allow_stale_hours(source.allow_stale_hours);
    entry->set_kind(std::string(WordOf(source.kind)));
    entry->set_issuer_der(source.issuer_der);
  }
  out.set_references_version(kept.references.version);
  for (const StoredReference& value : kept.references.values) {
    v1::ReferenceValue* entry = out.add_reference_values();
    entry->set_name(value.name);
    entry->set_state(value.state == ReferenceState::kActive
                         ? v1::REFERENCE_STATE_ACTIVE
                         : v1::REFERENCE_STATE_INACTIVE);
    entry->set_anchor(value.tee.anchor);
    entry->set_tee_name(value.tee.tee_name);
    entry->set_tee_version(value.tee.tee_version);
  }
  out.set_evidence_anchors_version(kept.evidence_anchors.version);
  for (const EvidenceAnchor& anchor : kept.evidence_anchors.anchors) {
    v1::EvidenceAnchor* entry = out.add_evidence_anchors();
    entry->set_name(anchor.name);
    entry->mutable_schemes()->Assign(anchor.schemes.begin(),
                                     anchor.schemes.end());
  }
  out.set_scoped_policies_version(kept.scoped.version);
  for (const SetScopedPolicy& held : kept.scoped.policies) {
    v1::KeptPolicy* entry = out.add_scoped_policies();
    entry->set_spid(held.policy.scope.spid);
    entry->set_anchor(held.policy.scope.anchor);
    entry->set_version(held.policy.version);
    entry->set_policy_json(PolicyToJson(held.policy.policy));
  }
  return out.SerializeAsString();
}

absl::StatusOr<KeptTrust> Decode(const std::string& octets) {
  v1::KeptTrust in;
  if (!in.ParseFromString(octets)) {
    return absl::DataLossError("its octets are no message");
  }
  KeptTrust kept;
  kept.copy.version = in.anchors_version();
  for (v1::ActiveTrustAnchor& entry : *in.mutable_anchors()) {
    kept.copy.anchors.push_back(
        {entry.role() == common::v1::ROLE_TEE ? AnchorRole::kTee
                                              : AnchorRole::kTfw,
         entry.name(),
         std::move(*entry.mutable_certificate_der()),
         {entry.accepted_ekus().begin(), entry.accepted_ekus().end()}});
  }
  for (v1::KeptList& entry : *in.mutable_crls()) {
    kept.copy.crls.push_back({entry.name(), std::move(*entry.mutable_der())});
  }
  OTRP_ASSIGN_OR_RETURN(kept.policy.policy, PolicyFromJson(in.policy_json()));
  kept.policy.version = in.policy_version();
  kept.revocation.version = in.revocation_version();
  for (v1::KeptList& entry : *in.mutable_revocation_data()) {
    OTRP_ASSIGN_OR_RETURN(const RevocationKind kind,
                          RevocationKindOf(entry.kind()));
    kept.revocation.data.push_back(
        {entry.name(), kind, std::move(*entry.mutable_der()),
         absl::FromUnixMicros(entry.added_at_micros())});
  }
  for (v1::KeptSource& entry : *in.mutable_revocation_sources()) {
    RevocationSource source;
    source.name = entry.name();
    OTRP_ASSIGN_OR_RETURN(source.role, AnchorRoleOf(entry.role()));
    source.anchor = entry.anchor();
    OTRP_ASSIGN_OR_RETURN(source.kind, RevocationKindOf(entry.kind()));
    source.issuer_der = std::move(*entry.mutable_issuer_der());
    source.allow_stale_hours = entry.allow_stale_hours();
    kept.revocation.sources.push_back(std::move(source));
  }
  kept.references.version = in.references_version();
  for (const v1::ReferenceValue& entry : in.reference_values()) {
    StoredReference value;
    value.name = entry.name();
    // Anything else than active refuses.
    value.state = entry.state() == v1::REFERENCE_STATE_ACTIVE
                      ? ReferenceState::kActive
                      : ReferenceState::kInactive;
    value.tee = {entry.anchor(), entry.tee_name(), entry.tee_version()};
    kept.references.values.push_back(std::move(value));
  }
  kept.evidence_anchors.version = in.evidence_anchors_version();
  for (const v1::EvidenceAnchor& entry : in.evidence_anchors()) {
    kept.evidence_anchors.anchors.push_back(
        {entry.name(), {entry.schemes().begin(), entry.schemes().end()}});
  }
  kept.scoped.version = in.scoped_policies_version();
  for (const v1::KeptPolicy& entry : in.scoped_policies()) {
    SetScopedPolicy held;
    held.policy.scope = {entry.spid(), entry.anchor()};
    held.policy.version = entry.version();
    OTRP_ASSIGN_OR_RETURN(held.policy.policy,
                          PolicyFromJson(entry.policy_json()));
    kept.scoped.policies.push_back(std::move(held));
  }
  return kept;
}

absl::Status SystemError(const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<KeptTrust> KeptFile::Load(absl::Time now) {
  if (path_.empty()) return absl::NotFoundError("no --kept_trust_file is set");
  struct stat status;
  if (stat(path_.c_str(), &status) != 0) {
    return errno == ENOENT
               ? absl::NotFoundError(absl::StrCat(path_, ": is not there"))
               : SystemError(path_);
  }
  if ((status.st_mode & 077) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, ": others may use it; make its mode 0600"));
  }
  const absl::Time confirmed = absl::TimeFromTimespec(status.st_mtim);
  if (now - confirmed > max_age_) {
    return absl::FailedPreconditionError(absl::StrCat(
        path_, ": was good last at ", absl::FormatTime(confirmed),
        "; --kept_trust_max_age is ", absl::FormatDuration(max_age_)));
  }
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadWholeFile(path_, kMaxKeptTrustBytes));
  const std::string octets = text.substr(std::min(kDigestBytes, text.size()));
  if (crypto::Sha256(octets) != text.substr(0, kDigestBytes)) {
    return absl::DataLossError(absl::StrCat(path_, ": isn't whole; remove it"));
  }
  return Decode(octets);
}

absl::Status KeptFile::Save(const KeptTrust& kept, absl::Time now) {
  if (path_.empty()) return absl::OkStatus();
  const std::string octets = Encode(kept);
  const std::string digest = crypto::Sha256(octets);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (digest != saved_digest_) {
      OTRP_RETURN_IF_ERROR(
          WriteFileAtomically(path_, absl::StrCat(digest, octets), 0600));
      saved_digest_ = digest;
    }
  }
  return Confirm(now);
}

absl::Status KeptFile::Confirm(absl::Time now) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (saved_digest_.empty()) return absl::OkStatus();
  const struct timespec at = absl::ToTimespec(now);
  const struct timespec times[2] = {at, at};
  if (utimensat(AT_FDCWD, path_.c_str(), times, 0) != 0) {
    return SystemError(path_);
  }
  return absl::OkStatus();
}

}  // namespace verifier
}  // namespace otrp
