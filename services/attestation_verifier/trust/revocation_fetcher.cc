#include "services/attestation_verifier/trust/revocation_fetcher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/pki/certificate.h"
#include "libs/pki/crl.h"
#include "libs/pki/ocsp.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace {

constexpr size_t kMaxErrorBytes = 256;
constexpr size_t kMaxEtagBytes = 256;
// Of a certificate's digest, in the name of an answer about it.
constexpr size_t kNamedDigits = 32;

std::string EtagOf(const http::Response& response) {
  const absl::string_view etag = response.header("ETag");
  return etag.size() > kMaxEtagBytes ? "" : std::string(etag);
}

absl::Status Unexpected(const char* method, int status) {
  return absl::UnavailableError(absl::StrCat(method, " answered ", status));
}

absl::Status CheckTime(absl::Time produced, absl::Time now) {
  return produced > now + kClockDifference
             ? absl::FailedPreconditionError(absl::StrCat(
                   "is of ", absl::FormatTime(produced), ", which is to come"))
             : absl::OkStatus();
}

// Of what can be read; else it is no older than anything.
absl::Time ProducedAt(const RevocationData& data) {
  if (data.kind == RevocationKind::kCrl) {
    const absl::StatusOr<pki::Crl> crl = pki::Crl::Parse(data.der);
    return crl.ok() ? crl->this_update() : absl::InfinitePast();
  }
  const absl::StatusOr<pki::OcspResponse> response =
      pki::OcspResponse::Parse(data.der);
  return response.ok() ? response->produced_at() : absl::InfinitePast();
}

}  // namespace

http::Client::Options RevocationFetcher::ClientOptions(size_t max_bytes) const {
  http::Client::Options options;
  options.timeout = kSourceTimeout;
  options.max_body_bytes = max_bytes;
  options.ca_file = options_.ca_file;
  options.public_only = !options_.any_host;
  options.plain_http = true;
  return options;
}

absl::Status RevocationFetcher::CheckIsNoOlder(const RevocationData& data) {
  const absl::StatusOr<RevocationData> held = store_.GetRevocation(data.name);
  if (absl::IsNotFound(held.status())) return absl::OkStatus();
  OTRP_RETURN_IF_ERROR(held.status());
  if (held->kind != data.kind || ProducedAt(data) >= ProducedAt(*held)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("is of ", absl::FormatTime(ProducedAt(data)),
                   " and older than what is in use, of ",
                   absl::FormatTime(ProducedAt(*held))));
}

absl::StatusOr<RevocationFetcher::Fetched> RevocationFetcher::ReadCrl(
    const StoredSource& source) {
  http::Client client(ClientOptions(kMaxRevocationBytes));
  std::vector<http::Header> headers;
  if (!source.progress.etag.empty()) {
    headers.push_back({"If-None-Match", source.progress.etag});
  }
  OTRP_ASSIGN_OR_RETURN(http::Response response,
                        client.Get(source.source.url, headers));
  Fetched fetched;
  fetched.etag = EtagOf(response);
  if (response.status == 304 && source.progress.current_until.has_value()) {
    fetched.etag = source.progress.etag;
    fetched.current_until = *source.progress.current_until;
    return fetched;
  }
  if (response.status != 200) return Unexpected("GET", response.status);
  OTRP_ASSIGN_OR_RETURN(const pki::Crl crl, pki::Crl::Parse(response.body));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate issuer,
                        pki::Certificate::FromDer(source.source.issuer_der));
  OTRP_RETURN_IF_ERROR(crl.VerifySigner(issuer));
  OTRP_RETURN_IF_ERROR(CheckTime(crl.this_update(), clock_.Now()));
  fetched.data = {DataNameOf(source.source.name), RevocationKind::kCrl,
                  std::move(response.body), clock_.Now()};
  OTRP_RETURN_IF_ERROR(CheckIsNoOlder(*fetched.data));
  // Without nextUpdate by the policy's undated_crl_days; here as if it were
  // never current.
  fetched.current_until = crl.CurrentUntil(absl::ZeroDuration());
  return fetched;
}

absl::Status RevocationFetcher::Read(const StoredSource& source) {
  const absl::Time now = clock_.Now();
  OTRP_ASSIGN_OR_RETURN(
      const bool mine,
      sources_.Claim(source.source.name, source.progress.tried_at, now));
  if (!mine) return absl::OkStatus();
  SourceProgress progress = source.progress;
  absl::StatusOr<Fetched> fetched = ReadCrl(source);
  if (!fetched.ok()) {
    progress.error = Printable(fetched.status().message(), kMaxErrorBytes);
    OTRP_LOG(WARNING, "a revocation source gave nothing to use",
             {{"source", source.source.name}, {"error", progress.error}});
    return sources_.Note(source.source.name, progress, absl::nullopt);
  }
  progress.error.clear();
  progress.fetched_at = now;
  progress.current_until = fetched->current_until;
  progress.etag = fetched->etag;
  return sources_.Note(source.source.name, progress, fetched->data);
}

void RevocationFetcher::Want(
    const std::vector<attest::AskedCertificate>& certificates) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const attest::AskedCertificate& certificate : certificates) {
    if (wanted_.size() >= kMaxWantedAnswers) return;
    wanted_.emplace(crypto::Sha256(certificate.certificate), certificate);
  }
}

std::vector<attest::AskedCertificate> RevocationFetcher::TakeWanted(
    const StoredSource& source) {
  std::vector<attest::AskedCertificate> taken;
  const absl::StatusOr<pki::Certificate> issuer =
      pki::Certificate::FromDer(source.source.issuer_der);
  if (!issuer.ok()) return taken;
  std::lock_guard<std::mutex> lock(mutex_);
  for (auto it = wanted_.begin();
       it != wanted_.end() && taken.size() < kAnswersAtOnce;) {
    const absl::StatusOr<pki::Certificate> of =
        pki::Certificate::FromDer(it->second.issuer);
    if (of.ok() && of->public_key() == issuer->public_key()) {
      taken.push_back(std::move(it->second));
      it = wanted_.erase(it);
    } else {
      ++it;
    }
  }
  return taken;
}

absl::StatusOr<RevocationFetcher::Fetched> RevocationFetcher::AskFor(
    const StoredSource& source, const attest::AskedCertificate& certificate) {
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate subject,
                        pki::Certificate::FromDer(certificate.certificate));
  OTRP_ASSIGN_OR_RETURN(const pki::Certificate issuer,
                        pki::Certificate::FromDer(certificate.issuer));
  OTRP_ASSIGN_OR_RETURN(const std::string request,
                        pki::BuildOcspRequest(subject, issuer));
  http::Client client(ClientOptions(kMaxOcspBytes));
  OTRP_ASSIGN_OR_RETURN(
      http::Response answered,
      client.Post(source.source.url,
                  {{"Content-Type", "application/ocsp-request"}}, request));
  if (answered.status != 200) return Unexpected("POST", answered.status);
  OTRP_ASSIGN_OR_RETURN(const pki::OcspResponse response,
                        pki::OcspResponse::Parse(answered.body));
  OTRP_ASSIGN_OR_RETURN(const pki::OcspAnswer answer,
                        response.Answer(subject, issuer, clock_.Now()));
  if (answer.status == pki::OcspStatus::kUnknown) {
    return absl::FailedPreconditionError(
        "the responder doesn't know the certificate");
  }
  Fetched fetched;
  fetched.data = {DataNameOf(source.source.name,
                             HexEncode(crypto::Sha256(certificate.certificate))
                                 .substr(0, kNamedDigits)),
                  RevocationKind::kOcsp, std::move(answered.body),
                  clock_.Now()};
  OTRP_RETURN_IF_ERROR(CheckIsNoOlder(*fetched.data));
  fetched.current_until = answer.next_update;
  return fetched;
}

absl::Status RevocationFetcher::Ask(const StoredSource& source) {
  SourceProgress progress = source.progress;
  for (const attest::AskedCertificate& certificate : TakeWanted(source)) {
    const absl::Time now = clock_.Now();
    OTRP_RETURN_IF_ERROR(
        sources_.Claim(source.source.name, progress.tried_at, now).status());
    progress.tried_at = now;
    absl::StatusOr<Fetched> fetched = AskFor(source, certificate);
    if (fetched.ok()) {
      progress.error.clear();
      progress.fetched_at = now;
      progress.current_until = fetched->current_until;
      OTRP_RETURN_IF_ERROR(
          sources_.Note(source.source.name, progress, fetched->data));
      continue;
    }
    progress.error = Printable(fetched.status().message(), kMaxErrorBytes);
    OTRP_LOG(WARNING, "a revocation source gave nothing to use",
             {{"source", source.source.name}, {"error", progress.error}});
    OTRP_RETURN_IF_ERROR(
        sources_.Note(source.source.name, progress, absl::nullopt));
    // One that is away would be asked for the others in vain. They come again.
    if (!absl::IsFailedPrecondition(fetched.status())) break;
  }
  return absl::OkStatus();
}

absl::Status RevocationFetcher::Run() {
  OTRP_ASSIGN_OR_RETURN(const std::vector<StoredSource> sources,
                        sources_.List());
  for (const StoredSource& source : sources) {
    if (source.source.kind == RevocationKind::kOcsp) {
      OTRP_RETURN_IF_ERROR(Ask(source));
    } else if (IsDue(source, clock_.Now())) {
      OTRP_RETURN_IF_ERROR(Read(source));
    }
  }
  OTRP_ASSIGN_OR_RETURN(const std::vector<StoredSource> now, sources_.List());
  Show(now, clock_.Now());
  return absl::OkStatus();
}

// A responder that nobody needed an answer of isn't stale.
void RevocationFetcher::Show(const std::vector<StoredSource>& sources,
                             absl::Time now) {
  int current = 0;
  int stale = 0;
  absl::Duration age;
  for (const StoredSource& source : sources) {
    if (source.source.kind == RevocationKind::kOcsp) {
      (source.progress.error.empty() ? current : stale) += 1;
      continue;
    }
    (StateOf(source, now) == "current" ? current : stale) += 1;
    if (source.progress.fetched_at.has_value()) {
      age = std::max(age, now - *source.progress.fetched_at);
    }
  }
  telemetry::kRevocationSources.With("current").Set(current);
  telemetry::kRevocationSources.With("stale").Set(stale);
  telemetry::kRevocationSourceAge.With().Set(absl::ToDoubleSeconds(age));
}

}  // namespace verifier
}  // namespace otrp
