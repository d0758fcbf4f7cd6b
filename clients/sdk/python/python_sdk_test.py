"""The Python SDK: made of the reference as it is, sound in the eyes of mypy,
and careful with tokens, retries, uploads and webhooks."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import unittest
import urllib.parse

from clients.sdk.python import generate
from tests.support.loopback import Handler, LoopbackServer

FOLDER = "clients/sdk/python"
sys.path.insert(0, FOLDER)

# pylint: disable=wrong-import-position
from otrp_sdk import (  # noqa: E402
    Client, NoAnswerError, ProblemError, WebhookError, upload, verify)

MIB = 1 << 20


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


class MadeTest(unittest.TestCase):

    def test_it_is_what_the_reference_makes(self):
        made = generate.make(json.loads(text_of("docs/openapi.json")))
        self.assertEqual(len(made), 2)
        for name, text in made.items():
            self.assertTrue(
                text_of(f"{FOLDER}/otrp_sdk/{name}") == text,
                f"{name} isn't what docs/openapi.json makes: ./otrp docs")

    def test_every_operation_has_its_method(self):
        document = json.loads(text_of("docs/openapi.json"))
        ids = [operation["operationId"] for item in document["paths"].values()
               for operation in item.values()]
        self.assertGreater(len(ids), 80)
        for one in ids:
            self.assertTrue(callable(getattr(Client, generate.snake(one))))

    def mypy(self, change):
        with tempfile.TemporaryDirectory(prefix="otrp-sdk-") as folder:
            copy = shutil.copytree(FOLDER, os.path.join(folder, "sdk"))
            path = os.path.join(copy, "examples", "onboarding.py")
            text = text_of(path)
            with open(path, "w", encoding="utf-8") as f:
                f.write(change(text))
            return subprocess.run(
                ["mypy", "--cache-dir", os.path.join(folder, "cache"),
                 "otrp_sdk", "examples"], cwd=copy, capture_output=True,
                text=True, check=False, stdin=subprocess.DEVNULL)

    def test_its_types_hold_and_a_member_that_is_not_there_is_found(self):
        done = self.mypy(lambda text: text)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.mypy(lambda text: text.replace('"displayName"',
                                                   '"displayNane"'))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn('expected "Optional[Manifest]"', done.stdout)

    def test_the_package_is_all_there_and_needs_no_other(self):
        project = tomllib.loads(text_of(f"{FOLDER}/pyproject.toml"))
        self.assertEqual(project["project"]["dependencies"], [])
        for package in project["tool"]["setuptools"]["packages"]:
            self.assertTrue(os.path.exists(f"{FOLDER}/{package}/__init__.py"))
        # In a Python with nothing of others.
        subprocess.run(
            [sys.executable, "-I", "-S", "-B", "-c", "import sys; "
             f"sys.path.insert(0, {os.path.abspath(FOLDER)!r}); "
             "import otrp_sdk"], check=True)


class ServedTest(unittest.TestCase):
    """Against a server that says what it is told to."""

    def serve(self, say, token=None):
        """say: gets the handler's request and its number, gives (status,
        headers, JSON), or None for no answer."""
        asked = []

        class Answer(Handler):

            def answer(self):
                data = self.rfile.read(int(self.headers.get(
                    "Content-Length", 0)))
                asked.append((self.command, self.path, self.headers, data))
                said = say(asked[-1], len(asked))
                if said is None:
                    self.close_connection = True
                    return
                status, headers, body = said
                self.send_response(status)
                for name, value in {"Content-Type": "application/json",
                                    **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            do_GET = do_POST = do_PUT = do_DELETE = answer

        server = LoopbackServer(Answer)
        self.addCleanup(server.close)
        return Client(server.url, token=token, tries=3, wait=0.001,
                      max_wait=1), asked, server.url

    @staticmethod
    def problem(status, code, **headers):
        return (status, {"Content-Type": "application/problem+json",
                         **headers},
                {"type": "/problems/x", "title": "No", "status": status,
                 "code": code, "detail": "name: is bad", "field": "name",
                 "request_id": "abc"})

    def refused(self, ask, status):
        with self.assertRaises(ProblemError) as raised:
            ask()
        self.assertEqual(raised.exception.status, status)
        return raised.exception

    @staticmethod
    def create(client):
        return client.create_service_provider(spid="a", name="A")

    def test_an_error_names_member_code_and_request(self):
        client, _, _ = self.serve(
            lambda *_: self.problem(400, "INVALID_ARGUMENT"))
        error = self.refused(lambda: self.create(client), 400)
        self.assertEqual(
            (error.code, error.field, error.request_id, str(error)),
            ("INVALID_ARGUMENT", "name", "abc", "name: is bad"))

    def test_an_error_of_a_proxy_is_an_error_too(self):
        client, _, _ = self.serve(
            lambda *_: (502, {"Content-Type": "text/html"}, "oh"))
        self.assertEqual(self.refused(client.list_devices, 502).code, "")

    def test_the_token_is_a_header_and_what_is_not_given_is_not_sent(self):
        client, asked, _ = self.serve(lambda *_: (200, {}, {}), "otrp_secret")
        client.list_devices(group="a&b")
        self.create(client)
        (_, path, headers, _), (_, _, _, data) = asked
        self.assertEqual(headers["Authorization"], "Bearer otrp_secret")
        self.assertEqual(path, "/v1/devices?group=a%26b")
        self.assertEqual(json.loads(data), {"spid": "a", "name": "A"})

    def test_no_token_goes_over_a_network_in_clear(self):
        for url in ("http://otrp.example", "ftp://127.0.0.1", "127.0.0.1"):
            with self.assertRaisesRegex(ValueError, "https"):
                Client(url, token="otrp_secret")

    def test_no_redirect_is_followed_with_the_token(self):
        _, others, url = self.serve(lambda *_: (200, {}, {}))
        client, _, _ = self.serve(
            lambda *_: (302, {"Location": url + "/v1/devices"}, {}), "otrp_x")
        self.refused(client.list_devices, 302)
        self.assertEqual(others, [])

    def test_no_value_begins_another_part_of_a_path(self):
        client, asked, _ = self.serve(lambda *_: (200, {}, {}))
        client.get_service_provider(spid="a/../b?c#d")
        self.assertEqual(asked[0][1],
                         "/v1/service-providers/a%2F..%2Fb%3Fc%23d")
        for bad in ("", ".", ".."):
            with self.assertRaises(ValueError):
                client.get_service_provider(spid=bad)

    def test_429_is_waited_for_whatever_was_asked(self):
        client, asked, _ = self.serve(
            lambda _, n: (200, {}, {}) if n > 1 else self.problem(
                429, "RESOURCE_EXHAUSTED", **{"Retry-After": "1"}))
        began = time.monotonic()
        self.create(client)
        self.assertGreaterEqual(time.monotonic() - began, 1)
        self.assertEqual(len(asked), 2)
        self.assertEqual(asked[0][3], asked[1][3])

    def test_a_server_that_says_to_wait_for_long_is_not_waited_for(self):
        client, asked, _ = self.serve(lambda *_: self.problem(
            429, "RESOURCE_EXHAUSTED", **{"Retry-After": "3600"}))
        self.assertEqual(
            self.refused(lambda: self.create(client), 429).retry_after, 3600)
        self.assertEqual(len(asked), 1)

    @staticmethod
    def register(client, **more):
        """Anybody may, and then there is no key."""
        return client.register(spid="a", name="A", contact="b", **more)

    @staticmethod
    def keys(asked):
        return [headers.get("Idempotency-Key") for _, _, headers, _ in asked]

    def test_while_nobody_knows_only_what_does_no_harm_twice_is_sent_again(
            self):
        for status, code in ((502, ""), (503, "UNAVAILABLE"),
                             (504, "DEADLINE_EXCEEDED")):
            client, asked, _ = self.serve(
                lambda *_, s=status, c=code: self.problem(s, c))
            self.refused(lambda c=client: self.register(c), status)
            self.assertEqual(len(asked), 1)
            self.refused(client.list_devices, status)
            self.assertEqual(len(asked), 1 + 3)
            self.refused(lambda c=client: self.create(c), status)
            self.assertEqual(len(asked), 1 + 3 + 3)

    def test_without_an_answer_only_what_does_no_harm_twice_is_sent_again(
            self):
        client, asked, _ = self.serve(
            lambda _, n: None if n % 3 else (200, {}, {}))
        with self.assertRaises(NoAnswerError):
            self.register(client)
        self.assertEqual(len(asked), 1)
        client.list_devices()
        self.assertEqual(len(asked), 3)
        self.create(client)
        self.assertEqual(len(asked), 6)

    def test_each_change_has_a_key_of_its_own_that_its_retries_share(self):
        client, asked, _ = self.serve(
            lambda _, n: None if n % 2 else (200, {}, {}))
        self.create(client)
        self.create(client)
        client.delete_application(spid="a", taid="t")
        keys = self.keys(asked)
        self.assertEqual(keys[0::2], keys[1::2])
        self.assertEqual(len(set(keys)), 3)
        for key in keys:
            self.assertRegex(key, "^[0-9a-f-]{36}$")

    def test_a_key_of_the_callers_own_is_sent(self):
        client, asked, _ = self.serve(
            lambda _, n: None if n % 2 else (200, {}, {}))
        client.create_service_provider(spid="a", name="A",
                                       idempotency_key="mine")
        self.register(client, idempotency_key="too")
        self.assertEqual(self.keys(asked), ["mine"] * 2 + ["too"] * 2)

    def test_what_changes_nothing_or_has_no_caller_has_no_key(self):
        client, asked, _ = self.serve(lambda *_: (200, {}, {}))
        client.list_devices()
        client.write_chunk(uploadId="u", offset="0", content=b"x")
        client.accept_invitation(code="c", name="n")
        self.register(client)
        self.assertEqual(self.keys(asked), [None] * 4)

    def test_a_first_try_that_still_runs_is_waited_for_and_others_are_not(
            self):
        client, asked, _ = self.serve(
            lambda _, n: (200, {}, {}) if n > 4 else self.problem(
                409, "ABORTED", **{"Retry-After": "0"}))
        self.create(client)
        self.assertEqual(len(asked), 5)
        client, asked, _ = self.serve(
            lambda *_: self.problem(409, "ALREADY_EXISTS"))
        self.refused(lambda: self.create(client), 409)
        self.assertEqual(len(asked), 1)

    def test_a_list_is_read_to_its_last_page(self):
        def say(asked, _):
            token = urllib.parse.parse_qs(urllib.parse.urlsplit(
                asked[1]).query).get("pageToken", ["none"])[0]
            return 200, {}, {
                "members": [{"name": "after " + token}],
                "nextPageToken": {"none": "one", "one": "two"}.get(token, "")}

        client, asked, _ = self.serve(say)
        self.assertEqual([one["name"] for one in client.each_members(spid="a")],
                         ["after none", "after one", "after two"])
        self.assertEqual(len(asked), 3)

    def test_an_upload_goes_on_where_the_portal_is_and_after_a_lost_answer(
            self):
        image = b"x" * MIB + b"y" * MIB + b"z" * MIB + b"end"
        kept = bytearray(image[:MIB])

        def say(asked, n):
            _, path, _, data = asked
            if path == "/v1/uploads":
                self.assertEqual(json.loads(data)["sha256"], base64.b64encode(
                    hashlib.sha256(image).digest()).decode())
                return 200, {}, {"upload": {"uploadId": "u",
                                            "received": str(len(kept))}}
            if path.endswith(":complete"):
                return 200, {}, {"imageSha256": ""}
            offset = int(path.partition("?offset=")[2])
            kept[offset:] = data
            # The first chunk's answer is lost.
            return None if n == 2 else (200, {}, {"received": str(len(kept))})

        client, asked, _ = self.serve(say)
        seen = []
        with tempfile.NamedTemporaryFile() as f:
            f.write(image)
            f.flush()
            upload(client, f.name, spid="a", taid="t", version="1",
                   on_progress=lambda received, size: seen.append(received))
        self.assertEqual(seen, [MIB, 2 * MIB, 3 * MIB, 3 * MIB + 3])
        self.assertTrue(bytes(kept) == image)
        self.assertEqual([one[0] for one in asked].count("PUT"), 4)


class WebhookTest(unittest.TestCase):

    SECRET, OTHER = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode()
                     for n in (7, 8))
    NOW = 1_700_000_000
    BODY = b'{"specversion":"1.0","id":"e1","source":"/","type":"otrp.x"}'

    def signed(self, secret, at=NOW, name="e1"):
        mac = hmac.digest(base64.b64decode(secret[6:]),
                          f"{name}.{at}.".encode() + self.BODY, "sha256")
        return {"webhook-id": name, "webhook-timestamp": str(at),
                "webhook-signature": "v1," + base64.b64encode(mac).decode()}

    def verify(self, secrets, headers, body=BODY):
        return verify(secrets, headers, body, now=self.NOW)

    def test_a_signed_event_is_read(self):
        event = self.verify(self.SECRET, self.signed(self.SECRET))
        self.assertEqual(event["type"], "otrp.x")

    def test_while_secrets_rotate_either_signature_and_either_secret_will_do(
            self):
        both = self.signed(self.SECRET)
        both["webhook-signature"] += " " + self.signed(
            self.OTHER)["webhook-signature"]
        self.verify(self.OTHER, both)
        self.verify([self.OTHER, self.SECRET], self.signed(self.SECRET))

    def test_what_another_signed_changed_kept_or_renamed_is_refused(self):
        good = self.signed(self.SECRET)
        for headers, body in (
                (self.signed(self.OTHER), self.BODY),
                (good, self.BODY.replace(b"otrp.x", b"otrp.y")),
                (self.signed(self.SECRET, self.NOW - 301), self.BODY),
                (self.signed(self.SECRET, self.NOW + 301), self.BODY),
                ({**good, "webhook-timestamp": "soon"}, self.BODY),
                ({**good, "webhook-id": "e2"}, self.BODY),
                (self.signed(self.SECRET, name="e2"), self.BODY),
                ({**good, "webhook-signature": ""}, self.BODY),
                ({**good, "webhook-signature": "v1,"}, self.BODY),
                ({**good, "webhook-signature":
                  good["webhook-signature"][3:]}, self.BODY),
                ({"webhook-id": "e1"}, self.BODY)):
            with self.subTest(headers), self.assertRaises(WebhookError):
                self.verify(self.SECRET, headers, body)

    def test_a_secret_that_is_none_is_no_check(self):
        for bad in ("", "whsec_", self.SECRET[6:], "whsec_AAAA", "whsec_!"):
            with self.subTest(bad), self.assertRaises(ValueError):
                self.verify(bad, self.signed(self.SECRET))
        with self.assertRaises(WebhookError):
            self.verify([], self.signed(self.SECRET))


if __name__ == "__main__":
    unittest.main()
