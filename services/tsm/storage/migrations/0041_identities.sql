-- Several keys of a type, one after the other: 'next' is being certified,
-- 'current' signs, 'retired' ones still read what devices encrypted to them,
-- and sign for sessions that began with them. Processes of the version before
-- find one row of each type, as long as nobody has a key replaced.

ALTER TABLE identity
  DROP CONSTRAINT identity_pkey,
  ADD COLUMN id text,
  ADD COLUMN state text NOT NULL DEFAULT 'current'
    CHECK (state IN ('next', 'current', 'retired')),
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  -- When the first chain with its staples was there.
  ADD COLUMN complete_at timestamptz,
  ADD COLUMN retired_at timestamptz,
  -- What the CA says of a certificate of the chain. For ever.
  ADD COLUMN revoked_at timestamptz,
  -- RFC 5280 5.3.1.
  ADD COLUMN revocation_reason integer;
-- Keys are sealed for their rows: those that there are by their types.
UPDATE identity SET id = key_type;
ALTER TABLE identity ALTER COLUMN id SET NOT NULL, ADD PRIMARY KEY (id);
CREATE UNIQUE INDEX identity_current ON identity (key_type)
  WHERE state = 'current';
CREATE UNIQUE INDEX identity_next ON identity (key_type) WHERE state = 'next';
