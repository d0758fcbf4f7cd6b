#include "libs/service/kept_answers.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hash.h"
#include "libs/crypto/kek.h"
#include "libs/telemetry/log.h"
#include "otrp/common/v1/kept_answer.pb.h"

namespace otrp {
namespace service {
namespace {

using rpc::KeyedCalls;

constexpr size_t kKeyBytes = 32;
constexpr char kSecretInfo[] = "otrp idempotency";
constexpr char kSealInfo[] = "otrp idempotency answer";

SecretBytes SecretOf(absl::string_view kek) {
  return kek.empty() ? SecretBytes()
                     : crypto::HkdfSha256(kek, "", kSecretInfo, kKeyBytes);
}

KeyedCalls::State StateOf(store::KeyState state) {
  switch (state) {
    case store::KeyState::kFree: return KeyedCalls::State::kFree;
    case store::KeyState::kMine: return KeyedCalls::State::kMine;
    case store::KeyState::kRunning: return KeyedCalls::State::kRunning;
    case store::KeyState::kAnswered: return KeyedCalls::State::kAnswered;
    case store::KeyState::kOtherRequest:
      return KeyedCalls::State::kOtherRequest;
    case store::KeyState::kAnswerLost: return KeyedCalls::State::kAnswerLost;
  }
  return KeyedCalls::State::kRunning;
}

// A later request finds out whether it was done.
void LogLoss(absl::string_view what, const absl::Status& status) {
  if (status.ok()) return;
  OTRP_LOG(
      WARNING, "what became of a request under a key isn't kept",
      {{"step", std::string(what)}, {"error", std::string(status.message())}});
}

}  // namespace

KeptAnswers::KeptAnswers(store::Pool& pool, absl::string_view kek,
                         Random& random, store::KeyRules rules,
                         absl::string_view previous_kek)
    : pool_(pool),
      secret_(SecretOf(kek)),
      previous_secret_(SecretOf(previous_kek)),
      random_(random),
      rules_(rules) {}

absl::StatusOr<KeyedCalls::Begun> KeptAnswers::Begin(const Request& request) {
  const store::KeyedRequest row = RowOf(request);
  OTRP_ASSIGN_OR_RETURN(const store::KeyClaim claim,
                        store::ClaimKey(pool_, row, rules_));
  Begun begun = BegunOf(request, claim);
  begun.attempt = row.attempt;
  return begun;
}

absl::StatusOr<KeyedCalls::Begun> KeptAnswers::Find(const Request& request) {
  OTRP_ASSIGN_OR_RETURN(const store::KeyClaim claim,
                        store::FindKey(pool_, RowOf(request), rules_));
  return BegunOf(request, claim);
}

void KeptAnswers::Keep(const Request& request, const std::string& attempt,
                       const Answer& answer) {
  const absl::StatusOr<std::string> sealed = Seal(request, answer);
  LogLoss("keep", sealed.ok() ? store::KeepAnswer(pool_, attempt, *sealed)
                              : sealed.status());
}

void KeptAnswers::Release(const std::string& attempt) {
  LogLoss("release", store::ReleaseKey(pool_, attempt));
}

store::KeyedRequest KeptAnswers::RowOf(const Request& request) const {
  store::KeyedRequest row;
  row.scope = request.scope;
  row.key = absl::BytesToHexString(crypto::Sha256(request.key));
  row.request_sha256 = crypto::HmacSha256(request.key, request.octets);
  row.attempt = absl::AsciiStrToLower(NewUuid(random_));
  return row;
}

KeyedCalls::Begun KeptAnswers::BegunOf(const Request& request,
                                       const store::KeyClaim& claim) const {
  Begun begun;
  begun.state = StateOf(claim.state);
  if (begun.state != State::kAnswered) return begun;
  absl::StatusOr<Answer> answer = Open(request, claim.answer);
  if (answer.ok()) {
    begun.answer = *std::move(answer);
  } else {
    LogLoss("open", answer.status());
    begun.state = State::kAnswerLost;
  }
  return begun;
}

SecretBytes KeptAnswers::SealKey(const Request& request,
                                 const SecretBytes& secret) {
  return crypto::HkdfSha256(request.key, secret.view(), kSealInfo, kKeyBytes);
}

absl::StatusOr<std::string> KeptAnswers::Seal(const Request& request,
                                              const Answer& answer) const {
  common::v1::KeptAnswer kept;
  kept.set_code(static_cast<int>(answer.status.code()));
  kept.set_message(std::string(answer.status.message()));
  kept.set_trace_id(answer.trace_id);
  kept.set_response(answer.response);
  const SecretBytes octets = SecretBytes::Take(kept.SerializeAsString());
  return crypto::AesGcmSeal(SealKey(request, secret_).view(), octets.view(),
                            request.scope, random_);
}

absl::StatusOr<KeyedCalls::Answer> KeptAnswers::Open(
    const Request& request, absl::string_view sealed) const {
  const SecretBytes current = SealKey(request, secret_);
  const SecretBytes previous = SealKey(request, previous_secret_);
  const crypto::Kek keys(current.view(), previous_secret_.empty()
                                             ? absl::string_view()
                                             : previous.view());
  OTRP_ASSIGN_OR_RETURN(const SecretBytes octets,
                        keys.Open(sealed, request.scope));
  common::v1::KeptAnswer kept;
  if (!kept.ParseFromArray(octets.view().data(),
                           static_cast<int>(octets.size()))) {
    return absl::DataLossError("a kept answer can't be read");
  }
  Answer answer;
  answer.status =
      absl::Status(static_cast<absl::StatusCode>(kept.code()), kept.message());
  answer.trace_id = kept.trace_id();
  answer.response = kept.response();
  return answer;
}

}  // namespace service
}  // namespace otrp
