"""The main job with every process real, as a stranger would run it."""

import os
import subprocess
import sys
import unittest

from tests.e2e.world import ROOT, SERVICES, TA_ID, World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class MainJobTest(unittest.TestCase):

    def assign(self, sp, device):
        """Until the test ends: the others would get the TA, too."""
        target = ("--spid", sp.spid, "--taid", TA_ID, "--device", device)
        WORLD.must("assign", *target)
        self.addCleanup(WORLD.ctl, "unassign", *target, "--yes")

    def test_the_demo_passes_twice_against_one_stack(self):
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-m", "deploy.suite", "demo",
                 "--state-dir", WORLD.stack.state, "--bin-dir", ROOT],
                cwd=ROOT, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("All seven OTrP requests crossed the wire",
                          done.stdout)
            self.assertIn("tee-chain-unknown-issuer", done.stdout)
        # The demo found the stack running and left it so.
        self.assertIsNotNone(WORLD.stack.process("gateway").pid())

    def test_a_second_up_changes_nothing(self):
        before = {name: WORLD.stack.process(name).pid() for name in SERVICES}
        said = []
        WORLD.stack.up(say=said.append)
        after = {name: WORLD.stack.process(name).pid() for name in SERVICES}
        self.assertEqual(before, after)
        for name in SERVICES:
            self.assertIn(f"{name}: runs already", said)

    def test_a_device_of_the_older_dialect_is_served_too(self):
        sp = WORLD.new_sp()
        self.assertTrue(WORLD.release(sp, "1.0.0")["delivered"])
        for alg in ("rsa", "ec"):
            folder, did = WORLD.new_device("--dialect", "pei03", alg=alg)
            self.assign(sp, did)
            url = WORLD.stack.url("http", "/otrp/pei03")
            self.assertEqual(WORLD.requests(folder, url),
                             ["GetDeviceStateRequest", "CreateSDRequest",
                              "InstallTARequest"])
            self.assertEqual(WORLD.held(folder), ["1.0.0"])
            self.assertEqual(WORLD.must("device", "show", did)["dialect"],
                             "pei03")
            # Nothing more to do.
            self.assertEqual(WORLD.requests(folder, url),
                             ["GetDeviceStateRequest"])
            WORLD.must("unassign", "--spid", sp.spid, "--taid", TA_ID,
                       "--device", did, "--yes")
            self.assertEqual(WORLD.requests(folder, url),
                             ["GetDeviceStateRequest", "DeleteTARequest",
                              "DeleteSDRequest"])

    def test_a_device_is_served_over_https(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        folder, did = WORLD.new_device()
        self.assign(sp, did)
        url = WORLD.stack.url("https", "/otrp")
        # The service root isn't among the system's.
        refused = WORLD.contact(folder, url)
        self.assertEqual(refused.code, 1)
        self.assertEqual(WORLD.held(folder), [])
        root = os.path.join(WORLD.stack.tls, "gateway-web", "ca.pem")
        self.assertEqual(WORLD.requests(folder, url, "--ca-file", root),
                         ["GetDeviceStateRequest", "CreateSDRequest",
                          "InstallTARequest"])

    def test_a_later_device_gets_what_all_devices_get(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "2.0.0")
        self.assign(sp, "all")
        folder, did = WORLD.new_device()
        self.assertIn("InstallTARequest", WORLD.requests(folder))
        shown = WORLD.must("device", "show", did)
        self.assertEqual(
            [(sd["spid"], ta["taid"], ta["version"], ta["state"])
             for sd in shown["security_domains"] for ta in sd["tas"]],
            [(sp.spid, TA_ID, "2.0.0", "installed")])
        sessions = WORLD.must("session", "list", "--device", did)["sessions"]
        self.assertEqual(sessions[0]["state"], "done")
        messages = WORLD.must("session", "show",
                              sessions[0]["tid"])["messages"]
        self.assertEqual(
            [m["name"] for m in messages if m["direction"] == "to-device"][1:],
            ["CreateSDRequest", "InstallTARequest"])

    def test_what_an_sp_did_not_sign_is_not_taken(self):
        sp = WORLD.new_sp()
        other = WORLD.new_sp()
        spid = sp.spid
        self.assertNotEqual(spid, other.spid)

        def push(image, version="1.0.0"):
            return WORLD.ctl("ta", "push", "--spid", spid, "--taid", TA_ID,
                             "--version", version, "--image", image)

        stranger = push(WORLD.sign(other, "1.0.0"))
        self.assertEqual(stranger.code, 1, stranger.out)
        self.assertIn("image", stranger.err)
        good = WORLD.sign(sp, "1.0.0")
        with open(good, "rb") as f:
            text = f.read()
        tampered = push(WORLD.write("tampered.jws", text.replace(
            b'"payload":"', b'"payload":"AAAA', 1)))
        self.assertEqual(tampered.code, 1, tampered.out)
        self.assertIn("signature", tampered.err)
        renamed = push(good, version="1.0.1")
        self.assertEqual(renamed.code, 1, renamed.out)
        self.assertIn("version", renamed.err)
        nonsense = push(WORLD.write("nonsense.jws", b"not an image"))
        self.assertEqual(nonsense.code, 1, nonsense.out)
        self.assertIn("image", nonsense.err)
        self.assertEqual(
            WORLD.must("ta", "list", "--spid", spid)["applications"], [])
        self.assertEqual(push(good).code, 0)

    def test_state_survives_down_and_up(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        folder, did = WORLD.new_device()
        self.assign(sp, did)
        self.assertIn("InstallTARequest", WORLD.requests(folder))
        WORLD.must("trust", "rm", "--role", "sp", "--name", "sp-root",
                   "--yes")
        self.assertTrue(WORLD.stack.down(say=lambda _: None))
        WORLD.stack.up(say=lambda _: None)
        self.assertEqual(
            WORLD.must("device", "show", did)["security_domains"][0]["spid"],
            sp.spid)
        # What an operator removed stays away.
        names = [a["name"] for a in WORLD.must("trust", "list")["anchors"]]
        self.assertNotIn("sp-root", names)
        root = next(a for a in WORLD.must("cert", "list")["certificates"]
                    if "SP Root" in a["subject"])
        pem = WORLD.write("sp-root.pem", WORLD.must(
            "cert", "show", "--serial", root["serial"])["pem"].encode())
        WORLD.must("trust", "add", "--role", "sp", "--name", "sp-root",
                   "--cert", pem)
        self.assertEqual(WORLD.requests(folder), ["GetDeviceStateRequest"])


if __name__ == "__main__":
    unittest.main()
