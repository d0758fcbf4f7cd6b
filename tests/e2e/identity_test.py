"""The TSM's own keys: replaced while a device is in the middle of a session,
and after its certificates were revoked, against every process."""

import time
import unittest

from deploy.suite.clients import REFUSED
from tests.e2e.relay import Relay
from tests.e2e.world import TA_ID, World

WORLD = None
# A next key has a certificate at once and signs ten seconds later.
SOON = 40


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def identities(state="current"):
    """The TSM's keys by their type."""
    return {one["key_type"]: one
            for one in WORLD.must("identity", "list")["identities"]
            if one["state"] == state}


class IdentityTest(unittest.TestCase):

    def new_case(self):
        """An SP whose version 1.0.0 a new device is to have."""
        sp = WORLD.new_sp()
        folder, did = WORLD.new_device()
        WORLD.release(sp, "1.0.0")
        sp.assign(TA_ID, did)
        return sp, folder

    def rotate(self):
        """Until the new keys sign; their ids."""
        nexts = {one["id"] for one in
                 WORLD.must("identity", "rotate")["identities"]}
        self.assertEqual(len(nexts), 2)
        deadline = time.monotonic() + SOON
        while {one["id"] for one in identities().values()} != nexts:
            self.assertLess(time.monotonic(), deadline, "they never sign")
            time.sleep(0.5)
        # And every replica has read that.
        time.sleep(3)
        return nexts

    def test_keys_replaced_in_the_middle_of_a_session_fail_nothing(self):
        for message in (1, 2):
            with self.subTest(message=message):
                _, folder = self.new_case()
                before = {one["id"] for one in identities().values()}
                relay = Relay(WORLD, before=lambda n, message=message:
                              self.rotate() if n == message else None)
                self.addCleanup(relay.close)
                self.assertEqual(WORLD.requests(folder, relay.url),
                                 ["GetDeviceStateRequest", "CreateSDRequest",
                                  "InstallTARequest"])
                self.assertEqual(WORLD.held(folder), ["1.0.0"])
                self.assertEqual(
                    {one["id"] for one in identities("retired").values()}
                    & before, before)
                # The next session is the new keys'.
                self.assertEqual(WORLD.requests(folder),
                                 ["GetDeviceStateRequest"])

    def test_after_a_revocation_other_keys_serve_a_device_with_its_domain(
            self):
        sp, folder = self.new_case()
        WORLD.requests(folder)
        owner = WORLD.shown(folder)["security_domains"][0]["owner"]
        for one in identities().values():
            WORLD.must("cert", "revoke", "--serial", one["serial"], "--reason",
                       "keyCompromise", "--yes")
        deadline = time.monotonic() + SOON
        # Devices are asked to come again, and never told that they are done.
        while WORLD.contact(folder).code == 0:
            self.assertLess(time.monotonic(), deadline, "it still signs")
            time.sleep(0.5)
        done = WORLD.contact(folder)
        self.assertNotIn(done.code, (0, REFUSED), done.out)
        self.assertIn("503", done.out + done.err)
        self.assertEqual(
            {one["revocation_reason"] for one in identities().values()},
            {"keyCompromise"})
        self.rotate()
        WORLD.release(sp, "2.0.0")
        self.assertEqual(WORLD.requests(folder),
                         ["GetDeviceStateRequest", "UpdateTARequest"])
        self.assertEqual(WORLD.held(folder), ["2.0.0"])
        self.assertEqual(
            WORLD.shown(folder)["security_domains"][0]["owner"], owner)


if __name__ == "__main__":
    unittest.main()
