"""The REST interface of the running suite, by curl and a client certificate."""

import concurrent.futures
import json
import os
import subprocess
import time
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

    def plain(self, path, token):
        """(status, all of the answer) of a request without TLS."""
        url = WORLD.stack.url("api_http", path)
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+/")
        done = subprocess.run(
            ["curl", "--silent", "--include", "--noproxy", "*", "--header",
             "Authorization: Bearer " + token, url],
            capture_output=True, text=True, check=True)
        return int(done.stdout.split()[1]), done.stdout

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

    def test_plain_http_is_there_for_tokens_of_this_machine(self):
        status, answer = self.plain("/v1/service-providers", "otrp_nobodys")
        self.assertEqual(status, 401)
        # Which would forbid it to browsers from now on.
        self.assertNotIn("strict-transport-security", answer.lower())

    def test_a_bank_registers_invites_and_each_member_may_what_his_role_says(
            self):
        def ask(path, body=None, token=None, method=None, holder=None):
            args = [] if body is None else ["--json", json.dumps(body)]
            if token is not None:
                args += ["--header", "Authorization: Bearer " + token]
            if method is not None:
                args += ["--request", method]
            return self.curl(path, *args, holder=holder)

        def accept(code, name):
            status, _, body = ask("/v1/invitations:accept",
                                  {"code": code, "name": name})
            self.assertEqual(status, 200, body)
            return body["token"]

        own = "/v1/service-providers/walk-bank"
        status, _, asked = ask("/v1/registrations", {
            "spid": "walk-bank", "name": "Walk Bank", "contact": "+49 30 1"})
        self.assertEqual(status, 200, asked)
        status, _, body = ask(
            "/v1/registrations/" + asked["registration"]["registrationId"]
            + ":approve", {}, holder="operator")
        self.assertEqual(status, 200, body)
        owner = accept(asked["code"], "alice")
        _, _, invited = ask(own + "/invitations", {"role": "developer"}, owner)
        developer = accept(invited["code"], "bob")

        # Nobody else is there for them.
        _, _, body = ask("/v1/service-providers", token=owner)
        self.assertEqual([sp["spid"] for sp in body["serviceProviders"]],
                         ["walk-bank"])
        status, answer = self.plain("/v1/service-providers", owner)
        self.assertEqual(status, 200, answer)
        self.assertIn("walk-bank", answer)
        self.assertEqual(ask("/v1/devices", token=owner)[0], 403)
        # Who pushes doesn't release.
        release = own + "/applications/pay/versions/1.0.0:release"
        self.assertEqual(ask(release, {}, developer)[0], 403)
        self.assertEqual(ask(release, {}, owner)[0], 404)

        _, _, body = ask(own + "/tokens", token=owner)
        bobs, = [t["tokenId"] for t in body["tokens"] if t["member"] == "bob"]
        self.assertEqual(ask(f"{own}/tokens/{bobs}", token=owner,
                             method="DELETE")[0], 200)
        WORLD.must("sp", "suspend", "--spid", "walk-bank", "--reason", "test",
                   "--yes")
        for token in (developer, owner):
            self.until(lambda t=token: ask("/v1/service-providers",
                                           token=t)[0] == 401)

    def invite(self, spid, key):
        """(status, headers, body) of an invitation under a key."""
        return self.curl(f"/v1/service-providers/{spid}/invitations",
                         "--header", "Idempotency-Key: " + key,
                         "--json", json.dumps({"role": "developer"}))

    def invited(self, spid):
        _, _, body = self.curl(f"/v1/service-providers/{spid}/invitations")
        return len(body.get("invitations", ()))

    def test_a_retry_shows_the_same_secret_and_has_no_second_effect(self):
        WORLD.must("sp", "create", "--spid", "retry-bank", "--name", "Retry")
        first = self.invite("retry-bank", "k")
        self.assertEqual(first[0], 200, first)
        self.assertTrue(first[2]["code"])
        again = self.invite("retry-bank", "k")
        self.assertEqual(again[1]["idempotency-replayed"], "true")
        self.assertEqual(again[2], first[2])
        self.assertNotEqual(self.invite("retry-bank", "l")[2], first[2])
        self.assertEqual(self.invited("retry-bank"), 2)

    def test_a_retry_after_the_service_was_killed_has_no_second_effect(self):
        WORLD.must("sp", "create", "--spid", "dead-bank", "--name", "Dead")
        keys = [f"key-{n}" for n in range(16)]

        def settled(key):
            """The status that a client ends with that tries again."""
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline:
                status, headers, _ = self.invite("dead-bank", key)
                if status < 500 and "retry-after" not in headers:
                    return status
                time.sleep(0.2)
            return None

        with concurrent.futures.ThreadPoolExecutor(len(keys)) as pool:
            running = [pool.submit(settled, key) for key in keys]
            time.sleep(0.06)
            WORLD.kill("sp_portal")
            WORLD.stack.start_service("sp_portal")
            statuses = [one.result() for one in running]
        # 409: it was done, and its answer died with the process.
        self.assertLessEqual(set(statuses), {200, 409}, statuses)
        self.assertEqual(self.invited("dead-bank"), len(keys), statuses)

    def until(self, holds):
        """A front remembers for seconds whom a token stands for."""
        deadline = time.monotonic() + 30
        while not holds():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)


if __name__ == "__main__":
    unittest.main()
