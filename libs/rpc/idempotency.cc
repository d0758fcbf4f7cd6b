#include "libs/rpc/idempotency.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/field_error.h"

namespace otrp {
namespace rpc {
namespace {

constexpr char kKeyMetadata[] = "otrp-idempotency-key";
constexpr char kOnlyReplayMetadata[] = "otrp-idempotency-only-replay";
constexpr char kOutcomeMetadata[] = "otrp-idempotency";

// With the trace id behind it.
constexpr absl::string_view kReplayed = "replayed ";
constexpr absl::string_view kRunning = "running";
constexpr absl::string_view kOtherRequest = "other-request";

absl::string_view ViewOf(const grpc::string_ref& text) {
  return {text.data(), text.size()};
}

}  // namespace

absl::Status CheckIdempotencyKey(absl::string_view key) {
  if (!key.empty() && key.size() <= kMaxIdempotencyKeyBytes &&
      std::all_of(key.begin(), key.end(),
                  [](unsigned char c) { return absl::ascii_isprint(c); })) {
    return absl::OkStatus();
  }
  return FieldMust(kIdempotencyKey,
                   absl::StrCat("be 1 to ", kMaxIdempotencyKeyBytes,
                                " printable characters"));
}

void SetKey(const KeyOfCall& key, grpc::ClientContext* context) {
  if (key.key.empty()) return;
  context->AddMetadata(kKeyMetadata, key.key);
  if (key.only_replay) context->AddMetadata(kOnlyReplayMetadata, "1");
}

absl::StatusOr<KeyOfCall> KeyOf(
    const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
  KeyOfCall key;
  const auto [first, last] = metadata.equal_range(kKeyMetadata);
  if (first == last) return key;
  if (std::next(first) != last) {
    return FieldMust(kIdempotencyKey, "be there once");
  }
  key.key = std::string(ViewOf(first->second));
  OTRP_RETURN_IF_ERROR(CheckIdempotencyKey(key.key));
  key.only_replay = metadata.count(kOnlyReplayMetadata) > 0;
  return key;
}

void SetOutcome(const KeyOutcome& outcome, grpc::ServerContext* context) {
  switch (outcome.kind) {
    case KeyOutcome::Kind::kNone: return;
    case KeyOutcome::Kind::kReplayed:
      return context->AddTrailingMetadata(
          kOutcomeMetadata, absl::StrCat(kReplayed, outcome.trace_id));
    case KeyOutcome::Kind::kRunning:
      return context->AddTrailingMetadata(kOutcomeMetadata,
                                          std::string(kRunning));
    case KeyOutcome::Kind::kOtherRequest:
      return context->AddTrailingMetadata(kOutcomeMetadata,
                                          std::string(kOtherRequest));
  }
}

KeyOutcome OutcomeOf(const grpc::ClientContext& context) {
  KeyOutcome outcome;
  const auto& metadata = context.GetServerTrailingMetadata();
  const auto it = metadata.find(kOutcomeMetadata);
  if (it == metadata.end()) return outcome;
  absl::string_view word = ViewOf(it->second);
  if (absl::ConsumePrefix(&word, kReplayed)) {
    outcome.kind = KeyOutcome::Kind::kReplayed;
    outcome.trace_id = std::string(word);
  } else if (word == kRunning) {
    outcome.kind = KeyOutcome::Kind::kRunning;
  } else if (word == kOtherRequest) {
    outcome.kind = KeyOutcome::Kind::kOtherRequest;
  }
  return outcome;
}

}  // namespace rpc
}  // namespace otrp
