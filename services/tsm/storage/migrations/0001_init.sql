-- The TSM's state. Rows about devices are keyed by did (SHA-256 of the TEE's
-- certificate). What a device has is a cache of what its TEE last proved.

-- The TSM's own keys, sealed under the key-encryption key, with the
-- certificates and OCSP staples that go out with them.
CREATE TABLE identity (
  key_type        text PRIMARY KEY CHECK (key_type IN ('RSA', 'EC')),
  sealed_key      bytea NOT NULL,
  -- PEM, leaf first, root last; empty until the CA has answered once.
  chain_pem       text NOT NULL DEFAULT '',
  not_after       timestamptz,
  -- base64 DER of OCSP responses, one a line: leaf, then CAs below the root.
  staples         text NOT NULL DEFAULT '',
  staples_until   timestamptz,
  updated_at      timestamptz NOT NULL DEFAULT now()
);

-- Copies of what the portal told us ---------------------------------------

CREATE TABLE service_provider (
  spid               text PRIMARY KEY,
  name               text NOT NULL DEFAULT '',
  -- The certificate that new security domains get.
  spcert             bytea NOT NULL,
  spcert_fingerprint bytea NOT NULL,
  updated_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE release (
  id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  spid               text NOT NULL,
  taid               text NOT NULL,
  version            text NOT NULL,
  image              bytea NOT NULL,
  personalization    bytea NOT NULL,
  image_sha256       bytea NOT NULL,
  signer_cert        bytea NOT NULL,
  signer_fingerprint bytea NOT NULL,
  released_at        timestamptz NOT NULL DEFAULT now(),
  UNIQUE (spid, taid, version)
);
-- Images are signed and often compressed: trying to compress them again only
-- costs time.
ALTER TABLE release ALTER COLUMN image SET STORAGE EXTERNAL;
ALTER TABLE release ALTER COLUMN personalization SET STORAGE EXTERNAL;

CREATE TABLE application (
  spid       text NOT NULL,
  taid       text NOT NULL,
  -- The version that assigned devices shall have.
  release_id bigint REFERENCES release (id),
  withdrawn  boolean NOT NULL DEFAULT false,
  PRIMARY KEY (spid, taid)
);

-- Which devices shall have a TA. One row an assignment; exactly one target.
CREATE TABLE desired_ta (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  spid       text NOT NULL,
  taid       text NOT NULL,
  -- 'all', 'did:<hex>' or 'group:<name>'.
  target     text NOT NULL,
  assigned_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (spid, taid, target)
);
CREATE INDEX desired_ta_target ON desired_ta (target);

CREATE TABLE rollout_group (
  name       text PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE rollout_group_member (
  name       text NOT NULL REFERENCES rollout_group (name),
  -- May be a device that was never seen.
  did        bytea NOT NULL CHECK (octet_length(did) = 32),
  added_at   timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, did)
);
CREATE INDEX rollout_group_member_did ON rollout_group_member (did);

-- Devices ------------------------------------------------------------------

CREATE TABLE device (
  did             bytea PRIMARY KEY CHECK (octet_length(did) = 32),
  dialect         text NOT NULL CHECK (dialect IN ('ietf03', 'pei03')),
  key_type        text NOT NULL CHECK (key_type IN ('', 'RSA', 'EC')),
  tee_name        text NOT NULL,
  tee_version     text NOT NULL,
  tee_certificate bytea NOT NULL,
  -- SubjectPublicKeyInfo; empty for a device that was never accepted.
  tee_spki        bytea NOT NULL,
  -- The TEE wants our certificates in every request.
  signer_required boolean NOT NULL DEFAULT false,
  verdict         text NOT NULL CHECK (verdict IN ('accepted', 'refused')),
  -- [{"code": "...", "detail": "..."}]
  reasons         jsonb NOT NULL DEFAULT '[]',
  attested_at     timestamptz NOT NULL,
  first_seen      timestamptz NOT NULL,
  last_seen       timestamptz NOT NULL
);

-- The device state information that a TEE last proved, octet for octet.
CREATE TABLE tee_state (
  did        bytea PRIMARY KEY REFERENCES device (did),
  dsi        bytea NOT NULL,
  dsihash    bytea NOT NULL CHECK (octet_length(dsihash) = 32),
  -- False after a request that changed the TEE without showing its new state.
  fresh      boolean NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE security_domain (
  did        bytea NOT NULL REFERENCES device (did),
  sdname     text NOT NULL,
  spid       text NOT NULL,
  -- Hex SHA-256 of the SP certificates that we put there; the DSI doesn't
  -- tell. Empty where the domain was there before us.
  spcerts    text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (did, sdname)
);

CREATE TABLE installed_ta (
  did        bytea NOT NULL REFERENCES device (did),
  sdname     text NOT NULL,
  taid       text NOT NULL,
  -- Empty where the device had it before us; the DSI doesn't tell.
  version    text NOT NULL DEFAULT '',
  PRIMARY KEY (did, sdname, taid)
);

-- What is tried again later or was given up. No row: nothing ever failed.
CREATE TABLE task (
  did        bytea NOT NULL REFERENCES device (did),
  -- E.g. "InstallTA bank/wallet@1.0.0".
  action     text NOT NULL,
  state      text NOT NULL CHECK (state IN ('waiting', 'given-up')),
  attempts   integer NOT NULL,
  not_before timestamptz,
  last_error text NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (did, action)
);

-- Sessions -----------------------------------------------------------------

CREATE TABLE session (
  tid             text PRIMARY KEY,
  state           text NOT NULL
      CHECK (state IN ('open', 'done', 'refused', 'failed', 'expired')),
  dialect         text NOT NULL CHECK (dialect IN ('ietf03', 'pei03')),
  -- Counts changes; every change names the version that it saw.
  version         bigint NOT NULL,
  -- Of the outstanding request; empty: none is.
  expected_rid    text NOT NULL,
  -- The session machine's memory between two messages, one JSON object.
  memory          text NOT NULL,
  -- Every TEE that took part.
  dids            bytea[] NOT NULL DEFAULT '{}',
  -- The TEE that the outstanding request went to.
  current_did     bytea,
  opened_at       timestamptz NOT NULL,
  last_message_at timestamptz NOT NULL,
  expires_at      timestamptz NOT NULL
);
CREATE INDEX session_recent ON session (opened_at DESC, tid DESC);
CREATE INDEX session_open ON session (expires_at) WHERE state = 'open';
CREATE INDEX session_dids ON session USING gin (dids);

CREATE TABLE session_message (
  tid        text NOT NULL REFERENCES session (tid) ON DELETE CASCADE,
  n          integer NOT NULL,
  direction  text NOT NULL CHECK (direction IN ('to-device', 'from-device')),
  name       text NOT NULL,
  rid        text NOT NULL,
  status     text NOT NULL,
  error_code text NOT NULL,
  at         timestamptz NOT NULL,
  server_us  bigint NOT NULL,
  trace_id   text NOT NULL,
  PRIMARY KEY (tid, n)
);

-- The answer to every consumed message, for the device that asks again.
-- Purged when the session's life is over.
CREATE TABLE session_reply (
  tid            text NOT NULL REFERENCES session (tid) ON DELETE CASCADE,
  rid            text NOT NULL,
  message_sha256 bytea NOT NULL,
  -- Empty: nothing was sent.
  reply          bytea NOT NULL,
  keep_until     timestamptz NOT NULL,
  PRIMARY KEY (tid, rid)
);
CREATE INDEX session_reply_keep ON session_reply (keep_until);
ALTER TABLE session_reply ALTER COLUMN reply SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON
  identity, service_provider, release, application, desired_ta,
  rollout_group, rollout_group_member, device, tee_state, security_domain,
  installed_ta, task, session, session_message, session_reply
  TO {{runtime_role}};
