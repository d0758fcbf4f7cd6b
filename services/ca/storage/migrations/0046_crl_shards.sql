-- CRLs about a part of an authority's certificates, beside the one of all.

-- Into how many parts certificates of a line were ever divided. The one that
-- was chosen last is for new certificates; the others' lists are served on.
CREATE TABLE crl_division (
    line   text    NOT NULL,
    shards integer NOT NULL CHECK (shards BETWEEN 1 AND 256),
    -- authority_version.version as it was chosen.
    chosen bigint  NOT NULL,
    PRIMARY KEY (line, shards)
);

-- Of which part a certificate is, as its distribution point says: "16-3"; '':
-- it names the list of all; '*': nobody knows, so that each part lists it.
ALTER TABLE certificate ADD COLUMN crl_shard text NOT NULL DEFAULT '';
CREATE INDEX certificate_revoked_shard
    ON certificate (authority, crl_shard, greatest(not_after, revoked_at))
    WHERE status = 'revoked' AND crl_shard <> '';

-- As crl.
CREATE TABLE crl_shard (
    authority   text        NOT NULL REFERENCES authority (name),
    shard       text        NOT NULL,
    number      bigint      NOT NULL,
    der         bytea       NOT NULL,
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL,
    revoked     bigint      NOT NULL,
    kept_since  timestamptz NOT NULL,
    PRIMARY KEY (authority, shard)
);
GRANT SELECT, INSERT, UPDATE ON crl_division, crl_shard TO {{runtime_role}};
