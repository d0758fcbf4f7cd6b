#include "services/tsm/pulling/puller.h"

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/printable.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/http/client.h"
#include "libs/pki/certificate.h"
#include "libs/protocol/pull.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/tsm/limits.h"

namespace otrp {
namespace tsm {
namespace {

// What otrp_pull_total has for it.
const char* WordOf(const PullOutcome& outcome) {
  switch (outcome.status.code()) {
    case absl::StatusCode::kOk: return "ok";
    case absl::StatusCode::kPermissionDenied: return "forbidden";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded: return "unreachable";
    case absl::StatusCode::kFailedPrecondition: return "refused";
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kInvalidArgument: return "untrusted";
    default: return "failed";
  }
}

// The SP's certificates that may sign now.
struct Signers {
  std::vector<crypto::PublicKey> keys;
  // Of the certificates, in the same order.
  std::vector<std::string> fingerprints;
};

Signers SignersOf(const PullTarget& target, absl::Time now) {
  Signers signers;
  for (const std::string& der : target.signer_certificates) {
    const auto certificate = pki::Certificate::FromDer(der);
    if (!certificate.ok() || now < certificate->not_before() ||
        now >= certificate->not_after()) {
      continue;
    }
    signers.keys.push_back(certificate->public_key());
    signers.fingerprints.push_back(HexEncode(certificate->Sha256Fingerprint()));
  }
  return signers;
}

// What isn't 200 says what the endpoint means by it.
absl::Status CheckAnswer(const http::Response& response) {
  const int code = response.status;
  if (code == 200) return absl::OkStatus();
  if (code >= 300 && code < 400) {
    return absl::UnauthenticatedError(absl::StrCat(
        "the endpoint answers HTTP ", code, "; redirects aren't followed"));
  }
  if (code == 429 || code >= 500) {
    return absl::UnavailableError(
        absl::StrCat("the endpoint answers HTTP ", code));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the endpoint answers HTTP ", code, " for this device"));
}

}  // namespace

absl::Status Puller::Ask(const PullWish& wish, const PullTarget& target,
                         bool* endpoint_failed) {
  std::shared_ptr<const SigningIdentity> signer =
      identity_.Get(crypto::KeyType::kEcP256);
  if (signer == nullptr) {
    return absl::InternalError("the TSM has no certificate now");
  }
  const protocol::PullRequest request = {
      options_.tsm_id,
      target.endpoint.url,
      target.endpoint.spid,
      target.endpoint.taid,
      target.version,
      wish.did,
      random_.Bytes(protocol::kPullNonceBytes),
      clock_.Now(),
      wish.dialect,
      wish.aik};
  OTRP_ASSIGN_OR_RETURN(
      const std::string body,
      protocol::SignPullRequest(request, target.endpoint.key_id, signer->key,
                                signer->chain));
  *endpoint_failed = true;
  // A URL of plain http is refused where it is set; what isn't checked there
  // can't be asked here either.
  if (!absl::StartsWith(target.endpoint.url, "https://")) {
    return absl::PermissionDeniedError("the endpoint's URL isn't https");
  }
  http::Client::Options options;
  options.timeout = kPullTimeout;
  options.ca_pem = target.endpoint.roots_pem;
  options.max_body_bytes = protocol::kMaxPullAnswerBytes;
  options.public_only = !options_.allow_private;
  http::Client client(std::move(options));
  OTRP_ASSIGN_OR_RETURN(const http::Response response,
                        client.Post(target.endpoint.url,
                                    {{"Content-Type", protocol::kPullMediaType},
                                     {"Accept", protocol::kPullMediaType}},
                                    body));
  const absl::Status answered = CheckAnswer(response);
  if (!answered.ok()) {
    *endpoint_failed = !absl::IsFailedPrecondition(answered);
    return answered;
  }
  std::unique_lock<std::mutex> turn(large_, std::defer_lock);
  if (response.body.size() > kLargePullAnswer) turn.lock();
  OTRP_ASSIGN_OR_RETURN(protocol::UnverifiedPullAnswer unverified,
                        protocol::UnverifiedPullAnswer::Parse(response.body));
  const absl::Time now = clock_.Now();
  const Signers signers = SignersOf(target, now);
  OTRP_ASSIGN_OR_RETURN(const protocol::VerifiedPullAnswer answer,
                        protocol::VerifiedPullAnswer::Verify(
                            std::move(unverified), request, signers.keys, now));
  *endpoint_failed = false;
  return store_.KeepPulled(
      {wish.did, wish.release_id, wish.dialect,
       crypto::Sha256(wish.aik.ToSpki()), answer.encrypted_ta().Serialize(),
       now + kKeepPulled, signers.fingerprints[answer.signer()]});
}

PullOutcome Puller::Pull(const PullWish& wish) {
  const auto start = std::chrono::steady_clock::now();
  PullOutcome outcome;
  const absl::StatusOr<PullTarget> target =
      store_.LoadPullTarget(wish.release_id);
  if (target.ok()) {
    outcome.status = Ask(wish, *target, &outcome.endpoint_failed);
  } else if (absl::IsNotFound(target.status())) {
    outcome.status =
        absl::FailedPreconditionError("the application has no pull endpoint");
  } else {
    outcome.status = absl::InternalError("the database is away");
  }
  const char* word = WordOf(outcome);
  const auto took = std::chrono::steady_clock::now() - start;
  telemetry::kPulls.With(word).Increment();
  telemetry::kPullDuration.With(word).Observe(
      std::chrono::duration<double>(took).count());
  const absl::Status logged = store_.LogPull(
      wish.release_id, {/*id=*/0, /*version=*/"", wish.did, clock_.Now(), word,
                        Printable(outcome.status.message(), kMaxPullErrorBytes),
                        absl::FromChrono(took)});
  if (!logged.ok()) {
    OTRP_LOG(WARNING, "a pull isn't in the service provider's list",
             {{"spid", wish.spid},
              {"taid", wish.taid},
              {"error", std::string(logged.message())}});
  }
  if (!outcome.status.ok()) {
    OTRP_LOG(WARNING, "a TA could not be pulled",
             {{"spid", wish.spid},
              {"taid", wish.taid},
              {"did", HexEncode(wish.did)},
              {"outcome", word},
              {"error", std::string(outcome.status.message())}});
  }
  return outcome;
}

}  // namespace tsm
}  // namespace otrp
