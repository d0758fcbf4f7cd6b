"""The gateway's HTTP as an agent and a stranger meet it: methods, media types,
sizes, headers, and what a broken message gets."""

import base64
import datetime
import email.utils
import http.client
import json
import select
import socket
import ssl
import unittest

from tests.e2e.world import World

WORLD = None
OTRP = "application/otrp+json"


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class HttpRulesTest(unittest.TestCase):

    def setUp(self):
        self.port = WORLD.stack.ports["http"]

    def send(self, method, path, body=None, headers=None, connection=None):
        """(status, headers, body); the headers' names in lower case."""
        own = connection or http.client.HTTPConnection("127.0.0.1", self.port,
                                                       timeout=30)
        own.request(method, path, body=body, headers=headers or {})
        answer = own.getresponse()
        result = (answer.status,
                  {k.lower(): v for k, v in answer.getheaders()},
                  answer.read())
        if connection is None:
            own.close()
        return result

    def post(self, body, path="/otrp", **headers):
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        return self.send("POST", path, body, named)

    def raw(self, octets, port=None):
        """Everything that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", port or self.port),
                                      timeout=30) as s:
            s.sendall(octets)
            received = b""
            while True:
                more = s.recv(65536)
                if not more:
                    return received
                received += more

    def assert_problem(self, answer, status, word):
        self.assertEqual(answer[0], status, answer)
        self.assertEqual(answer[1]["content-type"],
                         "application/problem+json")
        problem = json.loads(answer[2])
        self.assertEqual(problem["status"], status)
        self.assertIn(word, problem["detail"])

    def assert_request(self, answer, name="GetDeviceStateRequest"):
        status, headers, body = answer
        self.assertEqual(status, 200, answer)
        self.assertEqual(headers["content-type"], OTRP)
        self.assertEqual(headers["content-length"], str(len(body)))
        self.assertEqual(headers["cache-control"], "no-store")
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertEqual(headers["content-security-policy"],
                         "default-src 'none'")
        self.assertEqual(headers["referrer-policy"], "no-referrer")
        self.assertNotIn("set-cookie", headers)
        self.assertEqual(list(json.loads(body)), [name])

    def test_an_empty_post_opens_a_session(self):
        self.assert_request(self.post(b""))
        self.assert_request(self.post(b"", path="/otrp/pei03"))
        self.assert_request(self.post(b"", Content_Type="text/plain"))

    def test_the_path_says_how_a_session_begins(self):
        for path, alg in (("/otrp", "RS256"), ("/otrp/rs256", "RS256"),
                          ("/otrp/es256", "ES256"), ("/otrp/pei03", "RS256"),
                          ("/otrp/pei03/rs256", "RS256"),
                          ("/otrp/pei03/es256", "ES256")):
            answer = self.post(b"", path=path)
            self.assert_request(answer)
            protected = json.loads(answer[2])["GetDeviceStateRequest"][
                "protected"]
            header = base64.urlsafe_b64decode(protected + "==")
            self.assertEqual(json.loads(header)["alg"], alg, path)
        self.assert_problem(self.post(b"", path="/otrp/es512"), 404, "path")

    def test_an_empty_chunked_body_is_empty_too(self):
        answer = self.raw(b"POST /otrp HTTP/1.1\r\nHost: a\r\n"
                          b"Transfer-Encoding: chunked\r\n"
                          b"Connection: close\r\n\r\n0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:200])
        self.assertIn(b"GetDeviceStateRequest", answer)

    def test_every_session_has_another_tid(self):
        bodies = {self.post(b"")[2] for _ in range(3)}
        self.assertEqual(len(bodies), 3)

    def test_only_post(self):
        for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"):
            for path in ("/otrp", "/otrp/pei03", "/otrp/es256"):
                answer = self.send(method, path)
                self.assertEqual(answer[0], 405, method)
                self.assertEqual(answer[1]["allow"], "POST")

    def test_the_content_type_of_a_body(self):
        for good in (OTRP, "Application/OTRP+JSON", OTRP + "; charset=utf-8"):
            self.assertEqual(self.post(b"{}", Content_Type=good)[0], 204, good)
        for bad in ("application/json", "text/plain", ""):
            answer = self.post(b"{}", Content_Type=bad)
            self.assert_problem(answer, 415, OTRP)
        self.assert_problem(self.post(b"{}"), 415, "Content-Type")

    def test_accept(self):
        for good in (OTRP, "*/*", "application/*", "text/html, */*;q=0.1"):
            self.assert_request(self.post(b"", Accept=good))
        for bad in ("text/html", "application/json", OTRP + ";q=0"):
            self.assert_problem(self.post(b"", Accept=bad), 406, OTRP)

    def test_what_is_no_json(self):
        for bad in (b"no", b"{", b'{"a":1}{', b"\xff\xfe", b'{"a":1,"a":2}',
                    b"[" * 100000):
            answer = self.post(bad, Content_Type=OTRP)
            self.assert_problem(answer, 400, "not JSON")

    def test_the_size_limit(self):
        limit = 1 << 20
        full = b'{"a":"' + b"x" * (limit - 8) + b'"}'
        self.assertEqual(len(full), limit)
        self.assertEqual(self.post(full, Content_Type=OTRP)[0], 204)
        self.assert_problem(self.post(full + b" ", Content_Type=OTRP), 413,
                            "octets")
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        answer = self.raw(b"POST /otrp HTTP/1.1\r\nHost: a\r\nContent-Type: " +
                          OTRP.encode() +
                          b"\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          chunk * 17 + b"0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:100])

    def test_a_header_without_end(self):
        answer = self.raw(b"POST /otrp HTTP/1.1\r\nHost: a\r\nX: " +
                          b"y" * 100000 + b"\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 431 "), answer[:100])

    def test_what_is_no_http(self):
        for octets in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
                       b"POST\r\n\r\n",
                       b"POST /otrp HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
            answer = self.raw(octets)
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:100])

    def test_two_lengths_are_no_request(self):
        """Request smuggling: a proxy before us may believe the other one."""
        for fields in (b"Content-Length: 2\r\nContent-Length: 3\r\n",
                       b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"):
            answer = self.raw(b"POST /otrp HTTP/1.1\r\nHost: a\r\n" + fields +
                              b"\r\n{}")
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:100])

    def test_an_absolute_target_is_the_path_in_it(self):
        """What a client sends that believes to talk to a proxy."""
        for method, target in (("POST", "http://tam.example/otrp"),
                               ("GET", "https://x:8443/pki/crl/tee-ca.crl")):
            answer = self.raw(f"{method} {target} HTTP/1.1\r\n"
                              "Host: tam.example\r\nContent-Length: 0\r\n"
                              "Connection: close\r\n\r\n".encode())
            self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:100])

    def test_one_host(self):
        for fields in (b"", b"Host: a\r\nHost: b\r\n", b"Host: a/b\r\n"):
            answer = self.raw(b"POST /otrp HTTP/1.1\r\n" + fields +
                              b"Content-Length: 0\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer[:100])

    def test_an_empty_line_after_a_body_is_nothing(self):
        one = b"POST /otrp HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        last = one.replace(b"Host", b"Connection: close\r\nHost")
        answers = self.raw(one + b"\r\n" + last)
        self.assertEqual(answers.count(b"HTTP/1.1 200 "), 2, answers[:100])

    def test_codings_that_nobody_here_reads(self):
        for fields, status in (
                (b"Content-Encoding: gzip\r\nContent-Length: 2\r\n", b"415"),
                (b"Transfer-Encoding: gzip, chunked\r\n", b"501"),
                (b"Transfer-Encoding: gzip\r\n", b"400")):
            answer = self.raw(b"POST /otrp HTTP/1.1\r\nHost: a\r\n"
                              b"Content-Type: " + OTRP.encode() + b"\r\n" +
                              fields + b"\r\n{}")
            self.assertTrue(answer.startswith(b"HTTP/1.1 " + status), answer)

    def test_who_asks_to_continue_is_told_at_once(self):
        head = (b"POST /otrp HTTP/1.1\r\nHost: a\r\nContent-Type: " +
                OTRP.encode() + b"\r\nExpect: 100-continue\r\n"
                b"Connection: close\r\nContent-Length: 2\r\n\r\n")
        with socket.create_connection(("127.0.0.1", self.port),
                                      timeout=10) as s:
            s.sendall(head)
            self.assertEqual(s.recv(100), b"HTTP/1.1 100 Continue\r\n\r\n")
            s.sendall(b"{}")
            self.assertTrue(s.recv(100).startswith(b"HTTP/1.1 204 "))

    def test_an_endless_chunk_extension_is_not_kept(self):
        with socket.create_connection(("127.0.0.1", self.port),
                                      timeout=30) as s:
            s.sendall(b"POST /otrp HTTP/1.1\r\nHost: a\r\n"
                      b"Transfer-Encoding: chunked\r\n\r\n1;a=")
            sent = 0
            try:
                while sent < 64 << 20 and not select.select([s], [], [], 0)[0]:
                    s.sendall(b"a" * 65536)
                    sent += 65536
            except OSError:
                pass
            self.assertLess(sent, 32 << 20)
            # The limit's answer: where the buffer ends there is none.
            answer = s.recv(100)
            self.assertTrue(answer.startswith(b"HTTP/1.1 431 "), answer)

    def test_a_crl_that_has_not_changed_is_not_sent_again(self):
        path = "/pki/crl/tee-ca.crl"
        status, headers, body = self.send("GET", path)
        self.assertEqual(status, 200)
        modified = headers["last-modified"]
        when = email.utils.parsedate_to_datetime(modified)
        for since, expected in (
                (modified, 304),
                (when.strftime("%A, %d-%b-%y %H:%M:%S GMT"), 304),
                (when.strftime("%a %b %e %H:%M:%S %Y"), 304),
                (email.utils.format_datetime(
                    when - datetime.timedelta(seconds=1), usegmt=True), 200),
                ("yesterday", 200)):
            answer = self.send("GET", path,
                               headers={"If-Modified-Since": since})
            self.assertEqual(answer[0], expected, since)
            self.assertEqual(answer[2], b"" if expected == 304 else body)
        # The tag is the better word of the two.
        answer = self.send("GET", path, headers={
            "If-Modified-Since": modified, "If-None-Match": '"another"'})
        self.assertEqual(answer[0], 200)

    def test_a_proxy_of_the_environment_gets_none_of_our_calls(self):
        for name in ("http_proxy", "https_proxy", "grpc_proxy"):
            proxied = {name: "http://127.0.0.1:9", "no_proxy": "",
                       "no_grpc_proxy": ""}
            done = WORLD.ctl("ca", "list", **proxied)
            self.assertEqual(done.code, 0, (name, done.err))

    def test_other_paths(self):
        for path in ("/", "/otrp/", "/otrp/nope", "/metrics", "/pki",
                     "/otrp%2Fpei03", "/../otrp"):
            self.assertEqual(self.send("POST", path, b"")[0], 404, path)

    def test_broken_messages_get_204_and_change_nothing(self):
        before = WORLD.must("device", "list")["devices"]
        opened = json.loads(self.post(b"")[2])
        signed = opened["GetDeviceStateRequest"]
        for message in (
                {}, [], "x", 1, None, {"Nope": {}},
                {"GetDeviceStateResponse": None},
                {"GetDeviceStateResponse": []},
                {"GetDeviceStateResponse": [{}]},
                {"GetDeviceStateResponse": [{"GetDeviceTEEStateResponse": 1}]},
                {"CreateSDResponse": {"payload": "", "protected": "",
                                      "signature": ""}},
                # Our own request, played back.
                opened,
                {"GetDeviceStateResponse": [
                    {"GetDeviceTEEStateResponse": signed}]},
                {"OTrPBrokerError": {"ver": "1.0", "rid": "x", "tid": "y",
                                     "errcode": "ERR_AGENT_TEE_FAIL"}},
        ):
            body = json.dumps(message).encode()
            answer = self.post(body, Content_Type=OTRP)
            self.assertEqual((answer[0], answer[2]), (204, b""), message)
            self.assertNotIn("content-type", answer[1])
        self.assertEqual(WORLD.must("device", "list")["devices"], before)

    def test_a_connection_serves_many_requests(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=30)
        for _ in range(5):
            self.assert_request(self.send("POST", "/otrp", b"",
                                          connection=connection))
            # An error doesn't end it, either.
            self.assertEqual(
                self.send("GET", "/otrp", connection=connection)[0], 405)
        connection.close()

    def test_tls(self):
        context = ssl.create_default_context(
            cafile=f"{WORLD.stack.tls}/gateway-web/ca.pem")
        port = WORLD.stack.ports["https"]
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=30,
                                                 context=context)
        self.assert_request(self.send("POST", "/otrp", b"",
                                      connection=connection))
        connection.close()
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname = False
        old.verify_mode = ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("DEFAULT:@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", port), timeout=30) as s:
            with self.assertRaises(ssl.SSLError):
                old.wrap_socket(s)

    def test_slow_senders_do_not_hold_up_others(self):
        slow = []
        for _ in range(50):
            s = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self.addCleanup(s.close)
            s.sendall(b"POST /otrp HTTP/1.1\r\nHost: a\r\nContent-Le")
            slow.append(s)
        self.assert_request(self.post(b""))


if __name__ == "__main__":
    unittest.main()
