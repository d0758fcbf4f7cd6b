// What every statement of tsm_store_test is planned on when the tests have
// run: a fleet of 100,000.

#include "tests/support/plan_check.h"

namespace otrp {
namespace tsm {
namespace {

constexpr char kFill[] = R"sql(
  -- Rows of a hundred thousand transactions in one: they wouldn't be written so
  -- with the triggers that number each.
  SET LOCAL session_replication_role = replica;
  CREATE FUNCTION pg_temp.did(n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    $$ SELECT decode(lpad(to_hex(n), 64, '0'), 'hex') $$;
  INSERT INTO service_provider (spid, spcert, spcert_fingerprint)
    SELECT 'sp' || n, 'cert', sha256(n::text::bytea)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO release (spid, taid, version, image, personalization,
      image_sha256, signer_cert, signer_fingerprint)
    SELECT 'sp' || n, 'ta', '1.0', 'image', 'data', 'hash', 'cert',
      sha256(n::text::bytea)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO revoked_sp_certificate (fingerprint, spid, revoked_at, reason)
    SELECT signer_fingerprint, spid, now(), 4 FROM release;
  INSERT INTO pull_endpoint (spid, taid, url, roots_pem, key_id)
    SELECT spid, taid, 'https://sp.example/', '', '' FROM release;
  INSERT INTO application (spid, taid, release_id, beta_release_id)
    SELECT spid, taid, id, id FROM release;
  INSERT INTO desired_ta (spid, taid, target, channel)
    SELECT 'sp' || n, 'ta', CASE
      WHEN n <= 5 THEN 'all'
      WHEN n <= 10 THEN 'tier:firmware-verified'
      WHEN n <= 1000 THEN 'group:g' || n || ' tier:tee-authenticated'
      WHEN n <= 2000 THEN 'group:g' || n
      WHEN n <= 20000 THEN 'label:l=' || n || ' vendor:acme'
      ELSE 'did:' || encode(pg_temp.did(n), 'hex') END,
      CASE WHEN n % 2 = 0 THEN 'stable' ELSE 'beta' END
    FROM generate_series(1, 100000) AS n;
  INSERT INTO removal_decision (spid, taid, target, kind, actor, decided_at,
      changed_in)
    SELECT spid, 'gone', target, 'unassigned', '',
      now() - make_interval(secs => id), 1 FROM desired_ta;
  INSERT INTO removed_mark (did, mark, actor, removed_at, changed_in)
    SELECT pg_temp.did(n), 'group:old', '', now() - make_interval(secs => n), 1
    FROM generate_series(1, 100000) AS n;
  INSERT INTO former_sp_certificate (spid, fingerprint, actor, changed_in)
    SELECT 'sp' || n, sha256(n::text::bytea), '', 1
    FROM generate_series(1, 100000) AS n;
  INSERT INTO former_content (did, sdname, taid, known_in, removed_at)
    SELECT pg_temp.did(n), 'old.sd', '', 0, now() - make_interval(secs => n)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO device_loss (did, at)
    SELECT pg_temp.did(n), now() - make_interval(secs => n)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO rollout_group (name)
    SELECT 'g' || n FROM generate_series(0, 999) AS n;
  INSERT INTO rollout_group_member (name, did)
    SELECT 'g' || n % 1000, pg_temp.did(n) FROM generate_series(1, 100000) AS n;
  INSERT INTO device (did, dialect, key_type, tee_name, tee_version,
      tee_certificate, tee_spki, verdict, attested_at, first_seen, last_seen)
    SELECT pg_temp.did(n), 'ietf03', 'RSA', 'tee', '1', 'cert', 'spki',
      'accepted', now(), now(), now()
    FROM generate_series(1, 100000) AS n;
  INSERT INTO device_label (did, key, value)
    SELECT did, key, encode(did, 'hex')
    FROM device CROSS JOIN (VALUES ('l'), ('site')) AS label (key);
  INSERT INTO tee_state (did, dsi, dsihash, fresh, updated_at)
    SELECT did, '{}', did, true, now() FROM device;
  INSERT INTO pulled_ta (did, release_id, dialect, aik_sha256, encrypted_ta,
      expires_at)
    SELECT device.did, release.id, 'ietf03', sha256(device.did), '{}',
      now() - make_interval(secs => release.id)
    FROM device JOIN release
      ON release.spid = 'sp' || ('x' || right(encode(device.did, 'hex'),
                                              8))::bit(32)::int;
  INSERT INTO usage_event (at, kind, spid, authority, generation, tee_vendor,
      tsm_id, item, quantity, price_minor, currency)
    SELECT now() - make_interval(mins => n), 'ta-install', 'sp' || n % 1000, '',
      0, 'acme', 'https://tsm', 'ta', 1, 5, 'EUR'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO price (kind, party, amount_minor, currency, set_by)
    SELECT 'ta-install', 'sp' || n, 1, 'EUR', 'a'
    FROM generate_series(1, 100000) AS n;
  INSERT INTO pull_attempt (spid, taid, version, did, at, outcome, error,
      took_ms)
    SELECT 'sp' || n % 1000, 'ta', '1.0', pg_temp.did(n),
      now() - make_interval(secs => n), 'ok', '', 1
    FROM generate_series(1, 100000) AS n;
  INSERT INTO personalization (did, spid, taid, sealed)
    SELECT did, 'sp1', 'ta', 'sealed' FROM device;
  INSERT INTO security_domain (did, sdname, spid)
    SELECT did, 'sd', 'sp1' FROM device;
  INSERT INTO installed_ta (did, sdname, taid)
    SELECT did, 'sd', 'ta' FROM device;
  INSERT INTO task (did, action, state, attempts, last_error, updated_at)
    SELECT did, 'InstallTA', 'waiting', 1, 'error', now() FROM device;
  INSERT INTO session (tid, state, dialect, version, expected_rid, memory, dids,
      current_did, opened_at, last_message_at, expires_at)
    SELECT 'fill ' || n, CASE WHEN n % 100 = 0 THEN 'open' ELSE 'done' END,
      'ietf03', 1, 'rid', '{}', ARRAY[pg_temp.did(n)], pg_temp.did(n),
      now() - make_interval(secs => n), now() - make_interval(secs => n),
      now() - make_interval(secs => n)
    FROM generate_series(1, 100000) AS n;
  INSERT INTO session_message (tid, n, direction, name, rid, status,
      error_code, at, server_us, trace_id)
    SELECT tid, 1, 'to-device', 'name', 'rid', '', '', now(), 1, ''
    FROM session;
  INSERT INTO session_reply (tid, rid, message_sha256, reply, keep_until)
    SELECT tid, 'rid', 'hash', 'reply', expires_at FROM session;
  INSERT INTO outcome (kind, did, spid, taid, version, action, code,
      detail, given_up, at, batch, handed_on_at)
    SELECT 'installed', pg_temp.did(n), 'sp1', 'ta', '1.0', '', '', '', false,
      now() - make_interval(secs => n),
      CASE WHEN n % 10 = 0 THEN md5((n / 1000)::text)::uuid END,
      CASE WHEN n % 10 = 0 THEN now() END
    FROM generate_series(1, 100000) AS n;
)sql";

const auto* const kPlans = testing::PlanCheck::Add(
    {"tsm",
     "services/tsm/storage/migrations",
     kFill,
     {"service_provider",
      "release",
      "application",
      "desired_ta",
      "rollout_group_member",
      "device",
      "device_label",
      "tee_state",
      "security_domain",
      "installed_ta",
      "task",
      "session",
      "session_message",
      "session_reply",
      "outcome",
      "pull_endpoint",
      "pulled_ta",
      "pull_attempt",
      "personalization",
      "revoked_sp_certificate",
      "usage_event",
      "price",
      "removal_decision",
      "removed_mark",
      "former_sp_certificate",
      "former_content",
      "device_loss"},
     {{"count(member.did)",
       "lists groups with their sizes, now and then for an operator"},
      {"SELECT 'version' AS kind",
       "the catalogue: all of it once, at the start of a process; "
       "CatalogueCacheTest looks at how changes are read"}}});

}  // namespace
}  // namespace tsm
}  // namespace otrp
