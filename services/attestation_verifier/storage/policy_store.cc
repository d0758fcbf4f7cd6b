#include "services/attestation_verifier/storage/policy_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "libs/base/status_macros.h"
#include "services/attestation_verifier/errors.h"
#include "services/attestation_verifier/limits.h"
#include "services/attestation_verifier/storage/base_policy.h"
#include "services/attestation_verifier/storage/json_columns.h"

namespace otrp {
namespace verifier {
namespace {

constexpr char kVersion[] = "SELECT version FROM scoped_policy_list";
constexpr char kGrow[] = "UPDATE scoped_policy_list SET version = version + 1";

constexpr char kLoad[] = R"sql(
    SELECT spid, anchor, version, policy::text, set_by, set_at
    FROM scoped_policy
    ORDER BY spid COLLATE "C", anchor COLLATE "C"
    )sql";

constexpr char kNewestOfScope[] = R"sql(
    SELECT version
    FROM scoped_policy_version
    WHERE spid = $1 AND anchor = $2
    ORDER BY version DESC
    LIMIT 1
    )sql";

// Nothing for a version that took the policy away.
constexpr char kTextOfVersion[] = R"sql(
    SELECT policy::text
    FROM scoped_policy_version
    WHERE spid = $1 AND anchor = $2 AND version = $3 AND policy IS NOT NULL
    )sql";

constexpr char kAddVersion[] = R"sql(
    INSERT INTO scoped_policy_version (spid, anchor, version, policy, set_by,
                                       set_at)
    VALUES ($1, $2, $3, nullif($4, '')::jsonb, $5, $6)
    )sql";

constexpr char kPut[] = R"sql(
    INSERT INTO scoped_policy (spid, anchor, version, policy, set_by, set_at)
    VALUES ($1, $2, $3, $4::jsonb, $5, $6)
    ON CONFLICT (spid, anchor) DO UPDATE
    SET version = EXCLUDED.version, policy = EXCLUDED.policy,
        set_by = EXCLUDED.set_by, set_at = EXCLUDED.set_at
    )sql";

constexpr char kTakeAway[] =
    "DELETE FROM scoped_policy WHERE spid = $1 AND anchor = $2";

constexpr char kAddDraft[] = R"sql(
    INSERT INTO policy_draft (spid, anchor, policy, state, note, version,
                              created_by, created_at)
    VALUES ($1, $2, $3::jsonb, 'draft', $4, 0, $5, $6)
    RETURNING draft_id
    )sql";

constexpr char kGetDraft[] = R"sql(
    SELECT draft_id, spid, anchor, policy::text, state, note, version,
           created_by, created_at
    FROM policy_draft
    WHERE draft_id = $1
    )sql";

constexpr char kLockDraft[] = R"sql(
    SELECT draft_id, spid, anchor, policy::text, state, note, version,
           created_by, created_at
    FROM policy_draft
    WHERE draft_id = $1
    FOR UPDATE
    )sql";

constexpr char kListDrafts[] = R"sql(
    SELECT draft_id, spid, anchor, policy::text, state, note, version,
           created_by, created_at
    FROM policy_draft
    WHERE $1::bigint = 0 OR draft_id < $1::bigint
    ORDER BY draft_id DESC
    LIMIT $2::integer
    )sql";

constexpr char kStep[] = R"sql(
    UPDATE policy_draft
    SET state = $2, version = $3
    WHERE draft_id = $1
    )sql";

constexpr char kNote[] = R"sql(
    INSERT INTO policy_draft_event (draft_id, state, by_whom, at, detail)
    VALUES ($1, $2, $3, $4, $5)
    )sql";

constexpr char kHistory[] = R"sql(
    SELECT state, by_whom, at, detail
    FROM policy_draft_event
    WHERE draft_id = $1
    ORDER BY id
    LIMIT 100
    )sql";

absl::StatusOr<PolicyDraft> DraftOf(const store::Row& row) {
  PolicyDraft draft;
  std::string text;
  std::string state;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &draft.id, &draft.scope.spid, &draft.scope.anchor, &text, &state,
      &draft.note, &draft.version, &draft.created_by, &draft.created_at));
  OTRP_ASSIGN_OR_RETURN(draft.policy, PolicyFromJson(text));
  OTRP_ASSIGN_OR_RETURN(draft.state, DraftStateOf(state));
  return draft;
}

absl::StatusOr<PolicyDraft> LockDraft(store::Tx& tx, int64_t id) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kLockDraft, id));
  if (rows.empty()) return errors::NoPolicyDraft(id);
  return DraftOf(rows[0]);
}

absl::Status Note(store::Tx& tx, int64_t id, const DraftStep& step) {
  return tx.Exec(kNote, id, WordOf(step.state), step.by, step.at, step.detail)
      .status();
}

absl::Status Step(store::Tx& tx, const DraftStep& step, PolicyDraft* draft) {
  OTRP_RETURN_IF_ERROR(CheckStep(draft->state, step.state));
  draft->state = step.state;
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kStep, draft->id, WordOf(step.state), draft->version).status());
  return Note(tx, draft->id, step);
}

absl::Status CheckCount(store::Tx& tx) {
  OTRP_ASSIGN_OR_RETURN(const store::Row row,
                        tx.Exec1("SELECT count(*) FROM scoped_policy"));
  int64_t count = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&count));
  return count > kMaxScopedPolicies ? errors::TooManyScopedPolicies()
                                    : absl::OkStatus();
}

// 0: there never was one.
absl::StatusOr<int64_t> NewestOf(store::Tx& tx,
                                 const attest::PolicyScope& scope) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        tx.Exec(kNewestOfScope, scope.spid, scope.anchor));
  int64_t version = 0;
  for (const store::Row row : rows) OTRP_RETURN_IF_ERROR(row.Scan(&version));
  return version;
}

// The new version. `text` empty: takes the policy away.
absl::StatusOr<int64_t> SetScoped(store::Tx& tx,
                                  const attest::PolicyScope& scope,
                                  const std::string& text, int64_t expected,
                                  const std::string& by, absl::Time at) {
  OTRP_RETURN_IF_ERROR(tx.Exec(kGrow).status());
  OTRP_ASSIGN_OR_RETURN(const int64_t current, NewestOf(tx, scope));
  if (expected != 0 && expected != current) {
    return errors::PolicyChanged(current);
  }
  const int64_t version = current + 1;
  OTRP_RETURN_IF_ERROR(
      tx.Exec(kAddVersion, scope.spid, scope.anchor, version, text, by, at)
          .status());
  if (text.empty()) {
    OTRP_RETURN_IF_ERROR(tx.Exec(kTakeAway, scope.spid, scope.anchor).status());
  } else {
    OTRP_RETURN_IF_ERROR(
        tx.Exec(kPut, scope.spid, scope.anchor, version, text, by, at)
            .status());
    OTRP_RETURN_IF_ERROR(CheckCount(tx));
  }
  return version;
}

}  // namespace

absl::StatusOr<int64_t> PolicyStore::Version() {
  OTRP_ASSIGN_OR_RETURN(const store::Row row, pool_.Query1(kVersion));
  int64_t version = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&version));
  return version;
}

absl::StatusOr<ScopedPolicyList> PolicyStore::Load() {
  ScopedPolicyList list;
  store::TxOptions options;
  options.isolation = store::Isolation::kRepeatableRead;
  options.read_only = true;
  OTRP_RETURN_IF_ERROR(pool_.Run(
      [&](store::Tx& tx) -> absl::Status {
        list = ScopedPolicyList();
        OTRP_ASSIGN_OR_RETURN(const store::Row version, tx.Exec1(kVersion));
        OTRP_RETURN_IF_ERROR(version.Scan(&list.version));
        OTRP_ASSIGN_OR_RETURN(const store::Rows rows, tx.Exec(kLoad));
        for (const store::Row row : rows) {
          SetScopedPolicy held;
          std::string text;
          OTRP_RETURN_IF_ERROR(row.Scan(
              &held.policy.scope.spid, &held.policy.scope.anchor,
              &held.policy.version, &text, &held.set_by, &held.set_at));
          OTRP_ASSIGN_OR_RETURN(held.policy.policy, PolicyFromJson(text));
          list.policies.push_back(std::move(held));
        }
        return absl::OkStatus();
      },
      options));
  return list;
}

absl::StatusOr<int64_t> PolicyStore::AddDraft(const PolicyDraft& draft,
                                              const store::AuditEvent& audit) {
  int64_t id = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        const store::Row row,
        tx.Exec1(kAddDraft, draft.scope.spid, draft.scope.anchor,
                 PolicyToJson(draft.policy), draft.note, draft.created_by,
                 draft.created_at));
    OTRP_RETURN_IF_ERROR(row.Scan(&id));
    OTRP_RETURN_IF_ERROR(
        Note(tx, id, {DraftState::kDraft, draft.created_by, draft.created_at}));
    return store::AppendAudit(tx, audit);
  }));
  return id;
}

absl::StatusOr<PolicyDraft> PolicyStore::GetDraft(int64_t id) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kGetDraft, id));
  if (rows.empty()) return errors::NoPolicyDraft(id);
  return DraftOf(rows[0]);
}

absl::StatusOr<std::vector<DraftStep>> PolicyStore::History(int64_t id) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows, pool_.Query(kHistory, id));
  std::vector<DraftStep> steps;
  for (const store::Row row : rows) {
    DraftStep step;
    std::string state;
    OTRP_RETURN_IF_ERROR(row.Scan(&state, &step.by, &step.at, &step.detail));
    OTRP_ASSIGN_OR_RETURN(step.state, DraftStateOf(state));
    steps.push_back(std::move(step));
  }
  return steps;
}

absl::StatusOr<std::vector<PolicyDraft>> PolicyStore::ListDrafts(int64_t before,
                                                                 int limit) {
  OTRP_ASSIGN_OR_RETURN(const store::Rows rows,
                        pool_.Query(kListDrafts, before, limit));
  std::vector<PolicyDraft> drafts;
  for (const store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(PolicyDraft draft, DraftOf(row));
    drafts.push_back(std::move(draft));
  }
  return drafts;
}

absl::StatusOr<PolicyDraft> PolicyStore::Take(int64_t id, const DraftStep& step,
                                              const store::AuditEvent& audit) {
  PolicyDraft draft;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(draft, LockDraft(tx, id));
    OTRP_RETURN_IF_ERROR(Step(tx, step, &draft));
    return store::AppendAudit(tx, audit);
  }));
  return draft;
}

absl::StatusOr<PolicyDraft> PolicyStore::Activate(
    int64_t id, int64_t expected, bool two_people, const DraftStep& step,
    const store::AuditEvent& audit) {
  PolicyDraft draft;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(draft, LockDraft(tx, id));
    OTRP_RETURN_IF_ERROR(CheckStep(draft.state, step.state));
    if (two_people && IsSamePerson(draft.created_by, step.by)) {
      return errors::OwnPolicyDraft();
    }
    if (draft.scope.is_base()) {
      OTRP_ASSIGN_OR_RETURN(draft.version,
                            SetBasePolicy(tx, draft.policy, expected, step.by));
    } else {
      OTRP_ASSIGN_OR_RETURN(
          draft.version, SetScoped(tx, draft.scope, PolicyToJson(draft.policy),
                                   expected, step.by, step.at));
    }
    DraftStep numbered = step;
    numbered.detail = absl::StrCat("version ", draft.version);
    OTRP_RETURN_IF_ERROR(Step(tx, numbered, &draft));
    return store::AppendAudit(tx, audit);
  }));
  return draft;
}

absl::StatusOr<int64_t> PolicyStore::RollBack(const attest::PolicyScope& scope,
                                              int64_t version, int64_t expected,
                                              absl::Time now,
                                              const store::AuditEvent& audit) {
  int64_t made = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    std::string text;
    if (version != 0) {
      OTRP_ASSIGN_OR_RETURN(
          const store::Rows rows,
          tx.Exec(kTextOfVersion, scope.spid, scope.anchor, version));
      if (rows.empty()) return errors::NoSuchPolicy(version);
      OTRP_RETURN_IF_ERROR(rows[0].Scan(&text));
    }
    OTRP_ASSIGN_OR_RETURN(const int64_t current, NewestOf(tx, scope));
    if (current == 0) return errors::NoSuchPolicy(version);
    OTRP_ASSIGN_OR_RETURN(
        made, SetScoped(tx, scope, text, expected, audit.actor, now));
    return store::AppendAudit(tx, audit);
  }));
  return made;
}

}  // namespace verifier
}  // namespace otrp
