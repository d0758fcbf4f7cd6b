"""files/database.sql by the real psql: an empty server becomes one on which
migrations and bootstrap work and each role sees its own schema only."""

import os
import shutil
import subprocess
import tempfile
import unittest

from deploy.services import SCHEMAS
from deploy.suite.postgres import Postgres, binaries, write_secret
from tests.helm.chart import CHART, pods, rendered

DATABASE = "trusted"


class EmptyServer(Postgres):
    """The private cluster without the local stack's roles."""

    def _create_roles_and_schemas(self):
        pass


class DatabaseTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.state = tempfile.mkdtemp(prefix="otrp-sql-")
        os.chmod(cls.state, 0o755)
        cls.secrets = os.path.join(cls.state, "secrets")
        for name in ("secrets", "logs"):
            os.mkdir(os.path.join(cls.state, name))
        cls.postgres = EmptyServer(cls.state, cls.secrets)
        cls.postgres.up()

    @classmethod
    def tearDownClass(cls):
        cls.postgres.down()
        shutil.rmtree(cls.state, True)

    def administrators_password(self):
        with open(os.path.join(self.secrets, "password-postgres"),
                  encoding="ascii") as f:
            return f.read().strip()

    def setup_database(self, user="postgres", prefix="pw-", **more):
        """Runs the Job's very command."""
        job = next(spec for one, _, spec in pods(rendered(
            "external-postgres")) if one["metadata"]["name"] ==
            "otrp-database-setup")
        container = job["containers"][0]
        environment = {"PATH": "/usr/bin:/bin"}
        for variable in container["env"]:
            name = variable["name"]
            if name.startswith("OTRP_PASSWORD_"):
                role = name[len("OTRP_PASSWORD_"):].lower()
                environment[name] = f"{prefix}{role}'\"\\ {role}"
        environment.update({
            "PGHOST": self.postgres.socket_dir(), "PGUSER": user,
            "PGDATABASE": "postgres", "OTRP_DATABASE": DATABASE,
            "PGPASSWORD": self.administrators_password(), **more})
        self.assertEqual(container["command"], ["/usr/bin/psql"])
        args = [a.replace("/etc/otrp", os.path.join(CHART, "files"))
                for a in container["args"]]
        return subprocess.run([os.path.join(binaries(), "psql"), *args],
                              env=environment, capture_output=True,
                              text=True, check=False,
                              stdin=subprocess.DEVNULL)

    def sql(self, role, text, prefix="pw-"):
        short = role[len("otrp_"):]
        return subprocess.run(
            [os.path.join(binaries(), "psql"), "-X", "-q", "-A", "-t", "-v",
             "ON_ERROR_STOP=1", "-c", text],
            env={"PATH": "/usr/bin:/bin", "PGUSER": role,
                 "PGHOST": self.postgres.socket_dir(),
                 "PGDATABASE": DATABASE,
                 "PGPASSWORD": f"{prefix}{short}'\"\\ {short}"},
            capture_output=True, text=True, check=False)

    def dsn_file(self, role, prefix="pw-"):
        short = role[len("otrp_"):]
        password = f"{prefix}{short}'\"\\ {short}"
        quoted = password.replace("\\", "\\\\").replace("'", "\\'")
        path = os.path.join(self.secrets, "dsn-" + role)
        write_secret(path, f"host={self.postgres.socket_dir()} user={role} "
                     f"dbname={DATABASE} password='{quoted}'")
        return path

    def test_1_from_an_empty_server_to_a_bootstrap(self):
        done = self.setup_database()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for schema in SCHEMAS:
            migrated = subprocess.run(
                ["libs/store/otrp_migrate", f"--schema={schema}",
                 f"--dir={SCHEMAS[schema].migrations}",
                 "--dsn_file=" + self.dsn_file("otrp_migrate")],
                capture_output=True, text=True, check=False)
            self.assertEqual(migrated.returncode, 0, migrated.stderr)
        write_secret(os.path.join(self.secrets, "kek"), "5" * 64)
        made = subprocess.run(
            ["services/ca/ca_bootstrap",
             "--dsn_file=" + self.dsn_file("otrp_ca"),
             "--kek_file=" + os.path.join(self.secrets, "kek")],
            capture_output=True, text=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertGreater(int(self.sql(
            "otrp_ca", "SELECT count(*) FROM authority").stdout), 5)

    def test_2_again_keeps_everything_and_sets_new_passwords(self):
        done = self.setup_database(prefix="new-")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotEqual(self.sql("otrp_ca", "SELECT 1").returncode, 0)
        self.assertGreater(int(self.sql(
            "otrp_ca", "SELECT count(*) FROM authority", "new-").stdout), 5)
        self.assertEqual(self.setup_database().returncode, 0)

    def test_3_a_service_has_its_own_schema_and_no_ddl(self):
        for mine in SCHEMAS:
            role = f"otrp_{mine}"
            self.assertEqual(self.sql(
                role, "SELECT 1 FROM audit_event LIMIT 1").returncode, 0)
            for text in (f"CREATE TABLE {mine}.x (a int)",
                         "CREATE TABLE public.x (a int)", "CREATE SCHEMA x",
                         "CREATE TEMP TABLE x (a int)", "CREATE ROLE x"):
                self.assertIn("permission denied",
                              self.sql(role, text).stderr, (role, text))
            for other in SCHEMAS:
                if other != mine:
                    self.assertIn("permission denied", self.sql(
                        role, f"SELECT 1 FROM {other}.audit_event").stderr)

    def test_4_an_administrator_who_is_no_superuser(self):
        """As managed servers have them."""
        self.postgres.psql(
            f"DROP DATABASE {DATABASE};", database="postgres")
        for role in [f"otrp_{s}" for s in SCHEMAS] + ["otrp_migrate"]:
            self.postgres.psql(f"DROP ROLE {role}", database="postgres")
        self.postgres.psql("CREATE ROLE boss LOGIN CREATEROLE CREATEDB "
                           "PASSWORD 'boss'", database="postgres")
        done = self.setup_database(user="boss", PGPASSWORD="boss")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.setup_database(
            user="boss", PGPASSWORD="boss").returncode, 0)

    def test_5_a_missing_password_is_an_error(self):
        done = self.setup_database(OTRP_PASSWORD_CA="")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("OTRP_PASSWORD_CA", done.stderr)


if __name__ == "__main__":
    unittest.main()
