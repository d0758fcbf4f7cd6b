#include "services/ca/issuing/revocation.h"

#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/telemetry/metrics.h"
#include "services/ca/errors.h"
#include "services/ca/limits.h"

namespace otrp {
namespace ca {
namespace {

// Null: a certificate that this authority doesn't know.
void SetStatus(const CertificateRecord* certificate, pki::OcspEntry* entry) {
  entry->status = pki::OcspStatus::kUnknown;
  if (certificate == nullptr) return;
  if (certificate->revoked.has_value()) {
    entry->status = pki::OcspStatus::kRevoked;
    entry->revoked_at = certificate->revoked->at;
    const int reason = RfcNumber(certificate->revoked->reason);
    // RFC 6960 4.2.1: an unspecified reason is left out.
    entry->reason = reason > 0 ? reason : -1;
  } else if (certificate->state == CertificateState::kIssued) {
    entry->status = pki::OcspStatus::kGood;
  }
}

absl::Time WholeSeconds(absl::Time time) {
  return absl::FromUnixSeconds(absl::ToUnixSeconds(time));
}

}  // namespace

absl::Status Revocation::PublishCrl(const std::string& name) {
  const Authority* authority = authorities_.Find(name);
  if (authority == nullptr) return errors::AuthorityNotFound(name);
  const absl::Time now = WholeSeconds(clock_.Now());
  return store_.ReplaceCrl(
      name,
      [&](int64_t number, const std::vector<crypto::RevokedEntry>& revoked)
          -> absl::StatusOr<CrlRecord> {
        pki::CrlTemplate crl;
        crl.number = number;
        crl.this_update = now;
        crl.next_update = crl.this_update + kCrlLifetime;
        crl.revoked = revoked;
        OTRP_ASSIGN_OR_RETURN(
            const pki::Crl made,
            pki::IssueCrl(crl, authority->certificate, authority->key));
        return CrlRecord{number, made.der(), crl.this_update, crl.next_update};
      });
}

absl::Status Revocation::PublishStaleCrls() {
  OTRP_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                        store_.StaleCrls(clock_.Now() + kCrlLifetime / 2));
  for (const std::string& name : names) {
    OTRP_RETURN_IF_ERROR(PublishCrl(name));
  }
  for (const auto& [name, authority] : authorities_.all()) {
    OTRP_ASSIGN_OR_RETURN(const CrlRecord crl, store_.GetCrl(name));
    telemetry::kCrlExpiry.With(name).Set(
        static_cast<double>(absl::ToUnixSeconds(crl.next_update)));
    telemetry::kCertificateExpiry.With(name).Set(static_cast<double>(
        absl::ToUnixSeconds(authority.certificate.not_after())));
  }
  return absl::OkStatus();
}

absl::StatusOr<OcspAnswer> Revocation::AnswerOcsp(
    absl::string_view request_der) {
  const auto error = [](pki::OcspError code) {
    return OcspAnswer{pki::OcspErrorResponse(code)};
  };
  const absl::StatusOr<pki::OcspRequest> request =
      pki::ParseOcspRequest(request_der);
  if (!request.ok()) return error(pki::OcspError::kMalformedRequest);

  // All entries of a response have one signer.
  const Authority* authority = authorities_.FindIssuer(request->ids.front());
  if (authority == nullptr) return error(pki::OcspError::kUnauthorized);
  pki::OcspTemplate response;
  std::string key;
  std::string statuses;
  for (const pki::CertId& id : request->ids) {
    if (!id.IssuedBy(authority->certificate)) {
      return error(pki::OcspError::kUnauthorized);
    }
    pki::OcspEntry entry;
    entry.id = id;
    const absl::StatusOr<CertificateRecord> certificate =
        store_.GetCertificate(id.serial);
    if (!certificate.ok() && !absl::IsNotFound(certificate.status())) {
      return certificate.status();
    }
    const bool ours =
        certificate.ok() && certificate->authority == authority->name;
    SetStatus(ours ? &*certificate : nullptr, &entry);
    // RFC 6960 2.3. Unsigned: else made-up serials would buy a signature each.
    if (entry.status == pki::OcspStatus::kUnknown) {
      return error(pki::OcspError::kUnauthorized);
    }
    key += id.der;
    statuses += static_cast<char>('0' + static_cast<int>(entry.status));
    response.entries.push_back(std::move(entry));
  }
  const absl::Time now = WholeSeconds(clock_.Now());
  {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = cache_.find(key);
    if (found != cache_.end() && found->second.status == statuses &&
        now < found->second.answer.this_update + kOcspLifetime / 2) {
      return found->second.answer;
    }
  }
  response.produced_at = now;
  response.this_update = now;
  response.next_update = now + kOcspLifetime;
  OTRP_ASSIGN_OR_RETURN(
      std::string der,
      pki::IssueOcspResponse(response, authority->certificate, authority->key));
  OcspAnswer answer{std::move(der), response.this_update, response.next_update};
  std::lock_guard<std::mutex> lock(mutex_);
  if (cache_.size() >= kMaxCachedOcsp) cache_.erase(cache_.begin());
  cache_[key] = Cached{answer, statuses};
  return answer;
}

}  // namespace ca
}  // namespace otrp
