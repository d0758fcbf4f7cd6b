"""How far a version has come, as its service provider sees it, and what its
webhook is told: software devices, the real services, a real receiver."""

import http.server
import json
import queue
import threading
import time
import unittest

from tests.e2e.world import TA_ID, World


class Endpoint:
    """A webhook's, which takes every event."""

    def __init__(self):
        self.events = queue.Queue()
        events = self.events

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                events.put(json.loads(body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                       Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, kind, seconds=40, **data):
        """The first event of a type with this data; others are left out."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self.events.get(
                    timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                raise AssertionError(f"no {kind} {data}") from None
            if event["type"] == kind and data.items() <= event["data"].items():
                return event


class RolloutTest(unittest.TestCase):

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.close)

    def devices(self, sp, wanted, seconds=20):
        """Until so many devices have each version."""
        deadline = time.monotonic() + seconds
        while True:
            listed = self.world.must("rollout", "list", "--spid", sp.spid,
                                     "--taid", TA_ID.upper())["rollouts"]
            shown = {one["version"]: one["devices"] for one in listed}
            if shown == wanted:
                return listed
            if time.monotonic() > deadline:
                raise AssertionError(f"{shown} instead of {wanted}")
            time.sleep(0.2)

    def told(self, sp, seconds=20):
        """Until the webhook has taken all: one that is delivered to when its
        process ends is left alone for a minute."""
        deadline = time.monotonic() + seconds
        while self.world.must("webhook", "deliveries", "--spid", sp.spid,
                              "--state", "pending")["deliveries"]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)

    def test_a_service_provider_sees_how_far_its_version_is(self):
        world = self.world
        sp = world.new_sp()
        made = world.must("webhook", "create", "--spid", sp.spid, "--url",
                          self.endpoint.url)
        self.assertTrue(made["secret"].startswith("whsec_"))
        fleet = [world.new_device() for _ in range(3)]
        world.release(sp, "1.0.0")
        world.must("assign", "--spid", sp.spid, "--taid", TA_ID, "--device",
                   "all")
        for folder, _ in fleet[:2]:
            world.requests(folder)
        self.devices(sp, {"1.0.0": 2})
        event = self.endpoint.wait("otrp.rollout.progress", version="1.0.0",
                                   devices=2)
        self.assertEqual(event["subject"],
                         f"applications/{TA_ID}/versions/1.0.0")

        # Nothing is lost or counted again where both are killed while it
        # happens.
        self.told(sp)
        world.kill("sp_portal")
        world.requests(fleet[2][0])
        world.kill("tsm")
        world.stack.start_service("tsm")
        world.stack.start_service("sp_portal")
        self.devices(sp, {"1.0.0": 3})

        world.release(sp, "1.1.0")
        world.requests(fleet[0][0])
        self.devices(sp, {"1.0.0": 2, "1.1.0": 1})
        self.assertEqual(
            world.stack.postgres.psql(
                "SELECT version || ' ' || count(*) FROM tsm.installed_ta "
                "GROUP BY version ORDER BY version").splitlines(),
            ["1.0.0 2", "1.1.0 1"])

        # A device that isn't trusted any more.
        folder, did = fleet[1]
        done = world.openssl("x509", "-in", f"{folder}-tee.pem", "-noout",
                             "-serial")
        serial = done.stdout.decode().strip().split("=")[1].lower()
        world.must("cert", "revoke", "--serial", serial, "--reason",
                   "keyCompromise", "--yes")
        world.requests(folder, refused=True)
        event = self.endpoint.wait("otrp.device.refused", did=did)
        self.assertEqual(event["data"]["code"], "tee-cert-revoked")
        self.assertTrue(event["data"]["meaning"])

        # Others have nothing of it.
        other = world.new_sp()
        self.assertEqual(world.must("rollout", "list", "--spid",
                                    other.spid)["rollouts"], [])


if __name__ == "__main__":
    unittest.main()
