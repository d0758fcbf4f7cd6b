-- Roles and the database of the OTrP Suite: a role without DDL for each
-- service, and otrp_migrate, which owns the tables. Safe to run again.
--
-- Runs in psql as an administrator who may make roles and databases, connected
-- to any database of the server (PGHOST, PGUSER, PGPASSWORD, PGDATABASE), with
--   OTRP_DATABASE           name of the suite's database
-- and the roles' passwords
--   OTRP_PASSWORD_CA
--   OTRP_PASSWORD_PORTAL
--   OTRP_PASSWORD_TSM
--   OTRP_PASSWORD_VERIFIER
--   OTRP_PASSWORD_MIGRATE
-- in the environment:
--   psql -X -v ON_ERROR_STOP=1 -f database.sql
--
-- Made of helm/database.sql.in by ./otrp docs.
\set ON_ERROR_STOP on
\getenv database OTRP_DATABASE
\getenv password_migrate OTRP_PASSWORD_MIGRATE
\getenv password_ca OTRP_PASSWORD_CA
\getenv password_portal OTRP_PASSWORD_PORTAL
\getenv password_tsm OTRP_PASSWORD_TSM
\getenv password_verifier OTRP_PASSWORD_VERIFIER

-- An empty password would let nobody in, and say so much later.
SELECT format('DO $do$ BEGIN RAISE %L; END $do$', name || ' is empty')
  FROM (VALUES ('OTRP_PASSWORD_MIGRATE', :'password_migrate'),
               ('OTRP_PASSWORD_CA', :'password_ca'),
               ('OTRP_PASSWORD_PORTAL', :'password_portal'),
               ('OTRP_PASSWORD_TSM', :'password_tsm'),
               ('OTRP_PASSWORD_VERIFIER', :'password_verifier'),
               ('OTRP_DATABASE', :'database')) AS given (name, value)
 WHERE value = '' \gexec

-- One at a time: two that make the same role would disturb each other.
SELECT pg_advisory_lock(5198962) \g /dev/null

SELECT format('CREATE ROLE %I LOGIN', role)
  FROM unnest(ARRAY[
           'otrp_ca',
           'otrp_portal',
           'otrp_tsm',
           'otrp_verifier',
           'otrp_migrate']) AS role
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) \gexec

ALTER ROLE otrp_migrate PASSWORD :'password_migrate';
ALTER ROLE otrp_ca PASSWORD :'password_ca';
ALTER ROLE otrp_portal PASSWORD :'password_portal';
ALTER ROLE otrp_tsm PASSWORD :'password_tsm';
ALTER ROLE otrp_verifier PASSWORD :'password_verifier';

-- An administrator who is no superuser must belong to a role to give it a
-- database.
SELECT format('GRANT otrp_migrate TO %I', rolname)
  FROM pg_roles WHERE rolname = current_user AND NOT rolsuper \gexec

SELECT format('CREATE DATABASE %I OWNER otrp_migrate', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec

\connect :"database"
SET client_min_messages = warning;

REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS ca AUTHORIZATION otrp_migrate;
CREATE SCHEMA IF NOT EXISTS portal AUTHORIZATION otrp_migrate;
CREATE SCHEMA IF NOT EXISTS tsm AUTHORIZATION otrp_migrate;
CREATE SCHEMA IF NOT EXISTS verifier AUTHORIZATION otrp_migrate;

GRANT CONNECT ON DATABASE :"database" TO otrp_ca;
GRANT CONNECT ON DATABASE :"database" TO otrp_portal;
GRANT CONNECT ON DATABASE :"database" TO otrp_tsm;
GRANT CONNECT ON DATABASE :"database" TO otrp_verifier;
GRANT USAGE ON SCHEMA ca TO otrp_ca;
GRANT USAGE ON SCHEMA portal TO otrp_portal;
GRANT USAGE ON SCHEMA tsm TO otrp_tsm;
GRANT USAGE ON SCHEMA verifier TO otrp_verifier;
-- What sessions have where a pooler keeps them from saying it themselves.
ALTER ROLE otrp_ca SET search_path = ca;
ALTER ROLE otrp_portal SET search_path = portal;
ALTER ROLE otrp_tsm SET search_path = tsm;
ALTER ROLE otrp_verifier SET search_path = verifier;
ALTER ROLE otrp_ca SET statement_timeout = '10s';
ALTER ROLE otrp_portal SET statement_timeout = '10s';
ALTER ROLE otrp_tsm SET statement_timeout = '10s';
ALTER ROLE otrp_verifier SET statement_timeout = '10s';
ALTER ROLE otrp_ca SET lock_timeout = '5s';
ALTER ROLE otrp_portal SET lock_timeout = '5s';
ALTER ROLE otrp_tsm SET lock_timeout = '5s';
ALTER ROLE otrp_verifier SET lock_timeout = '5s';
ALTER ROLE otrp_ca SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE otrp_portal SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE otrp_tsm SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE otrp_verifier SET idle_in_transaction_session_timeout = '15s';
ALTER ROLE otrp_ca SET timezone = 'UTC';
ALTER ROLE otrp_portal SET timezone = 'UTC';
ALTER ROLE otrp_tsm SET timezone = 'UTC';
ALTER ROLE otrp_verifier SET timezone = 'UTC';
ALTER ROLE otrp_ca SET jit = off;
ALTER ROLE otrp_portal SET jit = off;
ALTER ROLE otrp_tsm SET jit = off;
ALTER ROLE otrp_verifier SET jit = off;
