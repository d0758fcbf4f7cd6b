#include "libs/rpc/revocation_view.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace rpc {
namespace {

constexpr size_t kFirstSlots = 64;

absl::Status Denied() {
  telemetry::kCallersRefused.With("denied").Increment();
  return absl::UnauthenticatedError(
      "the caller is denied here (--denied_callers_file)");
}

}  // namespace

struct RevocationView::Table {
  explicit Table(size_t slots)
      : mask(slots - 1), entries(new std::atomic<Entry*>[slots]) {
    for (size_t i = 0; i < slots; ++i) entries[i].store(nullptr);
  }

  // The slot of the name, or the free one where it would be.
  std::atomic<Entry*>& Slot(absl::string_view name) const {
    size_t at = absl::Hash<absl::string_view>()(name) & mask;
    while (true) {
      const Entry* entry = entries[at].load(std::memory_order_acquire);
      if (entry == nullptr || entry->name == name) return entries[at];
      at = (at + 1) & mask;
    }
  }

  const size_t mask;
  const std::unique_ptr<std::atomic<Entry*>[]> entries;
};

RevocationView::RevocationView() {
  tables_.push_back(std::make_unique<Table>(kFirstSlots));
  table_.store(tables_.back().get());
  // There from the start, so that the first one is an increase.
  for (const char* why : {"revoked", "denied", "stale"}) {
    telemetry::kCallersRefused.With(why).Increment(0);
  }
}

RevocationView::~RevocationView() = default;

const RevocationView::Entry* RevocationView::Find(
    absl::string_view name) const {
  return table_.load(std::memory_order_acquire)
      ->Slot(name)
      .load(std::memory_order_acquire);
}

RevocationView::Entry* RevocationView::FindOrAdd(const std::string& name) {
  std::atomic<Entry*>& slot = tables_.back()->Slot(name);
  Entry* const found = slot.load();
  if (found != nullptr) return found;
  Entry& added = entries_.emplace_back();
  added.name = name;
  slot.store(&added, std::memory_order_release);
  if (2 * entries_.size() > tables_.back()->mask) Grow();
  return &added;
}

void RevocationView::Grow() {
  auto larger = std::make_unique<Table>(2 * (tables_.back()->mask + 1));
  for (Entry& entry : entries_) larger->Slot(entry.name).store(&entry);
  tables_.push_back(std::move(larger));
  table_.store(tables_.back().get(), std::memory_order_release);
}

void RevocationView::Add(const std::vector<std::string>& serials) {
  std::lock_guard<std::mutex> lock(mutex_);
  for (const std::string& serial : serials) FindOrAdd(serial)->revoked = true;
}

void RevocationView::SetDenied(const std::vector<std::string>& names) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Entry*> denied;
  size_t identities = 0;
  for (const std::string& name : names) {
    denied.push_back(FindOrAdd(name));
    identities += absl::StrContains(name, '/') ? 1 : 0;
  }
  identities_ = identities;
  for (Entry* entry : denied) entry->denied = true;
  // Those that the list before had, and this one hasn't.
  for (Entry& entry : entries_) {
    if (entry.denied &&
        std::find(names.begin(), names.end(), entry.name) == names.end()) {
      entry.denied = false;
    }
  }
}

absl::Status RevocationView::CheckIdentity(const Identity& caller) const {
  if (identities_.load(std::memory_order_relaxed) == 0) return absl::OkStatus();
  const Entry* of_kind = Find(Identity(caller.kind, caller.name).ToString());
  const Entry* of_agent = Find(caller.ToString());
  const bool denied = (of_kind != nullptr && of_kind->denied) ||
                      (of_agent != nullptr && of_agent->denied);
  return denied ? Denied() : absl::OkStatus();
}

absl::Status RevocationView::Check(absl::string_view serial,
                                   const Identity& peer) const {
  const Entry* entry = Find(serial);
  if (entry != nullptr && entry->revoked) {
    telemetry::kCallersRefused.With("revoked").Increment();
    return absl::UnauthenticatedError("the caller's certificate is revoked");
  }
  if (entry != nullptr && entry->denied) return Denied();
  if (stale_.load(std::memory_order_relaxed) &&
      peer.kind != CallerKind::kService) {
    telemetry::kCallersRefused.With("stale").Increment();
    return absl::UnavailableError(
        "whose certificates are revoked isn't known here at the moment, since "
        "the CA is away");
  }
  return CheckIdentity(peer);
}

absl::Status RevocationView::CheckDelegated(const Identity& caller) const {
  return CheckIdentity(caller);
}

}  // namespace rpc
}  // namespace otrp
