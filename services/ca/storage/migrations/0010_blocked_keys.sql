-- Keys that no certificate is issued for any more: those of certificates that
-- were revoked as compromised.

CREATE TABLE blocked_key (
    -- Of the SubjectPublicKeyInfo.
    spki_sha256 bytea PRIMARY KEY CHECK (octet_length(spki_sha256) = 32),
    -- The certificate that told of it first.
    serial      text  NOT NULL REFERENCES certificate (serial)
);
GRANT SELECT, INSERT ON blocked_key TO {{runtime_role}};
