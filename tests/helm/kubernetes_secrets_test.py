"""ca_bootstrap in a cluster: it makes the Secrets that nobody gave and keeps
the certificates in Secrets, once, through the API server, and renews them."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from deploy.services import SERVICES
from deploy.suite.postgres import Postgres
from tests.helm.api_server import ApiServer

ROOT = os.getcwd()
BOOTSTRAP = os.path.join(ROOT, "services/ca/ca_bootstrap")
MIGRATE = os.path.join(ROOT, "libs/store/otrp_migrate")
FOLDERS = {"gateway-web", "api-web", "operator",
           *(name.replace("_", "-") for name in SERVICES)}


def run(*argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, **more)


def openssl(text, *args):
    done = subprocess.run(["openssl", *args], input=text, text=True,
                          capture_output=True, check=False)
    return done.stdout + done.stderr


class WithApi(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otrp-api-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.api = ApiServer(self.folder)
        self.addCleanup(self.api.close)

    def bootstrap(self, *args, url=None, days=0):
        # Later, by the process's clock.
        later = ["faketime", f"+{days} days"] if days else []
        return run(*later, BOOTSTRAP,
                   f"--kubernetes_api={url or self.api.url}",
                   f"--kubernetes_account={self.api.account}", *args)


class GenerateTest(WithApi):

    def generate(self, *secrets, **more):
        plan = os.path.join(self.folder, "plan.json")
        with open(plan, "w", encoding="utf-8") as f:
            json.dump({"secrets": [{"name": n, "data": d}
                                   for n, d in secrets]}, f)
        return self.bootstrap(f"--kubernetes_generate={plan}",
                              "--kubernetes_labels=a=b,c.d/e=f", **more)

    def test_makes_what_is_missing_once(self):
        plan = [("kek", {"kek": "{random}"}),
                ("db", {"password": "{random}",
                        "dsn": "host=h user=u password={password} x=1"})]
        done = self.generate(*plan)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(self.api.data("kek")["kek"], "^[0-9a-f]{64}$")
        made = self.api.data("db")
        self.assertRegex(made["password"], "^[0-9a-f]{64}$")
        self.assertNotEqual(made["password"], self.api.data("kek")["kek"])
        self.assertEqual(
            made["dsn"], f"host=h user=u password={made['password']} x=1")
        self.assertEqual(self.api.secrets["kek"]["metadata"]["labels"],
                         {"a": "b", "c.d/e": "f"})
        self.assertEqual(self.api.secrets["kek"]["type"], "Opaque")
        self.assertEqual(len(self.api.written()), 2)

        done = self.generate(*plan)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.api.written()), 2)
        self.assertEqual(self.api.data("db"), made)

    def test_adds_a_key_and_keeps_the_others(self):
        self.assertEqual(self.generate(
            ("db", {"password": "{random}"})).returncode, 0)
        password = self.api.data("db")["password"]
        self.assertEqual(self.generate(
            ("db", {"password": "{random}", "dsn": "p={password}"})
        ).returncode, 0)
        self.assertEqual(self.api.data("db"), {
            "password": password, "dsn": f"p={password}"})

    def test_somebody_elses_change_meanwhile_is_not_overwritten(self):
        self.generate(("db", {"password": "{random}"}))

        def touch(name):
            self.api.secrets[name]["metadata"]["resourceVersion"] = "7"
        self.api.before_patch = touch
        done = self.generate(("db", {"password": "{random}", "more": "x"}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("modified", done.stderr)
        self.assertNotIn("more", self.api.data("db"))
        # The Job runs it again.
        self.api.before_patch = lambda name: None
        self.assertEqual(self.generate(
            ("db", {"password": "{random}", "more": "x"})).returncode, 0)
        self.assertEqual(self.api.data("db")["more"], "x")

    def test_a_wrong_token_is_told(self):
        with open(os.path.join(self.api.account, "token"), "w",
                  encoding="ascii") as f:
            f.write("another")
        done = self.generate(("kek", {"kek": "{random}"}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("401", done.stderr)
        self.assertIn("Unauthorized", done.stderr)
        self.assertEqual(self.api.secrets, {})

    def test_another_api_server_gets_no_token(self):
        folder = os.path.join(self.folder, "other")
        os.mkdir(folder)
        other = ApiServer(folder)
        self.addCleanup(other.close)
        done = self.generate(("kek", {"kek": "{random}"}), url=other.url)
        self.assertEqual(done.returncode, 1)
        self.assertIn("TLS", done.stderr)
        self.assertEqual(other.calls, [])

    def test_a_bad_plan_is_told(self):
        done = self.generate(("db", {"dsn": "password={pasword}"}))
        self.assertEqual(done.returncode, 1)
        self.assertIn("pasword", done.stderr)
        self.assertEqual(self.api.written(), [])

    def test_outside_of_a_cluster_it_says_so(self):
        done = run(BOOTSTRAP, "--kubernetes_generate=/dev/null", env={})
        self.assertEqual(done.returncode, 1)
        self.assertIn("--kubernetes_api", done.stderr)


class TlsTest(WithApi):
    """With a real database."""

    @classmethod
    def setUpClass(cls):
        cls.state = tempfile.mkdtemp(prefix="otrp-boot-")
        os.chmod(cls.state, 0o755)
        cls.secrets = os.path.join(cls.state, "secrets")
        for name in ("secrets", "logs"):
            os.mkdir(os.path.join(cls.state, name))
        cls.postgres = Postgres(cls.state, cls.secrets)
        cls.postgres.up()
        done = run(MIGRATE, "--schema=ca",
                   "--dir=services/ca/storage/migrations",
                   "--dsn_file=" + cls.postgres.dsn_file("otrp_migrate"))
        assert done.returncode == 0, done.stderr
        cls.kek = os.path.join(cls.secrets, "kek")
        descriptor = os.open(cls.kek, os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(descriptor, b"5" * 64)
        os.close(descriptor)

    @classmethod
    def tearDownClass(cls):
        cls.postgres.down()
        shutil.rmtree(cls.state, True)

    def keep(self, *more, days=0):
        # An empty folder each time, as a pod has it.
        out = tempfile.mkdtemp(dir=self.folder)
        return self.bootstrap(
            "--dsn_file=" + self.postgres.dsn_file("otrp_ca"),
            f"--kek_file={self.kek}", "--pki_url=http://pki.example",
            f"--tls_out={out}/tls", "--kubernetes_secrets=otrp-tls-",
            "--dns_names=otrp-*,otrp-*.suite.svc",
            "--web_dns_names=otrp-gateway,tsm.example.com",
            "--operator_lifetime=168h", *more, days=days)

    def test_certificates_are_kept_in_secrets(self):
        done = self.keep()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(set(self.api.secrets),
                         {f"otrp-tls-{name}" for name in FOLDERS})
        for name, secret in self.api.secrets.items():
            self.assertEqual(secret["type"], "kubernetes.io/tls")
            data = self.api.data(name)
            self.assertEqual(set(data), {"tls.crt", "tls.key", "ca.crt"})
            # A certificate for its key, below the root beside it.
            self.assertEqual(
                openssl(data["tls.crt"], "x509", "-noout", "-pubkey"),
                openssl(data["tls.key"], "pkey", "-pubout"))
            paths = {}
            for key, text in data.items():
                paths[key] = os.path.join(self.folder, key)
                with open(paths[key], "w", encoding="ascii") as f:
                    f.write(text)
            self.assertIn(": OK", openssl(
                "", "verify", "-CAfile", paths["ca.crt"], "-untrusted",
                paths["tls.crt"], paths["tls.crt"]))
        names = openssl(self.api.data("otrp-tls-attestation-verifier")[
            "tls.crt"], "x509", "-noout", "-ext", "subjectAltName")
        for part in ("URI:otrp://service/attestation_verifier",
                     "DNS:attestation_verifier.otrp.internal",
                     "DNS:otrp-attestation-verifier.suite.svc"):
            self.assertIn(part, names)
        self.assertNotIn("tsm.example.com", names)
        names = openssl(self.api.data("otrp-tls-gateway-web")["tls.crt"],
                        "x509", "-noout", "-ext", "subjectAltName")
        self.assertIn("DNS:tsm.example.com", names)
        self.assertNotIn("URI:", names)

        # Again, from an empty folder: nothing to do.
        before = json.dumps(self.api.secrets)
        self.api.calls.clear()
        done = self.keep()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.api.written(), [])
        self.assertEqual(json.dumps(self.api.secrets), before)

        # One that is lost or damaged is made again, the others stay.
        lost = self.api.secrets.pop("otrp-tls-tsm")
        damaged = self.api.secrets["otrp-tls-ca"]["data"]
        damaged["tls.crt"] = lost["data"]["tls.crt"]
        done = self.keep()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({(c[0], c[1]) for c in self.api.written()},
                         {("POST", "otrp-tls-tsm"), ("PATCH", "otrp-tls-ca")})

        # Other names wanted: all of them but the operator's change.
        self.api.calls.clear()
        done = self.keep("--dns_names=other-*")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({c[1] for c in self.api.written()},
                         {f"otrp-tls-{n}" for n in FOLDERS - {"operator"}})

    def test_certificates_are_renewed_in_the_last_third(self):
        done = self.keep()
        self.assertEqual(done.returncode, 0, done.stderr)
        old = self.api.data("otrp-tls-gateway")["tls.crt"]
        self.api.calls.clear()
        done = self.keep(days=4)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.api.written(), [])
        # That of a person lives for a week, the others for 90 days.
        done = self.keep(days=50)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(c[0], c[1]) for c in self.api.written()],
                         [("PATCH", "otrp-tls-operator")])
        self.api.calls.clear()
        done = self.keep(days=70)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual({(c[0], c[1]) for c in self.api.written()},
                         {("PATCH", f"otrp-tls-{n}") for n in FOLDERS})
        self.assertNotEqual(old, self.api.data("otrp-tls-gateway")["tls.crt"])

    def test_reads_secrets_as_a_pod_has_them_mounted(self):
        """Root's files, readable by the pod's group 65532 only."""
        mounted = os.path.join(self.folder, "mounted")
        os.mkdir(mounted)
        for name, text in (("dsn", "host=/db"), ("kek", "too short")):
            path = os.path.join(mounted, name)
            with open(path, "w", encoding="ascii") as f:
                f.write(text)
            os.chown(path, 0, 65532)
            os.chmod(path, 0o440)

        def start():
            return run("setpriv", "--reuid=65532", "--regid=65532",
                       "--clear-groups", "--", BOOTSTRAP,
                       f"--dsn_file={mounted}/dsn",
                       f"--kek_file={mounted}/kek").stderr
        # Both were read.
        self.assertIn("32 octets", start())
        for mode in (0o444, 0o460, 0o450):
            os.chmod(os.path.join(mounted, "kek"), mode)
            self.assertIn("group or others", start())
        os.chmod(os.path.join(mounted, "kek"), 0o400)
        self.assertIn("Permission denied", start())


if __name__ == "__main__":
    unittest.main()
