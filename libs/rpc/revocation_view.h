// Which callers' certificates count no more, asked at each call and each
// request, so that open connections end too. Two lists:
//
// * what the CA has revoked, by serial, which libs/service/caller_revocations.h
//   pulls. Serials of one CA are never used twice, and a revocation is final:
//   the view only adds.
// * what this process's operator denies (--denied_callers_file), by serial or
//   by identity, for the time until the CA can be told, or while it is away.
//   It may become shorter again.
//
// Where the CA hasn't told for too long, the view is stale: people are refused
// then, if that is wanted; the suite's own services never are, since devices
// are served while the CA is away.
//
// Cost: Check() is one load of a pointer and one look into a hash table, two
// more for an identity where any is denied; no lock, no allocation for who is
// let in.
//
// Thread-safety: thread-safe; Check() waits for nobody.
// Errors: UNAUTHENTICATED for who is revoked or denied; UNAVAILABLE for people
// while the view is stale.

#ifndef OTRP_LIBS_RPC_REVOCATION_VIEW_H_
#define OTRP_LIBS_RPC_REVOCATION_VIEW_H_

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "libs/rpc/identity.h"

namespace otrp {
namespace rpc {

class RevocationView {
 public:
  RevocationView();
  ~RevocationView();
  RevocationView(const RevocationView&) = delete;
  RevocationView& operator=(const RevocationView&) = delete;

  // `serial`: of the peer's certificate, lower-case hex without leading zeros.
  // `peer`: whose it is.
  absl::Status Check(absl::string_view serial, const Identity& peer) const;
  // The same for whom the REST front calls for: what is denied by identity.
  absl::Status CheckDelegated(const Identity& caller) const;

  // Serials that are revoked, for ever.
  void Add(const std::vector<std::string>& serials);

  // The deny list, in place of the one before: serials as above, and identity
  // URIs.
  void SetDenied(const std::vector<std::string>& names);

  // Whether people are refused, because too long nothing was known.
  void SetStale(bool stale) { stale_.store(stale, std::memory_order_relaxed); }

 private:
  struct Entry {
    std::string name;
    std::atomic<bool> revoked{false};
    std::atomic<bool> denied{false};
  };
  // Open addressing; a slot that is filled never changes. Readers may be in any
  // table that there ever was, so none goes before the view: together they are
  // twice as large as the last.
  struct Table;

  const Entry* Find(absl::string_view name) const;
  absl::Status CheckIdentity(const Identity& caller) const;
  // These require mutex_.
  Entry* FindOrAdd(const std::string& name);
  void Grow();

  std::atomic<const Table*> table_{nullptr};
  std::atomic<bool> stale_{false};
  // Of denied identities.
  std::atomic<size_t> identities_{0};

  std::mutex mutex_;
  std::vector<std::unique_ptr<Table>> tables_;
  std::deque<Entry> entries_;
};

}  // namespace rpc
}  // namespace otrp

#endif  // OTRP_LIBS_RPC_REVOCATION_VIEW_H_
