"""A service provider whose TA nobody else ever sees: the real endpoint, the
real suite, real devices; and what stands between TSM and endpoint, as it may
be, with the certificate of the endpoint's host: one that drops, forges, mixes
up, repeats and redirects."""

import http.client
import http.server
import json
import os
import signal
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

from tests.e2e.world import ROOT, TA_ID, World

WORLD = None
TSM_ID = "https://tsm.otrp.example/otrp"
CODE = b"code that is nobody else's business "


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class Certificate:
    """Of a server on this machine, under a root of its own."""

    def __init__(self):
        self.cert = WORLD.path("endpoint.pem")
        self.key = WORLD.path("endpoint.key")
        done = WORLD.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-addext", "basicConstraints=critical,CA:TRUE",
            "-keyout", self.key, "-out", self.cert)
        assert done.returncode == 0, done.stderr


class Middle:
    """Stands before the endpoint; `do` says what it does with an answer."""

    def __init__(self, certificate):
        self.backend = None
        self.do = lambda answer: answer
        # (did that was asked for, the answer), in their order.
        self.seen = []
        self.asked = 0
        self.elsewhere = 0
        middle = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = middle.answer(self.path, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert, certificate.key)
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/pull"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, body):
        self.asked += 1
        if path != "/pull":
            self.elsewhere += 1
            return 200, {}, b""
        if self.backend is None:
            return 503, {}, b""
        connection = http.client.HTTPSConnection(
            "localhost", self.backend, context=ssl._create_unverified_context())
        connection.request("POST", "/pull", body,
                           {"Content-Type": "application/jose+json"})
        response = connection.getresponse()
        text = response.read()
        connection.close()
        if response.status == 200:
            self.seen.append(text)
        done = self.do(text)
        if isinstance(done, tuple):
            return done
        return response.status, {"Content-Type": "application/jose+json"}, done

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Endpoint:
    """clients/pull_endpoint, behind a Middle, for one service provider."""

    def __init__(self, sp, certificate):
        self.folder = WORLD.path(WORLD.name("endpoint"))
        os.mkdir(self.folder)
        self.middle = Middle(certificate)
        self._certificate = certificate
        self._sp = sp
        self._process = None

    def offer(self, version, dids=None):
        """Has the version, and data for some devices."""
        folder = os.path.join(self.folder, TA_ID, version)
        os.makedirs(folder)
        image = self._sp.sign(TA_ID, version, CODE + version.encode())
        os.rename(image, os.path.join(folder, "image"))
        for did, data in (dids or {}).items():
            with open(os.path.join(folder, did + ".data"), "w",
                      encoding="ascii") as f:
                f.write(data)

    def up(self):
        self._process = subprocess.Popen(
            [os.path.join(ROOT, "clients/pull_endpoint/otrp-pull-endpoint"),
             "serve", "--listen", "127.0.0.1:0",
             "--tls-cert", self._certificate.cert,
             "--tls-key", self._certificate.key,
             "--url", self.middle.url, "--tsm-id", TSM_ID,
             "--tsm-roots", WORLD.tsm_roots(), "--key", self._sp.key,
             "--dir", self.folder],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.middle.backend = int(self._process.stdout.readline())

    def down(self):
        self.middle.backend = None
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process.stdout.close()
            self._process = None

    def close(self):
        self.down()
        self.middle.close()


def tamper(text):
    """One letter of what is signed."""
    jws = json.loads(text)
    payload = jws["payload"]
    jws["payload"] = payload[:40] + ("B" if payload[40] == "A" else "A") + \
        payload[41:]
    return json.dumps(jws).encode()


class PullTest(unittest.TestCase):
    certificate = None

    def setUp(self):
        if PullTest.certificate is None:
            PullTest.certificate = Certificate()
        self.sp = WORLD.new_sp()
        self.endpoint = Endpoint(self.sp, self.certificate)
        self.addCleanup(self.endpoint.close)
        WORLD.must("pull", "set", *self.named(), "--url",
                   self.endpoint.middle.url, "--roots", self.certificate.cert,
                   "--key-id", "key-7")

    def named(self):
        return "--spid", self.sp.spid, "--taid", TA_ID

    def release(self, version, dids=None):
        self.endpoint.offer(version, dids)
        WORLD.must("pull", "version", *self.named(), "--version", version)
        self.sp.release(TA_ID, version)

    def new_device(self):
        folder, did = WORLD.new_device()
        self.sp.assign(TA_ID, did)
        return folder, did

    def contact(self, folder, *flags):
        output = WORLD.contact(folder, None, *flags)
        self.assertEqual(output.code, 0, output.out + output.err)
        return output.json()

    def task(self, did):
        tasks = WORLD.must("device", "show", did)["tasks"]
        return tasks[0] if tasks else None

    def refused_for(self, folder, did, why):
        """The device comes again until its task says why."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            self.contact(folder)
            task = self.task(did)
            self.assertIsNotNone(task)
            # Pending again, where asking took longer than the pause.
            self.assertIn(task["state"], ("waiting", "pending"))
            if why in task["detail"]:
                self.assertEqual(task["last_error"], "TSM_PULL_FAILED")
                # The service provider sees it, too.
                log = WORLD.must("pull", "log", *self.named())["pulls"]
                self.assertTrue(any(why in pull["error"] and pull["did"] == did
                                    for pull in log), log)
                self.assertEqual(WORLD.held(folder), [])
                return
            time.sleep(0.5)
        raise AssertionError(f"{why} isn't said: {self.task(did)}")

    def test_install_and_update_by_pull(self):
        folder, did = WORLD.new_device()
        self.release("1.0.0", {did: "account 4711"})
        self.sp.assign(TA_ID, did)
        self.endpoint.up()
        report = self.contact(folder, "--wait", "60s")
        self.assertEqual(WORLD.held(folder), ["1.0.0"])
        self.assertNotIn("come_again_s", report)
        self.assertIsNone(self.task(did))
        ta = WORLD.shown(folder)["security_domains"][0]["tas"][0]
        self.assertEqual(ta["pdata_bytes"], len("account 4711"))
        # Another device has no data there.
        other, _ = self.new_device()
        self.contact(other, "--wait", "60s")
        ta = WORLD.shown(other)["security_domains"][0]["tas"][0]
        self.assertEqual(ta["pdata_bytes"], 0)
        self.release("2.0.0")
        self.contact(folder, "--wait", "60s")
        self.assertEqual(WORLD.held(folder), ["2.0.0"])
        self.assertIn("UpdateTARequest",
                      json.dumps(WORLD.must("session", "list")) +
                      json.dumps([WORLD.must("session", "show", s["tid"])
                                  for s in WORLD.must(
                                      "session", "list", "--device",
                                      did)["sessions"]]))
        # Nobody in between ever had it: neither the code, nor its base64.
        dump = WORLD.stack.postgres.psql(
            "SELECT count(*) FROM tsm.release WHERE pull AND "
            "octet_length(image) > 0")
        self.assertEqual(dump.strip(), "0")
        left = WORLD.stack.postgres.psql("SELECT count(*) FROM tsm.pulled_ta")
        self.assertEqual(left.strip(), "0")

    def test_data_of_one_device_without_an_endpoint(self):
        shop = WORLD.new_sp()
        shop.push(TA_ID, "1.0.0", WORLD.sign(shop, "1.0.0"), pdata="everybody")
        shop.release(TA_ID, "1.0.0")
        named = ("--spid", shop.spid, "--taid", TA_ID)
        data = WORLD.write("own-data", b"account 4711")
        sizes = []
        for own in (True, False):
            folder, did = WORLD.new_device()
            if own:
                put = WORLD.must("personalization", "put", *named, "--device",
                                 did, "--data", data)
                self.assertTrue(put["delivered"])
            shop.assign(TA_ID, did)
            WORLD.requests(folder)
            ta = WORLD.shown(folder)["security_domains"][0]["tas"][0]
            sizes.append(ta["pdata_bytes"])
        self.assertEqual(sizes, [len("account 4711"), len("everybody")])
        listed = WORLD.must("personalization", "list", *named)
        self.assertEqual(len(listed["personalizations"]), 1)
        self.assertNotIn("account", json.dumps(listed))
        clear = "position('account 4711'::bytea in "
        for column in ("portal.blob_chunk", "sealed"), \
                ("portal.outbox", "payload"), ("tsm.personalization", "sealed"):
            found = WORLD.stack.postgres.psql(
                f"SELECT count(*) FROM {column[0]} WHERE "
                f"{clear}{column[1]}) > 0")
            self.assertEqual(found.strip(), "0", column)
        WORLD.must("personalization", "delete", *named, "--device",
                   listed["personalizations"][0]["did"], "--yes")
        self.assertEqual(
            WORLD.must("personalization", "list", *named)["personalizations"],
            [])

    def test_an_endpoint_that_is_down_parks_the_session(self):
        self.release("1.0.0")
        folder, did = self.new_device()
        # Another provider's TA comes all the same.
        shop = WORLD.new_sp()
        shop.push(TA_ID, "3.0.0", WORLD.sign(shop, "3.0.0"))
        shop.release(TA_ID, "3.0.0")
        shop.assign(TA_ID, did)
        report = self.contact(folder)
        self.assertGreater(report["come_again_s"], 0)
        self.assertTrue(report["passed"])
        self.assertEqual(WORLD.held(folder), ["3.0.0"])
        sessions = WORLD.must("session", "list", "--device", did)["sessions"]
        self.assertEqual(sessions[0]["state"], "blocked")
        time.sleep(report["come_again_s"])
        report = self.contact(folder)
        self.assertEqual(self.task(did)["last_error"], "TSM_PULL_FAILED")
        self.assertIn("503", self.task(did)["detail"])
        self.endpoint.up()
        self.contact(folder, "--wait", "120s")
        self.assertEqual(WORLD.held(folder), ["1.0.0", "3.0.0"])
        self.assertIsNone(self.task(did))

    def test_a_forged_answer_is_not_shipped(self):
        self.release("1.0.0")
        folder, did = self.new_device()
        self.endpoint.up()
        self.endpoint.middle.do = tamper
        self.refused_for(folder, did, "isn't signed")
        self.endpoint.middle.do = lambda answer: answer
        self.contact(folder, "--wait", "120s")
        self.assertEqual(WORLD.held(folder), ["1.0.0"])

    def test_another_devices_answer_is_not_shipped(self):
        self.release("1.0.0")
        first, _ = self.new_device()
        self.endpoint.up()
        self.contact(first, "--wait", "60s")
        self.assertEqual(WORLD.held(first), ["1.0.0"])
        stolen = self.endpoint.middle.seen[-1]
        self.endpoint.middle.do = lambda _: stolen
        second, did = self.new_device()
        self.refused_for(second, did, '"did" isn\'t the one')

    def test_an_old_answer_is_not_shipped(self):
        self.release("1.0.0")
        folder, did = self.new_device()
        self.endpoint.up()
        # What the device could have had, and never got.
        self.endpoint.middle.do = lambda _: (503, {}, b"")
        self.refused_for(folder, did, "503")
        old = self.endpoint.middle.seen[0]
        self.endpoint.middle.do = lambda _: old
        self.refused_for(folder, did, '"nonce" isn\'t the one')

    def test_a_redirect_is_not_followed(self):
        self.release("1.0.0")
        folder, did = self.new_device()
        self.endpoint.up()
        elsewhere = urllib.parse.urljoin(self.endpoint.middle.url, "/other")
        self.endpoint.middle.do = \
            lambda _: (307, {"Location": elsewhere}, b"")
        self.refused_for(folder, did, "redirects aren't followed")
        self.assertEqual(self.endpoint.middle.elsewhere, 0)

    def test_without_the_operators_leave_private_addresses_are_refused(self):
        self.release("1.0.0")
        folder, did = self.new_device()
        self.endpoint.up()
        strict = [flag for flag in WORLD.stack._flags("tsm")
                  if not flag.startswith("--pull_private_endpoints")]
        process = WORLD.stack.process("tsm")
        process.stop()
        WORLD.stack.runner.start("tsm", "services/tsm/tsm", strict)
        try:
            WORLD.stack.up(say=lambda _: None)
            self.refused_for(folder, did, "public Internet")
            self.assertEqual(self.endpoint.middle.asked, 0)
        finally:
            process.stop()
            WORLD.stack.up(say=lambda _: None)


if __name__ == "__main__":
    unittest.main()
