#include "services/tsm/storage/catalogue_cache.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/status_macros.h"
#include "libs/service/channel.h"
#include "libs/telemetry/metrics.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kVersion[] = "SELECT rules_version FROM catalogue";

}  // namespace

// All in one statement, so that it is one moment's. A row each, by its first
// column; what a kind doesn't have is empty.
const char CatalogueCache::kChangesSql[] = R"sql(
  SELECT 'version' AS kind, '' AS spid, '' AS taid, '' AS a, '' AS b,
    rules_version AS m, 0::bigint AS n, false AS p, false AS q
  FROM catalogue
  UNION ALL
  SELECT 'certificate', spid, '', encode(spcert_fingerprint, 'hex'), '', 0, 0,
    false, false
  FROM service_provider WHERE changed_in > $1::bigint
  UNION ALL
  SELECT 'former', spid, '', encode(fingerprint, 'hex'), '', 0, 0, false, false
  FROM former_sp_certificate WHERE changed_in > $1::bigint
  UNION ALL
  SELECT 'revoked', '', '', encode(fingerprint, 'hex'), '',
    (extract(epoch FROM revoked_at) * 1000000)::bigint, reason, false, false
  FROM revoked_sp_certificate WHERE changed_in > $1::bigint
  UNION ALL
  SELECT 'release', spid, taid, version, encode(signer_fingerprint, 'hex'),
    id, (extract(epoch FROM coalesce(pushed_at, released_at))
         * 1000000)::bigint, pull, yanked
  FROM release WHERE changed_in > $1::bigint
  UNION ALL
  SELECT 'application', spid, taid, '', '', coalesce(release_id, 0),
    coalesce(beta_release_id, 0), withdrawn, false
  FROM application WHERE changed_in > $1::bigint
  UNION ALL
  SELECT 'rule', spid, taid, target, channel, 0, 0, false, false
  FROM desired_ta WHERE changed_in > $1::bigint AND target NOT LIKE 'did:%'
  UNION ALL
  SELECT kind, spid, taid, target, actor, changed_in,
    (extract(epoch FROM decided_at) * 1000000)::bigint, false, false
  FROM removal_decision
  WHERE changed_in > $1::bigint AND target NOT LIKE 'did:%'
)sql";

namespace {

struct ChangeRow {
  std::string kind;
  std::string spid;
  std::string taid;
  std::string a;
  std::string b;
  int64_t m = 0;
  int64_t n = 0;
  bool p = false;
  bool q = false;
};

absl::Status Take(ChangeRow row, CatalogueChanges* changes) {
  if (row.kind == "version") {
    changes->version = row.m;
  } else if (row.kind == "certificate") {
    changes->certificates.push_back({std::move(row.spid), std::move(row.a)});
  } else if (row.kind == "former") {
    changes->former_certificates.push_back(
        {std::move(row.spid), std::move(row.a)});
  } else if (row.kind == "revoked") {
    changes->revocations.push_back({std::move(row.a),
                                    absl::FromUnixMicros(row.m),
                                    static_cast<int32_t>(row.n)});
  } else if (row.kind == "release") {
    changes->releases.push_back(
        {row.m, std::move(row.spid), std::move(row.taid), std::move(row.a),
         row.p, row.q, std::move(row.b), absl::FromUnixMicros(row.n)});
  } else if (row.kind == "application") {
    changes->applications.push_back(
        {std::move(row.spid), std::move(row.taid), row.m, row.n, row.p});
  } else if (row.kind == "rule") {
    OTRP_ASSIGN_OR_RETURN(const service::Channel channel,
                          service::ParseChannel(row.b));
    changes->rules.push_back(
        {std::move(row.spid), std::move(row.taid), std::move(row.a), channel});
  } else {
    Decision decision;
    decision.kind = row.kind == "withdrawn" ? Decision::Kind::kWithdrawn
                                            : Decision::Kind::kUnassigned;
    decision.spid = std::move(row.spid);
    decision.taid = std::move(row.taid);
    decision.target = std::move(row.a);
    decision.actor = std::move(row.b);
    decision.version = row.m;
    decision.at = absl::FromUnixMicros(row.n);
    changes->decisions.push_back(std::move(decision));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Catalogue>> CatalogueCache::AtLeast(
    int64_t rules_version) {
  std::shared_ptr<const Catalogue> current = std::atomic_load(&current_);
  if (current->version() >= rules_version) return current;
  const std::lock_guard<std::mutex> lock(reading_);
  current = std::atomic_load(&current_);
  // Whoever read before us has brought it.
  if (current->version() >= rules_version) return current;
  OTRP_RETURN_IF_ERROR(Read(current->version()));
  current = std::atomic_load(&current_);
  if (current->version() >= rules_version) return current;
  return absl::UnavailableError("the catalogue has gone back; ask again");
}

absl::Status CatalogueCache::Refresh() {
  const std::lock_guard<std::mutex> lock(reading_);
  const absl::Time asked_at = absl::Now();
  OTRP_ASSIGN_OR_RETURN(const store::Row row, pool_.Query1(kVersion));
  int64_t version = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&version));
  const int64_t ours = std::atomic_load(&current_)->version();
  // Nobody reads while we do, so a lower one isn't an older reading.
  if (version != ours) {
    OTRP_RETURN_IF_ERROR(Read(version < ours ? 0 : ours));
  }
  const std::lock_guard<std::mutex> age_lock(age_mutex_);
  newest_at_ = asked_at;
  return absl::OkStatus();
}

absl::Status CatalogueCache::Read(int64_t since) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kChangesSql, since));
  CatalogueChanges changes;
  for (const store::Row& row : rows) {
    ChangeRow change;
    OTRP_RETURN_IF_ERROR(row.Scan(&change.kind, &change.spid, &change.taid,
                                  &change.a, &change.b, &change.m, &change.n,
                                  &change.p, &change.q));
    OTRP_RETURN_IF_ERROR(Take(std::move(change), &changes));
  }
  const std::shared_ptr<const Catalogue> before =
      since == 0 ? std::make_shared<const Catalogue>()
                 : std::atomic_load(&current_);
  const std::shared_ptr<const Catalogue> after = before->With(changes);
  if (after->bytes() > max_bytes_) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the catalogue takes ", after->bytes(),
                     " octets of memory; ", max_bytes_, " are allowed"));
  }
  std::atomic_store(&current_, after);
  telemetry::kCatalogueVersion.With().Set(
      static_cast<double>(after->version()));
  telemetry::kCatalogueBytes.With().Set(static_cast<double>(after->bytes()));
  return absl::OkStatus();
}

absl::Duration CatalogueCache::Age() const {
  const std::lock_guard<std::mutex> lock(age_mutex_);
  return absl::Now() - newest_at_;
}

}  // namespace tsm
}  // namespace otrp
