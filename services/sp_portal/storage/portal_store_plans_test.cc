// What every statement of portal_store_test is planned on when the tests have
// run.

#include "tests/support/plan_check.h"

namespace otrp {
namespace portal {
namespace {

constexpr char kFill[] = R"sql(
  INSERT INTO sp (spid, name, created_at)
    SELECT 'sp' || n, 'name', now() FROM generate_series(1, 100000) AS n;
  INSERT INTO sp_certificate (spid, fingerprint, serial, der, issuers,
      not_after, enrolled_at, is_current)
    SELECT 'sp' || n, sha256(n::text::bytea), n::text, 'der', '{}', now(),
      now(), true
    FROM generate_series(1, 100000) AS n;
  UPDATE sp_certificate
    SET is_current = false, revoked_at = now(), revocation_told = true
    WHERE serial::int % 3 = 0;
  INSERT INTO app (spid, taid)
    SELECT 'sp' || n, 'ta' FROM generate_series(1, 100000) AS n;
  INSERT INTO app_version (spid, taid, version, sort_key, format, image_sha256,
      image_bytes, pdata_sha256, signer_fingerprint, pushed_at)
    SELECT 'sp' || n, 'ta', '1.0', '{1,0}', 'jws', 'a', 1, 'b',
      sha256(n::text::bytea), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO pull_endpoint (spid, taid, url, roots_pem, key_id, changed_at)
    SELECT 'sp' || n, 'ta', 'https://sp.example/', '', '', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO blob (id, sealed_key, idle_since)
    SELECT md5(n::text)::uuid, 'key', CASE WHEN n % 100 = 0 THEN now() END
    FROM generate_series(1, 100000) AS n;
  INSERT INTO personalization (spid, taid, did, blob_id, bytes, sha256, put_at)
    SELECT 'sp' || n, 'ta', sha256(n::text::bytea), md5(n::text)::uuid, 1,
      sha256(n::text::bytea), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO blob_chunk (blob_id, at, bytes, sealed)
    SELECT md5(n::text)::uuid, 0, 1, 'x' FROM generate_series(1, 100000) AS n;
  INSERT INTO blob_digest (sha256, blob_id)
    SELECT sha256(n::text::bytea), md5(n::text)::uuid
    FROM generate_series(1, 100000) AS n;
  INSERT INTO review (spid, taid, version, state, submitted_by, submitted_at,
      checks)
    SELECT 'sp' || n, 'ta', '1.0',
      CASE WHEN n % 100 = 0 THEN 'submitted' ELSE 'approved' END, 'x', now(),
      ''
    FROM generate_series(1, 100000) AS n;
  INSERT INTO version_evidence (spid, taid, version, kind, blob_id, sha256,
      bytes, format, attached_at)
    SELECT 'sp' || n, 'ta', '1.0', 'sbom', md5(n::text)::uuid,
      sha256(n::text::bytea), 1, 'spdx-2.3', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO upload (id, spid, taid, version, format, size, sha256, blob_id,
      created_at, expires_at)
    SELECT md5(n::text)::uuid, 'sp' || n, 'ta', '1', 'jws', 1,
      sha256(n::text::bytea), md5(n::text)::uuid, now(), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO app_image (spid, taid, version, image, personalization_data)
    SELECT 'sp' || n, 'ta', '1.0', 'image', 'data'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO assignment (spid, taid, kind, target, assigned_at)
    SELECT 'sp' || n, 'ta', 'did', md5(n::text), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO entitlement (id, spid, kind, target, granted_by, granted_at)
    SELECT 'ent_' || n, 'sp' || n, 'did', md5(n::text), 'op', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO webhook (id, spid, url, event_types, secret, created_at)
    SELECT md5(n::text)::uuid, 'sp' || n, 'https://example.com', '{*}', 's',
      now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO rollout (spid, taid, version, devices, failures, changed_at,
      told_at, untold)
    SELECT 'sp' || n, 'ta', '1.0', 1, 0, now(),
      now() - make_interval(secs => n), n % 100 = 0
    FROM generate_series(1, 100000) AS n;
  INSERT INTO device_notices (spid, minute, told)
    SELECT 'sp' || n, now(), 1 FROM generate_series(1, 100000) AS n;
  INSERT INTO webhook_event (id, type, subject, data, at)
    SELECT md5(n::text)::uuid, 'type', 'subject', '{}', now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO webhook_delivery (webhook_id, event_id, state, created_at,
      next_attempt_at)
    SELECT md5(n::text)::uuid, md5(n::text)::uuid,
      CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'delivered' END, now(),
      CASE WHEN n % 100 = 0 THEN now() END
    FROM generate_series(1, 100000) AS n;
)sql";

const auto* const kPlans = testing::PlanCheck::Add(
    {"portal",
     "services/sp_portal/storage/migrations",
     kFill,
     {"sp",          "sp_certificate", "app",           "app_version",
      "app_image",   "assignment",     "blob",          "blob_chunk",
      "blob_digest", "upload",         "review",        "version_evidence",
      "entitlement", "webhook",        "webhook_event", "webhook_delivery",
      "rollout",     "device_notices", "pull_endpoint", "personalization"},
     {{"SELECT count(*) FROM audit_event", "asked by the test alone"},
      {"SELECT count(*) FROM outbox", "asked by the test alone"}}});

}  // namespace
}  // namespace portal
}  // namespace otrp
