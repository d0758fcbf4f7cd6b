// The words that stand for the TSM's enums where text is kept or shown: in the
// database, in JSON, in v1's messages, in metrics. One table an enum; converted
// where such text is read or written and nowhere else.
//
// Thread-safety: constants and functions without state.
// Errors: DATA_LOSS for a word that isn't in the table: what is read was
// written by us.

#ifndef OTRP_SERVICES_TSM_DOMAIN_WORDS_H_
#define OTRP_SERVICES_TSM_DOMAIN_WORDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "libs/crypto/keys.h"
#include "libs/protocol/dialect.h"
#include "services/tsm/domain/model.h"

namespace otrp {
namespace tsm {

template <typename E>
struct WordRow {
  E value;
  absl::string_view word;
};

inline constexpr WordRow<Verdict> kVerdicts[] = {
    {Verdict::kAccepted, "accepted"},
    {Verdict::kRefused, "refused"},
};

inline constexpr WordRow<TaskState> kTaskStates[] = {
    {TaskState::kWaiting, "waiting"},
    {TaskState::kGivenUp, "given-up"},
};

inline constexpr WordRow<Outcome::Kind> kOutcomeKinds[] = {
    {Outcome::Kind::kInstalled, "installed"},
    {Outcome::Kind::kRemoved, "removed"},
    {Outcome::Kind::kFailed, "failed"},
    {Outcome::Kind::kRefused, "refused"},
};

inline constexpr WordRow<IdentityState> kIdentityStates[] = {
    {IdentityState::kNext, "next"},
    {IdentityState::kCurrent, "current"},
    {IdentityState::kRetired, "retired"},
};

inline constexpr WordRow<SessionState> kSessionStates[] = {
    {SessionState::kOpen, "open"},
    {SessionState::kDone, "done"},
    {SessionState::kRefused, "refused"},
    {SessionState::kFailed, "failed"},
    {SessionState::kBlocked, "blocked"},
    {SessionState::kExpired, "expired"},
    {SessionState::kSuperseded, "superseded"},
};

inline constexpr WordRow<Direction> kDirections[] = {
    {Direction::kToDevice, "to-device"},
    {Direction::kFromDevice, "from-device"},
};

inline constexpr WordRow<MessageStatus> kMessageStates[] = {
    {MessageStatus::kNone, ""},
    {MessageStatus::kPass, "pass"},
    {MessageStatus::kFail, "fail"},
    {MessageStatus::kRefused, "refused"},
};

// These two have their words in the libraries that they come from.
inline const WordRow<protocol::Dialect> kDialects[] = {
    {protocol::Dialect::kIetf03,
     protocol::DialectName(protocol::Dialect::kIetf03)},
    {protocol::Dialect::kPei03,
     protocol::DialectName(protocol::Dialect::kPei03)},
};

inline const WordRow<crypto::KeyType> kKeyTypes[] = {
    {crypto::KeyType::kRsa, crypto::KeyTypeName(crypto::KeyType::kRsa)},
    {crypto::KeyType::kEcP256, crypto::KeyTypeName(crypto::KeyType::kEcP256)},
};

// The table of an enum, by its type.
inline absl::Span<const WordRow<Verdict>> WordsOf(Verdict) { return kVerdicts; }
inline absl::Span<const WordRow<TaskState>> WordsOf(TaskState) {
  return kTaskStates;
}
inline absl::Span<const WordRow<Outcome::Kind>> WordsOf(Outcome::Kind) {
  return kOutcomeKinds;
}
inline absl::Span<const WordRow<IdentityState>> WordsOf(IdentityState) {
  return kIdentityStates;
}
inline absl::Span<const WordRow<SessionState>> WordsOf(SessionState) {
  return kSessionStates;
}
inline absl::Span<const WordRow<Direction>> WordsOf(Direction) {
  return kDirections;
}
inline absl::Span<const WordRow<MessageStatus>> WordsOf(MessageStatus) {
  return kMessageStates;
}
inline absl::Span<const WordRow<protocol::Dialect>> WordsOf(protocol::Dialect) {
  return kDialects;
}
inline absl::Span<const WordRow<crypto::KeyType>> WordsOf(crypto::KeyType) {
  return kKeyTypes;
}

template <typename E>
std::string WordOf(E value) {
  for (const WordRow<E>& row : WordsOf(value)) {
    if (row.value == value) return std::string(row.word);
  }
  return "";
}

// Unset is the empty word.
template <typename E>
std::string WordOf(const absl::optional<E>& value) {
  return value.has_value() ? WordOf(*value) : "";
}

template <typename E>
absl::Status FromWord(absl::string_view word, E* value) {
  for (const WordRow<E>& row : WordsOf(E())) {
    if (row.word != word) continue;
    *value = row.value;
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("\"", word, "\" isn't a word that is kept here"));
}

template <typename E>
absl::Status FromWord(absl::string_view word, absl::optional<E>* value) {
  value->reset();
  return word.empty() ? absl::OkStatus() : FromWord(word, &value->emplace());
}

// "all", "did:<hex>", "group:<name>", or conditions as they write themselves.
// The first word is what storage finds them by.
std::string WordOfTarget(const Target& target);

}  // namespace tsm
}  // namespace otrp

#endif  // OTRP_SERVICES_TSM_DOMAIN_WORDS_H_
