#include "clients/otrpctl/certificate_audit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/crypto/x509.h"
#include "libs/pki/issue.h"
#include "libs/pki/lint.h"
#include "libs/rpc/time.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::ca::v1;

// The ca revokes an intent after ten minutes and looks each minute; its time
// is dated five minutes back.
constexpr absl::Duration kIntentLife = absl::Minutes(20);
// A list leaves out what has run out for so long; a little less than the ca's
// seven days, since it was made a while ago.
constexpr absl::Duration kListedAfterEnd = absl::Hours(6 * 24);

// Unset: an authority's own, which no profile describes.
absl::optional<pki::Role> RoleOf(v1::Profile profile) {
  for (const pki::Profile& row : pki::Profiles()) {
    if (v1::Profile_Name(profile) ==
        absl::StrCat("PROFILE_", absl::AsciiStrToUpper(row.word))) {
      return row.role;
    }
  }
  return absl::nullopt;
}

bool Lists(const pki::Crl& crl, const std::string& serial) {
  return std::any_of(
      crl.revoked().begin(), crl.revoked().end(),
      [&](const pki::RevokedEntry& entry) { return entry.serial == serial; });
}

bool SameSecond(absl::Time a, absl::Time b) {
  return absl::ToUnixSeconds(a) == absl::ToUnixSeconds(b);
}

}  // namespace

bool CertificateAudit::failed() const {
  return std::any_of(
      findings_.begin(), findings_.end(),
      [](const AuditFinding& finding) { return !finding.is_warning; });
}

void CertificateAudit::Add(const std::string& serial, absl::string_view check,
                           absl::string_view detail, bool is_warning) {
  findings_.push_back(
      {serial, std::string(check), std::string(detail), is_warning});
}

void CertificateAudit::AddAuthority(const v1::Authority& authority,
                                    absl::string_view crl_der) {
  auto certificate = pki::Certificate::FromDer(authority.certificate_der());
  if (!certificate.ok()) {
    Add("", "authority",
        absl::StrCat(authority.name(), ": ", certificate.status().message()));
    return;
  }
  Signer signer = {*std::move(certificate), absl::nullopt};
  if (crl_der.empty()) {
    // One whose key is elsewhere signs none here.
    Add("", "crl", absl::StrCat(authority.name(), ": there is no list"),
        /*is_warning=*/true);
  } else {
    auto crl = pki::Crl::Parse(crl_der);
    const absl::Status good =
        crl.ok() ? crl->Verify(signer.certificate, now_) : crl.status();
    if (good.ok() && crl->is_partial()) {
      Add("", "crl",
          absl::StrCat(authority.name(),
                       ": the list is about a part of its certificates only"));
    } else if (good.ok()) {
      signer.crl = *std::move(crl);
    } else {
      Add("", "crl", absl::StrCat(authority.name(), ": ", good.message()));
    }
  }
  signers_.emplace(authority.name(), std::move(signer));
}

const CertificateAudit::Signer* CertificateAudit::SignerOf(
    const v1::Certificate& row) {
  const auto found = signers_.find(row.authority());
  if (found != signers_.end()) return &found->second;
  Add(row.serial(), "authority",
      absl::StrCat("is by ", row.authority(), ", which isn't listed"));
  return nullptr;
}

void CertificateAudit::CheckRow(const v1::Certificate& row,
                                const pki::Certificate& certificate) {
  const bool same =
      certificate.serial() == row.serial() &&
      certificate.common_name() == row.subject() &&
      std::equal(row.san_uris().begin(), row.san_uris().end(),
                 certificate.san_uris().begin(),
                 certificate.san_uris().end()) &&
      SameSecond(certificate.not_before(), rpc::FromProto(row.not_before())) &&
      SameSecond(certificate.not_after(), rpc::FromProto(row.not_after()));
  if (!same) {
    Add(row.serial(), "row", "the row says another thing than its certificate");
  }
}

void CertificateAudit::CheckContent(const v1::Certificate& row,
                                    const pki::Certificate& certificate,
                                    const Signer& signer) {
  const absl::Status issued = pki::CheckIssued(certificate, signer.certificate);
  if (!issued.ok()) Add(row.serial(), "signature", issued.message());
  for (const pki::LintFinding& finding :
       pki::LintTbs(crypto::TbsOf(certificate.info()),
                    {signer.certificate, RoleOf(row.profile())})) {
    Add(row.serial(), finding.name, finding.source,
        finding.severity == pki::LintSeverity::kWarning);
  }
}

void CertificateAudit::CheckStatus(const v1::Certificate& row,
                                   const Signer& signer) {
  if (row.status() == "intended") {
    if (rpc::FromProto(row.not_before()) < now_ - kIntentLife) {
      Add(row.serial(), "intent", "is neither issued nor revoked");
    }
    return;
  }
  if (!signer.crl.has_value()) return;
  const bool listed = Lists(*signer.crl, row.serial());
  if (row.status() != "revoked") {
    if (listed) Add(row.serial(), "listed", "is on the list, but not revoked");
    return;
  }
  // A list may be older than the revocation by the minute that it takes.
  const bool expected =
      rpc::FromProto(row.not_after()) > now_ - kListedAfterEnd &&
      rpc::FromProto(row.revoked_at()) < now_ - absl::Minutes(2);
  if (expected && !listed) {
    Add(row.serial(), "unlisted", "is revoked, but not on the list");
  }
}

void CertificateAudit::AddCertificate(const v1::Certificate& row) {
  ++certificates_;
  if (!serials_.insert(row.serial()).second) {
    Add(row.serial(), "serial", "two certificates have it");
  }
  const Signer* signer = SignerOf(row);
  if (signer == nullptr) return;
  CheckStatus(row, *signer);
  if (row.der().empty()) {
    if (row.status() == "issued") {
      Add(row.serial(), "row", "there is no certificate");
    }
    return;
  }
  const auto certificate = pki::Certificate::FromDer(row.der());
  if (!certificate.ok()) {
    Add(row.serial(), "structure", certificate.status().message());
    return;
  }
  CheckRow(row, *certificate);
  CheckContent(row, *certificate, *signer);
}

void CertificateAudit::Finish() {
  for (const auto& [name, signer] : signers_) {
    if (!signer.crl.has_value()) continue;
    for (const pki::RevokedEntry& entry : signer.crl->revoked()) {
      if (serials_.count(entry.serial) > 0) continue;
      Add(entry.serial, "unknown",
          absl::StrCat("is on the list of ", name,
                       ", and the ca knows nothing of it"));
    }
  }
}

}  // namespace otrp::ctl
