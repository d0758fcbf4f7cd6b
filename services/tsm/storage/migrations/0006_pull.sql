-- Versions that the TSM never sees: what a device gets of them comes from the
-- service provider's endpoint. A process of the version before finds no image
-- in such a release, and makes no request of it.

ALTER TABLE release ADD COLUMN pull boolean NOT NULL DEFAULT false;

CREATE TABLE pull_endpoint (
  spid       text NOT NULL,
  taid       text NOT NULL,
  url        text NOT NULL,
  -- Empty: the system's.
  roots_pem  text NOT NULL,
  key_id     text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (spid, taid)
);

-- What endpoints answered, until a session takes it or it expires. Encrypted to
-- the device's key for the service provider: nobody here can read it.
CREATE TABLE pulled_ta (
  did          bytea NOT NULL CHECK (octet_length(did) = 32),
  release_id   bigint NOT NULL REFERENCES release (id),
  dialect      text NOT NULL CHECK (dialect IN ('ietf03', 'pei03')),
  -- SHA-256 of that key's SubjectPublicKeyInfo: another key can't read it.
  aik_sha256   bytea NOT NULL CHECK (octet_length(aik_sha256) = 32),
  -- A JSON object.
  encrypted_ta bytea NOT NULL,
  expires_at   timestamptz NOT NULL,
  PRIMARY KEY (did, release_id)
);
CREATE INDEX pulled_ta_expiry ON pulled_ta (expires_at);
CREATE INDEX pulled_ta_release ON pulled_ta (release_id);
-- What is encrypted can't be compressed.
ALTER TABLE pulled_ta ALTER COLUMN encrypted_ta SET STORAGE EXTERNAL;

-- What came of each request, for the service provider; for some days.
CREATE TABLE pull_attempt (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  spid    text NOT NULL,
  taid    text NOT NULL,
  version text NOT NULL,
  did     bytea NOT NULL CHECK (octet_length(did) = 32),
  at      timestamptz NOT NULL,
  outcome text NOT NULL,
  error   text NOT NULL,
  took_ms bigint NOT NULL
);
CREATE INDEX pull_attempt_of ON pull_attempt (spid, taid, id);
CREATE INDEX pull_attempt_at ON pull_attempt (at);

GRANT SELECT, INSERT, UPDATE, DELETE ON pull_endpoint, pulled_ta, pull_attempt
  TO {{runtime_role}};
