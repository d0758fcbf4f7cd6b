// Identity rows: keys, certificates, staples.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/base64.h"
#include "libs/base/status_macros.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

// Held while a key is made, so that of several processes that start together
// only one spends the time. The number only has to differ from other locks in
// this database.
constexpr int64_t kIdentityLock = 0x74736d6964656e74;  // "tsmident"

absl::StatusOr<std::vector<std::string>> DecodeStaples(absl::string_view text) {
  std::vector<std::string> staples;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    OTRP_ASSIGN_OR_RETURN(std::string der, Base64Decode(line));
    staples.push_back(std::move(der));
  }
  return staples;
}

}  // namespace

absl::StatusOr<std::vector<StoredIdentity>> TsmStore::LoadIdentities() {
  static constexpr char kSql[] = R"sql(
    SELECT key_type, sealed_key, chain_pem, not_after, staples,
      staples_until
    FROM identity ORDER BY key_type
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(kSql));
  std::vector<StoredIdentity> identities;
  for (store::Row row : rows) {
    StoredIdentity identity;
    std::string key_type;
    std::string staples;
    OTRP_RETURN_IF_ERROR(row.Scan(
        &key_type, store::BytesOut(&identity.sealed_key), &identity.chain_pem,
        &identity.not_after, &staples, &identity.staples_until));
    OTRP_RETURN_IF_ERROR(FromWord(key_type, &identity.key_type));
    OTRP_ASSIGN_OR_RETURN(identity.staples, DecodeStaples(staples));
    identities.push_back(std::move(identity));
  }
  return identities;
}

absl::Status TsmStore::EnsureIdentityKey(
    crypto::KeyType key_type,
    absl::FunctionRef<absl::StatusOr<std::string>()> make_sealed_key,
    const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT pg_advisory_xact_lock($1::bigint)", kIdentityLock)
            .status());
    OTRP_ASSIGN_OR_RETURN(store::Rows rows,
                          tx.Exec("SELECT 1 FROM identity WHERE key_type = $1",
                                  WordOf(key_type)));
    if (!rows.empty()) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(std::string sealed, make_sealed_key());
    OTRP_RETURN_IF_ERROR(
        tx.Exec("INSERT INTO identity (key_type, sealed_key) VALUES ($1, $2)",
                WordOf(key_type), store::Bytes(sealed))
            .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::Status TsmStore::SaveCertificate(crypto::KeyType key_type,
                                       absl::string_view chain_pem,
                                       absl::Time not_after,
                                       const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    static constexpr char kSql[] = R"sql(
      UPDATE identity
      SET chain_pem = $2, not_after = $3::timestamptz, staples = '',
        staples_until = NULL, updated_at = now()
      WHERE key_type = $1
    )sql";
    OTRP_ASSIGN_OR_RETURN(int64_t touched, tx.ExecCount(kSql, WordOf(key_type),
                                                        chain_pem, not_after));
    if (touched != 1) return absl::NotFoundError("identity: no such key type");
    return store::AppendAudit(tx, audit);
  });
}

absl::Status TsmStore::SaveStaples(crypto::KeyType key_type,
                                   const std::vector<std::string>& staples,
                                   absl::Time until) {
  const std::string text = absl::StrJoin(
      staples, "\n", [](std::string* out, const std::string& der) {
        out->append(Base64Encode(der));
      });
  static constexpr char kSql[] = R"sql(
    UPDATE identity
    SET staples = $2, staples_until = $3::timestamptz, updated_at = now()
    WHERE key_type = $1
  )sql";
  return pool_.ExecOnce(kSql, WordOf(key_type), text, until).status();
}

}  // namespace tsm
}  // namespace otrp
