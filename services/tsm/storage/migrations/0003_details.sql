-- What a code or a state alone doesn't tell. Processes of the version before
-- leave it empty and don't read it.

-- What the TEE said beside its error code, or what of its answer couldn't be
-- read.
ALTER TABLE task ADD COLUMN detail text NOT NULL DEFAULT '';
ALTER TABLE session_message ADD COLUMN detail text NOT NULL DEFAULT '';

-- The exact word for how a session ended, where `state` has only a wider one,
-- which every version knows: 'superseded' is 'expired' there.
ALTER TABLE session ADD COLUMN ended text NOT NULL DEFAULT ''
    CHECK (ended IN ('', 'superseded'));
