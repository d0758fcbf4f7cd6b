-- Device counts without reading every device, and what purges and look-ups
-- need. Processes of the version before go on as they were: triggers count,
-- whoever writes.

-- How many devices have each verdict, up to the changes below.
CREATE TABLE device_count (
  verdict text PRIMARY KEY,
  devices bigint NOT NULL
);

-- What isn't in device_count yet: a few rows, taken in every few seconds.
-- Added to without a lock: one row with the count would make all first
-- contacts wait for each other's disk flush.
CREATE TABLE device_count_change (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  verdict text NOT NULL,
  change  bigint NOT NULL
);

CREATE FUNCTION count_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO {{schema}}.device_count_change (verdict, change)
    VALUES (OLD.verdict, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO {{schema}}.device_count_change (verdict, change)
    VALUES (NEW.verdict, 1);
  END IF;
  RETURN NULL;
END $$;

-- The lock of the first trigger lasts to the end, so that what is counted
-- below is all that no trigger saw.
CREATE TRIGGER device_counted AFTER INSERT OR DELETE ON device
  FOR EACH ROW EXECUTE FUNCTION count_device();
CREATE TRIGGER device_recounted AFTER UPDATE OF verdict ON device
  FOR EACH ROW WHEN (OLD.verdict IS DISTINCT FROM NEW.verdict)
  EXECUTE FUNCTION count_device();
INSERT INTO device_count (verdict, devices)
  SELECT verdict, count(*) FROM device GROUP BY verdict;

-- SP certificates are looked up by fingerprint.
CREATE INDEX service_provider_spcert ON service_provider (spcert_fingerprint);
CREATE INDEX release_signer ON release (signer_fingerprint);

CREATE INDEX inbox_age ON inbox (applied_at);

GRANT SELECT, INSERT, UPDATE ON device_count TO {{runtime_role}};
-- UPDATE: to skip what another replica has locked.
GRANT SELECT, INSERT, UPDATE, DELETE ON device_count_change TO {{runtime_role}};
GRANT DELETE ON inbox TO {{runtime_role}};
