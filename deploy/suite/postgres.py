"""A private PostgreSQL 15 cluster inside the state folder.

Reached only through a unix socket, by passwords that are made once; every
service has a role of its own without DDL, migrations have theirs. PostgreSQL
refuses to run as root: then its processes run as the user "postgres".
"""

import glob
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile

from deploy.services import SCHEMAS

DATABASE = "otrp"
# Reads the server's statistics and no table of the suite: for exporters.
MONITOR = "otrp_monitor"


def role_settings(schema):
    """Of a service's role: what its sessions have where a pooler keeps them
    from saying it themselves. The same stand in helm/database.sql.in."""
    return (f"search_path = {schema}", "statement_timeout = '10s'",
            "lock_timeout = '5s'",
            "idle_in_transaction_session_timeout = '15s'", "timezone = 'UTC'",
            "jit = off")


class PostgresError(Exception):
    """Says in one sentence what is wrong with the database."""


def binaries():
    """Folder of initdb and pg_ctl."""
    found = sorted(glob.glob("/usr/lib/postgresql/15/bin/initdb"))
    if not found:
        raise PostgresError(
            "PostgreSQL 15 is missing: apt-get install postgresql-15")
    return os.path.dirname(found[-1])


class Postgres:
    def __init__(self, state_dir, secrets_dir, group=None):
        """group: a numeric group that may use the socket besides."""
        self.data = os.path.join(state_dir, "postgres", "data")
        self.log = os.path.join(state_dir, "logs", "postgres.log")
        self.socket_link = os.path.join(state_dir, "postgres", "socket")
        self.secrets = secrets_dir
        self._as_root = os.geteuid() == 0
        self._group = group

    # -- life ---------------------------------------------------------------

    def up(self):
        """Makes the cluster when there is none and starts it when stopped."""
        os.makedirs(os.path.dirname(self.data), exist_ok=True)
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            self._init()
        if not self.running():
            self.start()
        self._create_roles_and_schemas()

    def start(self):
        """Starts the cluster that is there; up() makes one too."""
        directory = self.socket_dir()
        os.makedirs(directory, mode=0o700, exist_ok=True)
        if os.stat(directory).st_uid not in (os.geteuid(), self._owner()):
            raise PostgresError(
                f"{directory} belongs to another user; remove it first")
        if self._as_root:
            user = pwd.getpwnam("postgres")
            os.chown(directory, user.pw_uid, self._group or user.pw_gid)
        os.chmod(directory, 0o750 if self._group else 0o700)
        access = "-c unix_socket_permissions=0700"
        if self._group:
            access = ("-c unix_socket_permissions=0770 "
                      f"-c unix_socket_group={self._group}")
        self.run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-o",
                 f"-k {directory} -c listen_addresses='' "
                 f"-c max_connections=100 {access}",
                 "start", stdout_to=self.log)

    def running(self):
        if not os.path.exists(os.path.join(self.data, "PG_VERSION")):
            return False
        return self.run("pg_ctl", "-D", self.data, "status",
                        check=False).returncode == 0

    def down(self):
        if self.running():
            self.run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop")

    # -- use ----------------------------------------------------------------

    def socket_dir(self):
        """A short path: a unix socket's may have 107 characters only."""
        name = hashlib.sha256(os.path.realpath(self.data).encode())
        return os.path.join(tempfile.gettempdir(),
                            "otrp-pg-" + name.hexdigest()[:16])

    def dsn_file(self, role):
        return os.path.join(self.secrets, f"dsn-{role}")

    def password_file(self, role):
        return os.path.join(self.secrets, f"password-{role}")

    def psql(self, sql, role="postgres", database=DATABASE):
        """Runs SQL and returns the rows' text, unaligned."""
        done = subprocess.run(
            [os.path.join(binaries(), "psql"), "-X", "-q", "-A", "-t", "-v",
             "ON_ERROR_STOP=1", "-h", self.socket_dir(), "-U", role,
             "-d", database],
            input=sql, capture_output=True, text=True, check=False,
            env={**os.environ, "PGPASSWORD": self.password(role)})
        if done.returncode != 0:
            raise PostgresError(f"SQL failed: {done.stderr.strip()}")
        return done.stdout

    def become_psql(self, args, role):
        """psql for a person, in place of this process."""
        if not os.path.exists(self.password_file(role)):
            raise PostgresError(f"there is no role {role}")
        os.execvpe(
            os.path.join(binaries(), "psql"),
            ["psql", "-X", "-h", self.socket_dir(), "-U", role, "-d",
             DATABASE, *args],
            {**os.environ, "PGPASSWORD": self.password(role)})

    def run(self, program, *args, check=True, pass_fds=(), stdout_to=None,
            environment=None):
        """Runs one of PostgreSQL's programs as the cluster's owner."""
        argv = [os.path.join(binaries(), program), *args]
        if self._as_root:
            # The capability lets "postgres" pass through the folders above
            # the data, which may be closed to it (a clone below /root).
            groups = f"--groups={self._group}" if self._group \
                else "--clear-groups"
            argv = ["setpriv", "--reuid=postgres", "--regid=postgres",
                    groups, "--inh-caps=+dac_read_search",
                    "--ambient-caps=+dac_read_search", "--", *argv]
        environment = {**os.environ, "LC_ALL": "C.UTF-8",
                       **(environment or {})}
        if stdout_to:
            with open(stdout_to, "ab") as out:
                done = subprocess.run(argv, stdout=out, stderr=out, cwd="/",
                                      check=False, stdin=subprocess.DEVNULL,
                                      env=environment)
            message = f"see {stdout_to}"
        else:
            done = subprocess.run(argv, capture_output=True, cwd="/",
                                  check=False, pass_fds=pass_fds,
                                  env=environment)
            message = (done.stderr + done.stdout).decode(errors="replace")
        if check and done.returncode != 0:
            raise PostgresError(f"{program} failed: {message.strip()}")
        return done

    # -- inside -------------------------------------------------------------

    def password(self, role):
        """The role's; made when there is none."""
        path = self.password_file(role)
        if not os.path.exists(path):
            write_secret(path, secrets.token_hex(24))
        with open(path, encoding="ascii") as f:
            return f.read().strip()

    def _init(self):
        shutil.rmtree(self.data, ignore_errors=True)
        os.makedirs(self.data, mode=0o700)
        if self._as_root:
            user = pwd.getpwnam("postgres")
            os.chown(self.data, user.pw_uid, user.pw_gid)
        reader, writer = os.pipe()
        os.write(writer, self.password("postgres").encode() + b"\n")
        os.close(writer)
        try:
            self.run("initdb", "-D", self.data, "-U", "postgres", "-A",
                     "scram-sha-256", f"--pwfile=/dev/fd/{reader}", "-E",
                     "UTF8", "--locale=C.UTF-8", pass_fds=(reader,))
        finally:
            os.close(reader)

    def _owner(self):
        return pwd.getpwnam("postgres").pw_uid if self._as_root \
            else os.geteuid()

    def _create_roles_and_schemas(self):
        roles = ["otrp_migrate", MONITOR,
                 *(f"otrp_{schema}" for schema in SCHEMAS)]
        sql = [
            f"""DO $$ BEGIN
              IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')
              THEN CREATE ROLE {role} LOGIN; END IF; END $$;
            ALTER ROLE {role} PASSWORD '{self.password(role)}';"""
            for role in roles
        ]
        self.psql("\n".join(sql), database="postgres")
        if not self.psql("SELECT 1 FROM pg_database WHERE datname = "
                         f"'{DATABASE}'", database="postgres").strip():
            self.psql(f"CREATE DATABASE {DATABASE} OWNER otrp_migrate",
                      database="postgres")
        grants = [f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;",
                  "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
                  f"GRANT pg_monitor TO {MONITOR};",
                  f"GRANT CONNECT ON DATABASE {DATABASE} TO {MONITOR};"]
        for schema in SCHEMAS:
            grants.append(
                f"CREATE SCHEMA IF NOT EXISTS {schema} "
                "AUTHORIZATION otrp_migrate;"
                f"GRANT CONNECT ON DATABASE {DATABASE} TO otrp_{schema};"
                f"GRANT USAGE ON SCHEMA {schema} TO otrp_{schema};"
                + "".join(f"ALTER ROLE otrp_{schema} SET {setting};"
                          for setting in role_settings(schema)))
        self.psql("\n".join(grants))
        for role in roles:
            write_secret(
                self.dsn_file(role),
                f"host={self.socket_dir()} user={role} dbname={DATABASE} "
                f"password={self.password(role)}")


def write_secret(path, text):
    """Writes a file that only its owner can read, whole or not at all."""
    temporary = path + ".new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                         0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as f:
        f.write(text + "\n")
    os.replace(temporary, path)
