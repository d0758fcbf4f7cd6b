"""Services that start before what they need: each waits, says so on /readyz,
ends on a stop signal, and serves once it is there, without a restart."""

import os
import signal
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from tests.e2e.world import World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def answer(url):
    """(status, text); (0, why) while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def wait_for(check, seconds=30):
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            raise AssertionError("it took too long")
        time.sleep(0.1)


class StartTest(unittest.TestCase):

    def setUp(self):
        stack = WORLD.stack
        running = stack.process("ca")
        if running.pid() is None:
            stack.start_service("ca")
        with open(f"/proc/{running.pid()}/cmdline", "rb") as f:
            command = f.read().decode().split("\0")[:-1]
        self.command = [word for word in command
                        if not word.startswith("--dsn_file=")]
        running.stop()

    def write_dsn(self, dsn):
        path = WORLD.write("dsn-ca", dsn)
        os.chmod(path, 0o600)
        return path

    def start_ca(self, dsn):
        """The ca with another connection string, in place of the stack's;
        (process, URL of its metrics port)."""
        with open(WORLD.path("ca.log"), "ab") as log:
            process = subprocess.Popen(
                [*self.command, "--dsn_file=" + self.write_dsn(dsn)],
                stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, WORLD.stack.metrics_url("ca", "")

    def test_the_ca_waits_for_a_database_that_comes_later(self):
        process, metrics = self.start_ca(
            b"host=/nonexistent user=otrp_ca dbname=otrp password=x")
        wait_for(lambda: answer(metrics + "/livez")[0] == 200)
        status, text = answer(metrics + "/readyz")
        self.assertEqual(status, 503)
        self.assertIn("database", text)
        self.assertIsNone(process.poll())
        with open(os.path.join(WORLD.stack.secrets, "dsn-otrp_ca"), "rb") as f:
            self.write_dsn(f.read())
        wait_for(lambda: answer(metrics + "/readyz")[0] == 200)
        self.assertTrue(WORLD.must("ca", "list")["authorities"])
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 0)

    def test_a_ca_that_waits_ends_when_it_is_told_to(self):
        process, metrics = self.start_ca(
            b"host=/nonexistent user=otrp_ca dbname=otrp password=x")
        wait_for(lambda: answer(metrics + "/livez")[0] == 200)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(15), 0)


if __name__ == "__main__":
    unittest.main()
