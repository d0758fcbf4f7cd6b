#include "services/ca/storage/batch_store.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "libs/store/audit_many.h"
#include "services/ca/errors.h"
#include "services/ca/storage/hold_issuing.h"
#include "services/ca/storage/usage.h"

namespace otrp {
namespace ca {
namespace {

using store::BytesArray;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::TextArray;
using store::Tx;

absl::string_view WordOf(const CertificateRecord& c) {
  return c.profile.has_value() ? pki::RoleName(*c.profile)
                               : absl::string_view();
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

// Owner by key. In the order of the keys, so that two batches wait for each
// other instead of for ever.
absl::StatusOr<std::map<std::string, std::string>> OwnKeys(
    Tx& tx, const std::vector<const BatchStore::Intent*>& intents) {
  std::vector<std::string> keys;
  std::vector<std::string> profiles;
  std::vector<std::string> owners;
  for (const BatchStore::Intent* intent : intents) {
    if (intent->grounds.key_owner.empty()) continue;
    keys.push_back(intent->certificate.spki_sha256);
    profiles.emplace_back(WordOf(intent->certificate));
    owners.push_back(intent->grounds.key_owner);
  }
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Exec(R"sql(
      INSERT INTO key_owner (spki_sha256, profile, owner)
      SELECT *
      FROM unnest($1::bytea[], $2::text[], $3::text[]) AS wanted (a, b, c)
      ORDER BY a, b
      ON CONFLICT (spki_sha256, profile) DO UPDATE SET owner = key_owner.owner
      RETURNING spki_sha256, owner)sql",
              BytesArray(keys), TextArray(profiles), TextArray(owners)));
  std::map<std::string, std::string> owned;
  for (const Row row : rows) {
    std::string key;
    std::string owner;
    OTRP_RETURN_IF_ERROR(row.Scan(BytesOut(&key), &owner));
    owned.emplace(std::move(key), std::move(owner));
  }
  return owned;
}

// The serials that are there now and weren't before.
absl::StatusOr<std::set<std::string>> Insert(
    Tx& tx, const std::vector<const BatchStore::Intent*>& intents) {
  std::vector<std::string> serials, profiles, authorities, subjects, uris;
  std::vector<std::string> not_before, not_after, ids, digests, keys, tbs, csrs,
      shards;
  for (const BatchStore::Intent* intent : intents) {
    const CertificateRecord& c = intent->certificate;
    serials.push_back(c.serial);
    profiles.emplace_back(WordOf(c));
    authorities.push_back(c.authority);
    subjects.push_back(c.subject);
    uris.push_back(absl::StrJoin(c.san_uris, "\n"));
    not_before.push_back(TimeText(c.not_before));
    not_after.push_back(TimeText(c.not_after));
    ids.push_back(c.request_id);
    digests.push_back(c.request_sha256);
    keys.push_back(c.spki_sha256);
    tbs.push_back(c.tbs_sha256);
    csrs.push_back(intent->grounds.csr_der);
    shards.push_back(c.crl_shard);
  }
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Exec(R"sql(
      INSERT INTO certificate (serial, profile, authority, subject, san_uris,
                               not_before, not_after, status, request_id,
                               request_sha256, spki_sha256, tbs_sha256, csr,
                               crl_shard)
      SELECT serial, profile, authority, subject, uris, begins::timestamptz,
             ends::timestamptz, 'intended', nullif(id, ''), digest, spki, tbs,
             csr, shard
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                  $6::text[], $7::text[], $8::text[], $9::bytea[],
                  $10::bytea[], $11::bytea[], $12::bytea[], $13::text[])
        AS row (serial, profile, authority, subject, uris, begins, ends, id,
                digest, spki, tbs, csr, shard)
      ON CONFLICT DO NOTHING
      RETURNING serial)sql",
              TextArray(serials), TextArray(profiles), TextArray(authorities),
              TextArray(subjects), TextArray(uris), TextArray(not_before),
              TextArray(not_after), TextArray(ids), BytesArray(digests),
              BytesArray(keys), BytesArray(tbs), BytesArray(csrs),
              TextArray(shards)));
  std::set<std::string> there;
  for (const Row row : rows) {
    std::string serial;
    OTRP_RETURN_IF_ERROR(row.Scan(&serial));
    there.insert(std::move(serial));
  }
  return there;
}

absl::Status Release(Tx& tx,
                     const std::vector<const BatchStore::Intent*>& intents) {
  std::vector<std::string> replaced;
  for (const BatchStore::Intent* intent : intents) {
    if (intent->grounds.replaced.empty()) continue;
    replaced.push_back(intent->grounds.replaced);
  }
  if (replaced.empty()) return absl::OkStatus();
  return tx
      .Exec(R"sql(
      UPDATE certificate SET request_id = NULL
      WHERE serial = ANY($1::text[]))sql",
            TextArray(replaced))
      .status();
}

}  // namespace

absl::StatusOr<std::vector<absl::Status>> BatchStore::RecordIntents(
    const std::vector<Intent>& intents) {
  std::vector<absl::Status> told;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    told.assign(intents.size(), absl::OkStatus());
    std::vector<const Intent*> rows;
    for (const Intent& intent : intents) rows.push_back(&intent);
    std::vector<std::string> authorities;
    for (const Intent& intent : intents) {
      authorities.push_back(intent.certificate.authority);
    }
    OTRP_RETURN_IF_ERROR(HoldIssuing(tx, authorities));
    OTRP_ASSIGN_OR_RETURN(const auto owners, OwnKeys(tx, rows));
    rows.clear();
    for (size_t i = 0; i < intents.size(); ++i) {
      const auto owner = owners.find(intents[i].certificate.spki_sha256);
      if (owner != owners.end() && !intents[i].grounds.key_owner.empty() &&
          owner->second != intents[i].grounds.key_owner) {
        told[i] = errors::KeyOfAnother();
      } else {
        rows.push_back(&intents[i]);
      }
    }
    OTRP_RETURN_IF_ERROR(Release(tx, rows));
    OTRP_ASSIGN_OR_RETURN(const std::set<std::string> there, Insert(tx, rows));
    for (size_t i = 0; i < intents.size(); ++i) {
      if (told[i].ok() && there.count(intents[i].certificate.serial) == 0) {
        told[i] = errors::RequestRunning();
      }
    }
    return absl::OkStatus();
  }));
  return told;
}

absl::Status BatchStore::RecordIssued(const std::vector<Signed>& issued) {
  std::vector<std::string> serials;
  std::vector<std::string> ders;
  std::vector<store::AuditEvent> audits;
  for (const Signed& one : issued) {
    serials.push_back(one.serial);
    ders.push_back(one.der);
    audits.push_back(one.audit);
  }
  return pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_RETURN_IF_ERROR(HoldIssuingOf(tx, serials));
    static const auto* const kSql = new std::string(absl::StrCat(
        R"sql(WITH issued AS (
        UPDATE certificate
        SET status = 'issued', der = made.der, csr = NULL
        FROM unnest($1::text[], $2::bytea[]) AS made (serial, der)
        WHERE certificate.serial = made.serial
          AND certificate.status = 'intended'
        RETURNING certificate.serial, certificate.profile,
                  certificate.authority, certificate.subject,
                  certificate.san_uris),
    )sql",
        UsageOfIssued(), " SELECT 1 FROM issued"));
    OTRP_ASSIGN_OR_RETURN(const Rows updated,
                          tx.Exec(*kSql, TextArray(serials), BytesArray(ders)));
    if (updated.size() != issued.size()) {
      return errors::IntentGone();
    }
    return store::AppendAudits(tx, audits);
  });
}

}  // namespace ca
}  // namespace otrp
