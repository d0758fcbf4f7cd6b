"""Sudden deaths: any service killed at any step of a session, replies lost on
their way, the database gone. The device tries again and ends where it should,
with nothing done twice."""

import json
import os
import signal
import threading
import time
import unittest

from tests.e2e.relay import Relay
from tests.e2e.world import SERVICES, TA_ID, World

WORLD = None
FIRST_CONTACT = ["GetDeviceStateRequest", "CreateSDRequest",
                 "InstallTARequest"]


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class FaultsTest(unittest.TestCase):

    def relay(self, **hooks):
        relay = Relay(WORLD, **hooks)
        self.addCleanup(relay.close)
        return relay

    def new_case(self, version="1.0.0"):
        """(sp, folder, did) with a TA waiting for the device."""
        sp = WORLD.new_sp()
        WORLD.release(sp, version)
        folder, did = WORLD.new_device()
        WORLD.must("assign", "--spid", sp.spid, "--taid", TA_ID, "--device",
                   did)
        return sp, folder, did

    def tasks_done(self, did):
        return [(t["action"].split()[0], t["state"])
                for t in WORLD.must("device", "show", did)["tasks"]]

    def assert_settled(self, sp, folder, did, versions=("1.0.0",)):
        """The device and our records agree, and there is nothing to do."""
        self.assertEqual(WORLD.held(folder), list(versions))
        shown = WORLD.must("device", "show", did)
        self.assertEqual(
            [(sd["spid"], [ta["version"] for ta in sd["tas"]])
             for sd in shown["security_domains"]],
            [(sp.spid, list(versions))], shown)
        self.assertEqual(WORLD.requests(folder), ["GetDeviceStateRequest"])
        self.assertTrue(WORLD.must("audit", "verify"))

    def installs(self, did):
        """How many InstallTA the TEE took, by our own records."""
        count = 0
        for session in WORLD.must("session", "list", "--device",
                                  did)["sessions"]:
            shown = WORLD.must("session", "show", session["tid"])
            count += sum(1 for m in shown["messages"]
                         if m["name"] == "InstallTAResponse"
                         and m["status"] == "pass")
        return count

    def test_any_service_killed_before_any_message(self):
        for service in SERVICES:
            for step in range(len(FIRST_CONTACT) + 1):
                with self.subTest(service=service, step=step):
                    sp, folder, did = self.new_case()

                    def kill(n, service=service, step=step):
                        if n == step:
                            WORLD.kill(service)

                    relay = self.relay(before=kill)
                    # May pass or fail, by what the service is needed for.
                    WORLD.contact(folder, relay.url)
                    WORLD.stack.start_service(service)
                    WORLD.requests(folder)
                    self.assert_settled(sp, folder, did)
                    self.assertLessEqual(self.installs(did), 1)

    def test_a_lost_reply_is_sent_again_and_nothing_is_done_twice(self):
        sp, folder, did = self.new_case()
        lost = []

        def lose(n):
            if n in (1, 3):
                lost.append(n)
                return True
            return False

        relay = self.relay(after=lose)
        # The agent sends the same bytes again within the session.
        self.assertEqual(WORLD.requests(folder, relay.url), FIRST_CONTACT)
        self.assertEqual(lost, [1, 3])
        self.assertEqual(relay.seen[1], relay.seen[2])
        self.assertEqual(relay.seen[3], relay.seen[4])
        self.assertEqual(self.installs(did), 1)
        self.assert_settled(sp, folder, did)

    def test_a_message_played_back_later_changes_nothing(self):
        sp, folder, did = self.new_case()
        relay = self.relay()
        self.assertEqual(WORLD.requests(folder, relay.url), FIRST_CONTACT)
        before = WORLD.must("device", "show", did)
        types = {"Content-Type": "application/otrp+json"}
        replies = [relay.forward(body, {**types, "Accept": "*/*"})
                   for body in relay.seen[1:]]
        again = [relay.forward(body, {**types, "Accept": "*/*"})
                 for body in relay.seen[1:]]
        self.assertEqual([r[2] for r in replies], [r[2] for r in again])
        self.assertEqual(replies[-1][0], 204)
        self.assertEqual(list(json.loads(replies[0][2])), ["CreateSDRequest"])
        after = WORLD.must("device", "show", did)
        for member in ("security_domains", "attestation", "tasks"):
            self.assertEqual(before[member], after[member])
        self.assertEqual(self.installs(did), 1)
        self.assert_settled(sp, folder, did)

    def test_the_same_message_from_many_sides_at_once(self):
        sp, folder, did = self.new_case()
        answers = []

        class Crowd(Relay):
            def forward(self, body, headers):
                if not body:
                    return super().forward(body, headers)
                results = []
                threads = [threading.Thread(target=lambda: results.append(
                    super(Crowd, self).forward(body, headers)))
                           for _ in range(8)]
                for t in threads:
                    t.start()
                for t in threads:
                    t.join()
                answers.append(results)
                return next(r for r in results if r[0] in (200, 204))

        relay = Crowd(WORLD)
        self.addCleanup(relay.close)
        self.assertEqual(WORLD.requests(folder, relay.url), FIRST_CONTACT)
        self.assertEqual(len(answers), 3)
        for results in answers:
            self.assertEqual(len(results), 8)
            good = {r[2] for r in results if r[0] in (200, 204)}
            self.assertEqual(len(good), 1, "one reply, byte for byte")
        self.assertEqual(self.installs(did), 1)
        self.assert_settled(sp, folder, did)

    def test_the_database_killed_in_the_middle(self):
        sp, folder, did = self.new_case()

        def kill(n):
            if n == 2:
                with open(os.path.join(WORLD.stack.postgres.data,
                                       "postmaster.pid"),
                          encoding="ascii") as f:
                    pid = int(f.readline())
                os.kill(pid, signal.SIGKILL)
                # Its children notice and end.
                deadline = time.monotonic() + 20
                while WORLD.stack.postgres.running():
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.05)

        relay = self.relay(before=kill)
        cut = WORLD.contact(folder, relay.url)
        self.assertEqual(cut.code, 1, cut.out)
        listed = WORLD.ctl("device", "list")
        self.assertEqual(listed.code, 5, listed.err)
        self.assertNotIn("password", listed.err)
        WORLD.stack.postgres.up()
        for name in SERVICES:
            deadline = time.monotonic() + 60
            while not WORLD.stack.ready(name):
                self.assertLess(time.monotonic(), deadline, name)
                time.sleep(0.1)
        WORLD.requests(folder)
        self.assertEqual(self.installs(did), 1)
        self.assert_settled(sp, folder, did)

    def test_what_the_portal_took_while_the_tsm_was_away_arrives(self):
        sp = WORLD.new_sp()
        folder, did = WORLD.new_device()
        WORLD.kill("tsm")
        released = WORLD.release(sp, "3.0.0")
        self.assertFalse(released["delivered"])
        WORLD.must("assign", "--spid", sp.spid, "--taid", TA_ID, "--device",
                   did)
        WORLD.stack.start_service("tsm")
        deadline = time.monotonic() + 60
        while WORLD.held(folder) != ["3.0.0"]:
            self.assertLess(time.monotonic(), deadline)
            WORLD.requests(folder)
            time.sleep(0.2)
        self.assert_settled(sp, folder, did, ("3.0.0",))


if __name__ == "__main__":
    unittest.main()
