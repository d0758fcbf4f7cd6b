"""Physical backups of the cluster, and its return to a point in time.

A base backup and every WAL segment since: what docs/operations.md tells people
to keep. The keys that seal what is in the database (secrets/kek-*) aren't part
of it.
"""

import os
import pwd
import shutil
import time

from deploy.suite.postgres import PostgresError, write_secret

ROLE = "otrp_backup"
# Longer than any archive command or recovery here takes.
PATIENCE_SECONDS = 120


class Backup:
    def __init__(self, postgres, directory):
        self.postgres = postgres
        self.base = os.path.join(directory, "base")
        self.archive = os.path.join(directory, "wal")
        self.directory = directory

    # -- what is done all the time -----------------------------------------

    def start_archiving(self):
        """From now on every finished WAL segment is kept. Restarts the
        cluster, since archive_mode can't change in a running one."""
        for folder in (self.directory, self.archive):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            self._give(folder)
        # Never over a segment that is there; whole or not at all.
        command = (f'test ! -f "{self.archive}/%f" && '
                   f'cp "%p" "{self.archive}/.%f" && '
                   f'sync "{self.archive}/.%f" && '
                   f'mv "{self.archive}/.%f" "{self.archive}/%f"')
        self._sql("ALTER SYSTEM SET archive_mode = on;"
                  "ALTER SYSTEM SET wal_level = replica;"
                  f"ALTER SYSTEM SET archive_command = {quoted(command)};")
        self._sql(f"""DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}')
            THEN CREATE ROLE {ROLE} LOGIN REPLICATION; END IF; END $$;
            ALTER ROLE {ROLE} PASSWORD '{self.postgres.password(ROLE)}';""")
        self.postgres.down()
        self.postgres.up()

    def take_base(self):
        """A base backup of the running cluster, complete by itself."""
        shutil.rmtree(self.base, ignore_errors=True)
        pgpass = os.path.join(self.postgres.secrets, "pgpass-" + ROLE)
        write_secret(pgpass, f"*:*:*:{ROLE}:{self.postgres.password(ROLE)}")
        self._give(pgpass)
        self.postgres.run(
            "pg_basebackup", "-D", self.base, "-X", "fetch", "-c", "fast",
            "-h", self.postgres.socket_dir(), "-U", ROLE, "-w",
            environment={"PGPASSFILE": pgpass})
        self.postgres.run("pg_verifybackup", self.base)

    def now(self):
        """A time to which the cluster can return: the database's own clock,
        after everything that is committed so far."""
        return self._sql("SELECT clock_timestamp()").strip()

    def flush_archive(self):
        """Waits until all that is committed so far is in the archive."""
        segment = self._sql("SELECT pg_walfile_name(pg_current_wal_lsn())")
        self._sql("SELECT pg_switch_wal()")
        wanted = os.path.join(self.archive, segment.strip())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not os.path.exists(wanted):
            if time.monotonic() > deadline:
                failed = self._sql("SELECT last_failed_wal, failed_count "
                                   "FROM pg_stat_archiver").strip()
                raise PostgresError(
                    f"{wanted} was not archived within {PATIENCE_SECONDS} s "
                    f"(failures: {failed}); see {self.postgres.log}")
            time.sleep(0.05)

    # -- what is done once, hopefully never --------------------------------

    def restore(self, until):
        """Puts the cluster back as it was at `until`. The cluster must be
        down; its data folder stays beside the new one, as evidence."""
        if self.postgres.running():
            raise PostgresError("stop the database before restoring it")
        data = self.postgres.data
        damaged = f"{data}.damaged-{int(time.time())}"
        os.rename(data, damaged)
        shutil.copytree(self.base, data, symlinks=True)
        self._give_tree(data)
        os.chmod(data, 0o700)
        restore_command = f'cp "{self.archive}/%f" "%p"'
        with open(os.path.join(data, "postgresql.auto.conf"), "a",
                  encoding="utf-8") as f:
            f.write(f"restore_command = {quoted(restore_command)}\n"
                    f"recovery_target_time = {quoted(until)}\n"
                    "recovery_target_action = 'promote'\n")
        open(os.path.join(data, "recovery.signal"), "wb").close()
        self._give(os.path.join(data, "recovery.signal"))
        self.postgres.start()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._sql("SELECT pg_is_in_recovery()").strip() == "t":
            if time.monotonic() > deadline:
                raise PostgresError("the database is still in recovery after "
                                    f"{PATIENCE_SECONDS} s; see "
                                    f"{self.postgres.log}")
            time.sleep(0.05)
        for name in ("restore_command", "recovery_target_time",
                     "recovery_target_action"):
            self._sql(f"ALTER SYSTEM RESET {name}")
        return damaged

    # -- inside -------------------------------------------------------------

    def _sql(self, sql):
        return self.postgres.psql(sql, database="postgres")

    @staticmethod
    def _give(path):
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(path, user.pw_uid, user.pw_gid)

    def _give_tree(self, path):
        self._give(path)
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                self._give(os.path.join(folder, name))


def quoted(text):
    return "'" + text.replace("'", "''") + "'"
