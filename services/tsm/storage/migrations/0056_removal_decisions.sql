-- Nothing is taken from a device unless somebody has decided so. A decision is
-- a row that the change which it follows from leaves behind, in the same
-- transaction. Triggers write it, whichever version of the TSM makes the
-- change; otrp.actor has who it was.

-- Orders changes: each takes the row and the next number, and the row's lock
-- until its end, so that whoever reads a number sees all that came before it.
CREATE TABLE catalogue (
  only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- Of the latest change of any kind, decisions about single devices included.
  version       bigint NOT NULL,
  -- Of the latest change that isn't about single devices.
  rules_version bigint NOT NULL
);
INSERT INTO catalogue (version, rules_version) VALUES (1, 1);

CREATE FUNCTION next_catalogue_version(rules boolean) RETURNS bigint
LANGUAGE sql AS $$
  UPDATE {{schema}}.catalogue
  SET version = version + 1,
    rules_version = CASE WHEN rules THEN version + 1 ELSE rules_version END
  RETURNING version
$$;

CREATE FUNCTION deciding_actor() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(current_setting('otrp.actor', true), '')
$$;

-- An application that a target isn't to have any more. Stays until it is
-- assigned to that target, or released, again.
CREATE TABLE removal_decision (
  spid       text NOT NULL,
  taid       text NOT NULL,
  -- As desired_ta has it.
  target     text NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('unassigned', 'withdrawn')),
  -- Empty: a process of the version before didn't say.
  actor      text NOT NULL,
  decided_at timestamptz NOT NULL DEFAULT now(),
  -- Of the catalogue: what was planned at a lower one had not seen it.
  changed_in bigint NOT NULL,
  PRIMARY KEY (spid, taid, target, kind)
);
CREATE INDEX removal_decision_first_word
  ON removal_decision (split_part(target, ' ', 1));
CREATE INDEX removal_decision_rule ON removal_decision (changed_in)
  WHERE target NOT LIKE 'did:%';
CREATE INDEX removal_decision_age ON removal_decision (decided_at)
  WHERE target LIKE 'did:%';

CREATE FUNCTION decide_removal(of_spid text, of_taid text, of_target text,
                               of_kind text) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO {{schema}}.removal_decision (spid, taid, target, kind, actor,
    changed_in)
  SELECT of_spid, of_taid, of_target, of_kind, {{schema}}.deciding_actor(),
    {{schema}}.next_catalogue_version(of_target NOT LIKE 'did:%')
  ON CONFLICT (spid, taid, target, kind) DO UPDATE SET actor = EXCLUDED.actor,
    decided_at = EXCLUDED.decided_at, changed_in = EXCLUDED.changed_in
$$;

-- A group or a label that a device had until somebody took it away.
CREATE TABLE removed_mark (
  did        bytea NOT NULL CHECK (octet_length(did) = 32),
  -- 'group:eu', 'label:pilot=yes'.
  mark       text NOT NULL,
  actor      text NOT NULL,
  removed_at timestamptz NOT NULL DEFAULT now(),
  changed_in bigint NOT NULL,
  PRIMARY KEY (did, mark)
);
CREATE INDEX removed_mark_age ON removed_mark (removed_at);

-- A certificate in whose place its SP has put another one.
CREATE TABLE former_sp_certificate (
  spid        text NOT NULL,
  fingerprint bytea NOT NULL,
  actor       text NOT NULL,
  replaced_at timestamptz NOT NULL DEFAULT now(),
  changed_in  bigint NOT NULL,
  PRIMARY KEY (spid, fingerprint)
);
CREATE INDEX former_sp_certificate_change
  ON former_sp_certificate (changed_in);

-- --- What is the same for all devices, by the number of its latest change ----

ALTER TABLE service_provider ADD COLUMN changed_in bigint NOT NULL DEFAULT 1;
ALTER TABLE release ADD COLUMN changed_in bigint NOT NULL DEFAULT 1;
ALTER TABLE application ADD COLUMN changed_in bigint NOT NULL DEFAULT 1;
ALTER TABLE desired_ta ADD COLUMN changed_in bigint NOT NULL DEFAULT 1;
ALTER TABLE revoked_sp_certificate
  ADD COLUMN changed_in bigint NOT NULL DEFAULT 1;
CREATE INDEX service_provider_change ON service_provider (changed_in);
CREATE INDEX release_change ON release (changed_in);
CREATE INDEX application_change ON application (changed_in);
CREATE INDEX desired_ta_change ON desired_ta (changed_in)
  WHERE target NOT LIKE 'did:%';
CREATE INDEX revoked_sp_certificate_change
  ON revoked_sp_certificate (changed_in);

CREATE FUNCTION number_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_in := {{schema}}.next_catalogue_version(true);
  RETURN NEW;
END $$;
CREATE TRIGGER service_provider_numbered
  BEFORE INSERT OR UPDATE ON service_provider
  FOR EACH ROW EXECUTE FUNCTION number_change();
CREATE TRIGGER release_numbered BEFORE INSERT OR UPDATE ON release
  FOR EACH ROW EXECUTE FUNCTION number_change();
CREATE TRIGGER application_numbered BEFORE INSERT OR UPDATE ON application
  FOR EACH ROW EXECUTE FUNCTION number_change();
CREATE TRIGGER revoked_sp_certificate_numbered
  BEFORE INSERT ON revoked_sp_certificate
  FOR EACH ROW EXECUTE FUNCTION number_change();

CREATE FUNCTION note_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changed_in :=
    {{schema}}.next_catalogue_version(NEW.target NOT LIKE 'did:%');
  DELETE FROM {{schema}}.removal_decision
  WHERE spid = NEW.spid AND taid = NEW.taid AND target = NEW.target
    AND kind = 'unassigned';
  RETURN NEW;
END $$;
CREATE TRIGGER assignment_noted BEFORE INSERT OR UPDATE ON desired_ta
  FOR EACH ROW EXECUTE FUNCTION note_assignment();

CREATE FUNCTION note_unassignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM {{schema}}.decide_removal(OLD.spid, OLD.taid, OLD.target,
                                    'unassigned');
  RETURN NULL;
END $$;
CREATE TRIGGER unassignment_noted AFTER DELETE ON desired_ta
  FOR EACH ROW EXECUTE FUNCTION note_unassignment();

CREATE FUNCTION note_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.withdrawn THEN
    PERFORM {{schema}}.decide_removal(NEW.spid, NEW.taid, 'all', 'withdrawn');
  ELSE
    DELETE FROM {{schema}}.removal_decision
    WHERE spid = NEW.spid AND taid = NEW.taid AND kind = 'withdrawn';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER withdrawal_noted AFTER UPDATE OF withdrawn ON application
  FOR EACH ROW WHEN (OLD.withdrawn IS DISTINCT FROM NEW.withdrawn)
  EXECUTE FUNCTION note_withdrawal();

CREATE FUNCTION note_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {{schema}}.former_sp_certificate (spid, fingerprint, actor,
    changed_in)
  VALUES (OLD.spid, OLD.spcert_fingerprint, {{schema}}.deciding_actor(),
    NEW.changed_in)
  ON CONFLICT (spid, fingerprint) DO UPDATE SET actor = EXCLUDED.actor,
    replaced_at = EXCLUDED.replaced_at, changed_in = EXCLUDED.changed_in;
  RETURN NULL;
END $$;
CREATE TRIGGER certificate_noted
  AFTER UPDATE OF spcert_fingerprint ON service_provider
  FOR EACH ROW
  WHEN (OLD.spcert_fingerprint IS DISTINCT FROM NEW.spcert_fingerprint)
  EXECUTE FUNCTION note_certificate();

-- --- What is about single devices --------------------------------------------

-- A statement at a time: a batch has thousands of members.
CREATE FUNCTION note_left_groups() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM gone) THEN RETURN NULL; END IF;
  number := {{schema}}.next_catalogue_version(false);
  INSERT INTO {{schema}}.removed_mark (did, mark, actor, changed_in)
  SELECT did, 'group:' || name, {{schema}}.deciding_actor(), number FROM gone
  ON CONFLICT (did, mark) DO UPDATE SET actor = EXCLUDED.actor,
    removed_at = EXCLUDED.removed_at, changed_in = EXCLUDED.changed_in;
  RETURN NULL;
END $$;
CREATE TRIGGER left_groups_noted AFTER DELETE ON rollout_group_member
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION note_left_groups();

CREATE FUNCTION note_joined_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {{schema}}.removed_mark USING come
  WHERE removed_mark.did = come.did
    AND removed_mark.mark = 'group:' || come.name;
  RETURN NULL;
END $$;
CREATE TRIGGER joined_groups_noted AFTER INSERT ON rollout_group_member
  REFERENCING NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION note_joined_groups();

CREATE FUNCTION note_lost_labels() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number bigint;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM gone) THEN RETURN NULL; END IF;
  number := {{schema}}.next_catalogue_version(false);
  INSERT INTO {{schema}}.removed_mark (did, mark, actor, changed_in)
  SELECT did, 'label:' || key || '=' || value, {{schema}}.deciding_actor(),
    number FROM gone
  ON CONFLICT (did, mark) DO UPDATE SET actor = EXCLUDED.actor,
    removed_at = EXCLUDED.removed_at, changed_in = EXCLUDED.changed_in;
  RETURN NULL;
END $$;
CREATE FUNCTION note_given_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM {{schema}}.removed_mark USING come
  WHERE removed_mark.did = come.did
    AND removed_mark.mark = 'label:' || come.key || '=' || come.value;
  RETURN NULL;
END $$;
CREATE TRIGGER lost_labels_noted AFTER DELETE ON device_label
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION note_lost_labels();
CREATE TRIGGER given_labels_noted AFTER INSERT ON device_label
  REFERENCING NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION note_given_labels();
-- A value is replaced: by name, the second after the first.
CREATE TRIGGER replaced_labels_noted_1 AFTER UPDATE ON device_label
  REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION note_lost_labels();
CREATE TRIGGER replaced_labels_noted_2 AFTER UPDATE ON device_label
  REFERENCING NEW TABLE AS come
  FOR EACH STATEMENT EXECUTE FUNCTION note_given_labels();

-- --- What devices have -------------------------------------------------------

-- The catalogue's version that the request which put it there was planned with;
-- of what was there before us, the one at which we saw it first. A decision of
-- a higher one is about it. 0: any decision is.
ALTER TABLE installed_ta ADD COLUMN known_in bigint NOT NULL DEFAULT 0;
ALTER TABLE security_domain ADD COLUMN known_in bigint NOT NULL DEFAULT 0;

-- What a device had and hasn't any more. A TEE that is restored from a backup
-- brings it back: what was decided since is about it.
CREATE TABLE former_content (
  did        bytea NOT NULL CHECK (octet_length(did) = 32),
  sdname     text NOT NULL,
  -- Empty: the domain.
  taid       text NOT NULL,
  known_in   bigint NOT NULL,
  removed_at timestamptz NOT NULL,
  PRIMARY KEY (did, sdname, taid)
);
CREATE INDEX former_content_age ON former_content (removed_at);

-- --- What was decided before -------------------------------------------------

INSERT INTO removal_decision (spid, taid, target, kind, actor, changed_in)
  SELECT spid, taid, 'all', 'withdrawn', '', 1 FROM application
  WHERE withdrawn;
-- As far as it is known: certificates that have signed and aren't current.
INSERT INTO former_sp_certificate (spid, fingerprint, actor, changed_in)
  SELECT DISTINCT release.spid, signer_fingerprint, '', 1
  FROM release JOIN service_provider ON service_provider.spid = release.spid
  WHERE signer_fingerprint <> spcert_fingerprint;

-- --- The brake ---------------------------------------------------------------

CREATE TABLE removal_brake (
  only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- More than this share of the accepted devices, and more than so many ...
  percent        integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
  min_devices    bigint NOT NULL CHECK (min_devices >= 1),
  -- ... pause removals; unset: they aren't.
  paused_at      timestamptz,
  paused_by      text NOT NULL DEFAULT '',
  reason         text NOT NULL DEFAULT '',
  -- Nothing is counted until then.
  released_until timestamptz,
  released_by    text NOT NULL DEFAULT ''
);
INSERT INTO removal_brake (percent, min_devices) VALUES (5, 100);

-- Devices that something was taken from, and when that began: a row each, and
-- no row that all steps would wait for.
CREATE TABLE device_loss (
  did bytea PRIMARY KEY CHECK (octet_length(did) = 32),
  at  timestamptz NOT NULL
);
CREATE INDEX device_loss_at ON device_loss (at);

GRANT SELECT, UPDATE ON catalogue, removal_brake TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON
  removal_decision, removed_mark, former_content, device_loss
  TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE ON former_sp_certificate TO {{runtime_role}};
