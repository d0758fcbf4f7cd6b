"""The REST interface of the running suite, by curl and a client certificate."""

import json
import os
import subprocess
import unittest

from tests.e2e.world import World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class RestTest(unittest.TestCase):

    def curl(self, path, *args, holder="operator"):
        """(status, headers by lower-case name, JSON or text)."""
        tls = WORLD.stack.tls
        shown = [] if holder is None else [
            "--cert", os.path.join(tls, holder, "cert.pem"),
            "--key", os.path.join(tls, holder, "key.pem")]
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--include", "--http1.1",
             "--noproxy", "*", "--max-time", "30",
             "--cacert", os.path.join(tls, "api-web", "ca.pem"), *shown, *args,
             WORLD.stack.url("api", path)],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        head, _, body = done.stdout.partition("\n\n")
        first, *lines = head.splitlines()
        headers = {name.lower(): value for name, value in
                   (line.split(": ", 1) for line in lines)}
        is_json = "json" in headers.get("content-type", "")
        return (int(first.split()[1]), headers,
                json.loads(body) if is_json and body else body)

    def test_an_operator_makes_and_lists_service_providers(self):
        status, _, body = self.curl(
            "/v1/service-providers", "--json",
            json.dumps({"spid": "rest-bank", "name": "REST Bank"}))
        self.assertEqual(status, 200, body)
        status, headers, body = self.curl("/v1/service-providers")
        self.assertEqual(status, 200, body)
        self.assertIn("rest-bank", json.dumps(body))
        # The same by gRPC.
        self.assertIn("rest-bank", json.dumps(WORLD.must("sp", "list")))
        status, _, _ = self.curl("/v1/service-providers", "--header",
                                 "If-None-Match: " + headers["etag"])
        self.assertEqual(status, 304)

    def test_the_log_names_the_operator_and_the_request(self):
        _, headers, _ = self.curl(
            "/v1/service-providers", "--json",
            json.dumps({"spid": "rest-audited", "name": "Audited"}))
        status, _, body = self.curl("/v1/portal/audit-events?subject="
                                    "rest-audited")
        self.assertEqual(status, 200, body)
        event = body["events"][0]
        self.assertEqual(event["actor"], "otrp://operator/admin")
        self.assertEqual(event["traceId"], headers["x-request-id"])

    def test_each_service_answers(self):
        for path in ("/v1/devices", "/v1/certificates", "/v1/trust-anchors",
                     "/v1/service-providers", "/v1/ca/audit-events",
                     "/v1/tsm/audit-events", "/v1/attestation/audit-events"):
            with self.subTest(path):
                status, _, body = self.curl(path)
                self.assertEqual(status, 200, body)

    def test_a_stranger_and_a_service_are_no_callers(self):
        for holder in (None, "tsm", "api"):
            status, headers, body = self.curl("/v1/service-providers",
                                              holder=holder)
            self.assertEqual(status, 401, holder)
            self.assertEqual(headers["www-authenticate"], "Bearer")
            self.assertEqual(body["code"], "UNAUTHENTICATED")

    def test_two_credentials_are_none(self):
        token = ("--header", "Authorization: Bearer otrp_one")
        for args, holder in ((token, "operator"), (token + token, None)):
            status, _, body = self.curl("/v1/service-providers", *args,
                                        holder=holder)
            self.assertEqual(status, 400, body)

    def test_a_token_that_nobody_gave_is_refused(self):
        status, _, body = self.curl("/v1/service-providers", "--header",
                                    "Authorization: Bearer otrp_nobodys",
                                    holder=None)
        self.assertEqual(status, 401, body)


if __name__ == "__main__":
    unittest.main()
