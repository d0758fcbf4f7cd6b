// Idempotency keys: the same request with the same key gets the same answer.
//
//   OTRP_ASSIGN_OR_RETURN(auto stored, FindIdempotent(tx, scope, key, hash));
//   if (stored.has_value()) return Parse(*stored);
//   ... act ...
//   OTRP_RETURN_IF_ERROR(SaveIdempotent(tx, scope, key, hash, answer));
//
// FindIdempotent() locks the key for the rest of the transaction, so of two
// requests with one key at the same time the second waits for the first.
//
// Errors: ALREADY_EXISTS where the key was used for another request; else as
// libs/store/pool.h.

#ifndef OTRP_LIBS_STORE_IDEMPOTENCY_H_
#define OTRP_LIBS_STORE_IDEMPOTENCY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "libs/store/pool.h"

namespace otrp {
namespace store {

// `scope`: caller and method, e.g. "otrp://service/tsm IssueCertificate", so
// that callers can't see one another's keys. `request_sha256`: 32 octets over
// the request without its key.
absl::StatusOr<absl::optional<std::string>> FindIdempotent(
    Tx& tx, absl::string_view scope, absl::string_view key,
    absl::string_view request_sha256);

absl::Status SaveIdempotent(Tx& tx, absl::string_view scope,
                            absl::string_view key,
                            absl::string_view request_sha256,
                            absl::string_view response);

// Removes keys from before `cutoff`; for a periodic task.
absl::StatusOr<int64_t> PurgeIdempotencyKeys(Pool& pool, absl::Time cutoff,
                                             absl::Duration budget);

}  // namespace store
}  // namespace otrp

#endif  // OTRP_LIBS_STORE_IDEMPOTENCY_H_
