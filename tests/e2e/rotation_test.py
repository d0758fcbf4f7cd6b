"""Secrets and certificates are replaced while devices work: the database's
passwords, the session secret, the certificates between the services and the
one that devices see. No process starts anew, and no contact fails."""

import os
import re
import secrets
import shutil
import subprocess
import threading
import time
import unittest
import urllib.request

from deploy.services import SCHEMAS
from deploy.suite.postgres import PostgresError, write_secret
from tests.e2e.world import SERVICES, TA_ID, World

PATIENCE_SECONDS = 40


class Load:
    """Devices that contact the TSM over and over, one of them over HTTPS."""

    def __init__(self, world):
        self._world = world
        self._stop = threading.Event()
        self.contacts = 0
        self.failures = []
        url = world.stack.url
        self._threads = [
            threading.Thread(target=self._work, args=arguments)
            for arguments in (
                ("rsa", url("http", "/otrp")), ("ec", url("http", "/otrp")),
                ("ec", url("https", "/otrp"), "--ca-file", os.path.join(
                    world.stack.tls, "gateway-web", "ca.pem")))]
        for thread in self._threads:
            thread.start()

    def _work(self, alg, url, *flags):
        try:
            while not self._stop.is_set():
                # A new device has the longest session.
                folder, _ = self._world.new_device(alg=alg)
                for _ in range(3):
                    self._world.requests(folder, url, *flags)
                    self.contacts += 1
        except Exception as failure:  # pylint: disable=W0718
            self.failures.append(f"{alg} {url}: {failure}")

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()


class RotationTest(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.stack = self.world.stack

    def until(self, what, happened):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.1)

    def more(self, load, contacts=6):
        wanted = load.contacts + contacts
        self.until("devices stand still: " + "; ".join(load.failures),
                   lambda: load.contacts >= wanted)
        self.assertEqual(load.failures, [])

    def logged(self, service, message):
        with open(self.stack.process(service).log_file,
                  encoding="utf-8") as f:
            return f.read().count(f'"msg":"{message}"')

    def metric(self, port, name):
        with urllib.request.urlopen(
                f"http://127.0.0.1:{self.stack.ports[port]}/metrics",
                timeout=10) as answer:
            found = re.search(rf"^{re.escape(name)} (\S+)$",
                              answer.read().decode(), re.MULTILINE)
        return float(found[1]) if found else None

    def serial(self, port, folder=None):
        """Of the certificate that a port shows."""
        flags = []
        if folder:
            stem = os.path.join(self.stack.tls, folder)
            flags = ["-cert", stem + "/cert.pem", "-key", stem + "/key.pem",
                     "-alpn", "h2"]
        shown = self.world.openssl(
            "s_client", "-connect", f"127.0.0.1:{self.stack.ports[port]}",
            *flags, data=b"").stdout
        return self.world.openssl("x509", "-noout", "-serial",
                                  data=shown).stdout.decode().strip()

    # -- what is replaced ---------------------------------------------------

    def replace_passwords(self):
        postgres = self.stack.postgres
        for schema in SCHEMAS:
            role = f"otrp_{schema}"
            password = secrets.token_hex(24)
            with open(postgres.dsn_file(role), encoding="ascii") as f:
                before = f.read().strip()
            old = re.search(r"password=(\S+)", before)[1]
            # The file may be a moment later than the database: a connection
            # that is refused meanwhile is tried again.
            write_secret(postgres.dsn_file(role),
                         before.replace(old, password))
            postgres.psql(f"ALTER ROLE {role} PASSWORD '{password}'")
            with self.assertRaisesRegex(PostgresError, "authentication"):
                postgres.psql("SELECT 1", role=role)
            write_secret(os.path.join(postgres.secrets, f"password-{role}"),
                         password)
            self.assertEqual(postgres.psql("SELECT 1", role=role), "1\n")

    def end_connections(self, schema):
        """As they end by themselves some day; one at a time, as a statement
        that is cut short is of unknown outcome."""
        role = f"otrp_{schema}"
        ended = 0
        for _ in range(200):
            done = self.stack.postgres.psql(
                "SELECT count(pg_terminate_backend(pid)) FROM "
                f"pg_stat_activity WHERE usename = '{role}' AND state = "
                "'idle' AND backend_start < now() - interval '1 second'")
            ended += int(done)
            if ended and int(done) == 0:
                return
            time.sleep(0.02)

    def replace_session_secret(self):
        path = os.path.join(self.stack.secrets, "session-secret")
        with open(path, "rb") as f:
            old = f.read()
        old = old.strip().decode() if len(old) >= 64 else old.hex()
        new = secrets.token_hex(32)
        times = self.logged("tsm", "session secrets replaced")
        write_secret(path, f"{new}\n{old}")
        self.until("the tsm doesn't see the new secret", lambda: self.logged(
            "tsm", "session secrets replaced") == times + 1)
        return new

    def drop_old_session_secret(self, new):
        path = os.path.join(self.stack.secrets, "session-secret")
        times = self.logged("tsm", "session secrets replaced")
        write_secret(path, new)
        self.until("the tsm doesn't let go", lambda: self.logged(
            "tsm", "session secrets replaced") == times + 1)

    def new_certificates(self):
        """As at the first start, by the same authorities, in another
        folder; then each in its place, key and certificate at once."""
        folder = self.world.path("tls")
        subprocess.run(
            [self.stack.binary("services/ca/ca_bootstrap"),
             "--dsn_file=" + self.stack.postgres.dsn_file("otrp_ca"),
             "--kek_file=" + os.path.join(self.stack.secrets, "kek-ca"),
             "--tls_out=" + folder,
             "--pki_url=" + self.stack.url("http", "").rstrip("/")],
            check=True, capture_output=True)
        for name in os.listdir(folder):
            kept = os.path.join(self.stack.tls, name)
            os.rename(kept, self.world.path("old-" + name))
            shutil.move(os.path.join(folder, name), kept)

    # -----------------------------------------------------------------------

    def test_everything_is_replaced_under_load(self):
        sp = self.world.new_sp()
        self.world.release(sp, "1.0.0")
        sp.assign(TA_ID, "all")
        load = Load(self.world)
        self.addCleanup(load.stop)
        pids = {name: self.stack.process(name).pid() for name in SERVICES}
        self.more(load)

        self.replace_passwords()
        for schema in SCHEMAS:
            self.end_connections(schema)
        self.more(load)

        new = self.replace_session_secret()
        self.more(load, 12)  # Every session of before is over.
        self.drop_old_session_secret(new)
        self.more(load)

        before = {"tsm": self.serial("tsm", "gateway"),
                  "https": self.serial("https")}
        self.assertIn("serial=", before["tsm"])
        expiry = self.metric("gateway_metrics",
                             'otrp_certificate_expiry_timestamp_seconds'
                             '{name="https"}')
        time.sleep(1.1)  # Certificates end at whole seconds.
        self.new_certificates()
        self.until("the tsm shows its old certificate", lambda: self.serial(
            "tsm", "gateway") not in (before["tsm"], ""))
        self.until("https shows its old certificate", lambda: self.serial(
            "https") not in (before["https"], ""))
        self.until("the metric tells of the old one", lambda: self.metric(
            "gateway_metrics", 'otrp_certificate_expiry_timestamp_seconds'
            '{name="https"}') > expiry)
        self.more(load, 9)

        load.stop()
        self.assertEqual(load.failures, [])
        self.assertEqual(pids, {name: self.stack.process(name).pid()
                                for name in SERVICES})
        self.world.must("audit", "verify")
        print(f"{load.contacts} contacts, none failed")

    def test_a_bad_file_changes_nothing(self):
        folder, _ = self.world.new_device()
        path = os.path.join(self.stack.secrets, "session-secret")
        with open(path, "rb") as f:
            good = f.read()
        write_secret(path, "not a key")
        web = os.path.join(self.stack.tls, "gateway-web", "key.pem")
        with open(web, "rb") as f:
            key = f.read()
        write_secret(web, "not a key")
        serial = self.serial("https")
        self.until("nobody complains of the secret", lambda: self.logged(
            "tsm", "periodic task failed"))
        self.until("nobody complains of the key", lambda: (
            self.serial("https"), self.logged(
                "gateway", "changed TLS files can't be used; the old ones "
                "stay"))[1])
        self.world.requests(folder)
        self.assertEqual(self.serial("https"), serial)
        for name, text in ((path, good), (web, key)):
            with open(name, "wb") as f:
                f.write(text)
        self.world.requests(folder)


if __name__ == "__main__":
    unittest.main()
