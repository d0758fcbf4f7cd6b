#include "services/ca/storage/usage.h"

#include "absl/strings/str_cat.h"
#include "libs/service/usage_ledger.h"

namespace otrp {
namespace ca {

std::string UsageOfIssued() {
  return absl::StrCat(R"sql(used AS (
      SELECT now() AS at, 'certificate-' || issued.profile AS kind,
             coalesce(a.line, issued.authority) AS party,
             CASE issued.profile
               WHEN 'sp' THEN issued.subject
               WHEN 'client' THEN
                 coalesce(substring(issued.san_uris FROM '^otrp://sp/(.*)$'),
                          '')
               ELSE '' END AS spid,
             coalesce(a.line, issued.authority) AS authority,
             coalesce(a.generation, 1) AS generation,
             CASE issued.profile
               WHEN 'tee' THEN coalesce(anchor.name, '')
               ELSE '' END AS tee_vendor,
             CASE issued.profile
               WHEN 'tsm' THEN issued.san_uris
               ELSE '' END AS tsm_id,
             issued.serial AS item, 1 AS quantity
      FROM issued
      LEFT JOIN authority AS a ON a.name = issued.authority
      LEFT JOIN LATERAL (
        SELECT trust_anchor.name
        FROM trust_anchor
        JOIN authority AS above ON above.certificate = trust_anchor.certificate
        WHERE trust_anchor.role = 'tee' AND above.name IN (a.name, a.issuer)
        ORDER BY above.name <> a.name
        LIMIT 1) AS anchor ON issued.profile = 'tee'),
    )sql",
                      service::UsageCte("counted", "used"));
}

}  // namespace ca
}  // namespace otrp
