// What every statement of access_store_test is planned on when the tests have
// run.

#include "tests/support/plan_check.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kFill[] = R"sql(
  INSERT INTO sp (spid, name, created_at)
    SELECT 'sp' || n, 'name', now() FROM generate_series(1, 100000) AS n;
  INSERT INTO app (spid, taid)
    SELECT 'sp' || n, 'ta' FROM generate_series(1, 100000) AS n;
  INSERT INTO registration (id, spid, name, contact, state, code_sha256,
      registered_at)
    SELECT 'reg_' || n, 'sp' || n, 'name', 'mail',
      CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'approved' END,
      sha256(n::text::bytea), '2020-01-01'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO invitation (id, tenant, role, code_sha256, invited_by,
      created_at, expires_at)
    SELECT 'inv_' || n, 'sp' || n, 'owner', sha256(n::text::bytea), 'op',
      now(), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO member (tenant, name, role, added_at)
    SELECT 'sp' || n, 'alice', 'owner', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO token (id, tenant, member, personal, name, role, taids, sha256,
      created_at, expires_at)
    SELECT 'tok_' || n, 'sp' || n, 'alice', true, 'name', 'owner', '{}',
      sha256(n::text::bytea), now(), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO console_session (id, tenant, token, sha256, created_at,
      expires_at)
    SELECT 'ses_' || n, 'sp' || n, 'tok_' || n, sha256(n::text::bytea),
      now(), now()
    FROM generate_series(1, 100000) AS n;
)sql";

const auto* const kPlans = testing::PlanCheck::Add(
    {"portal",
     "services/sp_portal/storage/migrations",
     kFill,
     {"sp", "app", "registration", "invitation", "member", "token",
      "console_session"},
     {{"SELECT count(*) FROM audit_event", "asked by the test alone"}}});

}  // namespace
}  // namespace portal
}  // namespace otrp
