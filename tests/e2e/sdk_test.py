"""The SDKs' onboarding examples, against the running suite: a bank registers
and ships, and a software device has it at the end."""

import os
import subprocess
import unittest

from tests.e2e.world import World
from tests.support import typescript_sdk

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


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
        built = typescript_sdk.build(WORLD.path("typescript"))
        self.onboard("ts-bank", "node",
                     os.path.join(built, "examples", "onboarding.js"))

    def test_a_bank_ships_by_the_python_sdk(self):
        self.onboard("py-bank", "env", "PYTHONPATH=clients/sdk/python",
                     "PYTHONDONTWRITEBYTECODE=1", "python3",
                     "clients/sdk/python/examples/onboarding.py")


if __name__ == "__main__":
    unittest.main()
