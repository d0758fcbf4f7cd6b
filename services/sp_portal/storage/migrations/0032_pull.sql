-- Versions whose images are asked for at the service provider's endpoint.

-- Without an image: image_sha256 is empty, image_bytes 0.
ALTER TABLE app_version ADD COLUMN pull boolean NOT NULL DEFAULT false;

CREATE TABLE pull_endpoint (
    spid       text        NOT NULL REFERENCES sp (spid),
    -- There may be no version of it yet.
    taid       text        NOT NULL,
    url        text        NOT NULL,
    -- Roots of its certificate; empty: the system's.
    roots_pem  text        NOT NULL,
    key_id     text        NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (spid, taid)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON pull_endpoint TO {{runtime_role}};
