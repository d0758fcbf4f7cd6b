// Rows of a service's schema that its key-encryption key seals, and their
// change to another key while everything else goes on.
//
// A table is told by its statements. Its rows are walked in the order of their
// keys, some in a transaction, so that a process that dies has sealed anew
// whole pages and nothing else; whoever goes on, from anywhere, finds what is
// left.
//
// Thread-safety: thread-safe.
// Errors: as libs/store/pool.h; DATA_LOSS that names a row which neither key
// opens; INVALID_ARGUMENT for a place that none of its answers gave.

#ifndef OTRP_LIBS_SERVICE_SEALED_ROWS_H_
#define OTRP_LIBS_SERVICE_SEALED_ROWS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "libs/base/random.h"
#include "libs/crypto/kek.h"
#include "libs/store/audit.h"
#include "libs/store/pool.h"

namespace otrp {
namespace service {

struct SealedTable {
  // "authority keys": for people.
  std::string what;
  // Keys, as text, and sealed octets of the rows after key $1, at most $2, by
  // key (COLLATE "C"); all that are sealed.
  std::string select;
  // The same with locks.
  std::string select_for_update;
  // Of key $1: the sealed octets $2.
  std::string update;
  // What the octets of a key are bound to.
  std::function<std::string(const std::string& key)> aad;
};

class SealedRows {
 public:
  struct Page {
    int64_t looked_at = 0;
    int64_t rewrapped = 0;
    // Where the next one begins; empty: that was all.
    std::string next;
  };
  struct Count {
    std::string what;
    int64_t current = 0;
    int64_t previous = 0;
    int64_t unreadable = 0;
  };

  // `pool`, `random` and the keys of `kek` must outlive it.
  SealedRows(store::Pool& pool, crypto::Kek kek, Random& random,
             std::vector<SealedTable> tables)
      : pool_(pool), kek_(kek), random_(random), tables_(std::move(tables)) {}

  // `audit` makes the record of so many rows, where any was sealed anew.
  absl::StatusOr<Page> Rewrap(
      const std::string& from, int limit,
      absl::FunctionRef<store::AuditEvent(int64_t rewrapped)> audit);
  // Of each table, a page at a time.
  absl::StatusOr<std::vector<Count>> CountAll();

  bool has_previous() const { return kek_.has_previous(); }

 private:
  store::Pool& pool_;
  const crypto::Kek kek_;
  Random& random_;
  const std::vector<SealedTable> tables_;
};

}  // namespace service
}  // namespace otrp

#endif  // OTRP_LIBS_SERVICE_SEALED_ROWS_H_
