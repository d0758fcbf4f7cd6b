"""The console and the reference, in real Chromium at the running suite: the
walk of walk.js, pages without barriers, and nothing that their policy
forbids."""

import json
import os
import shutil
import subprocess
import sys
import unittest

from deploy.console import built_console, cache_folder
from deploy.suite.stack import private_stack
from tests.e2e.world import TA_ID, World

FOLDER = os.path.dirname(os.path.realpath(__file__))
# Those of docs/console.md.
PICTURES = (
    "sign-in-1440-light", "overview-1440-light", "overview-360-dark",
    "device-1440-light", "device-converging-360-dark", "session-1440-light",
    "registrations-1440-light", "version-1440-light", "reviews-1440-light",
    "reviews-360-dark", "upload-1440-light", "members-1440-light",
    "audit-1440-light",
)
SPID = "console-bank"


class Walk:
    """The walk through the console of a running suite."""

    def __init__(self, world, pictures=None):
        """pictures: folder for those of the main pages."""
        self.world = world
        self.shots = {} if pictures is None else {
            name: os.path.join(pictures, name + ".png") for name in PICTURES}
        self.url = world.stack.url("api", "/console/")

    def invite(self, role):
        """The code of an invitation to the operators' side, which only a
        certificate gives."""
        tls = self.world.stack.tls
        holder = os.path.join(tls, "operator")
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail", "--noproxy", "*",
             "--cacert", os.path.join(tls, "api-web", "ca.pem"),
             "--cert", os.path.join(holder, "cert.pem"),
             "--key", os.path.join(holder, "key.pem"),
             "--json", json.dumps({"role": role}),
             self.world.stack.url("api", "/v1/operators/invitations")],
            capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["code"]

    def browser(self):
        """What browser.js needs, without pictures."""
        return {"modules": os.path.join(cache_folder(), "console-checks",
                                        "node_modules"),
                "executable": shutil.which("chromium"), "shots": {}}

    def setup(self):
        if built_console() is None:
            raise AssertionError("the console isn't built: ./otrp console")
        world = self.world
        key, csr, chain, code, image = (
            world.path("console." + end)
            for end in ("key", "csr", "pem", "bin", "jws"))
        world.must("key", "new", "--cn", "TA signing", "--alg", "ec",
                   "--key", key, "--csr", csr)
        # Of several chunks.
        world.write("console.bin", os.urandom(1024 * 1024))
        folder, did = world.new_device()
        ctl = world.operator.binary
        return {
            **self.browser(), "base": self.url, "shots": self.shots,
            # What a registrant may write; no picture shows it.
            "company": "Console Bank" + (
                "" if self.shots else " <img src=x onerror=alert(1)>"),
            "spid": SPID, "taid": TA_ID, "did": did,
            "csr": csr, "chain": chain, "image": image,
            "operator": self.invite("operator"),
            "approver": self.invite("approver"),
            "environment": world.stack.ctl_env(),
            "commands": {
                "sign": [ctl, "ta", "sign", "--key", key, "--cert", chain,
                         "--taid", TA_ID, "--version", "1.0.0", "--in", code,
                         "--out", image],
                "contact": [world.stack.binary("clients/device/otrp-device"),
                            "contact", "--dir", folder, "--url",
                            world.stack.url("http", "/otrp")],
            },
        }

    def go(self):
        """What the browser has seen."""
        return self.run("walk.js", self.setup())

    def read_reference(self):
        return self.run("reference.js", {
            **self.browser(), "base": self.world.stack.url("api",
                                                           "/reference")})

    def run(self, script, setup):
        path = self.world.path(script + "on")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(setup, f)
        done = subprocess.run(
            ["node", os.path.join(FOLDER, script), path],
            capture_output=True, text=True, check=False, timeout=500,
            stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return json.loads(done.stdout)


class ConsoleTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)

    def test_a_bank_is_let_in_ships_and_a_device_converges_before_ones_eyes(
            self):
        seen = Walk(self.world).go()
        self.assertEqual(seen["faults"], [])
        self.assertGreater(len(seen["pages"]), 30)

    def test_the_reference_has_all_operations_and_links_that_lead_somewhere(
            self):
        seen = Walk(self.world).read_reference()
        self.assertEqual(seen["faults"], [])
        self.assertGreater(seen["operations"], 80)
        self.assertGreater(seen["links"], 200)


class Checkout(World):
    """Of the programs that are built in the checkout."""

    def make_stack(self, runner, **more):
        return private_stack(self.folder, runner=runner, **more)


def take_pictures(folder):
    """Of the main pages into a folder; ./otrp docs --pictures."""
    os.makedirs(folder, exist_ok=True)
    world = Checkout()
    try:
        Walk(world, os.path.abspath(folder)).go()
    finally:
        world.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pictures"]:
        take_pictures(sys.argv[2])
    else:
        unittest.main()
