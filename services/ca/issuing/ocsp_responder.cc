#include "services/ca/issuing/ocsp_responder.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pki/ocsp.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

OcspAnswer Error(pki::OcspError code) {
  return OcspAnswer{pki::OcspErrorResponse(code)};
}

// Unknown for what may be signed but was never given out.
pki::OcspStatus StatusOf(const OcspRecord& certificate) {
  if (certificate.revoked.has_value()) return pki::OcspStatus::kRevoked;
  return certificate.state == CertificateState::kIssued
             ? pki::OcspStatus::kGood
             : pki::OcspStatus::kUnknown;
}

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

// As a relying party will look at it. A certificate that was revoked before it
// was recorded has no octets to ask about.
absl::Status CheckResponse(const std::string& der, const OcspRecord& about,
                           const pki::Certificate& issuer, absl::Time now) {
  OTRP_ASSIGN_OR_RETURN(const pki::OcspResponse response,
                        pki::OcspResponse::Parse(der));
  if (about.certificate_der.empty()) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate subject,
                        pki::Certificate::FromDer(about.certificate_der));
  OTRP_ASSIGN_OR_RETURN(const pki::OcspStatus status,
                        response.Verify(subject, issuer, now));
  return status == StatusOf(about)
             ? absl::OkStatus()
             : absl::InternalError("it tells another status");
}

}  // namespace

bool Turnstile::Enter(absl::Duration patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (inside_ >= at_once_) {
    if (outside_ >= waiting_) return false;
    ++outside_;
    const bool free = left_.wait_for(lock, absl::ToChronoNanoseconds(patience),
                                     [this] { return inside_ < at_once_; });
    --outside_;
    if (!free) return false;
  }
  ++inside_;
  return true;
}

void Turnstile::Leave() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    --inside_;
  }
  left_.notify_one();
}

OcspResponder::OcspResponder(const Authorities& authorities,
                             const OcspSigners& signers, OcspStore& store,
                             const Clock& clock)
    : authorities_(authorities),
      signers_(signers),
      store_(store),
      clock_(clock),
      strangers_(kOcspAtOnce, kOcspWaiting) {}

absl::StatusOr<OcspAnswer> OcspResponder::Answer(absl::string_view request_der,
                                                 Asker asker) {
  if (request_der.size() > kMaxOcspRequestBytes) {
    return Error(pki::OcspError::kMalformedRequest);
  }
  const absl::StatusOr<pki::OcspRequest> request =
      pki::ParseOcspRequest(request_der);
  if (!request.ok()) return Error(pki::OcspError::kMalformedRequest);
  const AuthorityPtr authority = authorities_.FindIssuer(request->id);
  if (authority == nullptr || request->id.serial.size() > kMaxSerialDigits) {
    return Error(pki::OcspError::kUnauthorized);
  }
  if (asker == Asker::kKnown) return AnswerAbout(*authority, request->id);
  if (!strangers_.Enter(kOcspWait)) return Error(pki::OcspError::kTryLater);
  const absl::Cleanup leave = [this] { strangers_.Leave(); };
  return AnswerAbout(*authority, request->id);
}

absl::StatusOr<OcspAnswer> OcspResponder::AnswerAbout(
    const Authority& authority, const pki::CertId& id) {
  const absl::Time horizon = clock_.Now() + kOcspLifetime / 2;
  absl::StatusOr<OcspRecord> found = store_.Find(id.serial, id.hash, horizon);
  if (absl::IsNotFound(found.status())) {
    return Error(pki::OcspError::kUnauthorized);
  }
  OTRP_RETURN_IF_ERROR(found.status());
  // RFC 6960 2.3. Unsigned: else made-up serials would buy a signature each.
  if (found->authority != authority.name ||
      StatusOf(*found) == pki::OcspStatus::kUnknown) {
    return Error(pki::OcspError::kUnauthorized);
  }
  if (found->response.der.empty()) {
    const std::shared_ptr<const OcspSigner> signer =
        signers_.Of(authority.name);
    if (signer == nullptr) {
      return absl::UnavailableError("the authority has no OCSP signer yet");
    }
    found = store_.FindOrSign(id.serial, id.hash, horizon,
                              signer->certificate.serial(),
                              [&](const OcspRecord& about) {
                                return Sign(authority, *signer, id.hash, about);
                              });
    if (absl::IsFailedPrecondition(found.status())) {
      return absl::UnavailableError("the OCSP signer is being replaced");
    }
    OTRP_RETURN_IF_ERROR(found.status());
  }
  OcspResponseRecord& response = found->response;
  return OcspAnswer{std::move(response.der), response.this_update,
                    response.next_update};
}

absl::StatusOr<OcspResponseRecord> OcspResponder::Sign(
    const Authority& authority, const OcspSigner& signer,
    absl::string_view hash, const OcspRecord& about) {
  const std::lock_guard<std::mutex> lock(signing_);
  pki::OcspEntry entry;
  entry.id = pki::CertIdOf(about.serial, authority.certificate, hash);
  entry.status = StatusOf(about);
  if (about.revoked.has_value()) {
    entry.revoked_at = about.revoked->at;
    const int reason = RfcNumber(about.revoked->reason);
    // RFC 6960 4.2.1: an unspecified reason is left out.
    entry.reason = reason > 0 ? reason : -1;
  }
  const absl::Time now = WholeSeconds(clock_.Now());
  pki::OcspTemplate response;
  response.entries = {std::move(entry)};
  response.this_update = now - kBackdate;
  response.produced_at = response.this_update;
  response.next_update =
      std::min(now + kOcspLifetime, signer.certificate.not_after());
  OTRP_ASSIGN_OR_RETURN(
      std::string der,
      pki::IssueOcspResponse(response, signer.certificate, signer.key));
  telemetry::kOcspSigned.With(authority.name).Increment();
  const absl::Status good =
      CheckResponse(der, about, authority.certificate, clock_.Now());
  if (!good.ok()) {
    return absl::InternalError(absl::StrCat(
        "the signed OCSP response doesn't verify: ", good.message()));
  }
  return OcspResponseRecord{std::move(der), response.this_update,
                            response.next_update};
}

}  // namespace ca
}  // namespace otrp
