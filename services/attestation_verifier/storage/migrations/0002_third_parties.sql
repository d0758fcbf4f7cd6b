-- What third parties' certificates need.

-- Usages that an anchor is trusted for beside the role's: dotted, with commas
-- between.
ALTER TABLE trust_anchor ADD COLUMN ekus text NOT NULL DEFAULT '';

-- CRLs and OCSP responses that operators brought.
CREATE TABLE revocation_data (
    name     text        PRIMARY KEY,
    kind     text        NOT NULL CHECK (kind IN ('crl', 'ocsp')),
    der      bytea       NOT NULL,
    added_at timestamptz NOT NULL
);
-- Grows with every change of revocation_data; one row, which is also the lock
-- between those who change it.
CREATE TABLE revocation_version (
    version bigint NOT NULL
);
INSERT INTO revocation_version VALUES (1);

GRANT SELECT, INSERT, UPDATE, DELETE ON revocation_data TO {{runtime_role}};
GRANT SELECT, UPDATE ON revocation_version TO {{runtime_role}};
