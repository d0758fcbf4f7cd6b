-- Service providers' certificates that count no more, as the portal says. Once
-- there, a row stays. Processes of the version before don't know of it: what
-- such a certificate signed still goes to devices that are served by them.

CREATE TABLE revoked_sp_certificate (
  fingerprint bytea PRIMARY KEY CHECK (octet_length(fingerprint) = 32),
  spid        text NOT NULL,
  revoked_at  timestamptz NOT NULL,
  -- RFC 5280 5.3.1.
  reason      integer NOT NULL,
  told_at     timestamptz NOT NULL DEFAULT now()
);

-- When the portal took it: it was signed by then. Unknown of older ones, which
-- were signed by released_at.
ALTER TABLE release ADD COLUMN pushed_at timestamptz;

-- Of the certificate that signed the answer. What a process of the version
-- before left is asked for once more.
ALTER TABLE pulled_ta ADD COLUMN signer_fingerprint bytea NOT NULL DEFAULT '';

GRANT SELECT, INSERT ON revoked_sp_certificate TO {{runtime_role}};
