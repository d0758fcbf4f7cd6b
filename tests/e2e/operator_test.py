"""What an operator leans on: otrpctl's exit codes and messages, health,
metrics, reflection of who may do what, and an audit log that notices."""

import json
import os
import re
import socket
import stat
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from deploy import services
from tests.e2e.world import SERVICES, TA_ID, World

WORLD = None
# Service -> its schema.
SCHEMAS = {s.name: schema for schema, s in services.SCHEMAS.items()}


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def http_get(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class OtrpctlTest(unittest.TestCase):

    def assert_fails(self, code, words, *args, **environment):
        done = WORLD.ctl(*args, **environment)
        self.assertEqual(done.code, code, done.out + done.err)
        self.assertEqual(done.out, "", "errors belong on stderr")
        for word in words:
            self.assertIn(word, done.err)

    def test_usage_errors_end_with_2_and_say_what_is_right(self):
        for words, args in (
                (["unknown noun \"devcie\"", "did you mean \"device\""],
                 ("devcie", "list")),
                (["unknown verb \"lst\"", "list, show"], ("device", "lst")),
                (["needs a verb"], ("device",)),
                (["--spdi", "did you mean \"spid\""],
                 ("sp", "create", "--spdi", "x", "--name", "y")),
                (["--name", "is missing"], ("sp", "create", "--spid", "x")),
                (["--reason", "keyCompromise"],
                 ("cert", "revoke", "--serial", "01", "--reason", "fun",
                  "--yes")),
                (["--role", "tee"], ("trust", "add", "--role", "moon",
                                     "--name", "x", "--cert", "y")),
        ):
            with self.subTest(args=args):
                self.assert_fails(2, words, *args)
        bad = subprocess.run(
            [WORLD.stack.binary("clients/otrpctl/otrpctl"), "ca", "list",
             "-o", "xml"], capture_output=True, text=True, check=False,
            env=WORLD.stack.ctl_env())
        self.assertEqual(bad.returncode, 2)
        self.assertIn("table", bad.stderr)

    def test_a_file_that_is_not_there_or_not_right(self):
        def unread(path, why):
            self.assert_fails(2, [f"--csr: can't read {path}: {why}"], "ca",
                              "issue", "--profile", "tee", "--csr", path,
                              "--out", "/x")

        unread("/nowhere.csr", "No such file")
        unread(WORLD.work, "Is a directory")
        text = WORLD.write("text.csr", b"hello")
        self.assert_fails(1, ["csr"], "ca", "issue", "--profile", "tee",
                          "--csr", text, "--out", WORLD.path("never.pem"))
        self.assertFalse(os.path.exists(WORLD.path("never.pem")))
        self.assert_fails(2, ["--serial: can't read /nowhere.pem"], "cert",
                          "show", "--serial", "@/nowhere.pem")
        self.assert_fails(2, [f"--serial @{text}"], "cert", "revoke",
                          "--serial", "@" + text, "--reason", "superseded",
                          "--yes")
        self.assert_fails(2, ["--profile moon", "tee"], "ca", "issue",
                          "--profile", "moon", "--csr", text, "--out",
                          WORLD.path("never.pem"))

    def test_what_is_not_there_ends_with_3(self):
        self.assert_fails(3, ["no device"], "device", "show", "0" * 64)
        self.assert_fails(3, ["nobody"], "sp", "show", "--spid", "nobody")
        self.assert_fails(3, [], "cert", "show", "--serial", "0123456789")
        self.assert_fails(3, ["nobody"], "ta", "release", "--spid", "nobody",
                          "--taid", TA_ID, "--version", "1.0.0")
        self.assert_fails(3, [], "trust", "rm", "--role", "tee", "--name",
                          "nothing", "--yes")

    def test_who_may_not_ends_with_4(self):
        """A service's certificate is good for its own calls only."""
        tls = os.path.join(WORLD.stack.tls, "gateway")
        for args in (("device", "list"), ("ca", "issue", "--profile", "tee",
                                          "--csr", self.csr(), "--out",
                                          WORLD.path("x.pem")),
                     ("sp", "list"), ("trust", "list"), ("audit", "list")):
            with self.subTest(args=args):
                self.assert_fails(4, [], *args, OTRP_TLS_DIR=tls)

    def test_nobody_there_ends_with_5(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{s.getsockname()[1]}"
            self.assert_fails(5, ["tsm", address], "device", "list",
                              OTRP_TSM_ADDR=address)

    def test_a_stranger_is_no_caller(self):
        """A certificate of another CA ends at the handshake."""
        folder = WORLD.path("stranger")
        os.mkdir(folder)
        done = WORLD.openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
            f"{folder}/key.pem", "-out", f"{folder}/cert.pem", "-subj",
            "/CN=otrp-operator", "-addext",
            "subjectAltName=URI:otrp://operator/admin")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(WORLD.stack.tls, "operator", "ca.pem"),
                  "rb") as f:
            WORLD.write("stranger/ca.pem", f.read())
        self.assert_fails(5, [], "device", "list", OTRP_TLS_DIR=folder)

    def csr(self):
        path = WORLD.path("denied.csr")
        if not os.path.exists(path):
            WORLD.must("key", "new", "--cn", "x", "--alg", "ec", "--key",
                       WORLD.path("denied.key"), "--csr", path)
        return path

    def test_a_new_key_is_for_its_owner_only(self):
        self.csr()
        mode = stat.S_IMODE(os.stat(WORLD.path("denied.key")).st_mode)
        self.assertEqual(mode, 0o600)

    def test_tables_are_for_people(self):
        sp = WORLD.new_sp()
        done = subprocess.run(
            [WORLD.stack.binary("clients/otrpctl/otrpctl"), "sp", "list"],
            capture_output=True, text=True, check=True,
            env=WORLD.stack.ctl_env())
        header, *rows = done.stdout.splitlines()
        self.assertIn("SPID", header)
        self.assertTrue(any(row.startswith(sp.spid) for row in rows))

    def test_the_same_command_again_is_no_error_and_no_second_thing(self):
        sp = WORLD.new_sp()
        again = WORLD.ctl("sp", "create", "--spid", sp.spid, "--name",
                          "The Bank")
        self.assertEqual(again.code, 0, again.err)
        other = WORLD.ctl("sp", "create", "--spid", sp.spid, "--name", "Else")
        self.assertEqual(other.code, 1, other.out)
        WORLD.release(sp, "1.0.0")
        WORLD.must("ta", "release", "--spid", sp.spid, "--taid", TA_ID,
                   "--version", "1.0.0")
        mine = [p for p in WORLD.must("sp", "list")["service_providers"]
                if p["spid"] == sp.spid]
        self.assertEqual([p["name"] for p in mine], ["The Bank"])

    def at_a_terminal(self, answer, *args):
        """otrpctl with somebody at it who types `answer`: its exit code and
        what it asked."""
        ours, its = os.openpty()
        with subprocess.Popen(
                [WORLD.stack.binary("clients/otrpctl/otrpctl"), *args],
                stdin=its, stderr=its, stdout=subprocess.DEVNULL,
                env=WORLD.stack.ctl_env()) as program:
            os.close(its)
            asked = b""
            while b"[y/N]" not in asked:
                asked += os.read(ours, 4096)
            os.write(ours, answer)
            code = program.wait(timeout=30)
        os.close(ours)
        return code, asked.decode()

    def test_what_takes_away_asks_and_scripts_say_yes(self):
        root = WORLD.path("extra-root.pem")
        WORLD.must("trust", "export", "--role", "tee", "--out", root)
        WORLD.must("trust", "add", "--role", "sp", "--name", "extra",
                   "--cert", root)
        remove = ("trust", "rm", "--role", "sp", "--name", "extra")

        def there():
            return "extra" in [a["name"] for a in WORLD.must(
                "trust", "list", "--role", "sp")["anchors"]]

        self.assert_fails(2, ["--yes"], *remove)
        code, asked = self.at_a_terminal(b"n\n", *remove)
        self.assertEqual(code, 1)
        self.assertIn("--name extra", asked)
        self.assertTrue(there())
        self.assertEqual(self.at_a_terminal(b"y\n", *remove)[0], 0)
        self.assertFalse(there())

    def test_how_many_have_a_version_and_what_a_device_did(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        _, other = WORLD.new_device()
        folder, did = WORLD.new_device()
        # A version has many names, a device's id many digits.
        WORLD.must("ta", "release", "--spid", sp.spid, "--taid", TA_ID,
                   "--version", "1.0")
        WORLD.must("assign", "--spid", sp.spid, "--taid", TA_ID, "--device",
                   did)
        WORLD.requests(folder)
        self.assertEqual(WORLD.must("device", "show", did[:16])["did"], did)
        counted = WORLD.must("ta", "versions", "--taid", TA_ID, "--spid",
                             sp.spid)
        self.assertEqual(
            [(v["version"], v["devices"]) for v in counted["versions"]],
            [("1.0.0", 1)])
        had = WORLD.must("device", "list", "--filter",
                         f"tas={sp.spid}/{TA_ID}@1.0.0")["devices"]
        self.assertEqual([d["did"] for d in had], [did])
        events = WORLD.must("audit", "list", "--subject", did)["events"]
        self.assertEqual({e["action"] for e in events},
                         {"session.device-state", "session.response"})
        self.assertEqual({e["actor"] for e in events}, {f"device:{did}"})
        self.assertEqual(
            WORLD.must("audit", "list", "--subject", other)["events"], [])
        profiles = {c["profile"]
                    for c in WORLD.must("cert", "list")["certificates"]}
        self.assertLessEqual({"authority", "web"}, profiles)
        self.assertNotIn("unknown-0", profiles)

    def test_watching_shows_it_again(self):
        with subprocess.Popen(
                [WORLD.stack.binary("clients/otrpctl/otrpctl"), "sp", "list",
                 "--count", "--watch", "0.5", "-o", "json"],
                stdout=subprocess.PIPE, text=True,
                env=WORLD.stack.ctl_env()) as program:
            before = json.loads(program.stdout.readline())["count"]
            WORLD.new_sp()
            deadline = time.monotonic() + 20
            while json.loads(program.stdout.readline())["count"] == before:
                self.assertLess(time.monotonic(), deadline)
            program.terminate()

    def test_json_members_of_a_device(self):
        folder, did = WORLD.new_device()
        self.assertEqual(WORLD.requests(folder), ["GetDeviceStateRequest"])
        device = WORLD.must("device", "show", did)
        self.assertEqual(device["did"], did)
        self.assertEqual(device["dialect"], "ietf03")
        self.assertEqual(device["attestation"]["verdict"], "accepted")
        self.assertEqual(device["attestation"]["reasons"], [])
        self.assertEqual(device["security_domains"], [])
        listed = WORLD.must("device", "list")["devices"]
        self.assertIn(did, [d["did"] for d in listed])


class HealthTest(unittest.TestCase):

    def test_live_and_ready(self):
        for name in SERVICES:
            for path in ("/livez", "/readyz"):
                self.assertEqual(
                    http_get(WORLD.stack.metrics_url(name, path)),
                    (200, "ok\n"), name + path)

    def test_crls_and_ocsp_stay_up_while_the_tsm_is_away(self):
        connected = 'otrp_peer_connected{peer="tsm"} '

        def shows(value):
            return f"{connected}{value}\n" in http_get(
                WORLD.stack.metrics_url("gateway", "/metrics"))[1]

        def wait(condition):
            deadline = time.monotonic() + 10
            while not condition():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
        wait(lambda: shows(1))
        WORLD.kill("tsm")
        self.addCleanup(WORLD.stack.start_service, "tsm")
        wait(lambda: shows(0))
        # A gateway that isn't ready would be sent nothing at all.
        for path in ("/readyz", "/livez"):
            self.assertEqual(
                http_get(WORLD.stack.metrics_url("gateway", path)),
                (200, "ok\n"))
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(WORLD.stack.url("http", "/otrp"), b"",
                                   timeout=30)
        with refused.exception as answer:
            self.assertEqual(answer.code, 503)
            self.assertIn("Retry-After", answer.headers)
        with urllib.request.urlopen(WORLD.stack.url(
                "http", "/pki/crl/tee-ca.crl"), timeout=30) as answer:
            self.assertEqual(answer.status, 200)
        # An empty SEQUENCE is no request, but the CA is asked about it.
        ocsp = urllib.request.Request(
            WORLD.stack.url("http", "/pki/ocsp"), b"\x30\x00",
            {"Content-Type": "application/ocsp-request"})
        with urllib.request.urlopen(ocsp, timeout=30) as answer:
            self.assertEqual(answer.headers["Content-Type"],
                             "application/ocsp-response")

    def test_metrics_are_prometheus_text_with_help_and_units(self):
        folder, _ = WORLD.new_device()
        WORLD.requests(folder)
        line = re.compile(r'^[a-z_]+(\{([a-z_]+="[^"\n]*",?)*\})? '
                          r'[-+0-9.eEInfNa]+$')
        for name in SERVICES:
            status, text = http_get(WORLD.stack.metrics_url(name))
            self.assertEqual(status, 200)
            types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
            helped = set(re.findall(r"^# HELP (\S+) \S", text, re.M))
            self.assertEqual(set(types), helped)
            self.assertIn("otrp_process_cpu_seconds_total", types)
            for metric, kind in types.items():
                self.assertTrue(metric.startswith("otrp_"), metric)
                self.assertEqual(metric.endswith("_total"),
                                 kind == "counter", metric)
            for row in text.splitlines():
                if not row.startswith("#"):
                    self.assertRegex(row, line)

    def test_a_refused_message_is_counted(self):
        def replies():
            text = http_get(WORLD.stack.metrics_url("tsm"))[1]
            return sum(float(v) for labels, v in re.findall(
                r"^otrp_message_total\{(.*)\} (\S+)$", text, re.M)
                if "accepted" not in labels and "pass" not in labels)

        before = replies()
        request = urllib.request.Request(
            WORLD.stack.url("http", "/otrp"), method="POST",
            data=b'{"GetDeviceStateResponse":[]}',
            headers={"Content-Type": "application/otrp+json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            self.assertEqual(answer.status, 204)
        self.assertEqual(replies(), before + 1)


class AuditTest(unittest.TestCase):

    def test_what_was_done_is_found_again(self):
        sp = WORLD.new_sp()
        events = WORLD.must("audit", "list", "--service",
                            "sp_portal")["events"]
        mine = [e for e in events if e["subject"].startswith(sp.spid)]
        self.assertIn("sp.create", [e["action"] for e in mine])
        for event in mine:
            self.assertTrue(event["actor"].startswith("otrp://operator/"),
                            event)
            self.assertEqual(event["outcome"], "ok")

    def test_tampering_is_found(self):
        WORLD.new_sp()
        rules = WORLD.write("policy.json", b'{"tee_rules":[]}')
        WORLD.must("policy", "set", "--file", rules)
        # Events are sealed now and then, and at the start.
        for service in SCHEMAS:
            WORLD.kill(service)
            WORLD.stack.start_service(service)
        deadline = time.monotonic() + 30
        while not all(log["intact"] and log["sealed_events"] > 0 for log
                      in WORLD.must("audit", "verify")["logs"]):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        for service, schema in SCHEMAS.items():
            with self.subTest(service=service):
                WORLD.stack.postgres.psql(
                    f"UPDATE {schema}.audit_event SET actor = actor || 'x' "
                    f"WHERE id = (SELECT min(id) FROM {schema}.audit_event)")
                done = WORLD.ctl("audit", "verify")
                self.assertEqual(done.code, 1, done.out)
                logs = {log["service"]: log for log in done.json()["logs"]}
                self.assertFalse(logs[service]["intact"], logs)
                self.assertTrue(logs[service]["faults"])
                WORLD.stack.postgres.psql(
                    f"UPDATE {schema}.audit_event SET actor = "
                    "left(actor, -1) WHERE id = (SELECT min(id) FROM "
                    f"{schema}.audit_event)")
                self.assertEqual(WORLD.ctl("audit", "verify").code, 0)

    def test_the_services_themselves_cannot_rewrite_it(self):
        for service, schema in SCHEMAS.items():
            for statement in (
                    f"UPDATE {schema}.audit_event SET actor = 'x'",
                    f"DELETE FROM {schema}.audit_event",
                    f"TRUNCATE {schema}.audit_event",
                    f"CREATE TABLE {schema}.t (a int)",
                    f"ALTER TABLE {schema}.audit_event DROP COLUMN actor"):
                with self.subTest(service=service, statement=statement):
                    with self.assertRaisesRegex(
                            Exception, "permission denied|must be owner"):
                        WORLD.stack.postgres.psql(
                            statement, role=f"otrp_{schema}")

    def test_a_service_sees_its_own_schema_only(self):
        for schema in SCHEMAS.values():
            for other in SCHEMAS.values():
                if other == schema:
                    continue
                with self.assertRaisesRegex(Exception, "permission denied"):
                    WORLD.stack.postgres.psql(
                        f"SELECT 1 FROM {other}.audit_event",
                        role=f"otrp_{schema}")


class SecretsTest(unittest.TestCase):

    def test_no_secret_in_logs_and_command_lines(self):
        secrets = []
        folder = WORLD.stack.secrets
        for name in os.listdir(folder):
            if name.startswith(("kek", "session", "password")):
                with open(os.path.join(folder, name), encoding="ascii") as f:
                    secrets.append(f.read().strip())
            mode = stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode)
            self.assertEqual(mode, 0o600, name)
        self.assertGreaterEqual(len(secrets), 5)
        texts = []
        for name in os.listdir(WORLD.stack.logs):
            with open(os.path.join(WORLD.stack.logs, name),
                      encoding="utf-8", errors="replace") as f:
                texts.append(f.read())
        for name in SERVICES:
            pid = WORLD.stack.process(name).pid()
            for kind in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{kind}", encoding="utf-8",
                          errors="replace") as f:
                    texts.append(f.read())
        for text in texts:
            for secret in secrets:
                self.assertNotIn(secret, text)
            self.assertNotIn("PRIVATE KEY", text)

    def test_a_message_is_one_line_that_names_its_trace(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        folder, did = WORLD.new_device()
        WORLD.must("assign", "--spid", sp.spid, "--taid", TA_ID, "--device",
                   did)
        WORLD.requests(folder)
        tid = next(s["tid"] for s in WORLD.must("session", "list")["sessions"]
                   if did in s["dids"])
        message = next(
            m for m in WORLD.must("session", "show", tid)["messages"]
            if m["name"] == "GetDeviceStateResponse")
        trace = message["trace_id"]
        found = {}
        for name in ("gateway", "tsm", "attestation_verifier"):
            with open(WORLD.stack.process(name).log_file,
                      encoding="utf-8") as f:
                entries = [json.loads(line) for line in f]
            found[name] = [e for e in entries if e.get("trace_id") == trace]
        line, = found["tsm"]
        self.assertEqual(line["msg"], "device message")
        self.assertEqual(line["tid"], tid)
        self.assertEqual(line["type"], "GetDeviceStateResponse")
        self.assertEqual(line["verdict"], "ok")
        self.assertGreater(int(line["octets_in"]), 1000)
        self.assertGreater(int(line["octets_out"]), 1000)
        # One line a message in all services together.
        self.assertEqual(found["gateway"], [])
        self.assertEqual(found["attestation_verifier"], [])
        events = WORLD.must("audit", "list", "--service", "tsm")["events"]
        event, = [e for e in events if e.get("trace_id") == trace]
        self.assertEqual((event["action"], event["outcome"]),
                         ("session.device-state", "ok"))

    def test_a_session_is_shown_as_a_table_of_messages(self):
        folder, did = WORLD.new_device()
        WORLD.requests(folder)
        tid = next(s["tid"] for s in WORLD.must("session", "list")["sessions"]
                   if did in s["dids"])
        shown = subprocess.run(
            [WORLD.stack.binary("clients/otrpctl/otrpctl"), "session", "show",
             tid], capture_output=True, text=True, check=True,
            env=WORLD.stack.ctl_env(), stdin=subprocess.DEVNULL).stdout
        self.assertRegex(shown, r"\nmessages\nN +DIRECTION +NAME +RID")
        self.assertRegex(shown, r"\n2 +from-device +GetDeviceStateResponse")
        self.assertNotIn("{", shown)

    def test_logs_are_json_lines(self):
        for name in SERVICES:
            with open(WORLD.stack.process(name).log_file,
                      encoding="utf-8") as f:
                lines = f.read().splitlines()
            self.assertTrue(lines, name)
            for line in lines:
                entry = json.loads(line)
                self.assertEqual(entry["service"], name)
                for member in ("ts", "level", "msg"):
                    self.assertIn(member, entry)


if __name__ == "__main__":
    unittest.main()
