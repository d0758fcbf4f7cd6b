-- What versions say about themselves.

-- A serialized otrp.portal.v1.Manifest; empty where there is none.
ALTER TABLE app_version ADD COLUMN manifest bytea NOT NULL DEFAULT '';
