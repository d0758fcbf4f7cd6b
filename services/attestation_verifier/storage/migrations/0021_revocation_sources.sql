-- Where third parties' CRLs and OCSP responses are fetched from. What was
-- fetched stands in revocation_data, under "source:<name>" or, of a responder,
-- "source:<name>:<certificate>": names that no operator can give.
CREATE TABLE revocation_source (
    name              text        PRIMARY KEY,
    role              text        NOT NULL CHECK (role IN ('tee', 'tfw')),
    -- Name of the trust anchor.
    anchor            text        NOT NULL,
    kind              text        NOT NULL CHECK (kind IN ('crl', 'ocsp')),
    url               text        NOT NULL,
    -- Of the authority that signs; the anchor's own certificate where none was
    -- given.
    issuer_der        bytea       NOT NULL,
    allow_stale_hours integer     NOT NULL,
    -- How reading does.
    tried_at          timestamptz,
    fetched_at        timestamptz,
    -- Until when what was had is current.
    current_until     timestamptz,
    error             text        NOT NULL DEFAULT '',
    -- Of the last answer.
    etag              text        NOT NULL DEFAULT ''
);

GRANT SELECT, INSERT, UPDATE, DELETE ON revocation_source TO {{runtime_role}};
