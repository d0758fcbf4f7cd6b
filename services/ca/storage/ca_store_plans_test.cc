// What every statement of ca_store_test is planned on when the tests have run:
// 100,000 certificates, one in a hundred revoked, an OCSP response about each.

#include "tests/support/plan_check.h"

namespace otrp {
namespace ca {
namespace {

constexpr char kFill[] = R"sql(
  INSERT INTO certificate (serial, profile, authority, subject, san_uris,
      not_before, not_after, status, request_id, request_sha256, crl_shard)
    SELECT md5(n::text), 'tee', 'tee-ca', 'CN=x', '', now(), now(),
      CASE WHEN n % 100 = 0 THEN 'revoked' ELSE 'issued' END, 'fill ' || n, 'a',
      '16-' || n / 100 % 16
    FROM generate_series(1, 100000) AS n;
  INSERT INTO ocsp_response (serial, hash, signer, status, der, this_update,
      next_update)
    SELECT md5(n::text), 'sha1', md5('1'), 'issued', 'a', now(),
      now() + n * interval '1 second'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO blocked_key (spki_sha256, serial)
    SELECT sha256(n::text::bytea), md5(n::text)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO key_owner (spki_sha256, profile, owner)
    SELECT sha256(n::text::bytea), 'tee', 'device ' || n
    FROM generate_series(1, 100000) AS n;
  INSERT INTO issuance_request (id, state, profile, csr, common_name, san_uris,
      requester, requested_by, requested_at)
    SELECT md5(n::text),
      CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'approved' END, 'client', 'a',
      'x', '', 'a', 'a', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO usage_event (at, kind, spid, authority, generation, tee_vendor,
      tsm_id, item, quantity, price_minor, currency)
    SELECT '2026-01-01'::timestamptz + n * interval '1 minute',
      'certificate-tee', CASE WHEN n % 10 = 0 THEN 'bank' ELSE '' END, 'tee-ca',
      1, 'acme', '', md5(n::text), 1, 5, 'EUR'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO price (kind, party, amount_minor, currency, set_by)
    SELECT 'certificate-tee', 'ca-' || n, 1, 'EUR', 'a'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO tsm_id (uri, holder)
    SELECT 'uri ' || n, 'holder' FROM generate_series(1, 100000) AS n;
)sql";

const auto* const kPlans = testing::PlanCheck::Add(
    {"ca",
     "services/ca/storage/migrations",
     kFill,
     {"certificate", "ocsp_response", "tsm_id", "blocked_key", "key_owner",
      "issuance_request", "usage_event", "price"},
     {}});

}  // namespace
}  // namespace ca
}  // namespace otrp
