-- What single devices get with a TA.

CREATE TABLE personalization (
    spid    text        NOT NULL REFERENCES sp (spid),
    taid    text        NOT NULL,
    did     bytea       NOT NULL CHECK (octet_length(did) = 32),
    blob_id uuid        NOT NULL REFERENCES blob (id),
    bytes   bigint      NOT NULL,
    sha256  bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    put_at  timestamptz NOT NULL,
    PRIMARY KEY (spid, taid, did),
    FOREIGN KEY (spid, taid) REFERENCES app (spid, taid)
);
-- The removal of a blob looks for who refers to it.
CREATE INDEX personalization_blob ON personalization (blob_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON personalization TO {{runtime_role}};
