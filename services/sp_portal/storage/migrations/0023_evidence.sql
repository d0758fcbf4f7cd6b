-- How images were made, and of what.

CREATE TABLE version_evidence (
    spid               text        NOT NULL,
    taid               text        NOT NULL,
    version            text        NOT NULL,
    kind               text        NOT NULL
        CHECK (kind IN ('provenance', 'sbom')),
    blob_id            uuid        NOT NULL REFERENCES blob (id),
    sha256             bytea       NOT NULL CHECK (octet_length(sha256) = 32),
    bytes              bigint      NOT NULL,
    -- The statement's predicateType, or "spdx-2.3".
    format             text        NOT NULL,
    -- Of the certificate that signed it; NULL for what isn't signed.
    signer_fingerprint bytea,
    attached_at        timestamptz NOT NULL,
    PRIMARY KEY (spid, taid, version, kind),
    FOREIGN KEY (spid, taid, version)
        REFERENCES app_version (spid, taid, version)
);
-- The removal of a blob looks for who refers to it.
CREATE INDEX version_evidence_blob ON version_evidence (blob_id);

GRANT SELECT, INSERT ON version_evidence TO {{runtime_role}};
