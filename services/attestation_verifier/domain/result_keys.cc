#include "services/attestation_verifier/domain/result_keys.h"

#include <algorithm>
#include <utility>

#include "libs/base/status_macros.h"
#include "services/attestation_verifier/limits.h"

namespace otrp {
namespace verifier {
namespace {

struct StateRow {
  KeyState state;
  absl::string_view word;
};

constexpr StateRow kStates[] = {
    {KeyState::kCurrent, "current"},
    {KeyState::kNext, "next"},
    {KeyState::kRetired, "retired"},
};

const StoredResultKey* Find(const ResultKeys& keys, KeyState state) {
  const auto found = std::find_if(
      keys.begin(), keys.end(),
      [state](const StoredResultKey& key) { return key.state == state; });
  return found == keys.end() ? nullptr : &*found;
}

bool IsOver(const StoredResultKey& key, absl::Time now) {
  return key.state == KeyState::kRetired && now - key.since >= kShowRetiredKey;
}

}  // namespace

absl::string_view WordOf(KeyState state) {
  for (const StateRow& row : kStates) {
    if (row.state == state) return row.word;
  }
  return "";
}

absl::StatusOr<KeyState> KeyStateOf(absl::string_view word) {
  for (const StateRow& row : kStates) {
    if (row.word == word) return row.state;
  }
  return absl::DataLossError("the state of a result key can't be read");
}

bool RotationIsDue(const ResultKeys& held, absl::Time now) {
  const StoredResultKey* current = Find(held, KeyState::kCurrent);
  return current == nullptr || Find(held, KeyState::kNext) == nullptr ||
         now - current->since >= kResultKeyLife ||
         std::any_of(
             held.begin(), held.end(),
             [now](const StoredResultKey& key) { return IsOver(key, now); });
}

absl::StatusOr<ResultKeys> AfterRotation(
    const ResultKeys& held, Rotation rotation, absl::Time now,
    const std::function<absl::StatusOr<StoredResultKey>()>& make) {
  ResultKeys keys;
  absl::optional<StoredResultKey> current;
  absl::optional<StoredResultKey> next;
  for (const StoredResultKey& key : held) {
    if (key.state == KeyState::kCurrent) current = key;
    if (key.state == KeyState::kNext) next = key;
    if (key.state == KeyState::kRetired && !IsOver(key, now) &&
        rotation != Rotation::kForget) {
      keys.push_back(key);
    }
  }
  const bool change = rotation != Rotation::kWhenDue || !current.has_value() ||
                      now - current->since >= kResultKeyLife;
  if (change) {
    if (current.has_value() && rotation != Rotation::kForget) {
      current->state = KeyState::kRetired;
      current->since = now;
      keys.push_back(*std::move(current));
    }
    if (!next.has_value()) {
      OTRP_ASSIGN_OR_RETURN(next, make());
    }
    current = std::move(next);
    next.reset();
    current->state = KeyState::kCurrent;
    current->since = now;
  }
  if (!next.has_value()) {
    OTRP_ASSIGN_OR_RETURN(next, make());
    next->state = KeyState::kNext;
    next->since = now;
  }
  keys.push_back(*std::move(current));
  keys.push_back(*std::move(next));
  return keys;
}

}  // namespace verifier
}  // namespace otrp
