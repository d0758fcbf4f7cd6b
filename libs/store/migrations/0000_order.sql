-- The order of messages and of seals without numbers of transactions, which
-- end with the server that gave them and wait for strangers' transactions.
-- audit_event.xid, audit_seal.from_xid, audit_seal.until_xid and outbox.xid
-- stay for seals of format 1 and for processes of the version before.

-- Messages of a lane are delivered in the order of their ids, which is that of
-- their commits: who writes one holds the lane's lock until the end of his
-- transaction.
ALTER TABLE outbox
    ADD COLUMN lane         text COLLATE "C",
    -- CloudEvents' type and datacontenttype.
    ADD COLUMN type         text NOT NULL DEFAULT '',
    ADD COLUMN content_type text NOT NULL DEFAULT '',
    -- Tries that failed because of this message, not because the receiver was
    -- away. `attempts` counts both.
    ADD COLUMN failures     integer NOT NULL DEFAULT 0,
    -- Only the first message of a lane has these.
    ADD COLUMN next_try_at  timestamptz,
    ADD COLUMN parked_at    timestamptz,
    -- An operator gave it up; delivered_at says when.
    ADD COLUMN skipped      boolean NOT NULL DEFAULT false;
UPDATE outbox
SET lane = split_part(key, '/', 1),
    payload = CASE WHEN delivered_at IS NULL THEN payload ELSE '' END;
ALTER TABLE outbox ALTER COLUMN lane SET NOT NULL;

-- For processes of the version before, which know no lanes.
CREATE FUNCTION outbox_lane_of_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.lane := split_part(NEW.key, '/', 1);
    RETURN NEW;
END
$$;
CREATE TRIGGER outbox_lane_of_key BEFORE INSERT ON outbox
    FOR EACH ROW WHEN (NEW.lane IS NULL)
    EXECUTE FUNCTION outbox_lane_of_key();

DROP INDEX outbox_pending;
CREATE INDEX outbox_pending ON outbox (lane, id) WHERE delivered_at IS NULL;
CREATE INDEX outbox_waiting ON outbox (id) WHERE delivered_at IS NULL;

-- Which seal covers an event; NULL: none yet. Seals are numbered without gaps.
ALTER TABLE audit_event ADD COLUMN seal bigint;
CREATE INDEX audit_event_seal ON audit_event (seal, id)
    WHERE seal IS NOT NULL;
CREATE INDEX audit_event_unsealed ON audit_event (id) WHERE seal IS NULL;
GRANT UPDATE (seal) ON audit_event TO {{runtime_role}};

ALTER TABLE audit_seal
    -- 1: covers transactions [from_xid, until_xid); 2: the events that name it.
    ADD COLUMN format integer NOT NULL DEFAULT 1,
    -- A new one begins where the history may have been cut; its first seal says
    -- why, and goes on from the last hash of the epoch before.
    ADD COLUMN epoch  bigint  NOT NULL DEFAULT 1,
    ADD COLUMN reason text    NOT NULL DEFAULT '',
    -- The system identifier and the timeline of the server that it was made on.
    ADD COLUMN server text    NOT NULL DEFAULT '',
    ALTER COLUMN from_xid DROP NOT NULL,
    ALTER COLUMN until_xid DROP NOT NULL,
    ADD CONSTRAINT audit_seal_format CHECK (
        format = 1 AND from_xid IS NOT NULL AND until_xid IS NOT NULL
        OR format = 2 AND from_xid IS NULL AND until_xid IS NULL);
