-- The attestation verifier's state: what it believes in, its policy, and what
-- it has decided.

-- The CA's trust anchors and CRLs as last pulled, to start from when the CA
-- can't be reached. One row; a copy, never the truth.
CREATE TABLE trust_copy (
    id         integer     PRIMARY KEY CHECK (id = 1),
    -- The CA's version of its list of anchors.
    version    bigint      NOT NULL,
    pulled_at  timestamptz NOT NULL
);

CREATE TABLE trust_anchor (
    -- 'tee' or 'tfw'.
    role            text  NOT NULL CHECK (role IN ('tee', 'tfw')),
    name            text  NOT NULL,
    certificate_der bytea NOT NULL,
    PRIMARY KEY (role, name)
);

CREATE TABLE crl (
    -- Name of the CA's authority.
    authority text  PRIMARY KEY,
    crl_der   bytea NOT NULL
);

-- Every version that was ever set; the newest holds.
CREATE TABLE policy_version (
    version bigint      PRIMARY KEY CHECK (version > 0),
    -- otrp.verifier.v1.Policy as JSON.
    policy  jsonb       NOT NULL,
    set_by  text        NOT NULL,
    set_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE appraisal (
    id             bigserial   PRIMARY KEY,
    at             timestamptz NOT NULL,
    tid            text        NOT NULL,
    -- Empty where no TEE certificate could be read.
    did            bytea       NOT NULL
        CHECK (octet_length(did) IN (0, 32)),
    accepted       boolean     NOT NULL,
    -- [{"code": .., "detail": ..}]
    reasons        jsonb       NOT NULL,
    policy_version bigint      NOT NULL
);
CREATE INDEX appraisal_did ON appraisal (did, id);
CREATE INDEX appraisal_at ON appraisal (at);

GRANT SELECT, INSERT, UPDATE ON trust_copy TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON trust_anchor, crl TO {{runtime_role}};
-- History: added to, never changed. Old appraisals are deleted.
GRANT SELECT, INSERT ON policy_version TO {{runtime_role}};
GRANT SELECT, INSERT, DELETE ON appraisal TO {{runtime_role}};
GRANT USAGE ON SEQUENCE appraisal_id_seq TO {{runtime_role}};
