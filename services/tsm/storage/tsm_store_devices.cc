// Reading devices, with everything that belongs to them, in one round trip.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "services/tsm/domain/words.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

// The columns of the device asked.did; what isn't known is empty. Lists come
// as JSON, so that one row holds all.
constexpr char kDeviceColumns[] = R"sql(
  asked.did, coalesce(device.dialect, ''), coalesce(device.key_type, ''),
  coalesce(device.tee_name, ''), coalesce(device.tee_version, ''),
  coalesce(device.tee_certificate, ''), coalesce(device.tee_spki, ''),
  coalesce(device.signer_required, false), coalesce(device.verdict, ''),
  coalesce(device.reasons, '[]'), coalesce(device.tee_vendor, ''),
  coalesce(device.attestation_tier, 'none'),
  coalesce(to_json(device.refused_spids), '[]'),
  coalesce(device.attested_at, 'epoch'),
  coalesce(device.first_seen, 'epoch'), coalesce(device.last_seen, 'epoch'),
  tee.dsi, tee.dsihash, coalesce(tee.fresh, false),
  coalesce(to_json(tee.claimed), '[]'),
  (SELECT coalesce(json_agg(json_build_object(
       'sdname', domain.sdname, 'spid', domain.spid,
       'spcerts', domain.spcerts,
       'known_in', domain.known_in,
       'tas', (SELECT coalesce(json_agg(json_build_object(
                   'taid', ta.taid, 'version', ta.version,
                   'known_in', ta.known_in) ORDER BY ta.taid), '[]')
               FROM installed_ta AS ta
               WHERE ta.did = domain.did AND ta.sdname = domain.sdname))
       ORDER BY domain.sdname), '[]')
   FROM security_domain AS domain WHERE domain.did = asked.did),
  (SELECT coalesce(json_agg(json_build_object(
       'sdname', sdname, 'taid', taid, 'known_in', known_in)
       ORDER BY sdname, taid), '[]')
   FROM former_content WHERE former_content.did = asked.did),
  (SELECT coalesce(json_agg(json_build_object(
       'action', action, 'state', state, 'attempts', attempts,
       'not_before', (extract(epoch FROM not_before) * 1000000)::bigint,
       'last_error', last_error, 'detail', detail) ORDER BY action), '[]')
   FROM task WHERE task.did = asked.did),
  array_to_json(array(SELECT name FROM rollout_group_member
                      WHERE did = asked.did ORDER BY name)),
  array_to_json(array(SELECT key || '=' || value FROM device_label
                      WHERE did = asked.did ORDER BY key)),
  (SELECT coalesce(json_agg(json_build_object(
       'mark', mark, 'actor', actor, 'version', changed_in,
       'at', (extract(epoch FROM removed_at) * 1000000)::bigint)
       ORDER BY mark), '[]')
   FROM removed_mark WHERE removed_mark.did = asked.did),
  -- Of the catalogue only what is about this device alone.
  (SELECT coalesce(json_agg(json_build_object(
       'spid', spid, 'taid', taid, 'channel', channel)
       ORDER BY spid, taid), '[]')
   FROM desired_ta WHERE target = 'did:' || encode(asked.did, 'hex')),
  (SELECT coalesce(json_agg(json_build_object(
       'spid', spid, 'taid', taid, 'actor', actor, 'version', changed_in,
       'at', (extract(epoch FROM decided_at) * 1000000)::bigint)
       ORDER BY spid, taid), '[]')
   FROM removal_decision
   WHERE split_part(target, ' ', 1) = 'did:' || encode(asked.did, 'hex')),
  (SELECT coalesce(json_agg(json_build_object('spid', spid, 'taid', taid)
                            ORDER BY spid, taid), '[]')
   FROM personalization AS own WHERE own.did = asked.did),
  coalesce((SELECT at FROM device_loss WHERE device_loss.did = asked.did),
           'epoch'),
  catalogue.version, catalogue.rules_version
)sql";

constexpr char kDeviceJoins[] = R"sql(
  LEFT JOIN device ON device.did = asked.did
  LEFT JOIN tee_state AS tee ON tee.did = asked.did
  CROSS JOIN catalogue
)sql";

// What Scan() fills for kDeviceColumns.
struct DeviceColumns {
  DeviceContext context;
  std::string dialect;
  std::string key_type;
  std::string verdict;
  std::string reasons;
  std::string tier;
  std::string refused_spids;
  absl::optional<std::string> dsi;
  absl::optional<std::string> dsihash;
  bool fresh = false;
  std::string claimed;
  std::string domains;
  std::string former;
  std::string tasks;
  std::string groups;
  std::string labels;
  std::string removed_marks;
  std::string assignments;
  std::string decisions;
  std::string personalized;
  int64_t rules_version = 0;
};

absl::StatusOr<std::string> StringMember(const json::Value& object,
                                         absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(absl::string_view text, object.GetString(name));
  return std::string(text);
}

absl::StatusOr<std::vector<std::string>> ParseStrings(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  std::vector<std::string> strings;
  for (const json::Value& item : list.items()) {
    strings.emplace_back(item.as_string());
  }
  return strings;
}

absl::StatusOr<std::vector<AttestationReason>> ParseReasons(
    absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  std::vector<AttestationReason> reasons;
  for (const json::Value& item : list.items()) {
    AttestationReason reason;
    OTRP_ASSIGN_OR_RETURN(reason.code, StringMember(item, "code"));
    OTRP_ASSIGN_OR_RETURN(reason.detail, StringMember(item, "detail"));
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

bool HasValue(const json::Value& object, absl::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr && !value->is_null();
}

absl::StatusOr<InstalledTa> ParseInstalled(const json::Value& item) {
  InstalledTa ta;
  OTRP_ASSIGN_OR_RETURN(ta.taid, StringMember(item, "taid"));
  OTRP_ASSIGN_OR_RETURN(ta.version, StringMember(item, "version"));
  OTRP_ASSIGN_OR_RETURN(ta.known_in, item.GetInteger("known_in"));
  return ta;
}

absl::StatusOr<std::vector<SecurityDomain>> ParseDomains(
    absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  std::vector<SecurityDomain> domains;
  for (const json::Value& item : list.items()) {
    SecurityDomain domain;
    OTRP_ASSIGN_OR_RETURN(domain.sdname, StringMember(item, "sdname"));
    OTRP_ASSIGN_OR_RETURN(domain.spid, StringMember(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(domain.known_in, item.GetInteger("known_in"));
    OTRP_ASSIGN_OR_RETURN(const json::Value* certs, item.GetArray("spcerts"));
    for (const json::Value& cert : certs->items()) {
      domain.spcerts.emplace_back(cert.as_string());
    }
    OTRP_ASSIGN_OR_RETURN(const json::Value* tas, item.GetArray("tas"));
    for (const json::Value& ta : tas->items()) {
      OTRP_ASSIGN_OR_RETURN(InstalledTa installed, ParseInstalled(ta));
      domain.tas.push_back(std::move(installed));
    }
    domains.push_back(std::move(domain));
  }
  return domains;
}

absl::StatusOr<std::vector<FormerContent>> ParseFormer(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  std::vector<FormerContent> former;
  for (const json::Value& item : list.items()) {
    FormerContent& content = former.emplace_back();
    OTRP_ASSIGN_OR_RETURN(content.sdname, StringMember(item, "sdname"));
    OTRP_ASSIGN_OR_RETURN(content.taid, StringMember(item, "taid"));
    OTRP_ASSIGN_OR_RETURN(content.known_in, item.GetInteger("known_in"));
  }
  return former;
}

absl::StatusOr<std::vector<Task>> ParseTasks(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  std::vector<Task> tasks;
  for (const json::Value& item : list.items()) {
    Task task;
    OTRP_ASSIGN_OR_RETURN(task.action, StringMember(item, "action"));
    OTRP_ASSIGN_OR_RETURN(absl::string_view state, item.GetString("state"));
    OTRP_RETURN_IF_ERROR(FromWord(state, &task.state));
    OTRP_ASSIGN_OR_RETURN(int64_t attempts, item.GetInteger("attempts"));
    task.attempts = static_cast<int32_t>(attempts);
    if (HasValue(item, "not_before")) {
      OTRP_ASSIGN_OR_RETURN(int64_t micros, item.GetInteger("not_before"));
      task.not_before = absl::FromUnixMicros(micros);
    }
    OTRP_ASSIGN_OR_RETURN(task.last_error, StringMember(item, "last_error"));
    OTRP_ASSIGN_OR_RETURN(task.detail, StringMember(item, "detail"));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

// Who, when, and at which version of the catalogue.
template <typename T>
absl::Status ParseDecided(const json::Value& item, T* out) {
  OTRP_ASSIGN_OR_RETURN(out->actor, StringMember(item, "actor"));
  OTRP_ASSIGN_OR_RETURN(out->version, item.GetInteger("version"));
  OTRP_ASSIGN_OR_RETURN(const int64_t at, item.GetInteger("at"));
  out->at = absl::FromUnixMicros(at);
  return absl::OkStatus();
}

absl::Status ParseRemovedMarks(absl::string_view text, OwnRows* own) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  for (const json::Value& item : list.items()) {
    RemovedMark& removed = own->removed_marks.emplace_back();
    OTRP_ASSIGN_OR_RETURN(removed.mark, StringMember(item, "mark"));
    OTRP_RETURN_IF_ERROR(ParseDecided(item, &removed));
  }
  return absl::OkStatus();
}

absl::Status ParseAssignments(absl::string_view text, const std::string& target,
                              OwnRows* own) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  for (const json::Value& item : list.items()) {
    Rule& rule = own->assignments.emplace_back();
    rule.target = target;
    OTRP_ASSIGN_OR_RETURN(rule.spid, StringMember(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(rule.taid, StringMember(item, "taid"));
    OTRP_ASSIGN_OR_RETURN(const absl::string_view channel,
                          item.GetString("channel"));
    OTRP_ASSIGN_OR_RETURN(rule.channel, service::ParseChannel(channel));
  }
  return absl::OkStatus();
}

absl::Status ParseDecisions(absl::string_view text, const std::string& target,
                            OwnRows* own) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  for (const json::Value& item : list.items()) {
    // An application is withdrawn from all devices, never from one.
    Decision& decision = own->decisions.emplace_back();
    decision.target = target;
    OTRP_ASSIGN_OR_RETURN(decision.spid, StringMember(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(decision.taid, StringMember(item, "taid"));
    OTRP_RETURN_IF_ERROR(ParseDecided(item, &decision));
  }
  return absl::OkStatus();
}

absl::Status ParsePersonalized(absl::string_view text, OwnRows* own) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text, json::kOurs));
  for (const json::Value& item : list.items()) {
    OTRP_ASSIGN_OR_RETURN(std::string spid, StringMember(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(std::string taid, StringMember(item, "taid"));
    own->personalized.emplace(std::move(spid), std::move(taid));
  }
  return absl::OkStatus();
}

absl::Status Finish(DeviceColumns* columns) {
  DeviceContext& context = columns->context;
  Device& device = context.device;
  // Empty for a device that was never seen.
  if (!columns->dialect.empty()) {
    OTRP_RETURN_IF_ERROR(FromWord(columns->dialect, &device.dialect));
  }
  OTRP_RETURN_IF_ERROR(FromWord(columns->key_type, &device.key_type));
  OTRP_RETURN_IF_ERROR(FromWord(columns->verdict, &device.verdict));
  OTRP_ASSIGN_OR_RETURN(context.device.reasons, ParseReasons(columns->reasons));
  if (columns->dsi.has_value() && columns->dsihash.has_value()) {
    context.state = TeeState{std::move(*columns->dsi),
                             std::move(*columns->dsihash),
                             columns->fresh,
                             {}};
    OTRP_ASSIGN_OR_RETURN(context.state->claimed,
                          ParseStrings(columns->claimed));
  }
  OTRP_ASSIGN_OR_RETURN(context.domains, ParseDomains(columns->domains));
  OTRP_ASSIGN_OR_RETURN(context.former, ParseFormer(columns->former));
  OTRP_ASSIGN_OR_RETURN(context.tasks, ParseTasks(columns->tasks));
  const absl::optional<service::AttestationTier> tier =
      service::TierOf(columns->tier);
  if (!tier.has_value()) {
    return absl::DataLossError("a device's attestation tier can't be read");
  }
  device.tier = *tier;
  OTRP_ASSIGN_OR_RETURN(device.refused_spids,
                        ParseStrings(columns->refused_spids));
  OTRP_ASSIGN_OR_RETURN(context.groups, ParseStrings(columns->groups));
  OTRP_ASSIGN_OR_RETURN(context.labels, ParseStrings(columns->labels));
  const std::string target = WordOfTarget(OneDevice{device.did});
  OwnRows& own = context.own;
  OTRP_RETURN_IF_ERROR(ParseRemovedMarks(columns->removed_marks, &own));
  OTRP_RETURN_IF_ERROR(ParseAssignments(columns->assignments, target, &own));
  OTRP_RETURN_IF_ERROR(ParseDecisions(columns->decisions, target, &own));
  return ParsePersonalized(columns->personalized, &own);
}

// Scans the columns in front, then kDeviceColumns, then the columns behind.
template <typename... More>
absl::Status ScanDevice(const store::Row& row, DeviceColumns* c, More... more) {
  Device& d = c->context.device;
  OTRP_RETURN_IF_ERROR(
      row.Scan(store::BytesOut(&d.did), &c->dialect, &c->key_type, &d.tee_name,
               &d.tee_version, store::BytesOut(&d.tee_certificate),
               store::BytesOut(&d.tee_spki), &d.signer_required, &c->verdict,
               &c->reasons, &d.tee_vendor, &c->tier, &c->refused_spids,
               &d.attested_at, &d.first_seen, &d.last_seen,
               store::BytesOut(&c->dsi), store::BytesOut(&c->dsihash),
               &c->fresh, &c->claimed, &c->domains, &c->former, &c->tasks,
               &c->groups, &c->labels, &c->removed_marks, &c->assignments,
               &c->decisions, &c->personalized, &c->context.losing_since,
               &c->context.catalogue_version, &c->rules_version, more...));
  return Finish(c);
}

DeviceDetails DetailsOf(DeviceColumns columns) {
  DeviceDetails details;
  details.device = std::move(columns.context.device);
  details.domains = std::move(columns.context.domains);
  details.tasks = std::move(columns.context.tasks);
  details.desired = std::move(columns.context.goals.desired);
  details.decisions = std::move(columns.context.goals.decisions);
  details.groups = std::move(columns.context.groups);
  details.labels = std::move(columns.context.labels);
  return details;
}

// Of the devices whose dids `asked` selects.
std::string DetailsSql(absl::string_view asked) {
  return absl::StrCat("SELECT ", kDeviceColumns, "FROM (", asked, ") AS asked",
                      kDeviceJoins, "ORDER BY asked.did");
}

}  // namespace

absl::StatusOr<std::vector<DeviceDetails>> TsmStore::ListDevices(
    const DidRange& range, absl::string_view after_did, int limit,
    absl::string_view group, absl::string_view label) {
  static const auto* const kSql = new std::string(DetailsSql(R"sql(
    SELECT did FROM device
    WHERE did > $1 AND did BETWEEN $4 AND $5 AND ($3::text = '' OR did IN
      (SELECT did FROM rollout_group_member WHERE name = $3::text))
      AND ($6::text = '' OR did IN
        (SELECT did FROM device_label
         WHERE key = split_part($6::text, '=', 1)
           AND value = split_part($6::text, '=', 2)))
    ORDER BY did LIMIT $2::bigint
  )sql"));
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.Query(*kSql, store::Bytes(after_did), limit, group,
                  store::Bytes(range.first), store::Bytes(range.last), label));
  std::vector<DeviceDetails> devices;
  for (store::Row row : rows) {
    DeviceColumns columns;
    OTRP_RETURN_IF_ERROR(ScanDevice(row, &columns));
    OTRP_RETURN_IF_ERROR(Judge(columns.rules_version, &columns.context));
    devices.push_back(DetailsOf(std::move(columns)));
  }
  return devices;
}

absl::StatusOr<DeviceDetails> TsmStore::GetDevice(absl::string_view did) {
  static const auto* const kSql =
      new std::string(DetailsSql("SELECT did FROM device WHERE did = $1"));
  OTRP_ASSIGN_OR_RETURN(store::Row row, pool_.Query1(*kSql, store::Bytes(did)));
  DeviceColumns columns;
  OTRP_RETURN_IF_ERROR(ScanDevice(row, &columns));
  OTRP_RETURN_IF_ERROR(Judge(columns.rules_version, &columns.context));
  return DetailsOf(std::move(columns));
}

absl::Status TsmStore::Judge(int64_t rules_version, DeviceContext* context) {
  OTRP_ASSIGN_OR_RETURN(context->catalogue, catalogue_.AtLeast(rules_version));
  context->Decide();
  return absl::OkStatus();
}

absl::StatusOr<int32_t> TsmStore::ForgetTasks(absl::string_view did,
                                              const store::AuditEvent& audit) {
  int32_t forgotten = 0;
  OTRP_RETURN_IF_ERROR(pool_.Run([&](store::Tx& tx) -> absl::Status {
    OTRP_ASSIGN_OR_RETURN(
        store::Rows rows,
        tx.Exec("SELECT 1 FROM device WHERE did = $1", store::Bytes(did)));
    if (rows.empty()) return absl::NotFoundError("no such device");
    OTRP_ASSIGN_OR_RETURN(
        int64_t count,
        tx.ExecCount("DELETE FROM task WHERE did = $1", store::Bytes(did)));
    forgotten = static_cast<int32_t>(count);
    return store::AppendAudit(tx, audit);
  }));
  return forgotten;
}

absl::StatusOr<std::map<Verdict, int64_t>> TsmStore::CountDevices() {
  // Takes in what the triggers of `device` noted since the last time. Rows
  // that another replica is taking in are left to it.
  static constexpr char kFold[] = R"sql(
    WITH taken AS (
      DELETE FROM device_count_change
      WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM device_count_change
        ORDER BY id LIMIT 100000 FOR UPDATE SKIP LOCKED))
      RETURNING verdict, change)
    INSERT INTO device_count (verdict, devices)
    SELECT verdict, sum(change) FROM taken GROUP BY verdict ORDER BY verdict
    ON CONFLICT (verdict)
    DO UPDATE SET devices = device_count.devices + EXCLUDED.devices
  )sql";
  OTRP_RETURN_IF_ERROR(pool_.ExecOnce(kFold).status());
  // Both in one snapshot: what was not taken in is not forgotten.
  static constexpr char kSql[] = R"sql(
    SELECT verdict, sum(devices)::bigint
    FROM (SELECT verdict, devices FROM device_count
          UNION ALL
          SELECT verdict, change FROM device_count_change) AS part
    GROUP BY verdict HAVING sum(devices) > 0
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(kSql));
  std::map<Verdict, int64_t> counts;
  for (store::Row row : rows) {
    std::string word;
    Verdict verdict = Verdict::kAccepted;
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&word, &count));
    OTRP_RETURN_IF_ERROR(FromWord(word, &verdict));
    counts[verdict] = count;
  }
  return counts;
}

absl::StatusOr<int64_t> TsmStore::CountOpenSessions(absl::Time now) {
  static constexpr char kSql[] = R"sql(
    SELECT count(*) FROM session
    WHERE state = 'open' AND expires_at >= $1::timestamptz
  )sql";
  OTRP_ASSIGN_OR_RETURN(store::Row row, pool_.Query1(kSql, now));
  int64_t open = 0;
  OTRP_RETURN_IF_ERROR(row.Scan(&open));
  return open;
}

absl::StatusOr<LoadedMessage> TsmStore::LoadMessage(absl::string_view tid,
                                                    absl::string_view rid) {
  static const auto* const kSql =
      new std::string(absl::StrCat("SELECT ", kDeviceColumns, R"sql(,
  CASE session.ended WHEN '' THEN session.state ELSE session.ended END,
  session.dialect, session.version, session.expected_rid,
  session.memory,
  array_to_json(array(SELECT encode(did, 'hex')
                      FROM unnest(session.dids) AS did)),
  session.opened_at, session.last_message_at, session.expires_at,
  reply.message_sha256, reply.reply,
  (SELECT count(*) FROM session_message AS message
   WHERE message.tid = session.tid)
FROM session
LEFT JOIN session_reply AS reply ON reply.tid = session.tid AND reply.rid = $2
-- A session without an outstanding request has no device to load.
CROSS JOIN LATERAL (
  SELECT coalesce(session.current_did, '') AS did) AS asked
)sql",
                                   kDeviceJoins, "WHERE session.tid = $1"));
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(*kSql, tid, rid));
  LoadedMessage loaded;
  if (rows.empty()) return loaded;
  DeviceColumns columns;
  Session session;
  session.tid = std::string(tid);
  std::string state;
  std::string dialect;
  std::string dids;
  absl::optional<std::string> sha256;
  absl::optional<std::string> reply;
  OTRP_RETURN_IF_ERROR(ScanDevice(
      rows[0], &columns, &state, &dialect, &session.version,
      &session.expected_rid, &session.memory, &dids, &session.opened_at,
      &session.last_message_at, &session.expires_at, store::BytesOut(&sha256),
      store::BytesOut(&reply), &loaded.messages));
  OTRP_RETURN_IF_ERROR(FromWord(state, &session.state));
  OTRP_RETURN_IF_ERROR(FromWord(dialect, &session.dialect));
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(dids, json::kOurs));
  for (const json::Value& did : list.items()) {
    OTRP_ASSIGN_OR_RETURN(std::string bytes, HexDecode(did.as_string()));
    session.dids.push_back(std::move(bytes));
  }
  if (!columns.context.device.did.empty()) {
    session.current_did = columns.context.device.did;
    OTRP_RETURN_IF_ERROR(Judge(columns.rules_version, &columns.context));
    loaded.device = std::move(columns.context);
  }
  loaded.session = std::move(session);
  if (sha256.has_value() && reply.has_value()) {
    loaded.reply = StoredReply{std::move(*sha256), std::move(*reply)};
  }
  return loaded;
}

absl::StatusOr<std::vector<DeviceContext>> TsmStore::LoadDevices(
    const std::vector<std::string>& dids) {
  // One by one: there is one as a rule, and for a list of unknown length the
  // server would plan the statement anew each time, at twice its cost.
  static const auto* const kSql = new std::string(
      absl::StrCat("SELECT ", kDeviceColumns,
                   "FROM (SELECT $1::bytea AS did) AS asked", kDeviceJoins));
  std::vector<DeviceContext> contexts;
  for (const std::string& did : dids) {
    OTRP_ASSIGN_OR_RETURN(store::Row row,
                          pool_.Query1(*kSql, store::Bytes(did)));
    DeviceColumns columns;
    OTRP_RETURN_IF_ERROR(ScanDevice(row, &columns));
    OTRP_RETURN_IF_ERROR(Judge(columns.rules_version, &columns.context));
    contexts.push_back(std::move(columns.context));
  }
  return contexts;
}

}  // namespace tsm
}  // namespace otrp
