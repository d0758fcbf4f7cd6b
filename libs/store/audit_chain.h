// The chain of hashes over the audit log: what a seal is and what its hash
// covers. For the audit_*.cc beside it.
//
// Thread-safety: functions without state.

#ifndef OTRP_LIBS_STORE_AUDIT_CHAIN_H_
#define OTRP_LIBS_STORE_AUDIT_CHAIN_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/crypto/hash.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {
namespace internal {

// Values of Seal::format.
inline constexpr int kSealOfTransactions = 1;
inline constexpr int kSealOfEvents = 2;

// Events a statement: bounded memory for any log. Of format 2 also the most
// that a seal covers.
inline constexpr int kSealBatch = 2000;

// What the first seal of a log goes on from; 32 octets.
inline constexpr absl::string_view kGenesisHash =
    "otrp audit chain, first link, v1";

struct Seal {
  int64_t id = 0;
  int32_t format = kSealOfEvents;
  int64_t epoch = 1;
  // Of the first seal of an epoch: why that began; empty for others.
  std::string reason;
  // Identifies the server and its history; empty where that isn't known.
  std::string server;
  int64_t count = 0;
  std::string prev_hash;
  std::string hash;
  absl::Time at;
  // Of format 1: covers transactions [from_xid, until_xid).
  absl::optional<int64_t> from_xid;
  absl::optional<int64_t> until_xid;
};

inline constexpr char kSealColumns[] =
    "id, format, epoch, reason, server, count, prev_hash, hash, at, from_xid, "
    "until_xid";
absl::Status ReadSeal(const Row& row, Seal* seal);

inline constexpr char kEventColumns[] =
    "id, at, actor, action, subject, outcome, details::text, trace_id, xid";
absl::Status ReadEvent(const Row& row, StoredAuditEvent* event, int64_t* xid);

// The hash of a seal: over the one before, what the seal says of itself, and
// its events, which are added in their order.
class SealHash {
 public:
  // `seal` with all but its hash and its count.
  explicit SealHash(const Seal& seal);
  void Add(const StoredAuditEvent& event, int64_t xid);
  int64_t count() const { return count_; }
  std::string Finish() { return hasher_.Finish(); }

 private:
  const int32_t format_;
  crypto::Sha256Hasher hasher_;
  int64_t count_ = 0;
};

}  // namespace internal
}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_AUDIT_CHAIN_H_
