-- OCSP responses are signed by signers that the authorities certify for that,
-- once for each certificate and period, and kept.

-- The newest of an authority signs. Its certificate is a row of certificate.
CREATE TABLE ocsp_signer (
    serial     text        PRIMARY KEY REFERENCES certificate (serial),
    authority  text        NOT NULL REFERENCES authority (name),
    not_after  timestamptz NOT NULL,
    -- PKCS#8 under the key-encryption key (AES-256-GCM, bound to authority and
    -- serial).
    sealed_key bytea       NOT NULL
);
CREATE INDEX ocsp_signer_newest ON ocsp_signer (authority, not_after);

-- The last response about a certificate to those who name its issuer by this
-- hash. In the database and not in the memory of each process: a stranger who
-- knows a million serials then buys no signature twice, whatever restarts and
-- however many replicas there are.
CREATE TABLE ocsp_response (
    serial      text        NOT NULL REFERENCES certificate (serial),
    hash        text        NOT NULL
        CHECK (hash IN ('sha1', 'sha256', 'sha384', 'sha512')),
    -- Whose signature it is, and the certificate's status that it tells.
    signer      text        NOT NULL,
    status      text        NOT NULL,
    der         bytea       NOT NULL,
    this_update timestamptz NOT NULL,
    next_update timestamptz NOT NULL,
    PRIMARY KEY (serial, hash)
);
CREATE INDEX ocsp_response_end ON ocsp_response (next_update);

GRANT SELECT, INSERT, DELETE ON ocsp_signer TO {{runtime_role}};
GRANT SELECT, INSERT, UPDATE, DELETE ON ocsp_response TO {{runtime_role}};

-- A list leaves out what had run out, and was revoked, before this.
ALTER TABLE crl ADD COLUMN kept_since timestamptz NOT NULL
    DEFAULT '-infinity';
DROP INDEX certificate_revoked;
CREATE INDEX certificate_revoked
    ON certificate (authority, greatest(not_after, revoked_at))
    WHERE status = 'revoked';
