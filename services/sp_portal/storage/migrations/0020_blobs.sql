-- Images and personalization data: sealed, in chunks, an image once by its
-- digest. What stands in app_image from before is moved by the service, which
-- has the key that seals; until then it is read there.

-- Octets of a version, or of an upload.
CREATE TABLE blob (
    id         uuid        PRIMARY KEY,
    -- The key of its chunks, sealed by the service's key-encryption key.
    sealed_key bytea       NOT NULL,
    -- NULL while something refers to it; else it may be removed.
    idle_since timestamptz
);
CREATE INDEX blob_idle ON blob (idle_since) WHERE idle_since IS NOT NULL;

CREATE TABLE blob_chunk (
    blob_id uuid   NOT NULL REFERENCES blob (id) ON DELETE CASCADE,
    -- Offset and number of its octets in clear.
    at      bigint NOT NULL CHECK (at >= 0),
    bytes   bigint NOT NULL CHECK (bytes > 0),
    sealed  bytea  NOT NULL,
    PRIMARY KEY (blob_id, at)
);
-- What is sealed can't be compressed.
ALTER TABLE blob_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Which blob has an image's octets. Personalization data has none: whether
-- somebody else has the same is not to be found out.
CREATE TABLE blob_digest (
    sha256  bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    blob_id uuid  NOT NULL UNIQUE REFERENCES blob (id) ON DELETE CASCADE
);

-- A text sealed by the key-encryption key: another key doesn't open it.
CREATE TABLE blob_kek (
    one    boolean PRIMARY KEY CHECK (one),
    sealed bytea   NOT NULL
);

-- image_blob is NULL while the octets are in app_image, pdata_blob also where
-- there is no personalization data.
ALTER TABLE app_version
    ADD COLUMN image_blob uuid REFERENCES blob (id),
    ADD COLUMN pdata_blob uuid REFERENCES blob (id);
-- The removal of a blob looks for who refers to it.
CREATE INDEX app_version_image_blob ON app_version (image_blob);
CREATE INDEX app_version_pdata_blob ON app_version (pdata_blob);

GRANT SELECT, INSERT, UPDATE (idle_since), DELETE ON blob TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON blob_chunk TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON blob_digest TO {{runtime_role}};
GRANT SELECT, INSERT ON blob_kek TO {{runtime_role}};
GRANT UPDATE (image_blob, pdata_blob) ON app_version TO {{runtime_role}};
-- FOR UPDATE needs it, too.
GRANT UPDATE, DELETE ON app_image TO {{runtime_role}};
