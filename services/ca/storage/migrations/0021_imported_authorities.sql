-- Authorities that others' roots certify.

-- What stands above one that another's authority certified, as PEM, its issuer
-- first; empty where one of ours did.
ALTER TABLE authority ADD COLUMN above text NOT NULL DEFAULT '';

-- A key whose certificate another's root is asked for. One of a line.
CREATE TABLE authority_request (
    line       text        PRIMARY KEY,
    -- The generation that it shall become.
    name       text        NOT NULL,
    -- As authority.sealed_key of that name.
    sealed_key bytea       NOT NULL,
    csr        bytea       NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, DELETE ON authority_request TO {{runtime_role}};
