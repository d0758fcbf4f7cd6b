"""The SDKs' onboarding examples, against the running suite: a bank registers
and ships, and a software device has it at the end."""

import os
import queue
import subprocess
import sys
import threading
import unittest

from tests.e2e.world import World
from tests.support import typescript_sdk

sys.path.insert(0, "clients/sdk/python")
from otrp_sdk import Client  # noqa: E402  pylint: disable=C0413

WORLD = None
TYPESCRIPT = None
PYTHON = ("env", "PYTHONPATH=clients/sdk/python", "PYTHONDONTWRITEBYTECODE=1",
          "python3")


def setUpModule():
    global WORLD, TYPESCRIPT
    WORLD = World()
    TYPESCRIPT = typescript_sdk.build(WORLD.path("typescript"))


def tearDownModule():
    WORLD.close()


class SdkTest(unittest.TestCase):

    def environment(self):
        tls = WORLD.stack.tls
        return {**os.environ,
                "OTRP_API": WORLD.stack.url("api", ""),
                "OTRP_CA_FILE": os.path.join(tls, "api-web", "ca.pem"),
                "OTRP_CERT_FILE": os.path.join(tls, "operator", "cert.pem"),
                "OTRP_KEY_FILE": os.path.join(tls, "operator", "key.pem")}

    def onboard(self, spid, *argv):
        """A bank by an example, and a device of its group."""
        folder, did = WORLD.new_device()
        group = spid + "-devices"
        WORLD.must("group", "add", "--group", group, "--device", did)
        keys = WORLD.path(spid)
        os.mkdir(keys, 0o700)
        done = subprocess.run(
            [*argv, spid, group, keys], env=self.environment(),
            capture_output=True, text=True, check=False, timeout=60,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for line in ("members: alice: owner, bob: developer, carol: releaser",
                     "checked: size, signature, dependencies",
                     "a developer releases: 403 PERMISSION_DENIED",
                     f"assigned to {group}, delivered: True"):
            self.assertIn(line.lower(), done.stdout.lower())
        self.assertGreaterEqual(done.stdout.count("uploaded: "), 3)
        self.assertNotIn("otrp_", done.stdout + done.stderr)

        self.assertEqual(WORLD.requests(folder)[-1], "InstallTARequest")
        self.assertEqual(WORLD.held(folder), ["1.0.0"])
        events = WORLD.must("audit", "list", "--service", "sp_portal",
                            "--subject", f"{spid}/com.example.wallet")
        actors = {event["action"]: event["actor"]
                  for event in events["events"]}
        self.assertEqual(actors["ta.release"],
                         f"otrp://sp/{spid}/member/carol")

    def test_a_bank_ships_by_the_typescript_sdk(self):
        self.onboard("ts-bank", "node",
                     os.path.join(TYPESCRIPT, "examples", "onboarding.js"))

    def test_a_bank_ships_by_the_python_sdk(self):
        self.onboard("py-bank", *PYTHON,
                     "clients/sdk/python/examples/onboarding.py")

    def receive(self, spid, *argv):
        """A webhook whose events an example takes."""
        client = Client.from_environment(self.environment())
        WORLD.must("sp", "create", "--spid", spid, "--name", "Hooked")
        secrets = WORLD.write(f"{spid}-secrets", b"")
        receiver = subprocess.Popen([*argv, secrets], text=True,
                                    stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE)
        self.addCleanup(receiver.communicate)
        self.addCleanup(receiver.kill)
        said = queue.Queue()
        threading.Thread(daemon=True, target=lambda: [
            said.put(line.strip()) for line in receiver.stdout]).start()

        made = client.create_webhook(spid=spid, url=said.get(timeout=30),
                                     eventTypes=["otrp.certificate.enrolled"])
        webhook = made["webhook"]["webhookId"]
        WORLD.write(f"{spid}-secrets", made["secret"].encode())
        client.send_test_webhook_event(spid=spid, webhookId=webhook)
        self.assertTrue(said.get(timeout=30).startswith("otrp.webhook.test"))
        # Both sign while the secret rotates; the receiver knows the old one.
        rotated = client.rotate_webhook_secret(spid=spid, webhookId=webhook)
        client.send_test_webhook_event(spid=spid, webhookId=webhook)
        self.assertTrue(said.get(timeout=30).startswith("otrp.webhook.test"))
        self.assertNotEqual(rotated["secret"], made["secret"])
        # One that is another's is refused.
        WORLD.write(f"{spid}-secrets", b"whsec_" + b"A" * 43 + b"=")
        client.send_test_webhook_event(spid=spid, webhookId=webhook)
        self.assertIn("refused: webhook-signature", said.get(timeout=30))

    def test_the_typescript_receiver_takes_events_that_are_signed_alone(self):
        self.receive("ts-hooked", "node", os.path.join(
            TYPESCRIPT, "examples", "webhook_receiver.js"))

    def test_the_python_receiver_takes_events_that_are_signed_alone(self):
        self.receive("py-hooked", *PYTHON,
                     "clients/sdk/python/examples/webhook_receiver.py")


if __name__ == "__main__":
    unittest.main()
