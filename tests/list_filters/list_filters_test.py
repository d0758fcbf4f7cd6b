"""Every list RPC of a running suite honours every filter of its request:
list_filters.cc asks, this makes rows that differ in what is asked for."""

import http.server
import os
import re
import subprocess
import threading
import time
import unittest

from tests.e2e.world import TA_ID, World

WORLD = None
# The test runs from links into the checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class ListFiltersTest(unittest.TestCase):

    def make_webhooks(self, sp):
        """One whose event was taken, one whose event was given up: neither
        changes any more while filters are looked at."""
        taken = threading.Event()

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                taken.set()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

        def add(port):
            made = WORLD.must("webhook", "create", "--spid", sp.spid, "--url",
                              f"http://127.0.0.1:{port}/")
            name = ["--spid", sp.spid, "--webhook", made["webhook_id"]]
            WORLD.must("webhook", "test", *name)
            return name

        add(server.server_port)
        self.assertTrue(taken.wait(20))
        # Nobody listens at the port of the discard protocol.
        WORLD.must("webhook", "update", *add(9), "--enabled", "false")
        # It may be on its way at this moment.
        time.sleep(3)

    def make_rows(self):
        """Two of everything, and more of some than a page has."""
        group = "pilots"
        for number in range(2):
            sp = WORLD.new_sp()
            WORLD.release(sp, "1.0.0")
            # Large enough to come as an upload.
            sp.push(TA_ID, "0.9", sp.sign(TA_ID, "0.9", bytes(1 << 20)))
            which = ("--spid", sp.spid, "--taid", TA_ID, "--version", "1.0.0")
            WORLD.must("ta", "submit", *which)
            if number == 0:
                WORLD.must("review", "reject", *which, "--reason", "no SBOM")
            folder, did = WORLD.new_device()
            WORLD.must("device", "label", did, f"ring=r{number},site=b")
            WORLD.must("assign", "--spid", sp.spid, "--taid", TA_ID,
                       "--device", did)
            for _ in range(2):
                WORLD.requests(folder)
            if number == 0:
                WORLD.must("group", "add", "--group", group, "--device", did)
                sp.push("another-ta", "1.0.0",
                        WORLD.sign(sp, "1.0.0", "another-ta"))
                sp.release("another-ta", "1.0.0")
                WORLD.must("assign", "--spid", sp.spid, "--taid", "another-ta",
                           "--device", group)
                WORLD.requests(folder)
            WORLD.must("sp", "register", "--spid", f"asks-{number}", "--name",
                       "Asks", "--contact", "by post")
            self.make_webhooks(sp)
        WORLD.must("tsm-id", "add", "https://other.example/otrp", "--holder",
                   "otrp://operator/admin")
        for number in (1, 2):
            WORLD.must("key", "new", "--alg", "ec", "--key",
                       WORLD.path(f"p{number}.key"), "--csr",
                       WORLD.path(f"p{number}.csr"), "--cn", f"p{number}")
            wanted = WORLD.must(
                "issuance", "request", "--profile", "client", "--csr",
                WORLD.path(f"p{number}.csr"), "--san-uri",
                f"otrp://operator/p{number}")
        WORLD.must("issuance", "reject", "--id", wanted["request_id"])
        asked = WORLD.must("registration", "list")
        WORLD.must("sp", "approve", "--id",
                   asked["registrations"][0]["registration_id"])
        # The portal asks the tsm now and then.
        deadline = time.monotonic() + 20
        while len(WORLD.must("rollout", "list")["rollouts"]) < 3:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        # So that the verifier's log has something in it.
        WORLD.must("policy", "set", "--file",
                   WORLD.write("policy.json", b"{}"))

    def test_every_filter_of_every_list(self):
        self.make_rows()
        done = subprocess.run(
            [os.path.abspath("tests/list_filters/list_filters")],
            env=WORLD.stack.ctl_env(), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        # No proto with a list is unknown to it.
        known = set(re.findall(r"^package (\S+)$", done.stdout, re.MULTILINE))
        for folder, _, names in os.walk(os.path.join(ROOT, "protos")):
            for name in (n for n in names if n.endswith(".proto")):
                with open(os.path.join(folder, name),
                          encoding="utf-8") as f:
                    text = f.read()
                package = re.search(r"^package (\S+);", text, re.MULTILINE)
                if re.search(r"rpc List", text):
                    self.assertIn(package[1], known)


if __name__ == "__main__":
    unittest.main()
