-- Which devices are meant, by what holds of them: labels, the TEE's vendor,
-- what their evidence was worth.

-- Operators' words; also of devices that were never seen.
CREATE TABLE device_label (
  did        bytea NOT NULL CHECK (octet_length(did) = 32),
  key        text NOT NULL,
  value      text NOT NULL,
  PRIMARY KEY (did, key)
);
CREATE INDEX device_label_value ON device_label (key, value, did);

-- Both are known at the next contact.
ALTER TABLE device
  -- Of the trust anchor that the TEE's chain ends at.
  ADD COLUMN tee_vendor text NOT NULL DEFAULT '',
  ADD COLUMN attestation_tier text NOT NULL DEFAULT 'none'
    CHECK (attestation_tier IN
           ('none', 'tee-authenticated', 'firmware-verified'));

-- Targets are several words where several conditions are meant, and found by
-- the first. desired_ta_target is for processes of the version before.
CREATE INDEX desired_ta_first_word
  ON desired_ta (split_part(target, ' ', 1));

GRANT SELECT, INSERT, UPDATE, DELETE ON device_label TO {{runtime_role}};
