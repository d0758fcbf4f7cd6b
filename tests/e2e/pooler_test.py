"""The suite behind PgBouncer, by sessions and by transactions, and with a
PostgreSQL server for each schema: the main job, and a database that restarts
under it."""

import os
import pwd
import signal
import subprocess
import time
import unittest

from deploy.services import PORTS, SCHEMAS
from deploy.suite.ports import free_ports
from deploy.suite.postgres import DATABASE, Postgres, write_secret
from deploy.suite.stack import Stack
from tests.e2e.world import ROOT, TA_ID, World


class PooledStack(Stack):
    """Its services reach the database through PgBouncer alone."""

    def __init__(self, *args, mode, **more):
        super().__init__(*args, **more)
        self.mode = mode
        self.port, = free_ports(1)
        self.pooler = None
        # Below the socket of the server, whose user it runs as.
        self.folder = self.postgres.socket_dir() + "-pooler"

    def _bootstrap(self):
        self.start_pooler()
        self.runner.once("services/ca/ca_bootstrap", [
            "--dsn_file=" + self.pooled("ca"), f"--db_pooler={self.mode}",
            "--kek_file=" + os.path.join(self.secrets, "kek-ca"),
            "--tls_out=" + self.tls, "--operator_lifetime=2160h",
            "--pki_url=" + self._pki_url()])

    def pooled(self, schema):
        """The file with a connection string through the pooler."""
        path = self.postgres.dsn_file(f"otrp_{schema}") + "-pooled"
        with open(self.postgres.dsn_file(f"otrp_{schema}"),
                  encoding="ascii") as f:
            direct = f.read()
        write_secret(path, direct.replace(
            f"host={self.postgres.socket_dir()}",
            f"host={self.folder} port={self.port}").strip())
        return path

    def _flags(self, name):
        flags = super()._flags(name)
        for schema, service in SCHEMAS.items():
            if service.name == name:
                flags = [flag for flag in flags
                         if not flag.startswith("--dsn_file=")]
                flags += ["--dsn_file=" + self.pooled(schema),
                          f"--db_pooler={self.mode}"]
        return flags

    def start_pooler(self):
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        users = "\n".join(
            f'"otrp_{schema}" "{self.postgres.password(f"otrp_{schema}")}"'
            for schema in SCHEMAS)
        settings = f"""[databases]
{DATABASE} = host={self.postgres.socket_dir()} dbname={DATABASE}
[pgbouncer]
pool_mode = {self.mode}
listen_addr =
listen_port = {self.port}
unix_socket_dir = {self.folder}
auth_type = scram-sha-256
auth_file = {self.folder}/users.txt
logfile = {self.folder}/log
pidfile = {self.folder}/pid
server_login_retry = 1
default_pool_size = {8 if self.mode == "session" else 2}
"""
        for name, text in (("users.txt", users), ("settings.ini", settings)):
            with open(os.path.join(self.folder, name), "w",
                      encoding="ascii") as f:
                f.write(text)
        argv = ["/usr/sbin/pgbouncer",
                os.path.join(self.folder, "settings.ini")]
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            for path in (self.folder, *(os.path.join(self.folder, name)
                                        for name in os.listdir(self.folder))):
                os.chown(path, user.pw_uid, user.pw_gid)
            argv = ["setpriv", "--reuid=postgres", "--regid=postgres",
                    "--clear-groups", "--", *argv]
        self.pooler = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        path = os.path.join(self.folder, f".s.PGSQL.{self.port}")
        deadline = time.monotonic() + 10
        while not os.path.exists(path):
            if self.pooler.poll() is not None or \
                    time.monotonic() > deadline:
                with open(os.path.join(self.folder, "log"),
                          encoding="utf-8") as f:
                    raise AssertionError("PgBouncer: " + f.read())
            time.sleep(0.05)

    def down(self, say=print):
        clean = super().down(say)
        if self.pooler:
            self.pooler.send_signal(signal.SIGTERM)
            self.pooler.wait(20)
            self.pooler = None
        return clean

    def server_connections(self):
        """Of the services, at the server."""
        return int(self.postgres.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE usename LIKE "
            "'otrp_%' AND usename <> 'otrp_migrate'"))


class PooledWorld(World):
    def __init__(self, mode):
        self.mode = mode
        super().__init__()

    def make_stack(self, runner, **more):
        return PooledStack(
            os.path.join(self.folder, "state"), root=ROOT, bin_dir=ROOT,
            ports=dict(zip(PORTS, free_ports(len(PORTS)))), runner=runner,
            mode=self.mode, **more)


class SplitStack(Stack):
    """A server for each schema."""

    def __init__(self, *args, **more):
        super().__init__(*args, **more)
        self.servers = {}
        for schema in SCHEMAS:
            state = os.path.join(self.state, schema)
            folder = os.path.join(state, "secrets")
            os.makedirs(folder, mode=0o700)
            os.makedirs(os.path.join(state, "logs"))
            self.servers[schema] = Postgres(state, folder)

    def _migrate(self):
        for schema, service in SCHEMAS.items():
            server = self.servers[schema]
            server.up()
            self.runner.once("libs/store/otrp_migrate", [
                f"--schema={schema}",
                "--dir=" + self.runner.migrations(service.migrations),
                "--dsn_file=" + server.dsn_file("otrp_migrate")])
            # Where the services look for it.
            with open(server.dsn_file(f"otrp_{schema}"),
                      encoding="ascii") as f:
                write_secret(self.postgres.dsn_file(f"otrp_{schema}"),
                             f.read().strip())

    def down(self, say=print):
        clean = super().down(say)
        for server in self.servers.values():
            server.down()
        return clean


class SplitWorld(World):
    def make_stack(self, runner, **more):
        return SplitStack(
            os.path.join(self.folder, "state"), root=ROOT, bin_dir=ROOT,
            ports=dict(zip(PORTS, free_ports(len(PORTS)))), runner=runner,
            **more)


class PoolerTest(unittest.TestCase):

    def main_job(self, world):
        """From a new SP to a new version on a new device."""
        sp = world.new_sp()
        folder, did = world.new_device()
        world.release(sp, "1.0.0")
        sp.assign(TA_ID, did)
        self.assertEqual(world.requests(folder), [
            "GetDeviceStateRequest", "CreateSDRequest", "InstallTARequest"])
        self.restart(world)
        world.release(sp, "1.1.0")
        self.assertEqual(world.requests(folder), [
            "GetDeviceStateRequest", "UpdateTARequest"])
        self.assertEqual(world.held(folder), ["1.1.0"])
        # What a pooler lost with the server it loses client by client.
        deadline = time.monotonic() + 30
        while world.ctl("audit", "verify").code != 0:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)

    def restart(self, world):
        """The server, under services that run."""
        servers = getattr(world.stack, "servers", {
            "all": world.stack.postgres}).values()
        for server in servers:
            server.down()
            server.start()
        deadline = time.monotonic() + 60
        while not all(world.stack.ready(service.name)
                      for service in SCHEMAS.values()):
            self.assertLess(time.monotonic(), deadline, "they aren't ready")
            time.sleep(0.2)

    def test_the_main_job_by_sessions_of_pgbouncer(self):
        world = PooledWorld("session")
        self.addCleanup(world.close)
        self.main_job(world)

    def test_the_main_job_by_transactions_of_pgbouncer(self):
        world = PooledWorld("transaction")
        self.addCleanup(world.close)
        self.main_job(world)
        # Two for each role, however many the services have of the pooler.
        self.assertLessEqual(world.stack.server_connections(),
                             2 * len(SCHEMAS))

    def test_the_main_job_with_a_server_for_each_schema(self):
        world = SplitWorld()
        self.addCleanup(world.close)
        self.main_job(world)
        for schema, server in world.stack.servers.items():
            self.assertEqual(server.psql(
                "SELECT string_agg(DISTINCT schemaname, ',') FROM pg_tables "
                "WHERE schemaname NOT LIKE 'pg_%' AND "
                "schemaname <> 'information_schema'").strip(), schema)


if __name__ == "__main__":
    unittest.main()
