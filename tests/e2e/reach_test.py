"""Whom a service provider may reach: by label, maker and evidence, from the
operator's grant to the devices; and versions that go to some of them first."""

import json
import os
import subprocess
import unittest

from tests.e2e.world import TA_ID, World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class Releaser:
    """A member of a service provider with a token and nothing else."""

    def __init__(self, sp):
        self.home = WORLD.path(WORLD.name("home"))
        os.mkdir(self.home)
        self.which = ("--spid", sp.spid, "--taid", TA_ID)
        code = WORLD.must("sp", "invite", "--spid", sp.spid, "--role",
                          "releaser")["code"]
        done = self.run("login", "--server",
                        WORLD.stack.url("api", "").rstrip("/"), "--ca-file",
                        os.path.join(WORLD.stack.tls, "api-web", "ca.pem"),
                        "--name", "carol", "--code-file", "-", stdin=code)
        assert done.returncode == 0, done.stderr

    def run(self, *args, stdin=""):
        return subprocess.run(
            [WORLD.stack.binary("clients/otrpctl/otrpctl"), *args, "-o",
             "json"], input=stdin, capture_output=True, text=True, check=False,
            env={"HOME": self.home, "PATH": "/usr/bin:/bin"}, cwd=self.home)

    def must(self, *args):
        done = self.run(*args)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def assign(self, *target):
        return self.run("assign", *self.which, *target)


def held(folder):
    """What the device has after a contact."""
    assert WORLD.contact(folder).code == 0
    return WORLD.held(folder)


class ReachTest(unittest.TestCase):

    def test_an_sp_reaches_labelled_devices_that_prove_their_firmware(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        labelled, did = WORLD.new_device()
        other, other_did = WORLD.new_device()
        plain, _ = WORLD.new_device()
        self.assertEqual(
            WORLD.must("device", "label", did, "pilot=yes,site=b")["labels"],
            ["pilot=yes", "site=b"])
        WORLD.must("device", "label", other_did, "pilot=no")

        carol = Releaser(sp)
        target = ("--label", "pilot=yes", "--min-attestation",
                  "firmware-verified")
        # Nothing is granted yet.
        self.assertEqual(carol.assign(*target).returncode, 4)
        granted = WORLD.must("entitlement", "grant", "--spid", sp.spid,
                             *target)
        self.assertEqual(granted["device"],
                         "label:pilot=yes tier:firmware-verified")
        for wrong in (("--device", "all"), ("--label", "pilot=no"),
                      ("--label", "pilot=yes"), ("--group", "pilots"),
                      ("--device", did)):
            done = carol.assign(*wrong)
            self.assertEqual(done.returncode, 4, wrong)
            self.assertIn("has no entitlement that covers it; an operator "
                          "grants one", done.stderr)
        done = carol.assign(*target)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            carol.must("assignment", "list")["assignments"][0]["device"],
            "label:pilot=yes tier:firmware-verified")

        self.assertEqual(held(labelled), ["1.0.0"])
        self.assertEqual(held(other), [])
        self.assertEqual(held(plain), [])
        shown = WORLD.must("device", "show", did)
        self.assertEqual(shown["attestation_tier"], "firmware-verified")
        self.assertEqual(shown["labels"], ["pilot=yes", "site=b"])
        self.assertEqual(
            [one["did"] for one in WORLD.must(
                "device", "list", "--label", "pilot=no")["devices"]],
            [other_did])

        # By the name of the root, which is the operator's; a narrower one
        # needs no other grant.
        self.assertIn(shown["tee_vendor"],
                      [one["name"] for one in WORLD.must(
                          "trust", "list", "--role", "tee")["anchors"]])
        done = carol.assign(*target, "--tee-vendor", shown["tee_vendor"])
        self.assertEqual(done.returncode, 0, done.stderr)

        # A device that loses the label loses the application; one that gets
        # it gets it.
        WORLD.must("device", "label", did, "pilot-")
        WORLD.must("device", "label", other_did, "pilot=yes")
        self.assertEqual(held(labelled), [])
        self.assertEqual(held(other), ["1.0.0"])
        left = WORLD.must("entitlement", "revoke", "--spid", sp.spid, "--id",
                          granted["entitlement_id"], "--yes")
        self.assertEqual(left["assignments_left"], 2)
        self.assertEqual(carol.assign(*target).returncode, 4)
        # What is there may be taken back without it.
        carol.must("unassign", *carol.which, *target, "--yes")
        self.assertEqual(
            [one["device"] for one in carol.must("assignment", "list")[
                "assignments"]],
            [f"label:pilot=yes vendor:{shown['tee_vendor']} "
             "tier:firmware-verified"])

    def test_a_beta_reaches_the_pilots_first_and_everybody_after(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        usual, _ = WORLD.new_device()
        pilot, did = WORLD.new_device()
        sp.assign(TA_ID, "all")
        which = ("--spid", sp.spid, "--taid", TA_ID)
        WORLD.must("device", "label", did, "ring=first")
        WORLD.must("assign", *which, "--label", "ring=first", "--channel",
                   "beta")
        sp.push(TA_ID, "2.0.0", WORLD.sign(sp, "2.0.0"))
        done = WORLD.must("ta", "release", *which, "--version", "2.0.0",
                          "--channel", "beta")
        self.assertEqual(done["channel"], "beta")
        self.assertEqual(held(usual), ["1.0.0"])
        self.assertEqual(held(pilot), ["2.0.0"])
        # Off the channel it keeps what it has.
        WORLD.must("device", "label", did, "ring-")
        self.assertEqual(held(pilot), ["2.0.0"])
        WORLD.must("ta", "release", *which, "--version", "2.0.0")
        self.assertEqual(held(usual), ["2.0.0"])
        mine = [one for one in WORLD.must("ta", "list")["applications"]
                if one["spid"] == sp.spid][0]
        self.assertEqual((mine["released_version"], mine["beta_version"]),
                         ("2.0.0", "2.0.0"))
        # Nothing of the others' is to hang about.
        WORLD.must("unassign", *which, "--device", "all", "--yes")


if __name__ == "__main__":
    unittest.main()
