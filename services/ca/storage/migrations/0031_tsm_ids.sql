-- TSM ids are registered, and not taken by whoever comes first.

ALTER TABLE tsm_id
    ADD COLUMN registered_at timestamptz NOT NULL DEFAULT now(),
    -- An identity, 'bootstrap' or 'migration'; '' for ids of before.
    ADD COLUMN registered_by text        NOT NULL DEFAULT '';
CREATE INDEX tsm_id_uri ON tsm_id (uri COLLATE "C");
CREATE INDEX tsm_id_holder ON tsm_id (holder, uri COLLATE "C");
CREATE INDEX certificate_tsm_id ON certificate (san_uris)
    WHERE profile = 'tsm';

-- TSMs that run go on: each id that a certificate has belongs to the service
-- that asks for certificates of TSMs, unless somebody holds it already.
INSERT INTO tsm_id (uri, holder, registered_by)
    SELECT DISTINCT san_uris, 'otrp://service/tsm', 'migration'
    FROM certificate
    WHERE profile = 'tsm' AND status <> 'revoked' AND not_after > now()
      AND san_uris <> ''
    ON CONFLICT DO NOTHING;

GRANT UPDATE, DELETE ON tsm_id TO {{runtime_role}};
