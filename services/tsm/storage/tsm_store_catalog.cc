// What the portal told us, and the operators' groups.

#include <string>
#include <vector>

#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "libs/store/outbox.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/storage/deciding_actor.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

// All portals share one order of events, so one inbox source.
constexpr char kCatalogSource[] = "tsm.catalog";

struct Apply {
  store::Tx& tx;

  absl::Status operator()(const SpCertificate& event) const {
    OTRP_ASSIGN_OR_RETURN(std::string fingerprint,
                          HexDecode(event.fingerprint));
    static constexpr char kSql[] = R"sql(
      INSERT INTO service_provider (spid, name, spcert, spcert_fingerprint)
      VALUES ($1, $2, $3, $4)
      ON CONFLICT (spid) DO UPDATE SET name = EXCLUDED.name,
        spcert = EXCLUDED.spcert,
        spcert_fingerprint = EXCLUDED.spcert_fingerprint,
        updated_at = now()
    )sql";
    return tx
        .Exec(kSql, event.spid, event.name, store::Bytes(event.certificate),
              store::Bytes(fingerprint))
        .status();
  }

  absl::Status operator()(const Release& event) const {
    OTRP_ASSIGN_OR_RETURN(std::string fingerprint,
                          HexDecode(event.signer_fingerprint));
    const store::Param pushed_at = event.pushed_at.has_value()
                                       ? store::Param(*event.pushed_at)
                                       : store::Param(store::Null{});
    // The portal never changes a version, so a row that is there is kept.
    static constexpr char kKeep[] = R"sql(
      INSERT INTO release (spid, taid, version, image, personalization,
        image_sha256, signer_cert, signer_fingerprint, pull, pushed_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz)
      ON CONFLICT (spid, taid, version) DO NOTHING
    )sql";
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kKeep, event.spid, event.taid, event.version,
                store::Bytes(event.image), store::Bytes(event.personalization),
                store::Bytes(crypto::Sha256(event.image)),
                store::Bytes(event.signer_certificate),
                store::Bytes(fingerprint), event.pull, pushed_at)
            .status());
    // What was released before a withdrawal comes back in no channel.
    static constexpr char kOffer[] = R"sql(
      INSERT INTO application (spid, taid, release_id, withdrawn)
      SELECT spid, taid, id, false FROM release
      WHERE spid = $1 AND taid = $2 AND version = $3
      ON CONFLICT (spid, taid) DO UPDATE SET
        release_id = EXCLUDED.release_id, withdrawn = false,
        beta_release_id = CASE WHEN application.withdrawn THEN NULL
                               ELSE application.beta_release_id END
    )sql";
    static constexpr char kOfferBeta[] = R"sql(
      INSERT INTO application (spid, taid, beta_release_id, withdrawn)
      SELECT spid, taid, id, false FROM release
      WHERE spid = $1 AND taid = $2 AND version = $3
      ON CONFLICT (spid, taid) DO UPDATE SET
        beta_release_id = EXCLUDED.beta_release_id, withdrawn = false,
        release_id = CASE WHEN application.withdrawn THEN NULL
                          ELSE application.release_id END
    )sql";
    return tx
        .Exec(event.channel == service::Channel::kBeta ? kOfferBeta : kOffer,
              event.spid, event.taid, event.version)
        .status();
  }

  absl::Status operator()(const Yank& event) const {
    static constexpr char kSql[] = R"sql(
      UPDATE release SET yanked = true
      WHERE spid = $1 AND taid = $2 AND version = $3
    )sql";
    return tx.Exec(kSql, event.spid, event.taid, event.version).status();
  }

  absl::Status operator()(const Withdrawal& event) const {
    static constexpr char kSql[] = R"sql(
      UPDATE application SET withdrawn = true WHERE spid = $1 AND taid = $2
    )sql";
    return tx.Exec(kSql, event.spid, event.taid).status();
  }

  absl::Status operator()(const Assignment& event) const {
    if (event.assigned) {
      static constexpr char kAssign[] = R"sql(
        INSERT INTO desired_ta (spid, taid, target, channel)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (spid, taid, target) DO UPDATE SET
          channel = EXCLUDED.channel
      )sql";
      return tx
          .Exec(kAssign, event.spid, event.taid, WordOfTarget(event.target),
                service::ChannelName(event.channel))
          .status();
    }
    static constexpr char kUnassign[] = R"sql(
      DELETE FROM desired_ta
      WHERE spid = $1 AND taid = $2 AND target = $3
    )sql";
    OTRP_ASSIGN_OR_RETURN(const int64_t rows,
                          tx.ExecCount(kUnassign, event.spid, event.taid,
                                       WordOfTarget(event.target)));
    if (rows > 0) return absl::OkStatus();
    // It isn't here, restored from a backup of before: it is decided all the
    // same.
    static constexpr char kDecide[] = R"sql(
      SELECT decide_removal($1, $2, $3, 'unassigned')
    )sql";
    return tx.Exec(kDecide, event.spid, event.taid, WordOfTarget(event.target))
        .status();
  }

  absl::Status operator()(const PullEndpoint& event) const {
    if (event.url.empty()) {
      static constexpr char kRemove[] = R"sql(
        DELETE FROM pull_endpoint WHERE spid = $1 AND taid = $2
      )sql";
      return tx.Exec(kRemove, event.spid, event.taid).status();
    }
    static constexpr char kSql[] = R"sql(
      INSERT INTO pull_endpoint (spid, taid, url, roots_pem, key_id)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (spid, taid) DO UPDATE SET url = EXCLUDED.url,
        roots_pem = EXCLUDED.roots_pem, key_id = EXCLUDED.key_id,
        changed_at = now()
    )sql";
    return tx
        .Exec(kSql, event.spid, event.taid, event.url, event.roots_pem,
              event.key_id)
        .status();
  }

  absl::Status operator()(const SpRevocation& event) const {
    OTRP_ASSIGN_OR_RETURN(std::string fingerprint,
                          HexDecode(event.fingerprint));
    static constexpr char kSql[] = R"sql(
      INSERT INTO revoked_sp_certificate (fingerprint, spid, revoked_at, reason)
      VALUES ($1, $2, $3::timestamptz, $4::integer)
      ON CONFLICT (fingerprint) DO NOTHING
    )sql";
    return tx
        .Exec(kSql, store::Bytes(fingerprint), event.spid, event.at,
              event.reason)
        .status();
  }

  absl::Status operator()(const Personalization& event) const {
    if (event.sealed.empty()) {
      static constexpr char kRemove[] = R"sql(
        DELETE FROM personalization WHERE did = $1 AND spid = $2 AND taid = $3
      )sql";
      return tx.Exec(kRemove, store::Bytes(event.did), event.spid, event.taid)
          .status();
    }
    static constexpr char kSql[] = R"sql(
      INSERT INTO personalization (did, spid, taid, sealed)
      VALUES ($1, $2, $3, $4)
      ON CONFLICT (did, spid, taid) DO UPDATE SET sealed = EXCLUDED.sealed
    )sql";
    return tx
        .Exec(kSql, store::Bytes(event.did), event.spid, event.taid,
              store::Bytes(event.sealed))
        .status();
  }
};

}  // namespace

absl::StatusOr<bool> TsmStore::ApplyEvent(absl::string_view event_id,
                                          const CatalogEvent& event,
                                          const store::AuditEvent& audit) {
  bool first = false;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(first,
                          store::InboxFirstTime(tx, kCatalogSource, event_id));
    if (!first) return absl::OkStatus();
    OTRP_RETURN_IF_ERROR(SetDecidingActor(tx, audit.actor));
    OTRP_RETURN_IF_ERROR(absl::visit(Apply{tx}, event));
    return store::AppendAudit(tx, audit);
  }));
  return first;
}

absl::StatusOr<ReleaseImage> TsmStore::LoadReleaseImage(int64_t id) {
  static constexpr char kSql[] = R"sql(
    SELECT image, personalization FROM release WHERE id = $1::bigint
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Row row, pool_.Query1(kSql, id));
  ReleaseImage image;
  OTRP_RETURN_IF_ERROR(row.Scan(store::BytesOut(&image.image),
                                store::BytesOut(&image.personalization)));
  return image;
}

absl::StatusOr<std::string> TsmStore::LoadSpCertificate(
    absl::string_view fingerprint) {
  OTRP_ASSIGN_OR_RETURN(std::string bytes, HexDecode(fingerprint));
  static constexpr char kSql[] = R"sql(
    (SELECT spcert FROM service_provider
     WHERE spcert_fingerprint = $1 LIMIT 1)
    UNION ALL
    (SELECT signer_cert FROM release
     WHERE signer_fingerprint = $1 LIMIT 1)
    LIMIT 1
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Row row,
                        pool_.Query1(kSql, store::Bytes(bytes)));
  std::string certificate;
  OTRP_RETURN_IF_ERROR(row.Scan(store::BytesOut(&certificate)));
  return certificate;
}

absl::StatusOr<absl::optional<std::string>> TsmStore::LoadPersonalization(
    absl::string_view did, absl::string_view spid, absl::string_view taid) {
  static constexpr char kSql[] = R"sql(
    SELECT sealed FROM personalization
    WHERE did = $1 AND spid = $2 AND taid = $3
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows,
                        pool_.Query(kSql, store::Bytes(did), spid, taid));
  absl::optional<std::string> sealed;
  if (rows.empty()) return sealed;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(store::BytesOut(&sealed.emplace())));
  return sealed;
}

absl::Status TsmStore::AddGroupMembers(absl::string_view group,
                                       const std::vector<std::string>& dids,
                                       const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    static constexpr char kMakeGroup[] = R"sql(
      INSERT INTO rollout_group (name) VALUES ($1) ON CONFLICT DO NOTHING
    )sql";
    OTRP_RETURN_IF_ERROR(tx.Exec(kMakeGroup, group).status());
    static constexpr char kAddMembers[] = R"sql(
      INSERT INTO rollout_group_member (name, did)
      SELECT $1, did FROM unnest($2::bytea[]) AS did
      ON CONFLICT DO NOTHING
    )sql";
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kAddMembers, group, store::BytesArray(dids)).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::Status TsmStore::RemoveGroupMembers(absl::string_view group,
                                          const std::vector<std::string>& dids,
                                          const store::AuditEvent& audit) {
  return pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        store::Rows rows,
        tx.Exec("SELECT 1 FROM rollout_group WHERE name = $1", group));
    if (rows.empty()) return absl::NotFoundError("no such group");
    OTRP_RETURN_IF_ERROR(SetDecidingActor(tx, audit.actor));
    static constexpr char kRemoveMembers[] = R"sql(
      DELETE FROM rollout_group_member
      WHERE name = $1 AND did = ANY ($2::bytea[])
    )sql";
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kRemoveMembers, group, store::BytesArray(dids)).status());
    return store::AppendAudit(tx, audit);
  });
}

absl::StatusOr<std::vector<Group>> TsmStore::ListGroups() {
  static constexpr char kSql[] = R"sql(
    SELECT rollout_group.name, count(member.did)
    FROM rollout_group
    LEFT JOIN rollout_group_member AS member
      ON member.name = rollout_group.name
    GROUP BY rollout_group.name ORDER BY rollout_group.name
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(kSql));
  std::vector<Group> groups;
  for (store::Row row : rows) {
    Group group;
    OTRP_RETURN_IF_ERROR(row.Scan(&group.name, &group.members));
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace tsm
}  // namespace otrp
