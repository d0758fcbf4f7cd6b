// The authorities' part of ca_store.h.

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "services/ca/errors.h"
#include "services/ca/storage/ca_store.h"

namespace otrp {
namespace ca {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

// Of certificates whose issuer is revoked: their own keys may be as good as
// ever.
constexpr RevocationReason kLeafReason =
    RevocationReason::kCessationOfOperation;

constexpr crypto::KeyType kKeyTypes[] = {
    crypto::KeyType::kRsa, crypto::KeyType::kEcP256, crypto::KeyType::kEcP384};

// Whoever writes authorities, one at a time: what one of a line becomes depends
// on the others.
absl::Status LockAuthorities(Tx& tx) {
  return tx.Exec("UPDATE authority_version SET version = version + 1").status();
}

absl::StatusOr<int64_t> InsertAuthority(Tx& tx, const AuthorityRecord& a) {
  const absl::string_view role =
      a.role.has_value() ? pki::RoleName(*a.role) : absl::string_view();
  return tx.ExecCount(
      R"sql(
      INSERT INTO authority (name, line, generation, state, role, is_root,
                             issuer, key_type, certificate, sealed_key, above)
      VALUES ($1, coalesce(nullif($2, ''), $1), $3, $4, $5, $6, $7, $8, $9, $10,
              $11)
      ON CONFLICT DO NOTHING)sql",
      a.name, a.line, a.generation, AuthorityStateWord(a.state), role,
      a.is_root, a.issuer, crypto::KeyTypeName(a.key_type),
      Bytes(a.certificate_der), Bytes(a.sealed_key), a.above_pem);
}

absl::Status InsertOwn(Tx& tx, const CertificateRecord& c) {
  const absl::string_view profile =
      c.profile.has_value() ? pki::RoleName(*c.profile)
                            : OwnCertificateWord(OwnCertificate::kAuthority);
  return tx
      .Exec(R"sql(
      INSERT INTO certificate (serial, profile, authority, subject, san_uris,
                               not_before, not_after, status, der,
                               request_sha256, spki_sha256, tbs_sha256)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
              nullif($11::bytea, ''), nullif($12::bytea, ''))
      ON CONFLICT DO NOTHING)sql",
            c.serial, profile, c.authority, c.subject,
            absl::StrJoin(c.san_uris, "\n"), c.not_before, c.not_after,
            StateWord(c.state), Bytes(c.der), Bytes(c.request_sha256),
            Bytes(c.spki_sha256), Bytes(c.tbs_sha256))
      .status();
}

absl::StatusOr<int64_t> InsertCross(Tx& tx, const CrossCertificate& crossed,
                                    const CertificateRecord& row) {
  OTRP_ASSIGN_OR_RETURN(
      const int64_t inserted,
      tx.ExecCount(R"sql(
      INSERT INTO authority_cross (authority, issuer, serial, certificate)
      VALUES ($1, $2, $3, $4)
      ON CONFLICT DO NOTHING)sql",
                   crossed.authority, crossed.issuer, crossed.serial,
                   Bytes(crossed.certificate_der)));
  if (inserted == 1) OTRP_RETURN_IF_ERROR(InsertOwn(tx, row));
  return inserted;
}

absl::Status InsertAnchor(Tx& tx, const TrustAnchor& anchor) {
  OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
      INSERT INTO trust_anchor (role, name, certificate, added_at, ekus)
      VALUES ($1, $2, $3, $4, '')
      ON CONFLICT DO NOTHING)sql",
                               pki::RoleName(anchor.role), anchor.name,
                               Bytes(anchor.certificate_der), anchor.added_at)
                           .status());
  return tx.Exec("UPDATE trust_anchor_version SET version = version + 1")
      .status();
}

std::vector<std::string> LinesOf(absl::string_view column) {
  return absl::StrSplit(column, '\n', absl::SkipEmpty());
}

absl::Status InsertTerms(Tx& tx, const std::string& line,
                         const AuthorityTerms& terms) {
  return tx
      .Exec(R"sql(
      INSERT INTO authority_terms (line, policy_oids, cps_uri, owner, is_named,
                                   permitted_uri_hosts, permitted_dns)
      VALUES ($1, $2, $3, $4, $5, $6, $7))sql",
            line, absl::StrJoin(terms.policy_oids, "\n"), terms.cps_uri,
            terms.owner, terms.is_named,
            absl::StrJoin(terms.permitted_uri_hosts, "\n"),
            absl::StrJoin(terms.permitted_dns, "\n"))
      .status();
}

constexpr absl::string_view kSelectAuthorities = R"sql(
    SELECT name, coalesce(a.line, name), generation, state, role, is_root,
           issuer, key_type, certificate, sealed_key, was_anchor, above,
           coalesce(policy_oids, ''), coalesce(cps_uri, ''),
           coalesce(owner, ''), coalesce(is_named, false),
           coalesce(permitted_uri_hosts, ''), coalesce(permitted_dns, '')
    FROM authority AS a
    LEFT JOIN authority_terms AS t ON t.line = coalesce(a.line, a.name)
    )sql";

absl::StatusOr<AuthorityRecord> ReadAuthority(const Row& row) {
  AuthorityRecord a;
  std::string role, key_type, state, oids, hosts, dns;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &a.name, &a.line, &a.generation, &state, &role, &a.is_root, &a.issuer,
      &key_type, BytesOut(&a.certificate_der), BytesOut(&a.sealed_key),
      &a.was_anchor, &a.above_pem, &oids, &a.terms.cps_uri, &a.terms.owner,
      &a.terms.is_named, &hosts, &dns));
  a.terms.policy_oids = LinesOf(oids);
  a.terms.permitted_uri_hosts = LinesOf(hosts);
  a.terms.permitted_dns = LinesOf(dns);
  const pki::Profile* profile = pki::FindProfile(role);
  if (profile != nullptr) a.role = profile->role;
  const absl::optional<AuthorityState> known = AuthorityStateFromWord(state);
  if (!known.has_value()) {
    return absl::InternalError("an authority's state has an unknown word");
  }
  a.state = *known;
  for (crypto::KeyType type : kKeyTypes) {
    if (crypto::KeyTypeName(type) == key_type) a.key_type = type;
  }
  return a;
}

absl::StatusOr<std::vector<AuthorityRecord>> ReadAll(const Rows& rows) {
  std::vector<AuthorityRecord> authorities;
  for (Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(AuthorityRecord authority, ReadAuthority(row));
    authorities.push_back(std::move(authority));
  }
  return authorities;
}

// Against transactions that record certificates of it (hold_issuing.h).
// NOT_FOUND.
absl::StatusOr<AuthorityState> StateForUpdate(Tx& tx, const std::string& name) {
  OTRP_ASSIGN_OR_RETURN(const Row row, tx.Exec1(R"sql(
      SELECT state FROM authority WHERE name = $1 FOR UPDATE)sql",
                                                name));
  std::string word;
  OTRP_RETURN_IF_ERROR(row.Scan(&word));
  return AuthorityStateFromWord(word).value_or(AuthorityState::kRevoked);
}

constexpr absl::string_view kLive = R"sql(
    SELECT l.profile, count(*)
    FROM (
      SELECT c.profile
      FROM certificate AS c
      WHERE c.authority = $1 AND c.status = 'issued' AND c.not_after > $2
        AND c.profile <> 'ocsp'
        AND (c.profile <> 'authority' OR EXISTS (
          SELECT FROM authority AS a
          WHERE a.certificate = c.der AND a.name <> $1
            AND a.state <> 'retired'))
      LIMIT $3) AS l
    GROUP BY l.profile
    ORDER BY l.profile)sql";

absl::StatusOr<std::vector<LiveCount>> ReadLive(const Rows& rows) {
  std::vector<LiveCount> counts;
  for (Row row : rows) {
    LiveCount count;
    std::string word;
    OTRP_RETURN_IF_ERROR(row.Scan(&word, &count.count));
    const pki::Profile* profile = pki::FindProfile(word);
    if (profile != nullptr) count.profile = profile->role;
    count.own = OwnCertificateFromWord(word);
    counts.push_back(std::move(count));
  }
  return counts;
}

}  // namespace

absl::StatusOr<bool> CaStore::AddAuthority(const AuthorityRecord& authority,
                                           const CertificateRecord& certificate,
                                           const store::AuditEvent& audit) {
  bool added = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    added = false;
    OTRP_ASSIGN_OR_RETURN(const int64_t inserted,
                          InsertAuthority(tx, authority));
    if (inserted == 0) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(InsertOwn(tx, certificate));
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    added = true;
    return store::AppendAudit(tx, audit);
  }));
  return added;
}

absl::StatusOr<std::vector<AuthorityRecord>> CaStore::ListAuthorities() {
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(absl::StrCat(kSelectAuthorities,
                               R"sql(ORDER BY name COLLATE "C")sql")));
  return ReadAll(rows);
}

// No transaction: what is newer than the version is read again for the next
// one.
absl::StatusOr<AuthorityList> CaStore::ReadAuthorities() {
  AuthorityList list;
  OTRP_ASSIGN_OR_RETURN(list.version, AuthorityVersion());
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      pool_.Query(absl::StrCat(
          kSelectAuthorities,
          R"sql(ORDER BY coalesce(a.line, name) COLLATE "C", generation)sql")));
  OTRP_ASSIGN_OR_RETURN(list.authorities, ReadAll(rows));
  OTRP_ASSIGN_OR_RETURN(const Rows crossed, pool_.Query(R"sql(
      SELECT authority, issuer, serial, certificate
      FROM authority_cross
      ORDER BY authority COLLATE "C", issuer COLLATE "C")sql"));
  for (Row row : crossed) {
    CrossCertificate c;
    OTRP_RETURN_IF_ERROR(row.Scan(&c.authority, &c.issuer, &c.serial,
                                  BytesOut(&c.certificate_der)));
    list.crossed.push_back(std::move(c));
  }
  OTRP_ASSIGN_OR_RETURN(const Rows divided, pool_.Query(R"sql(
      SELECT DISTINCT ON (line) line, shards
      FROM crl_division
      ORDER BY line, chosen DESC)sql"));
  for (Row row : divided) {
    std::string line;
    int shards = 1;
    OTRP_RETURN_IF_ERROR(row.Scan(&line, &shards));
    list.crl_shards.emplace(std::move(line), shards);
  }
  return list;
}

absl::StatusOr<int64_t> CaStore::AuthorityVersion() {
  OTRP_ASSIGN_OR_RETURN(const Row row,
                        pool_.Query1("SELECT version FROM authority_version"));
  int64_t version = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&version));
  return version;
}

absl::Status CaStore::AddGeneration(const NewGeneration& made,
                                    const store::AuditEvent& audit) {
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    OTRP_ASSIGN_OR_RETURN(const int64_t inserted,
                          InsertAuthority(tx, made.authority));
    if (inserted == 0) return errors::GenerationTaken(made.authority.line);
    if (made.terms.has_value()) {
      OTRP_RETURN_IF_ERROR(InsertTerms(tx, made.authority.line, *made.terms));
    }
    if (!made.certificate.serial.empty()) {
      OTRP_RETURN_IF_ERROR(InsertOwn(tx, made.certificate));
    }
    if (made.ends_request) {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("DELETE FROM authority_request WHERE line = $1",
                  made.authority.line)
              .status());
    }
    for (size_t i = 0; i < made.crossed.size(); ++i) {
      OTRP_RETURN_IF_ERROR(
          InsertCross(tx, made.crossed[i], made.crossed_rows[i]).status());
    }
    if (made.anchor.has_value()) {
      OTRP_RETURN_IF_ERROR(InsertAnchor(tx, *made.anchor));
    }
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<bool> CaStore::AddCross(const CrossCertificate& crossed,
                                       const CertificateRecord& row,
                                       const store::AuditEvent& audit) {
  bool added = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    OTRP_ASSIGN_OR_RETURN(const int64_t inserted,
                          InsertCross(tx, crossed, row));
    added = inserted == 1;
    return added ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return added;
}

absl::StatusOr<bool> CaStore::SetPolicies(
    const std::string& line, const std::vector<std::string>& policy_oids,
    const std::string& cps_uri, const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    OTRP_ASSIGN_OR_RETURN(
        const int64_t written,
        tx.ExecCount(R"sql(
        INSERT INTO authority_terms AS t (line, policy_oids, cps_uri, owner,
                                          is_named, permitted_uri_hosts,
                                          permitted_dns)
        VALUES ($1, $2, $3, '', false, '', '')
        ON CONFLICT (line) DO UPDATE SET policy_oids = $2, cps_uri = $3
        WHERE (t.policy_oids, t.cps_uri) <> ($2, $3))sql",
                     line, absl::StrJoin(policy_oids, "\n"), cps_uri));
    changed = written == 1;
    return changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return changed;
}

absl::StatusOr<AuthorityRequest> CaStore::AddAuthorityRequest(
    const AuthorityRequest& request, bool replace,
    const store::AuditEvent& audit) {
  AuthorityRequest there;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    there = request;
    if (replace) {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("DELETE FROM authority_request WHERE line = $1", request.line)
              .status());
    }
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount(R"sql(
        INSERT INTO authority_request (line, name, sealed_key, csr)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING)sql",
                     request.line, request.name, Bytes(request.sealed_key),
                     Bytes(request.csr_der)));
    if (inserted == 1) return store::AppendAudit(tx, audit);
    OTRP_ASSIGN_OR_RETURN(const Row row, tx.Exec1(R"sql(
        SELECT name, sealed_key, csr
        FROM authority_request
        WHERE line = $1)sql",
                                                  request.line));
    return row.Scan(&there.name, BytesOut(&there.sealed_key),
                    BytesOut(&there.csr_der));
  }));
  return there;
}

absl::StatusOr<absl::optional<AuthorityRequest>> CaStore::FindAuthorityRequest(
    const std::string& line) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT name, sealed_key, csr
      FROM authority_request
      WHERE line = $1)sql",
                                                     line));
  if (rows.empty()) return absl::optional<AuthorityRequest>();
  AuthorityRequest request;
  request.line = line;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&request.name,
                                    BytesOut(&request.sealed_key),
                                    BytesOut(&request.csr_der)));
  return absl::optional<AuthorityRequest>(std::move(request));
}

absl::StatusOr<bool> CaStore::ActivateAuthority(
    const std::string& name, const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    changed = false;
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    OTRP_ASSIGN_OR_RETURN(const AuthorityState state, StateForUpdate(tx, name));
    if (state == AuthorityState::kActive) return absl::OkStatus();
    if (state != AuthorityState::kNext) {
      return errors::NotNext(name, AuthorityStateWord(state));
    }
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        UPDATE authority
        SET state = 'retiring'
        WHERE state = 'active' AND coalesce(line, name) =
          (SELECT coalesce(n.line, n.name) FROM authority AS n
           WHERE n.name = $1))sql",
                                 name)
                             .status());
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE authority SET state = 'active' WHERE name = $1", name)
            .status());
    changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return changed;
}

absl::StatusOr<std::vector<LiveCount>> CaStore::CountLive(
    const std::string& name, absl::Time now, int limit) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(kLive, name, now, limit));
  return ReadLive(rows);
}

absl::StatusOr<std::vector<std::string>> CaStore::LiveHolders(
    const std::string& name, absl::Time now, int limit) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT DISTINCT c.san_uris
      FROM certificate AS c
      WHERE c.authority = $1 AND c.status = 'issued' AND c.not_after > $2
        AND c.profile IN ('service', 'tsm')
      ORDER BY c.san_uris
      LIMIT $3)sql",
                                                     name, now, limit));
  std::vector<std::string> holders;
  for (Row row : rows) {
    OTRP_RETURN_IF_ERROR(row.Scan(&holders.emplace_back()));
  }
  return holders;
}

absl::StatusOr<bool> CaStore::RetireAuthority(
    const std::string& name, absl::Time now,
    absl::FunctionRef<absl::Status(AuthorityState, int64_t live)> check,
    const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    changed = false;
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    OTRP_ASSIGN_OR_RETURN(const AuthorityState state, StateForUpdate(tx, name));
    if (state == AuthorityState::kRetired) return absl::OkStatus();
    OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(kLive, name, now, 1000));
    OTRP_ASSIGN_OR_RETURN(const std::vector<LiveCount> counts, ReadLive(rows));
    int64_t live = 0;
    for (const LiveCount& count : counts) live += count.count;
    OTRP_RETURN_IF_ERROR(check(state, live));
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        UPDATE authority
        SET state = 'retired', sealed_key = ''
        WHERE name = $1)sql",
                                 name)
                             .status());
    changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return changed;
}

absl::StatusOr<bool> CaStore::RevokeAuthority(const std::string& name,
                                              const std::string& serial,
                                              const Revoked& revoked,
                                              const store::AuditEvent& audit) {
  bool changed = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    changed = false;
    OTRP_RETURN_IF_ERROR(LockAuthorities(tx));
    OTRP_ASSIGN_OR_RETURN(const AuthorityState state, StateForUpdate(tx, name));
    if (state == AuthorityState::kRevoked) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(
        tx.Exec("UPDATE authority SET state = 'revoked' WHERE name = $1", name)
            .status());
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        UPDATE certificate
        SET status = 'revoked', reason = $2, revoked_at = $3
        WHERE serial = $1 AND status <> 'revoked')sql",
                                 serial, RfcNumber(revoked.reason), revoked.at)
                             .status());
    // Devices' certificates are too many for a CRL; who appraises a device
    // looks at the whole chain. OCSP signers go on telling.
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        UPDATE certificate
        SET status = 'revoked', reason = $2, revoked_at = $3
        WHERE authority = $1 AND status = 'issued' AND not_after > $3
          AND profile NOT IN ('tee', 'tfw', 'ocsp', 'authority'))sql",
                                 name, RfcNumber(kLeafReason), revoked.at)
                             .status());
    OTRP_ASSIGN_OR_RETURN(const int64_t anchors, tx.ExecCount(R"sql(
        DELETE FROM trust_anchor
        WHERE certificate =
          (SELECT certificate FROM authority WHERE name = $1))sql",
                                                              name));
    if (anchors > 0) {
      OTRP_RETURN_IF_ERROR(
          tx.Exec("UPDATE authority SET was_anchor = true WHERE name = $1",
                  name)
              .status());
      OTRP_RETURN_IF_ERROR(
          tx.Exec("UPDATE trust_anchor_version SET version = version + 1")
              .status());
    }
    changed = true;
    return store::AppendAudit(tx, audit);
  }));
  return changed;
}

}  // namespace ca
}  // namespace otrp
