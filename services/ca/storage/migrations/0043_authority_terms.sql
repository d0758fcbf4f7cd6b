-- Authorities that compete: by which terms each issues. A line without a row
-- has none.

CREATE TABLE authority_terms (
    -- The authority's name, for all of its generations.
    line                text    PRIMARY KEY,
    -- Dotted OIDs of certificate policies, one a line; and where the practice
    -- statement stands.
    policy_oids         text    NOT NULL,
    cps_uri             text    NOT NULL,
    -- Identity of whose it is; empty: anybody's.
    owner               text    NOT NULL,
    -- Who doesn't name it gets no certificate of it.
    is_named            boolean NOT NULL,
    -- Its certificate's name constraints, one a line.
    permitted_uri_hosts text    NOT NULL,
    permitted_dns       text    NOT NULL
);
GRANT SELECT, INSERT, UPDATE (policy_oids, cps_uri) ON authority_terms
    TO {{runtime_role}};

-- Of a request that another person approves: the authority that it names.
ALTER TABLE issuance_request ADD COLUMN authority text NOT NULL DEFAULT '';
