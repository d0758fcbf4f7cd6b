#include "services/ca/storage/request_store.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "services/ca/errors.h"

namespace otrp {
namespace ca {
namespace {

using store::Bytes;
using store::BytesOut;
using store::Row;
using store::Rows;
using store::Tx;

absl::StatusOr<IssuanceRequest> Read(const Row& row) {
  IssuanceRequest out;
  std::string state;
  std::string profile;
  std::string uris;
  absl::optional<absl::Time> decided_at;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &out.id, &state, &profile, BytesOut(&out.csr_der), &out.common_name,
      &uris, &out.requester, &out.requested_by, &out.requested_at,
      &out.decision.by, &decided_at, &out.decision.reason, &out.authority));
  const pki::Profile* known = pki::FindProfile(profile);
  const absl::optional<IssuanceState> read = IssuanceStateFromWord(state);
  if (known == nullptr || !read.has_value()) {
    return absl::InternalError("a request for a certificate has unknown words");
  }
  out.profile = known->role;
  out.decision.state = *read;
  out.decision.at = decided_at.value_or(absl::InfinitePast());
  out.san_uris = absl::StrSplit(uris, '\n', absl::SkipEmpty());
  return out;
}

// Nobody decides it until the end of the transaction.
absl::StatusOr<IssuanceRequest> Lock(Tx& tx, const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, tx.Exec(R"sql(
      SELECT id, state, profile, csr, common_name, san_uris, requester,
             requested_by, requested_at, decided_by, decided_at, reason,
             authority
      FROM issuance_request
      WHERE id = $1
      FOR UPDATE)sql",
                                                 id));
  if (rows.empty()) return absl::NotFoundError("");
  return Read(rows[0]);
}

}  // namespace

absl::StatusOr<RequestStore::Changed> RequestStore::Add(
    const IssuanceRequest& request, const store::AuditEvent& audit) {
  Changed result;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const int64_t inserted,
        tx.ExecCount(R"sql(
        INSERT INTO issuance_request (id, state, profile, csr, common_name,
                                      san_uris, requester, requested_by,
                                      requested_at, authority)
        VALUES ($1, 'pending', $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT DO NOTHING)sql",
                     request.id, pki::RoleName(request.profile),
                     Bytes(request.csr_der), request.common_name,
                     absl::StrJoin(request.san_uris, "\n"), request.requester,
                     request.requested_by, request.requested_at,
                     request.authority));
    OTRP_ASSIGN_OR_RETURN(result.request, Lock(tx, request.id));
    result.changed = inserted == 1;
    return result.changed ? store::AppendAudit(tx, audit) : absl::OkStatus();
  }));
  return result;
}

absl::StatusOr<RequestStore::Changed> RequestStore::Decide(
    const std::string& id, const IssuanceDecision& decision, absl::Time oldest,
    const store::AuditEvent& audit) {
  Changed result;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](Tx& tx) -> absl::Status {
    result.changed = false;
    OTRP_ASSIGN_OR_RETURN(result.request, Lock(tx, id));
    IssuanceRequest& request = result.request;
    if (decision.state == IssuanceState::kApproved &&
        IsSamePerson(request.requested_by, decision.by)) {
      return errors::OwnRequest();
    }
    if (request.decision.state == decision.state) return absl::OkStatus();
    if (request.decision.state != IssuanceState::kPending) {
      return errors::RequestDecided(IssuanceStateWord(request.decision.state));
    }
    if (request.requested_at < oldest &&
        decision.state == IssuanceState::kApproved) {
      return errors::RequestTooOld();
    }
    request.decision = decision;
    result.changed = true;
    OTRP_RETURN_IF_ERROR(tx.Exec(R"sql(
        UPDATE issuance_request
        SET state = $2, decided_by = $3, decided_at = $4, reason = $5
        WHERE id = $1)sql",
                                 id, IssuanceStateWord(decision.state),
                                 decision.by, decision.at, decision.reason)
                             .status());
    return store::AppendAudit(tx, audit);
  }));
  return result;
}

absl::StatusOr<IssuanceRequest> RequestStore::Get(const std::string& id) {
  OTRP_ASSIGN_OR_RETURN(const Rows rows, pool_.Query(R"sql(
      SELECT id, state, profile, csr, common_name, san_uris, requester,
             requested_by, requested_at, decided_by, decided_at, reason,
             authority
      FROM issuance_request
      WHERE id = $1)sql",
                                                     id));
  if (rows.empty()) return absl::NotFoundError("");
  return Read(rows[0]);
}

absl::StatusOr<std::vector<IssuanceRequest>> RequestStore::List(
    absl::optional<IssuanceState> state, const std::string& after, int limit) {
  constexpr absl::string_view kAll = R"sql(
      SELECT id, state, profile, csr, common_name, san_uris, requester,
             requested_by, requested_at, decided_by, decided_at, reason,
             authority
      FROM issuance_request
      WHERE id COLLATE "C" > $1
      ORDER BY id COLLATE "C"
      LIMIT $2)sql";
  constexpr absl::string_view kOfState = R"sql(
      SELECT id, state, profile, csr, common_name, san_uris, requester,
             requested_by, requested_at, decided_by, decided_at, reason,
             authority
      FROM issuance_request
      WHERE id COLLATE "C" > $1 AND state = $3
      ORDER BY id COLLATE "C"
      LIMIT $2)sql";
  OTRP_ASSIGN_OR_RETURN(
      const Rows rows,
      state.has_value()
          ? pool_.Query(kOfState, after, limit, IssuanceStateWord(*state))
          : pool_.Query(kAll, after, limit));
  std::vector<IssuanceRequest> out;
  for (const Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(IssuanceRequest one, Read(row));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace ca
}  // namespace otrp
