-- An authority is a line of generations, of which one issues.

ALTER TABLE authority
    -- The authority's name; NULL: its own, which an older version wrote.
    ADD COLUMN line       text,
    ADD COLUMN generation integer NOT NULL DEFAULT 1 CHECK (generation > 0),
    ADD COLUMN state      text    NOT NULL DEFAULT 'active'
        CHECK (state IN ('next', 'active', 'retiring', 'retired', 'revoked')),
    -- It was a trust anchor until it was revoked: its successor shall be one.
    ADD COLUMN was_anchor boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT authority_key_type_check,
    ADD CONSTRAINT authority_key_type_check
        CHECK (key_type IN ('RSA', 'EC', 'EC on P-384'));
CREATE UNIQUE INDEX authority_generation
    ON authority (coalesce(line, name), generation);
CREATE UNIQUE INDEX authority_active ON authority (coalesce(line, name))
    WHERE state = 'active';
CREATE UNIQUE INDEX authority_next ON authority (coalesce(line, name))
    WHERE state = 'next';

-- A root's key, certified by another generation of the root: who knows only
-- that one follows what the key has signed.
CREATE TABLE authority_cross (
    authority   text  NOT NULL REFERENCES authority (name),
    issuer      text  NOT NULL REFERENCES authority (name),
    -- A row of certificate.
    serial      text  NOT NULL,
    certificate bytea NOT NULL,
    PRIMARY KEY (authority, issuer)
);

-- Grows with every change of the two: replicas ask for it every few seconds.
CREATE TABLE authority_version (
    version bigint NOT NULL
);
INSERT INTO authority_version VALUES (1);

-- What of an authority still lives.
CREATE INDEX certificate_live ON certificate (authority, not_after)
    INCLUDE (profile)
    WHERE status = 'issued';

-- A retired one's key is removed.
GRANT UPDATE (state, sealed_key, was_anchor) ON authority TO {{runtime_role}};
GRANT SELECT, INSERT ON authority_cross TO {{runtime_role}};
GRANT SELECT, UPDATE ON authority_version TO {{runtime_role}};
