// What every statement of publisher_store_test is planned on when the tests
// have run.

#include "tests/support/plan_check.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kFill[] = R"sql(
  INSERT INTO sp (spid, name, created_at)
    SELECT 'sp' || n, 'name', now() FROM generate_series(1, 100000) AS n;
  INSERT INTO publisher (id, spid, issuer, subject, claims, role, taids,
      added_by, added_at)
    SELECT 'pub_' || n, 'sp' || n, 'https://ci.example', 'repo:' || n, '{}',
      'developer', '{}', 'op', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO token (id, tenant, publisher, personal, name, role, taids,
      sha256, exchanged_sha256, created_at, expires_at)
    SELECT 'tok_' || n, 'sp' || n, 'pub_' || n, false, 'name', 'developer',
      '{}', sha256(n::text::bytea), sha256(n::text::bytea), now(), now()
    FROM generate_series(1, 100000) AS n;
)sql";

const auto* const kPlans =
    testing::PlanCheck::Add({"portal",
                             "services/sp_portal/storage/migrations",
                             kFill,
                             {"sp", "publisher", "token"},
                             {}});

}  // namespace
}  // namespace portal
}  // namespace otrp
