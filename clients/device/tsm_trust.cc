#include "clients/device/tsm_trust.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/device/refusal.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/pki/ocsp.h"

namespace otrp::device {
namespace {

// Longer chains than a market's have no purpose but to cost time.
constexpr size_t kMaxChain = 8;

absl::Status NotTrusted(absl::string_view why) {
  return Refuse(Refusal::kTsmNotTrusted, why);
}

}  // namespace

bool TsmSigner::Claims(absl::string_view id) const {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

absl::StatusOr<TsmTrust> TsmTrust::Create(
    const std::vector<std::string>& roots) {
  if (roots.empty()) {
    return absl::InvalidArgumentError("the TEE trusts no TSM root");
  }
  absl::StatusOr<pki::TrustAnchors> anchors =
      pki::TrustAnchors::FromDers(roots);
  if (!anchors.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("TSM roots: ", anchors.status().message()));
  }
  return TsmTrust(*std::move(anchors));
}

absl::StatusOr<TsmSigner> TsmTrust::ValidateChain(
    const std::vector<std::string>& x5c, absl::Time now) const {
  if (x5c.empty()) return NotTrusted("the request carries no certificate");
  if (x5c.size() > kMaxChain) {
    return NotTrusted("x5c has more certificates than a chain may have");
  }
  std::vector<pki::Certificate> certificates;
  for (const std::string& der : x5c) {
    absl::StatusOr<pki::Certificate> certificate =
        pki::Certificate::FromDer(der);
    if (!certificate.ok()) {
      return NotTrusted("x5c holds something that is no certificate");
    }
    certificates.push_back(*std::move(certificate));
  }
  const absl::StatusOr<pki::VerifiedChain> chain = pki::VerifyChain(
      certificates[0], absl::MakeConstSpan(certificates).subspan(1), anchors_,
      pki::VerifyOptions{now, pki::Role::kTsm});
  if (!chain.ok()) {
    return NotTrusted(absl::StrCat("the TSM's certificate: ",
                                   pki::ChainError(chain.status())));
  }
  std::vector<std::string> ids = chain->leaf().san_uris();
  for (const std::string& id : chain->leaf().registered_ids()) {
    ids.push_back(id);
  }
  if (ids.empty()) {
    return NotTrusted(
        "the TSM's certificate names no owner: its subjectAltName needs a "
        "URI or a registeredID");
  }
  std::string owner = ids[0];
  return TsmSigner{
      std::move(owner),           std::move(ids),
      chain->leaf().public_key(), HexEncode(chain->leaf().Sha256Fingerprint()),
      chain->certificates(),      chain->not_after()};
}

absl::Status TsmTrust::CheckRevocation(
    const std::vector<std::string>& responses, absl::Time now,
    TsmSigner* signer) {
  std::vector<pki::OcspResponse> parsed;
  for (const std::string& der : responses) {
    absl::StatusOr<pki::OcspResponse> response = pki::OcspResponse::Parse(der);
    if (!response.ok()) {
      return NotTrusted("ocspdat holds something that is no OCSP response");
    }
    parsed.push_back(*std::move(response));
  }
  absl::Time good_until = signer->good_until;
  // The root is trusted as it is.
  for (size_t i = 0; i + 1 < signer->chain.size(); ++i) {
    const pki::Certificate& subject = signer->chain[i];
    const absl::string_view what =
        i == 0 ? "the TSM's certificate" : "the certificate of the TSM's CA";
    const absl::StatusOr<pki::OcspAnswer> answer =
        i < parsed.size() ? parsed[i].Answer(subject, signer->chain[i + 1], now)
                          : absl::NotFoundError("no response");
    if (!answer.ok()) {
      const auto known = good_cas_.find(subject.Sha256Fingerprint());
      if (i == 0 || known == good_cas_.end() || known->second < now) {
        return NotTrusted(
            absl::StrCat("ocspdat has no current response for ", what));
      }
      good_until = std::min(good_until, known->second);
      continue;
    }
    if (answer->status != pki::OcspStatus::kGood) {
      good_cas_.erase(subject.Sha256Fingerprint());
      signer->good_until = absl::InfinitePast();
      return NotTrusted(
          absl::StrCat(what, answer->status == pki::OcspStatus::kRevoked
                                 ? " is revoked"
                                 : " is unknown to its issuer"));
    }
    if (i > 0) good_cas_[subject.Sha256Fingerprint()] = answer->next_update;
    good_until = std::min(good_until, answer->next_update);
  }
  signer->good_until = good_until;
  return absl::OkStatus();
}

}  // namespace otrp::device
