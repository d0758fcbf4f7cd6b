-- What single devices get with a TA instead of the release's data. Processes of
-- the version before don't know of it: a device that gets a TA from one of them
-- meanwhile gets the release's data.

CREATE TABLE personalization (
  did    bytea NOT NULL CHECK (octet_length(did) = 32),
  spid   text NOT NULL,
  taid   text NOT NULL,
  -- By the key-encryption key, for these three.
  sealed bytea NOT NULL,
  PRIMARY KEY (did, spid, taid)
);
ALTER TABLE personalization ALTER COLUMN sealed SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON personalization TO {{runtime_role}};
