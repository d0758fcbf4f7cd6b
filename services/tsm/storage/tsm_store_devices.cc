// Reading devices, with everything that belongs to them, in one round trip.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/hex.h"
#include "libs/base/status_macros.h"
#include "libs/json/json.h"
#include "services/tsm/storage/tsm_store.h"

namespace otrp {
namespace tsm {
namespace {

// The columns of one device in `x` (its row in `device`, may be all NULL
// beside k.did). Lists come as JSON, so that one row holds all.
constexpr char kDeviceColumns[] =
    "k.did, coalesce(x.dialect, ''), coalesce(x.key_type, ''), "
    "coalesce(x.tee_name, ''), coalesce(x.tee_version, ''), "
    "coalesce(x.tee_certificate, ''), coalesce(x.tee_spki, ''), "
    "coalesce(x.signer_required, false), coalesce(x.verdict, ''), "
    "coalesce(x.reasons, '[]'), coalesce(x.attested_at, 'epoch'), "
    "coalesce(x.first_seen, 'epoch'), coalesce(x.last_seen, 'epoch'), "
    "t.dsi, t.dsihash, coalesce(t.fresh, false), "
    "(SELECT coalesce(json_agg(json_build_object("
    "   'sdname', s.sdname, 'spid', s.spid, 'spcerts', s.spcerts, "
    "   'tas', (SELECT coalesce(json_agg(json_build_object("
    "       'taid', i.taid, 'version', i.version) ORDER BY i.taid), '[]') "
    "     FROM installed_ta i WHERE i.did = s.did AND i.sdname = s.sdname)) "
    "   ORDER BY s.sdname), '[]') "
    " FROM security_domain s WHERE s.did = k.did), "
    "(SELECT coalesce(json_agg(json_build_object("
    "   'action', action, 'state', state, 'attempts', attempts, "
    "   'not_before', (extract(epoch FROM not_before) * 1000000)::bigint, "
    "   'last_error', last_error) ORDER BY action), '[]') "
    " FROM task WHERE task.did = k.did), "
    // The catalogue's wishes for this device.
    "(SELECT coalesce(json_agg(json_build_object("
    "   'spid', r.spid, 'taid', r.taid, 'version', r.version, "
    "   'release', r.id, 'signer', encode(r.signer_fingerprint, 'hex'), "
    "   'current', coalesce(encode(p.spcert_fingerprint, 'hex'), '')) "
    "   ORDER BY r.spid, r.taid), '[]') "
    " FROM (SELECT DISTINCT spid, taid FROM desired_ta WHERE target = 'all' "
    "       OR target = 'did:' || encode(k.did, 'hex') "
    "       OR target IN (SELECT 'group:' || g.name "
    "                     FROM rollout_group_member g "
    "                     WHERE g.did = k.did)) w "
    " JOIN application a ON a.spid = w.spid AND a.taid = w.taid "
    "   AND NOT a.withdrawn "
    " JOIN release r ON r.id = a.release_id "
    " LEFT JOIN service_provider p ON p.spid = w.spid)";

constexpr char kDeviceJoins[] =
    "LEFT JOIN device x ON x.did = k.did "
    "LEFT JOIN tee_state t ON t.did = k.did ";

// What Scan() fills for kDeviceColumns.
struct DeviceColumns {
  DeviceContext context;
  std::string reasons;
  absl::optional<std::string> dsi;
  absl::optional<std::string> dsihash;
  bool fresh = false;
  std::string domains;
  std::string tasks;
  std::string desired;
};

absl::StatusOr<std::string> StringMember(const json::Value& object,
                                         absl::string_view name) {
  OTRP_ASSIGN_OR_RETURN(absl::string_view text, object.GetString(name));
  return std::string(text);
}

absl::StatusOr<std::vector<AttestationReason>> ParseReasons(
    absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text));
  std::vector<AttestationReason> reasons;
  for (const json::Value& item : list.items()) {
    AttestationReason reason;
    OTRP_ASSIGN_OR_RETURN(reason.code, StringMember(item, "code"));
    OTRP_ASSIGN_OR_RETURN(reason.detail, StringMember(item, "detail"));
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

absl::StatusOr<std::vector<SecurityDomain>> ParseDomains(
    absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text));
  std::vector<SecurityDomain> domains;
  for (const json::Value& item : list.items()) {
    SecurityDomain domain;
    OTRP_ASSIGN_OR_RETURN(domain.sdname, StringMember(item, "sdname"));
    OTRP_ASSIGN_OR_RETURN(domain.spid, StringMember(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(const json::Value* certs, item.GetArray("spcerts"));
    for (const json::Value& cert : certs->items()) {
      domain.spcerts.emplace_back(cert.as_string());
    }
    OTRP_ASSIGN_OR_RETURN(const json::Value* tas, item.GetArray("tas"));
    for (const json::Value& ta : tas->items()) {
      InstalledTa installed;
      OTRP_ASSIGN_OR_RETURN(installed.taid, StringMember(ta, "taid"));
      OTRP_ASSIGN_OR_RETURN(installed.version, StringMember(ta, "version"));
      domain.tas.push_back(std::move(installed));
    }
    domains.push_back(std::move(domain));
  }
  return domains;
}

absl::StatusOr<std::vector<Task>> ParseTasks(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text));
  std::vector<Task> tasks;
  for (const json::Value& item : list.items()) {
    Task task;
    OTRP_ASSIGN_OR_RETURN(task.action, StringMember(item, "action"));
    OTRP_ASSIGN_OR_RETURN(task.state, StringMember(item, "state"));
    OTRP_ASSIGN_OR_RETURN(int64_t attempts, item.GetInteger("attempts"));
    task.attempts = static_cast<int32_t>(attempts);
    const json::Value* not_before = item.Find("not_before");
    if (not_before != nullptr && !not_before->is_null()) {
      OTRP_ASSIGN_OR_RETURN(int64_t micros, item.GetInteger("not_before"));
      task.not_before = absl::FromUnixMicros(micros);
    }
    OTRP_ASSIGN_OR_RETURN(task.last_error, StringMember(item, "last_error"));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

absl::StatusOr<std::vector<DesiredTa>> ParseDesired(absl::string_view text) {
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(text));
  std::vector<DesiredTa> desired;
  for (const json::Value& item : list.items()) {
    DesiredTa ta;
    OTRP_ASSIGN_OR_RETURN(ta.spid, StringMember(item, "spid"));
    OTRP_ASSIGN_OR_RETURN(ta.taid, StringMember(item, "taid"));
    OTRP_ASSIGN_OR_RETURN(ta.version, StringMember(item, "version"));
    OTRP_ASSIGN_OR_RETURN(ta.release_id, item.GetInteger("release"));
    OTRP_ASSIGN_OR_RETURN(ta.signer_fingerprint, StringMember(item, "signer"));
    OTRP_ASSIGN_OR_RETURN(ta.current_fingerprint,
                          StringMember(item, "current"));
    desired.push_back(std::move(ta));
  }
  return desired;
}

absl::Status Finish(DeviceColumns* columns) {
  DeviceContext& context = columns->context;
  OTRP_ASSIGN_OR_RETURN(context.device.reasons, ParseReasons(columns->reasons));
  if (columns->dsi.has_value() && columns->dsihash.has_value()) {
    context.state = TeeState{std::move(*columns->dsi),
                             std::move(*columns->dsihash), columns->fresh};
  }
  OTRP_ASSIGN_OR_RETURN(context.domains, ParseDomains(columns->domains));
  OTRP_ASSIGN_OR_RETURN(context.tasks, ParseTasks(columns->tasks));
  OTRP_ASSIGN_OR_RETURN(context.desired, ParseDesired(columns->desired));
  return absl::OkStatus();
}

// Scans the columns in front, then kDeviceColumns, then the columns behind.
template <typename... More>
absl::Status ScanDevice(const store::Row& row, DeviceColumns* c, More... more) {
  Device& d = c->context.device;
  OTRP_RETURN_IF_ERROR(
      row.Scan(store::BytesOut(&d.did), &d.dialect, &d.key_type, &d.tee_name,
               &d.tee_version, store::BytesOut(&d.tee_certificate),
               store::BytesOut(&d.tee_spki), &d.signer_required, &d.verdict,
               &c->reasons, &d.attested_at, &d.first_seen, &d.last_seen,
               store::BytesOut(&c->dsi), store::BytesOut(&c->dsihash),
               &c->fresh, &c->domains, &c->tasks, &c->desired, more...));
  return Finish(c);
}

absl::StatusOr<DeviceDetails> ScanDetails(const store::Row& row) {
  DeviceColumns columns;
  std::string groups_json;
  OTRP_RETURN_IF_ERROR(ScanDevice(row, &columns, &groups_json));
  DeviceDetails details;
  details.device = std::move(columns.context.device);
  details.domains = std::move(columns.context.domains);
  details.tasks = std::move(columns.context.tasks);
  details.desired = std::move(columns.context.desired);
  OTRP_ASSIGN_OR_RETURN(json::Value groups, json::Parse(groups_json));
  for (const json::Value& name : groups.items()) {
    details.groups.emplace_back(name.as_string());
  }
  return details;
}

std::string DetailsSql(absl::string_view keys) {
  return absl::StrCat(
      "SELECT ", kDeviceColumns,
      ", (SELECT coalesce(json_agg(g.name ORDER BY g.name), '[]') "
      "FROM rollout_group_member g WHERE g.did = k.did) FROM (",
      keys, ") k ", kDeviceJoins, "ORDER BY k.did");
}

}  // namespace

absl::StatusOr<std::vector<DeviceDetails>> TsmStore::ListDevices(
    absl::string_view after_did, int limit, absl::string_view group) {
  static const auto* const kSql = new std::string(DetailsSql(
      "SELECT did FROM device WHERE did > $1 AND ($3::text = '' OR did IN "
      "(SELECT did FROM rollout_group_member WHERE name = $3::text)) "
      "ORDER BY did LIMIT $2::bigint"));
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.Query(*kSql, store::Bytes(after_did), limit, group));
  std::vector<DeviceDetails> devices;
  for (store::Row row : rows) {
    OTRP_ASSIGN_OR_RETURN(DeviceDetails details, ScanDetails(row));
    devices.push_back(std::move(details));
  }
  return devices;
}

absl::StatusOr<DeviceDetails> TsmStore::GetDevice(absl::string_view did) {
  static const auto* const kSql =
      new std::string(DetailsSql("SELECT did FROM device WHERE did = $1"));
  OTRP_ASSIGN_OR_RETURN(store::Row row, pool_.Query1(*kSql, store::Bytes(did)));
  return ScanDetails(row);
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

absl::StatusOr<std::map<std::pair<std::string, std::string>, int64_t>>
TsmStore::CountDevices() {
  OTRP_ASSIGN_OR_RETURN(
      store::Rows rows,
      pool_.Query("SELECT dialect, verdict, count(*) FROM device "
                  "GROUP BY dialect, verdict"));
  std::map<std::pair<std::string, std::string>, int64_t> counts;
  for (store::Row row : rows) {
    std::string dialect;
    std::string verdict;
    int64_t count = 0;
    OTRP_RETURN_IF_ERROR(row.Scan(&dialect, &verdict, &count));
    counts[{std::move(dialect), std::move(verdict)}] = count;
  }
  return counts;
}

absl::StatusOr<LoadedMessage> TsmStore::LoadMessage(absl::string_view tid,
                                                    absl::string_view rid) {
  static const auto* const kSql = new std::string(absl::StrCat(
      "SELECT ", kDeviceColumns,
      ", e.state, e.dialect, e.version, e.expected_rid, e.memory, "
      "array_to_json(array(SELECT encode(d, 'hex') FROM unnest(e.dids) d)), "
      "e.opened_at, e.last_message_at, e.expires_at, "
      "r.message_sha256, r.reply, "
      "(SELECT count(*) FROM session_message m WHERE m.tid = e.tid) "
      "FROM session e "
      "LEFT JOIN session_reply r ON r.tid = e.tid AND r.rid = $2 "
      // A session without an outstanding request has no device to load.
      "CROSS JOIN LATERAL (SELECT coalesce(e.current_did, '') AS did) k ",
      kDeviceJoins, "WHERE e.tid = $1"));
  OTRP_ASSIGN_OR_RETURN(store::Rows rows, pool_.Query(*kSql, tid, rid));
  LoadedMessage loaded;
  if (rows.empty()) return loaded;
  DeviceColumns columns;
  Session session;
  session.tid = std::string(tid);
  std::string dids;
  absl::optional<std::string> sha256;
  absl::optional<std::string> reply;
  OTRP_RETURN_IF_ERROR(ScanDevice(
      rows[0], &columns, &session.state, &session.dialect, &session.version,
      &session.expected_rid, &session.memory, &dids, &session.opened_at,
      &session.last_message_at, &session.expires_at, store::BytesOut(&sha256),
      store::BytesOut(&reply), &loaded.messages));
  OTRP_ASSIGN_OR_RETURN(json::Value list, json::Parse(dids));
  for (const json::Value& did : list.items()) {
    OTRP_ASSIGN_OR_RETURN(std::string bytes, HexDecode(did.as_string()));
    session.dids.push_back(std::move(bytes));
  }
  if (!columns.context.device.did.empty()) {
    session.current_did = columns.context.device.did;
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
                   " FROM (SELECT $1::bytea AS did) k ", kDeviceJoins));
  std::vector<DeviceContext> contexts;
  for (const std::string& did : dids) {
    OTRP_ASSIGN_OR_RETURN(store::Row row,
                          pool_.Query1(*kSql, store::Bytes(did)));
    DeviceColumns columns;
    OTRP_RETURN_IF_ERROR(ScanDevice(row, &columns));
    contexts.push_back(std::move(columns.context));
  }
  return contexts;
}

}  // namespace tsm
}  // namespace otrp
