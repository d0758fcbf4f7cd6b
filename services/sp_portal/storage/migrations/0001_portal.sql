-- Service providers, their certificates, trusted applications, assignments.

CREATE TABLE sp (
    spid       text        PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE sp_certificate (
    spid        text        NOT NULL REFERENCES sp (spid),
    -- SHA-256 over the DER.
    fingerprint bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    serial      text        NOT NULL,
    der         bytea       NOT NULL,
    -- DER of the issuers, the leaf's issuer first, root last.
    issuers     bytea[]     NOT NULL,
    not_after   timestamptz NOT NULL,
    enrolled_at timestamptz NOT NULL,
    is_current  boolean     NOT NULL,
    PRIMARY KEY (spid, fingerprint),
    -- A certificate is one SP's.
    UNIQUE (fingerprint)
);
-- New security domains get exactly one.
CREATE UNIQUE INDEX sp_certificate_current ON sp_certificate (spid)
    WHERE is_current;

CREATE TABLE app (
    spid             text    NOT NULL REFERENCES sp (spid),
    taid             text    NOT NULL,
    -- NULL while nothing is released.
    released_version text,
    -- Versions only go up, also across a withdrawal.
    highest_released bigint[],
    withdrawn        boolean NOT NULL DEFAULT false,
    PRIMARY KEY (spid, taid)
);

-- Never changed once there.
CREATE TABLE app_version (
    spid               text        NOT NULL,
    taid               text        NOT NULL,
    version            text        NOT NULL,
    -- The version's numbers, padded with zeros: orders "1.10" after "1.9".
    sort_key           bigint[]    NOT NULL,
    format             text        NOT NULL CHECK (format IN ('jws', 'optee')),
    image_sha256       bytea       NOT NULL,
    image_bytes        bigint      NOT NULL,
    pdata_sha256       bytea       NOT NULL,
    signer_fingerprint bytea       NOT NULL,
    pushed_at          timestamptz NOT NULL,
    PRIMARY KEY (spid, taid, version),
    UNIQUE (spid, taid, sort_key),
    FOREIGN KEY (spid, taid) REFERENCES app (spid, taid),
    FOREIGN KEY (spid, signer_fingerprint)
        REFERENCES sp_certificate (spid, fingerprint)
);

-- Apart from app_version, so that lists never touch the large values.
CREATE TABLE app_image (
    spid                 text  NOT NULL,
    taid                 text  NOT NULL,
    version              text  NOT NULL,
    image                bytea NOT NULL,
    personalization_data bytea NOT NULL,
    PRIMARY KEY (spid, taid, version),
    FOREIGN KEY (spid, taid, version)
        REFERENCES app_version (spid, taid, version)
);
-- Signed images are compressed or encrypted as a rule.
ALTER TABLE app_image ALTER COLUMN image SET STORAGE EXTERNAL;

CREATE TABLE assignment (
    id          bigserial   PRIMARY KEY,
    spid        text        NOT NULL,
    taid        text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('all', 'did', 'group')),
    -- Empty for 'all', lower-case hex for 'did', a name for 'group'.
    target      text        NOT NULL,
    assigned_at timestamptz NOT NULL,
    UNIQUE (spid, taid, kind, target),
    FOREIGN KEY (spid, taid) REFERENCES app (spid, taid)
);

GRANT SELECT, INSERT ON sp, app_version, app_image TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE ON sp_certificate, app TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON assignment TO {{runtime_role}};
GRANT UPDATE (name) ON sp TO {{runtime_role}};
GRANT USAGE ON SEQUENCE assignment_id_seq TO {{runtime_role}};
