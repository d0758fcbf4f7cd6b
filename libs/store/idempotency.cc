#include "libs/store/idempotency.h"

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/store/purge.h"

namespace otrp {
namespace store {

absl::StatusOr<absl::optional<std::string>> FindIdempotent(
    Tx& tx, absl::string_view scope, absl::string_view key,
    absl::string_view request_sha256) {
  OTRP_RETURN_IF_ERROR(
      tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
              absl::StrCat("idempotency ", scope.size(), ":", scope, key))
          .status());
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        tx.Exec("SELECT request_sha256, response FROM "
                                "idempotency_key WHERE scope = $1 AND key = $2",
                                scope, key));
  if (rows.empty()) return absl::optional<std::string>();
  std::string hash;
  std::string response;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(BytesOut(&hash), BytesOut(&response)));
  if (hash != request_sha256) {
    return absl::AlreadyExistsError(
        "this request id was used for another request; choose a new one");
  }
  return absl::optional<std::string>(std::move(response));
}

absl::Status SaveIdempotent(Tx& tx, absl::string_view scope,
                            absl::string_view key,
                            absl::string_view request_sha256,
                            absl::string_view response) {
  return tx
      .Exec(
          "INSERT INTO idempotency_key (scope, key, request_sha256, "
          "response) VALUES ($1, $2, $3, $4)",
          scope, key, Bytes(request_sha256), Bytes(response))
      .status();
}

absl::StatusOr<int64_t> PurgeIdempotencyKeys(Pool& pool, absl::Time cutoff,
                                             absl::Duration budget) {
  static constexpr PurgeRule kRule = {"idempotency_key", "created_at"};
  return Purge(pool, kRule, cutoff, budget);
}

}  // namespace store
}  // namespace otrp
