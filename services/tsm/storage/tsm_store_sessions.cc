// Sessions: the one statement that makes a step, and what operators read.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/limits.h"
#include "services/tsm/storage/step_usage.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

// Parameters of the step statement:
//  1 tid  2 state  3 dialect  4 expected rid (new)  5 memory  6 dids
//  7 current did  8 last message at  9 expires at  10 expected version
//  11 consumed rid  12 message sha256  13 reply  14 document  15 ended
//  16.. audit
constexpr int kAuditFirst = 16;

constexpr char kOpenSession[] = R"sql(
  taken AS (
    INSERT INTO session (tid, state, ended, dialect, version, expected_rid,
      memory, dids, current_did, opened_at, last_message_at, expires_at)
    VALUES ($1, $2, $15, $3, 1 + $10::bigint, $4, $5, $6::bytea[], $7,
      $8::timestamptz, $8::timestamptz, $9::timestamptz)
    ON CONFLICT (tid) DO NOTHING
    RETURNING 1)
)sql";

constexpr char kAdvanceSession[] = R"sql(
  taken AS (
    UPDATE session
    SET state = $2, ended = $15, dialect = $3, version = version + 1,
      expected_rid = $4, memory = $5, dids = $6::bytea[], current_did = $7,
      last_message_at = $8::timestamptz, expires_at = $9::timestamptz
    WHERE tid = $1 AND version = $10::bigint AND expected_rid = $11
      AND state = 'open'
    RETURNING 1)
)sql";

// Everything hangs on `document`, which has its one row only if `taken` has:
// when someone else was first, no part of the statement does anything.
constexpr char kDocument[] = R"sql(,
  document AS (
    SELECT $14::jsonb AS body WHERE EXISTS (SELECT 1 FROM taken)),
  reply_kept AS (
    INSERT INTO session_reply (tid, rid, message_sha256, reply, keep_until)
    SELECT $1, $11, $12, $13, $9::timestamptz FROM document)
)sql";

// What a step may do beyond that, by the document's member that it reads. A
// statement has only the parts that its document has: most steps need few,
// and each part costs the server time even where it has nothing to do.
struct Part {
  const char* member;
  const char* sql;
};

constexpr Part kParts[] = {
    // A device that starts anew has given up its other sessions: their answers,
    // should they still come, would tell of an older state.
    {"supersedes", R"sql(,
  superseded AS (
    UPDATE session AS other
    SET state = 'expired', ended = 'superseded', expected_rid = '',
      version = version + 1
    FROM document
    WHERE other.state = 'open' AND other.tid <> $1
      AND other.dids && (
        SELECT array_agg(decode(item.did, 'hex'))
        FROM document,
          jsonb_array_elements_text(body->'supersedes') AS item(did)))
)sql"},
    {"messages", R"sql(,
  messages_logged AS (
    INSERT INTO session_message (tid, n, direction, name, rid, status,
      error_code, detail, at, server_us, trace_id)
    SELECT $1, n, direction, name, rid, status, error_code, detail,
      to_timestamp(at_us / 1000000.0), server_us, trace_id
    FROM document, jsonb_to_recordset(body->'messages') AS item(n int,
      direction text, name text, rid text, status text, error_code text,
      detail text, at_us bigint, server_us bigint, trace_id text))
)sql"},
    {"devices", R"sql(,
  devices_written AS (
    INSERT INTO device (did, dialect, key_type, tee_name, tee_version,
      tee_certificate, tee_spki, signer_required, verdict, reasons, tee_vendor,
      attestation_tier, refused_spids, attested_at, first_seen, last_seen)
    SELECT decode(did, 'hex'), dialect, key_type, tee_name, tee_version,
      decode(tee_certificate, 'hex'), decode(tee_spki, 'hex'),
      signer_required, verdict, reasons, tee_vendor, attestation_tier,
      refused_spids, to_timestamp(attested_us / 1000000.0),
      to_timestamp(seen_us / 1000000.0), to_timestamp(seen_us / 1000000.0)
    FROM document, jsonb_to_recordset(body->'devices') AS item(did text,
      dialect text, key_type text, tee_name text, tee_version text,
      tee_certificate text, tee_spki text, signer_required boolean,
      verdict text, reasons jsonb, tee_vendor text, attestation_tier text,
      refused_spids text[], attested_us bigint, seen_us bigint)
    ON CONFLICT (did) DO UPDATE SET dialect = EXCLUDED.dialect,
      key_type = EXCLUDED.key_type, tee_name = EXCLUDED.tee_name,
      tee_version = EXCLUDED.tee_version,
      tee_certificate = EXCLUDED.tee_certificate,
      tee_spki = EXCLUDED.tee_spki,
      signer_required = EXCLUDED.signer_required,
      verdict = EXCLUDED.verdict, reasons = EXCLUDED.reasons,
      tee_vendor = EXCLUDED.tee_vendor,
      attestation_tier = EXCLUDED.attestation_tier,
      refused_spids = EXCLUDED.refused_spids,
      attested_at = EXCLUDED.attested_at, last_seen = EXCLUDED.last_seen)
)sql"},
    {"seen", R"sql(,
  devices_seen AS (
    UPDATE device SET last_seen = to_timestamp(item.seen_us / 1000000.0)
    FROM document,
      jsonb_to_recordset(body->'seen') AS item(did text, seen_us bigint)
    WHERE device.did = decode(item.did, 'hex'))
)sql"},
    {"states", R"sql(,
  states_written AS (
    INSERT INTO tee_state (did, dsi, dsihash, fresh, claimed, updated_at)
    SELECT decode(did, 'hex'), decode(dsi, 'hex'), decode(dsihash, 'hex'),
      fresh, claimed, $8::timestamptz
    FROM document, jsonb_to_recordset(body->'states') AS item(did text,
      dsi text, dsihash text, fresh boolean, claimed text[])
    ON CONFLICT (did) DO UPDATE SET dsi = EXCLUDED.dsi,
      dsihash = EXCLUDED.dsihash, fresh = EXCLUDED.fresh,
      claimed = EXCLUDED.claimed, updated_at = EXCLUDED.updated_at)
)sql"},
    // Rows that stay are updated, others removed: no row is touched twice.
    {"renewed", R"sql(,
  domain AS (
    SELECT decode(did, 'hex') AS did, sdname, spid, spcerts, known_in
    FROM document, jsonb_to_recordset(body->'domains') AS item(did text,
      sdname text, spid text, spcerts text[], known_in bigint)),
  ta AS (
    SELECT decode(did, 'hex') AS did, sdname, taid, version, known_in
    FROM document, jsonb_to_recordset(body->'tas') AS item(did text,
      sdname text, taid text, version text, known_in bigint)),
  renewed AS (
    SELECT decode(did, 'hex') AS did
    FROM document, jsonb_array_elements_text(body->'renewed') AS item(did)),
  domains_removed AS (
    DELETE FROM security_domain AS former
    USING renewed
    WHERE former.did = renewed.did AND NOT EXISTS (
      SELECT 1 FROM domain
      WHERE domain.did = former.did AND domain.sdname = former.sdname)
    RETURNING former.did, former.sdname, '' AS taid, former.known_in),
  tas_removed AS (
    DELETE FROM installed_ta AS former
    USING renewed
    WHERE former.did = renewed.did AND NOT EXISTS (
      SELECT 1 FROM ta
      WHERE ta.did = former.did AND ta.sdname = former.sdname
        AND ta.taid = former.taid)
    RETURNING former.did, former.sdname, former.taid, former.known_in),
  removed_remembered AS (
    INSERT INTO former_content (did, sdname, taid, known_in, removed_at)
    SELECT removed.*, $8::timestamptz
    FROM (SELECT * FROM domains_removed UNION ALL SELECT * FROM tas_removed)
      AS removed
    ON CONFLICT (did, sdname, taid) DO UPDATE SET
      known_in = EXCLUDED.known_in, removed_at = EXCLUDED.removed_at)
)sql"},
    // These two come with "renewed" only, whose names they use.
    {"domains", R"sql(,
  domains_written AS (
    INSERT INTO security_domain (did, sdname, spid, spcerts, known_in)
    SELECT did, sdname, spid, spcerts, known_in FROM domain
    ON CONFLICT (did, sdname) DO UPDATE SET spid = EXCLUDED.spid,
      spcerts = EXCLUDED.spcerts, known_in = EXCLUDED.known_in)
)sql"},
    {"tas", R"sql(,
  tas_written AS (
    INSERT INTO installed_ta (did, sdname, taid, version, known_in)
    SELECT did, sdname, taid, version, known_in FROM ta
    ON CONFLICT (did, sdname, taid) DO UPDATE SET version = EXCLUDED.version,
      known_in = EXCLUDED.known_in)
)sql"},
    {"tasks", R"sql(,
  tasks_written AS (
    INSERT INTO task (did, action, state, attempts, not_before, last_error,
      detail, updated_at)
    SELECT decode(did, 'hex'), action, state, attempts,
      to_timestamp(not_before_us / 1000000.0), last_error, detail,
      $8::timestamptz
    FROM document, jsonb_to_recordset(body->'tasks') AS item(did text,
      action text, state text, attempts int, not_before_us bigint,
      last_error text, detail text)
    ON CONFLICT (did, action) DO UPDATE SET state = EXCLUDED.state,
      attempts = EXCLUDED.attempts, not_before = EXCLUDED.not_before,
      last_error = EXCLUDED.last_error, detail = EXCLUDED.detail,
      updated_at = EXCLUDED.updated_at)
)sql"},
    {"pulls", R"sql(,
  pulls_taken AS (
    DELETE FROM pulled_ta
    USING document,
      jsonb_to_recordset(body->'pulls') AS item(did text, release bigint)
    WHERE pulled_ta.did = decode(item.did, 'hex')
      AND pulled_ta.release_id = item.release)
)sql"},
    // The row is written once an hour, whatever else the device loses.
    {"losing", R"sql(,
  losses_noted AS (
    INSERT INTO device_loss AS loss (did, at)
    SELECT decode(item.did, 'hex'), $8::timestamptz
    FROM document, jsonb_array_elements_text(body->'losing') AS item(did)
    ON CONFLICT (did) DO UPDATE SET at = EXCLUDED.at
    WHERE loss.at < EXCLUDED.at - interval '1 hour')
)sql"},
    {"cleared", R"sql(,
  tasks_cleared AS (
    DELETE FROM task
    USING document,
      jsonb_to_recordset(body->'cleared') AS item(did text, action text)
    WHERE task.did = decode(item.did, 'hex') AND task.action = item.action)
)sql"},
    {"outcomes", R"sql(,
  outcomes_written AS (
    INSERT INTO outcome (kind, did, spid, taid, version, action, code, detail,
      given_up, at)
    SELECT kind, decode(did, 'hex'), spid, taid, version, action, code,
      detail, given_up, $8::timestamptz
    FROM document, jsonb_to_recordset(body->'outcomes') AS item(kind text,
      did text, spid text, taid text, version text, action text, code text,
      detail text, given_up boolean))
)sql"},
};

std::string StepSql(bool open, const json::Value& document) {
  std::string sql =
      absl::StrCat("WITH ", open ? kOpenSession : kAdvanceSession, kDocument);
  for (const Part& part : kParts) {
    if (document.Find(part.member) != nullptr) absl::StrAppend(&sql, part.sql);
  }
  if (document.Find("usage") != nullptr) absl::StrAppend(&sql, StepUsageSql());
  absl::StrAppend(
      &sql, ", ",
      store::AuditCte("audited", kAuditFirst, "EXISTS (SELECT 1 FROM taken)"),
      " SELECT count(*) FROM taken");
  return sql;
}

json::Value Strings(const std::vector<std::string>& list) {
  json::Value array = json::Value::Array();
  for (const std::string& item : list) {
    array.Append(json::Value::String(item));
  }
  return array;
}

json::Value MessageJson(const SessionMessage& message) {
  json::Value row = json::Value::Object();
  row.Set("n", json::Value::Integer(message.n));
  row.Set("direction", json::Value::String(WordOf(message.direction)));
  row.Set("name", json::Value::String(message.name));
  row.Set("rid", json::Value::String(message.rid));
  row.Set("status", json::Value::String(WordOf(message.status)));
  row.Set("error_code", json::Value::String(message.error_code));
  row.Set("detail", json::Value::String(message.detail));
  row.Set("at_us", json::Value::Integer(absl::ToUnixMicros(message.at)));
  row.Set("server_us", json::Value::Integer(message.server_us));
  row.Set("trace_id", json::Value::String(message.trace_id));
  return row;
}

json::Value DeviceJson(const Device& device) {
  json::Value reasons = json::Value::Array();
  for (const AttestationReason& reason : device.reasons) {
    json::Value item = json::Value::Object();
    item.Set("code", json::Value::String(reason.code));
    item.Set("detail", json::Value::String(reason.detail));
    reasons.Append(std::move(item));
  }
  json::Value row = json::Value::Object();
  row.Set("did", json::Value::String(HexEncode(device.did)));
  row.Set("dialect", json::Value::String(WordOf(device.dialect)));
  row.Set("key_type", json::Value::String(WordOf(device.key_type)));
  row.Set("tee_name", json::Value::String(device.tee_name));
  row.Set("tee_version", json::Value::String(device.tee_version));
  row.Set("tee_certificate",
          json::Value::String(HexEncode(device.tee_certificate)));
  row.Set("tee_spki", json::Value::String(HexEncode(device.tee_spki)));
  row.Set("signer_required", json::Value::Bool(device.signer_required));
  row.Set("verdict", json::Value::String(WordOf(device.verdict)));
  row.Set("reasons", std::move(reasons));
  row.Set("tee_vendor", json::Value::String(device.tee_vendor));
  row.Set("attestation_tier",
          json::Value::String(service::TierName(device.tier)));
  row.Set("refused_spids", Strings(device.refused_spids));
  row.Set("attested_us",
          json::Value::Integer(absl::ToUnixMicros(device.attested_at)));
  row.Set("seen_us",
          json::Value::Integer(absl::ToUnixMicros(device.last_seen)));
  return row;
}

void AddDomains(const std::string& did,
                const std::vector<SecurityDomain>& domains, json::Value* sds,
                json::Value* tas) {
  for (const SecurityDomain& domain : domains) {
    json::Value row = json::Value::Object();
    row.Set("did", json::Value::String(did));
    row.Set("sdname", json::Value::String(domain.sdname));
    row.Set("spid", json::Value::String(domain.spid));
    row.Set("spcerts", Strings(domain.spcerts));
    row.Set("known_in", json::Value::Integer(domain.known_in));
    sds->Append(std::move(row));
    for (const InstalledTa& ta : domain.tas) {
      json::Value ta_row = json::Value::Object();
      ta_row.Set("did", json::Value::String(did));
      ta_row.Set("sdname", json::Value::String(domain.sdname));
      ta_row.Set("taid", json::Value::String(ta.taid));
      ta_row.Set("version", json::Value::String(ta.version));
      ta_row.Set("known_in", json::Value::Integer(ta.known_in));
      tas->Append(std::move(ta_row));
    }
  }
}

json::Value TaskJson(const std::string& did, const Task& task) {
  json::Value row = json::Value::Object();
  row.Set("did", json::Value::String(did));
  row.Set("action", json::Value::String(task.action));
  row.Set("state", json::Value::String(WordOf(task.state)));
  row.Set("attempts", json::Value::Integer(task.attempts));
  if (task.not_before.has_value()) {
    row.Set("not_before_us",
            json::Value::Integer(absl::ToUnixMicros(*task.not_before)));
  }
  row.Set("last_error", json::Value::String(task.last_error));
  row.Set("detail", json::Value::String(task.detail));
  return row;
}

json::Value OutcomeJson(const Outcome& outcome) {
  json::Value row = json::Value::Object();
  row.Set("kind", json::Value::String(WordOf(outcome.kind)));
  row.Set("did", json::Value::String(HexEncode(outcome.did)));
  row.Set("spid", json::Value::String(outcome.spid));
  row.Set("taid", json::Value::String(outcome.taid));
  row.Set("version", json::Value::String(outcome.version));
  row.Set("action", json::Value::String(outcome.action));
  row.Set("code", json::Value::String(outcome.code));
  row.Set("detail", json::Value::String(outcome.detail));
  row.Set("given_up", json::Value::Bool(outcome.given_up));
  return row;
}

void SetIfAny(const char* member, json::Value list, json::Value* document) {
  if (!list.items().empty()) document->Set(member, std::move(list));
}

// Lists without items aren't there.
json::Value Document(const SessionCommit& commit) {
  json::Value messages = json::Value::Array();
  for (const SessionMessage& message : commit.messages) {
    messages.Append(MessageJson(message));
  }
  json::Value devices = json::Value::Array();
  json::Value seen = json::Value::Array();
  json::Value states = json::Value::Array();
  json::Value renewed = json::Value::Array();
  json::Value domains = json::Value::Array();
  json::Value tas = json::Value::Array();
  json::Value tasks = json::Value::Array();
  json::Value cleared = json::Value::Array();
  for (const DeviceUpdate& update : commit.devices) {
    const std::string did = HexEncode(update.did);
    if (update.device.has_value()) {
      devices.Append(DeviceJson(*update.device));
    } else {
      json::Value row = json::Value::Object();
      row.Set("did", json::Value::String(did));
      row.Set("seen_us",
              json::Value::Integer(absl::ToUnixMicros(update.last_seen)));
      seen.Append(std::move(row));
    }
    if (update.state.has_value()) {
      json::Value row = json::Value::Object();
      row.Set("did", json::Value::String(did));
      row.Set("dsi", json::Value::String(HexEncode(update.state->dsi)));
      row.Set("dsihash", json::Value::String(HexEncode(update.state->dsihash)));
      row.Set("fresh", json::Value::Bool(update.state->fresh));
      row.Set("claimed", Strings(update.state->claimed));
      states.Append(std::move(row));
    }
    if (update.domains.has_value()) {
      renewed.Append(json::Value::String(did));
      AddDomains(did, *update.domains, &domains, &tas);
    }
    for (const Task& task : update.tasks) tasks.Append(TaskJson(did, task));
    for (const std::string& action : update.cleared_tasks) {
      json::Value row = json::Value::Object();
      row.Set("did", json::Value::String(did));
      row.Set("action", json::Value::String(action));
      cleared.Append(std::move(row));
    }
  }
  json::Value supersedes = json::Value::Array();
  for (const std::string& did : commit.supersedes) {
    supersedes.Append(json::Value::String(HexEncode(did)));
  }
  json::Value outcomes = json::Value::Array();
  for (const Outcome& outcome : commit.outcomes) {
    outcomes.Append(OutcomeJson(outcome));
  }
  json::Value pulls = json::Value::Array();
  for (const auto& [did, release] : commit.taken_pulls) {
    json::Value row = json::Value::Object();
    row.Set("did", json::Value::String(HexEncode(did)));
    row.Set("release", json::Value::Integer(release));
    pulls.Append(std::move(row));
  }
  json::Value losing = json::Value::Array();
  for (const std::string& did : commit.losing) {
    losing.Append(json::Value::String(HexEncode(did)));
  }
  json::Value document = json::Value::Object();
  SetIfAny("losing", std::move(losing), &document);
  SetIfAny("pulls", std::move(pulls), &document);
  SetIfAny("supersedes", std::move(supersedes), &document);
  SetIfAny("messages", std::move(messages), &document);
  SetIfAny("devices", std::move(devices), &document);
  SetIfAny("seen", std::move(seen), &document);
  SetIfAny("states", std::move(states), &document);
  SetIfAny("renewed", std::move(renewed), &document);
  SetIfAny("domains", std::move(domains), &document);
  SetIfAny("tas", std::move(tas), &document);
  SetIfAny("tasks", std::move(tasks), &document);
  SetIfAny("cleared", std::move(cleared), &document);
  SetIfAny("outcomes", std::move(outcomes), &document);
  SetIfAny("usage", StepUsageJson(commit.usage), &document);
  return document;
}

// The word of `state` for it, which every version knows; `ended` has the exact
// one.
SessionState WiderState(SessionState state) {
  switch (state) {
    case SessionState::kBlocked: return SessionState::kFailed;
    case SessionState::kSuperseded: return SessionState::kExpired;
    default: return state;
  }
}

constexpr char kSessionColumns[] = R"sql(
  tid, CASE ended WHEN '' THEN state ELSE ended END, dialect, version,
  expected_rid, memory,
  array_to_json(array(SELECT encode(did, 'hex') FROM unnest(dids) AS did)),
  coalesce(current_did, ''), opened_at, last_message_at, expires_at
)sql";

absl::StatusOr<Session> ScanSession(const store::Row& row) {
  Session session;
  std::string state;
  std::string dialect;
  std::string dids;
  OTRP_RETURN_IF_ERROR(row.Scan(
      &session.tid, &state, &dialect, &session.version, &session.expected_rid,
      &session.memory, &dids, store::BytesOut(&session.current_did),
      &session.opened_at, &session.last_message_at, &session.expires_at));
  OTRP_RETURN_IF_ERROR(FromWord(state, &session.state));
  OTRP_RETURN_IF_ERROR(FromWord(dialect, &session.dialect));
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(dids, json::kOurs));
  for (const json::Value& did : list.items()) {
    OTRP_ASSIGN_OR_RETURN(std::string bytes, HexDecode(did.as_string()));
    session.dids.push_back(std::move(bytes));
  }
  return session;
}

}  // namespace

absl::StatusOr<bool> TsmStore::Commit(const SessionCommit& commit) {
  const Session& session = commit.session;
  const std::string state = WordOf(WiderState(session.state));
  const std::string ended =
      WiderState(session.state) == session.state ? "" : WordOf(session.state);
  const std::string dialect = WordOf(session.dialect);
  const std::string dids = store::BytesArray(session.dids);
  const json::Value document = Document(commit);
  const std::string document_text = document.Serialize();
  std::vector<store::Param> params = {
      session.tid,
      state,
      dialect,
      session.expected_rid,
      session.memory,
      dids,
      session.current_did.empty()
          ? store::Param(store::Null{})
          : store::Param(store::Bytes(session.current_did)),
      session.last_message_at,
      session.expires_at,
      commit.expected_version,
      commit.consumed_rid,
      store::Bytes(commit.message_sha256),
      store::Bytes(commit.reply),
      document_text,
      ended};
  for (store::Param& param : store::AuditParams(commit.audit)) {
    params.push_back(std::move(param));
  }
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.ExecOnceParams(StepSql(commit.expected_version == 0, document),
                           params, /*read_only=*/false));
  if (rows.size() != 1) return absl::InternalError("step: no count");
  int64_t count = 0;
  OTRP_RETURN_IF_ERROR(rows[0].Scan(&count));
  return count == 1;
}

absl::Status TsmStore::Audit(const store::AuditEvent& event) {
  static const auto* const kSql = new std::string(
      absl::StrCat("WITH ", store::AuditCte("audited", 1), " SELECT 1"));
  return pool_
      .ExecOnceParams(*kSql, store::AuditParams(event), /*read_only=*/false)
      .status();
}

absl::StatusOr<std::vector<Session>> TsmStore::ListSessions(
    const absl::optional<SessionCursor>& cursor, int limit,
    absl::string_view did) {
  static const auto* const kSql =
      new std::string(absl::StrCat("SELECT ", kSessionColumns, R"sql(
FROM session
WHERE ($1::timestamptz IS NULL OR (opened_at, tid) < ($1::timestamptz, $2))
  AND (octet_length($4::bytea) = 0 OR dids @> ARRAY[$4::bytea])
ORDER BY opened_at DESC, tid DESC LIMIT $3::bigint
)sql"));
  const store::Param at = cursor.has_value() ? store::Param(cursor->opened_at)
                                             : store::Param(store::Null{});
  const std::string tid = cursor.has_value() ? cursor->tid : "";
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.ExecOnceParams(*kSql, {at, tid, limit, store::Bytes(did)},
                           /*read_only=*/true));
  std::vector<Session> sessions;
  for (store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(Session session, ScanSession(row));
    sessions.push_back(std::move(session));
  }
  return sessions;
}

absl::StatusOr<std::pair<Session, std::vector<SessionMessage>>>
TsmStore::GetSession(absl::string_view tid) {
  static const auto* const kSql = new std::string(
      absl::StrCat("SELECT ", kSessionColumns, "FROM session WHERE tid = $1"));
  OTRP_ASSIGN_OR_RETURN(store::Row row, pool_.Query1(*kSql, tid));
  OTRP_ASSIGN_OR_RETURN(Session session, ScanSession(row));
  static constexpr char kMessages[] = R"sql(
    SELECT n, direction, name, rid, status, error_code, detail, at, server_us,
      trace_id
    FROM session_message WHERE tid = $1 ORDER BY n
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(kMessages, tid));
  std::vector<SessionMessage> messages;
  for (store::Row message_row : rows) {
    SessionMessage m;
    std::string direction;
    std::string status;
    OTRP_RETURN_IF_ERROR(message_row.Scan(&m.n, &direction, &m.name, &m.rid,
                                          &status, &m.error_code, &m.detail,
                                          &m.at, &m.server_us, &m.trace_id));
    OTRP_RETURN_IF_ERROR(FromWord(direction, &m.direction));
    OTRP_RETURN_IF_ERROR(FromWord(status, &m.status));
    messages.push_back(std::move(m));
  }
  return std::make_pair(std::move(session), std::move(messages));
}

}  // namespace tsm
}  // namespace otrp
