#include "services/sp_portal/storage/publisher_store.h"

#include <utility>

#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "libs/store/purge.h"
#include "services/sp_portal/errors.h"
#include "services/sp_portal/limits.h"
#include "services/sp_portal/storage/steps.h"
#include "services/sp_portal/storage/token_rows.h"

namespace otrp {
namespace portal {
namespace {

using store::Bytes;
using store::Row;
using store::Rows;
using store::Tx;

constexpr char kCountIssuers[] = R"sql(
    SELECT count(*)
    FROM token_issuer
    WHERE issuer <> $1
    )sql";

constexpr char kSetIssuer[] = R"sql(
    INSERT INTO token_issuer (issuer, audience, pinned, jwks, set_by)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (issuer) DO UPDATE
    SET audience = $2, pinned = $3, set_by = $5, fetch_error = '',
        jwks = CASE WHEN $3 OR token_issuer.pinned THEN $4
                    ELSE token_issuer.jwks END,
        fetched_at = CASE WHEN $3 OR token_issuer.pinned THEN NULL
                          ELSE token_issuer.fetched_at END
    )sql";

constexpr char kFindIssuer[] = R"sql(
    SELECT issuer, audience, pinned, jwks, set_by, fetched_at, fetch_error
    FROM token_issuer
    WHERE issuer = $1
    )sql";

constexpr char kListIssuers[] = R"sql(
    SELECT issuer, audience, pinned, jwks, set_by, fetched_at, fetch_error
    FROM token_issuer
    WHERE issuer COLLATE "C" > $1
    ORDER BY issuer COLLATE "C"
    LIMIT $2
    )sql";

// Keys that were good stay until there are new ones.
constexpr char kNoteFetch[] = R"sql(
    UPDATE token_issuer
    SET jwks = CASE WHEN $2::text = '' THEN jwks ELSE $2 END,
        fetched_at = CASE WHEN $2::text = '' THEN fetched_at ELSE $4 END,
        fetch_error = $3
    WHERE issuer = $1 AND NOT pinned
    )sql";

constexpr char kCountPublishers[] = R"sql(
    SELECT count(*)
    FROM publisher
    WHERE spid = $1 AND removed_at IS NULL
    )sql";

constexpr char kInsertPublisher[] = R"sql(
    INSERT INTO publisher (id, spid, issuer, subject, claims, role, taids,
                           added_by, added_at)
    VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7::text[], $8, $9)
    )sql";

constexpr char kListPublishers[] = R"sql(
    SELECT id, spid, issuer, subject, claims::text, role,
           array_to_string(taids, ','), added_by, added_at
    FROM publisher
    WHERE spid = $1 AND id COLLATE "C" > $2 AND removed_at IS NULL
    ORDER BY id COLLATE "C"
    LIMIT $3
    )sql";

constexpr char kPublishersOf[] = R"sql(
    SELECT publisher.id, publisher.spid, publisher.issuer, publisher.subject,
           publisher.claims::text, publisher.role,
           array_to_string(publisher.taids, ','), publisher.added_by,
           publisher.added_at
    FROM publisher
    JOIN sp ON sp.spid = publisher.spid
    WHERE publisher.spid = $1 AND publisher.issuer = $2
      AND publisher.removed_at IS NULL AND sp.state = 'active'
    )sql";

constexpr char kRemovePublisher[] = R"sql(
    UPDATE publisher
    SET removed_at = $3
    WHERE id = $2 AND spid = $1 AND removed_at IS NULL
    )sql";

constexpr char kRevokeTokens[] = R"sql(
    UPDATE token
    SET revoked_at = $2
    WHERE publisher = $1 AND revoked_at IS NULL
    )sql";

constexpr char kPublisherThere[] = R"sql(
    SELECT 1
    FROM publisher
    WHERE id = $2 AND spid = $1 AND removed_at IS NULL
    )sql";

constexpr char kExchanged[] = R"sql(
    SELECT 1
    FROM token
    WHERE exchanged_sha256 = $1
    )sql";

constexpr char kNoteExchange[] = R"sql(
    UPDATE token
    SET exchanged_sha256 = $2
    WHERE id = $1
    )sql";

constexpr store::PurgeRule kOldExchanged = {
    "token", "expires_at", store::PurgeLock::kNone, "publisher IS NOT NULL"};

absl::StatusOr<Issuer> ReadIssuer(const Row& row) {
  Issuer i;
  OTRP_RETURN_IF_ERROR(row.Scan(&i.issuer, &i.audience, &i.pinned, &i.jwks,
                                &i.set_by, &i.fetched_at, &i.fetch_error));
  return i;
}

absl::StatusOr<std::vector<Publisher>> ReadPublishers(const Rows& rows) {
  std::vector<Publisher> publishers;
  for (Row row : rows) {
    Publisher p;
    std::string claims_text;
    std::string taids;
    OTRP_RETURN_IF_ERROR(row.Scan(&p.id, &p.spid, &p.issuer, &p.subject,
                                  &claims_text, &p.role, &taids, &p.added_by,
                                  &p.added_at));
    OTRP_ASSIGN_OR_RETURN(const json::Value claims,
                          json::Parse(claims_text, json::kOurs));
    for (const json::Value::Member& claim : claims.members()) {
      p.claims.emplace(claim.first, claim.second.as_string());
    }
    // Names have no comma.
    p.taids = absl::StrSplit(taids, ',', absl::SkipEmpty());
    publishers.push_back(std::move(p));
  }
  return publishers;
}

std::string ClaimsJson(const Publisher& publisher) {
  json::Value claims = json::Value::Object();
  for (const auto& [name, value] : publisher.claims) {
    claims.Set(name, json::Value::String(value));
  }
  return claims.Serialize();
}

}  // namespace

absl::Status PublisherStore::SetIssuer(const Issuer& issuer,
                                       const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, kOperatorsSide));
    OTRP_ASSIGN_OR_RETURN(Row row, tx.Exec1(kCountIssuers, issuer.issuer));
    int64_t others;
    OTRP_RETURN_IF_ERROR(row.Scan(&others));
    if (others >= kMaxIssuers) return errors::TooManyIssuers();
    OTRP_RETURN_IF_ERROR(tx.Exec(kSetIssuer, issuer.issuer, issuer.audience,
                                 issuer.pinned, issuer.jwks, issuer.set_by)
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::Status PublisherStore::RemoveIssuer(const std::string& issuer,
                                          const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t removed,
        tx.ExecCount("DELETE FROM token_issuer WHERE issuer = $1", issuer));
    if (removed == 0) return errors::IssuerNotFound(issuer);
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<absl::optional<Issuer>> PublisherStore::FindIssuer(
    const std::string& issuer) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kFindIssuer, issuer));
  if (rows.empty()) return absl::optional<Issuer>();
  OTRP_ASSIGN_OR_RETURN(Issuer found, ReadIssuer(rows[0]));
  return absl::optional<Issuer>(std::move(found));
}

absl::StatusOr<std::vector<Issuer>> PublisherStore::ListIssuers(
    const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kListIssuers, after, limit));
  std::vector<Issuer> issuers;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Issuer issuer, ReadIssuer(row));
    issuers.push_back(std::move(issuer));
  }
  return issuers;
}

absl::Status PublisherStore::NoteFetch(const std::string& issuer,
                                       const std::string& jwks,
                                       const std::string& error,
                                       absl::Time now) {
  return pool_.ExecOnce(kNoteFetch, issuer, jwks, error, now).status();
}

absl::Status PublisherStore::AddPublisher(const Publisher& publisher,
                                          const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, publisher.spid));
    OTRP_RETURN_IF_ERROR(
        steps::CheckRoom(tx.Exec1(kCountPublishers, publisher.spid),
                         kMaxPublishers, "trusted publishers"));
    OTRP_RETURN_IF_ERROR(tx.Exec(kInsertPublisher, publisher.id, publisher.spid,
                                 publisher.issuer, publisher.subject,
                                 ClaimsJson(publisher), publisher.role,
                                 store::TextArray(publisher.taids),
                                 publisher.added_by, publisher.added_at)
                             .status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<Publisher>> PublisherStore::ListPublishers(
    const std::string& spid, const std::string& after, int limit) {
  OTRP_ASSIGN_OR_RETURN(Rows rows,
                        pool_.Query(kListPublishers, spid, after, limit));
  return ReadPublishers(rows);
}

absl::StatusOr<std::vector<Publisher>> PublisherStore::PublishersOf(
    const std::string& spid, const std::string& issuer) {
  OTRP_ASSIGN_OR_RETURN(Rows rows, pool_.Query(kPublishersOf, spid, issuer));
  return ReadPublishers(rows);
}

absl::Status PublisherStore::RemovePublisher(const std::string& spid,
                                             const std::string& id,
                                             absl::Time now,
                                             const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(steps::LockTenant(tx, spid).status());
    OTRP_ASSIGN_OR_RETURN(const int64_t removed,
                          tx.ExecCount(kRemovePublisher, spid, id, now));
    if (removed == 0) return errors::PublisherNotFound(id);
    OTRP_RETURN_IF_ERROR(tx.Exec(kRevokeTokens, id, now).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::Status PublisherStore::Exchange(const Token& token,
                                      const std::string& sha256,
                                      const std::string& id_token_digest,
                                      const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    // Removed, or its SP suspended, since it was found.
    OTRP_RETURN_IF_ERROR(steps::LockActiveTenant(tx, token.tenant));
    OTRP_ASSIGN_OR_RETURN(
        Rows there, tx.Exec(kPublisherThere, token.tenant, token.publisher));
    if (there.empty()) return errors::NoPublisherFits();
    // An SP's own exchanges follow one another; another SP's can't be of the
    // same ID token unless both trust its CI: the index says no then.
    OTRP_ASSIGN_OR_RETURN(Rows before,
                          tx.Exec(kExchanged, Bytes(id_token_digest)));
    if (!before.empty()) return errors::IdTokenUsed();
    OTRP_RETURN_IF_ERROR(InsertToken(tx, token, sha256));
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kNoteExchange, token.id, Bytes(id_token_digest)).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<int64_t> PublisherStore::PurgeExchanged(absl::Time cutoff,
                                                       absl::Duration budget) {
  return store::Purge(pool_, kOldExchanged, cutoff, budget);
}

}  // namespace portal
}  // namespace otrp
