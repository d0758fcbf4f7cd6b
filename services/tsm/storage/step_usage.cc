#include "services/tsm/storage/step_usage.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/service/usage_ledger.h"

namespace otrp {
namespace tsm {

const std::string& StepUsageSql() {
  static const auto* const kSql = new std::string(absl::StrCat(
      R"sql(,
  used AS (
    SELECT $8::timestamptz AS at, kind, spid AS party, spid, '' AS authority,
      0 AS generation, tee_vendor, tsm_id, taid AS item, 1 AS quantity
    FROM document, jsonb_to_recordset(body->'usage') AS item(kind text,
      spid text, taid text, tee_vendor text, tsm_id text)),
  )sql",
      service::UsageCte("counted", "used")));
  return *kSql;
}

json::Value StepUsageJson(const std::vector<Usage>& usage) {
  json::Value list = json::Value::Array();
  for (const Usage& used : usage) {
    json::Value row = json::Value::Object();
    row.Set("kind", json::Value::String(used.kind));
    row.Set("spid", json::Value::String(used.spid));
    row.Set("taid", json::Value::String(used.taid));
    row.Set("tee_vendor", json::Value::String(used.tee_vendor));
    row.Set("tsm_id", json::Value::String(used.tsm_id));
    list.Append(std::move(row));
  }
  return list;
}

}  // namespace tsm
}  // namespace otrp
