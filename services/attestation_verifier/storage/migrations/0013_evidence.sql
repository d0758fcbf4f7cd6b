-- Whose tokens are believed, and evidence that can be judged again.

-- Makers, and the schemes that their signatures count for.
CREATE TABLE evidence_anchor (
    name       text        PRIMARY KEY,
    -- With commas between.
    schemes    text        NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL
);
-- Grows with every change; one row, which is also the lock between those who
-- change anchors.
CREATE TABLE evidence_anchor_version (
    version bigint NOT NULL
);
INSERT INTO evidence_anchor_version VALUES (1);

-- What single devices sign their tokens with.
CREATE TABLE evidence_key (
    key_id   bytea       PRIMARY KEY
        CHECK (octet_length(key_id) BETWEEN 1 AND 64),
    anchor   text        NOT NULL REFERENCES evidence_anchor (name),
    spki     bytea       NOT NULL,
    -- SHA-256 of spki.
    did      bytea       NOT NULL CHECK (octet_length(did) = 32),
    added_at timestamptz NOT NULL,
    added_by text        NOT NULL
);
CREATE INDEX evidence_key_anchor ON evidence_key (anchor, key_id);

-- As the policy's keep_evidence_days says.
CREATE TABLE appraisal_evidence (
    appraisal_id bigint      PRIMARY KEY,
    at           timestamptz NOT NULL,
    did          bytea       NOT NULL CHECK (octet_length(did) = 32),
    accepted     boolean     NOT NULL,
    media_type   text        NOT NULL,
    octets       bytea       NOT NULL,
    challenge    bytea       NOT NULL
);
-- Ciphertext and signatures: compressing them is in vain.
ALTER TABLE appraisal_evidence ALTER COLUMN octets SET STORAGE EXTERNAL;
CREATE INDEX appraisal_evidence_at ON appraisal_evidence (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON evidence_anchor TO {{runtime_role}};
GRANT SELECT, UPDATE ON evidence_anchor_version TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON evidence_key TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON appraisal_evidence TO {{runtime_role}};
