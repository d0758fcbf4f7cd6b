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

std::string EncodeStaples(const std::vector<std::string>& staples) {
  return absl::StrJoin(staples, "\n",
                       [](std::string* out, const std::string& der) {
                         out->append(Base64Encode(der));
                       });
}

}  // namespace

absl::StatusOr<std::vector<StoredIdentity>> TsmStore::LoadIdentities() {
  static constexpr char kSql[] = R"sql(
    SELECT id, key_type, state, sealed_key, chain_pem, not_after, staples,
      staples_until, created_at, complete_at, retired_at, revoked_at,
      coalesce(revocation_reason, 0)
    FROM identity ORDER BY key_type, created_at, id
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(kSql));
  std::vector<StoredIdentity> identities;
  for (store::Row row : rows) {
    StoredIdentity identity;
    std::string key_type;
    std::string state;
    std::string staples;
    OTRP_RETURN_IF_ERROR(row.Scan(
        &identity.id, &key_type, &state, store::BytesOut(&identity.sealed_key),
        &identity.chain_pem, &identity.not_after, &staples,
        &identity.staples_until, &identity.created_at, &identity.complete_at,
        &identity.retired_at, &identity.revoked_at,
        &identity.revocation_reason));
    OTRP_RETURN_IF_ERROR(FromWord(key_type, &identity.key_type));
    OTRP_RETURN_IF_ERROR(FromWord(state, &identity.state));
    OTRP_ASSIGN_OR_RETURN(identity.staples, DecodeStaples(staples));
    identities.push_back(std::move(identity));
  }
  return identities;
}

absl::Status TsmStore::EnsureIdentityKey(
    crypto::KeyType key_type,
    absl::FunctionRef<absl::StatusOr<NewIdentity>()> make,
    const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(
        tx.Exec("SELECT pg_advisory_xact_lock($1::bigint)", kIdentityLock)
            .status());
    static constexpr char kThere[] = R"sql(
      SELECT 1 FROM identity WHERE key_type = $1 AND state = 'current'
    )sql";
    OTRP_ASSIGN_OR_RETURN(store::Rows rows, tx.Exec(kThere, WordOf(key_type)));
    if (!rows.empty()) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(const NewIdentity made, make());
    static constexpr char kInsert[] = R"sql(
      INSERT INTO identity (id, key_type, sealed_key) VALUES ($1, $2, $3)
    )sql";
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsert, made.id, WordOf(key_type),
                                 store::Bytes(made.sealed_key))
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<std::string>> TsmStore::AddNextIdentities(
    const std::vector<NewIdentity>& identities,
    const store::AuditEvent& audit) {
  std::vector<std::string> added;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    added.clear();
    static constexpr char kSql[] = R"sql(
      INSERT INTO identity (id, key_type, state, sealed_key)
      VALUES ($1, $2, 'next', $3)
      ON CONFLICT (key_type) WHERE state = 'next' DO NOTHING
    )sql";
    for (const NewIdentity& identity : identities) {
      OTRP_ASSIGN_OR_RETURN(
          const int64_t count,
          tx.ExecCount(kSql, identity.id, WordOf(identity.key_type),
                       store::Bytes(identity.sealed_key)));
      if (count == 1) added.push_back(identity.id);
    }
    return added.empty() ? absl::OkStatus() : store::AppendAudit(tx, audit);
  }));
  return added;
}

absl::StatusOr<bool> TsmStore::SaveIdentityProof(
    absl::string_view id, absl::string_view former_pem,
    const IdentityProof& proof, absl::Time now,
    const absl::optional<store::AuditEvent>& audit) {
  const std::string staples = EncodeStaples(proof.staples);
  bool saved = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    static constexpr char kSql[] = R"sql(
      UPDATE identity
      SET chain_pem = $3, not_after = $4::timestamptz, staples = $5,
        staples_until = $6::timestamptz,
        complete_at = coalesce(complete_at, $7::timestamptz),
        updated_at = now()
      WHERE id = $1 AND chain_pem = $2
    )sql";
    OTRP_ASSIGN_OR_RETURN(
        const int64_t count,
        tx.ExecCount(kSql, id, former_pem, proof.chain_pem, proof.not_after,
                     staples, proof.staples_until, now));
    saved = count == 1;
    if (!saved || !audit.has_value()) return absl::OkStatus();
    return store::AppendAudit(tx, *audit);
  }));
  return saved;
}

absl::StatusOr<bool> TsmStore::PromoteIdentity(absl::string_view id,
                                               absl::Time now,
                                               const store::AuditEvent& audit) {
  bool promoted = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    promoted = false;
    static constexpr char kNext[] = R"sql(
      SELECT key_type FROM identity WHERE id = $1 AND state = 'next' FOR UPDATE
    )sql";
    OTRP_ASSIGN_OR_RETURN(store::Rows rows, tx.Exec(kNext, id));
    if (rows.empty()) return absl::OkStatus();
    std::string key_type;
    OTRP_RETURN_IF_ERROR(rows[0].Scan(&key_type));
    static constexpr char kRetire[] = R"sql(
      UPDATE identity
      SET state = 'retired', retired_at = $2::timestamptz, updated_at = now()
      WHERE key_type = $1 AND state = 'current'
    )sql";
    OTRP_RETURN_IF_ERROR(tx.Exec(kRetire, key_type, now).status());
    static constexpr char kPromote[] = R"sql(
      UPDATE identity SET state = 'current', updated_at = now() WHERE id = $1
    )sql";
    OTRP_RETURN_IF_ERROR(tx.Exec(kPromote, id).status());
    promoted = true;
    return store::AppendAudit(tx, audit);
  }));
  return promoted;
}

absl::StatusOr<bool> TsmStore::RevokeIdentity(absl::string_view id,
                                              absl::Time at, int32_t reason,
                                              const store::AuditEvent& audit) {
  bool revoked = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    static constexpr char kSql[] = R"sql(
      UPDATE identity
      SET revoked_at = $2::timestamptz, revocation_reason = $3::integer,
        updated_at = now()
      WHERE id = $1 AND revoked_at IS NULL
    )sql";
    OTRP_ASSIGN_OR_RETURN(const int64_t count,
                          tx.ExecCount(kSql, id, at, reason));
    revoked = count == 1;
    return revoked ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return revoked;
}

absl::StatusOr<int64_t> TsmStore::RemoveRetiredIdentities(
    absl::Time before, const store::AuditEvent& audit) {
  int64_t removed = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    static constexpr char kSql[] = R"sql(
      DELETE FROM identity
      WHERE state = 'retired' AND retired_at < $1::timestamptz
    )sql";
    OTRP_ASSIGN_OR_RETURN(removed, tx.ExecCount(kSql, before));
    return removed > 0 ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return removed;
}

}  // namespace tsm
}  // namespace otrp
