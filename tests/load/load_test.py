"""otrp-load against a real stack: its numbers are held against the services'
own, and what is wrong on purpose must be counted as an error."""

import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.request

from deploy.suite import load
from tests.e2e.world import World
from tests.support.loopback import Handler, LoopbackServer

WORLD = None
OTRP = "application/otrp+json"


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def scrape(service):
    """{series: value} of a service's metrics."""
    with urllib.request.urlopen(WORLD.stack.metrics_url(service),
                                timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {line.split(" ")[0]: float(line.split(" ")[1])
            for line in lines if line and not line.startswith("#")}


def message_counts():
    """{(type, verdict): messages} that the TSM has counted."""
    counts = {}
    for series, value in scrape("tsm").items():
        if series.startswith("otrp_message_total{"):
            labels = dict(pair.split("=") for pair in
                          series[len("otrp_message_total{"):-1].split(","))
            key = (labels["type"].strip('"'), labels["verdict"].strip('"'))
            counts[key] = counts.get(key, 0) + value
    return counts


def since(before):
    return {key: value - before.get(key, 0)
            for key, value in message_counts().items()
            if value != before.get(key, 0)}


class Relay(LoopbackServer):
    """Between devices and the gateway; change(n, body, answer) may put
    another answer (status, body) in place of the gateway's."""

    def __init__(self, change):
        relay = self
        self.count = 0
        self.lock = threading.Lock()

        class Through(Handler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.body()
                with relay.lock:
                    relay.count += 1
                    n = relay.count
                upstream = http.client.HTTPConnection(
                    "127.0.0.1", WORLD.stack.ports["http"], timeout=30)
                upstream.request("POST", self.path, body,
                                 {"Content-Type": OTRP})
                got = upstream.getresponse()
                answer = (got.status, got.read())
                upstream.close()
                status, reply = change(n, body, answer)
                self.send_response(status)
                self.send_header("Content-Type", OTRP)
                if status != 204:
                    self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(reply)

        super().__init__(Through)


class Run:
    """A set-up and one run of it, which goes on in the background."""

    def __init__(self, test, *flags, change_target=None):
        options = load.parse(["--cache", os.path.join(WORLD.folder, "cache"),
                              *flags])
        load.prepare_cache_folder(options.cache)
        self.work = tempfile.mkdtemp(prefix="load-", dir=WORLD.folder)
        self.setup = load.Setup(WORLD.stack, options, self.work)
        test.addCleanup(self.setup.close)
        self.target = self.setup.make()
        if change_target:
            with open(self.target, encoding="ascii") as f:
                target = json.load(f)
            change_target(target)
            with open(self.target, "w", encoding="ascii") as f:
                json.dump(target, f)
        self.json = os.path.join(self.work, "report.json")
        self.html = os.path.join(self.work, "report.html")
        self.began = time.monotonic()
        self.began_at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        self.child = subprocess.Popen(
            [*self.setup.command(self.target), "--json", self.json, "--html",
             self.html, "--progress"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            stdin=subprocess.DEVNULL, env=WORLD.stack.ctl_env())
        test.addCleanup(self.kill)

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()

    def wait_a_second(self):
        """Of the run itself, which then says the first time how it goes."""
        line = self.child.stderr.readline()
        assert line.split()[0] == "1s", line

    def dids(self, role):
        return {self.setup.dids[pool["alg"]][n] for pool in self.setup.pools
                if pool["role"] == role for n in pool["devices"]}

    def report(self, code=0):
        """Waits for the end, which must have that exit code."""
        out, err = self.child.communicate(timeout=120)
        self.seconds = time.monotonic() - self.began
        assert self.child.returncode == code, (self.child.returncode, out,
                                               err)
        with open(self.json, encoding="utf-8") as f:
            return json.load(f)


class LoadTest(unittest.TestCase):

    def errors(self, report):
        return {(e["transaction"], e["reason"]): e["count"]
                for e in report["errors"]}

    def answers(self, report, name):
        return report["messages_ms"].get(name, {}).get(
            "raw", {"count": 0})["count"]

    def test_a_closed_loop_of_everything(self):
        """Two processes, both kinds of keys, both dialects, all kinds of
        transactions; no warm-up, so that each message is in the report."""
        run = Run(self, "--devices", "4", "--processes", "2", "--identities",
                  "40", "--versions", "8", "--duration", "5s", "--mix",
                  "first-install=3,heartbeat=3,update=2,withdraw=2,replay,"
                  "abort,bad-signature",
                  "--algs", "rs256=1,es256=2", "--dialects", "ietf03,pei03")
        cpu = {name: scrape(name)["otrp_process_cpu_seconds_total"]
               for name in ("tsm", "gateway")}
        report = run.report()
        self.assertEqual(report["errors"], [])
        self.assertTrue(report["passed"])
        done = {name: kind["ok"]
                for name, kind in report["transactions"].items()}
        self.assertEqual(set(done), set(load.ROLES))
        totals = report["totals"]
        self.assertEqual(totals["ok"], sum(done.values()))
        self.assertEqual(totals["messages"], sum(
            leg["raw"]["count"] for leg in report["messages_ms"].values()))
        # The window is written in milliseconds.
        rate = totals["ok"] / report["window_seconds"]
        self.assertAlmostEqual(totals["transactions_per_second"], rate,
                               delta=rate / 1000)
        self.assertEqual(sum(point["ok"] for point in report["series"]),
                         totals["ok"])
        # Each transaction's messages are known.
        installs = sum(done[kind] for kind in (
            "first-install", "replay", "abort", "bad-signature"))
        self.assertEqual(self.answers(report, "InstallTAResponse"), installs)
        self.assertEqual(self.answers(report, "CreateSDResponse"), installs)
        self.assertEqual(self.answers(report, "DeleteTAResponse"),
                         done["withdraw"])
        self.assertEqual(self.answers(report, "open"),
                         totals["ok"] + done["abort"])
        self.assertEqual(self.answers(report, "replay"), 3 * done["replay"])
        self.assertEqual(self.answers(report, "forged"),
                         done["bad-signature"])
        # And so does the server count them.
        server = {}
        for labels, count in report["server_messages"].items():
            pairs = dict(p.split("=") for p in labels.split(","))
            key = (pairs["type"].strip('"'), pairs["verdict"].strip('"'))
            server[key] = server.get(key, 0) + count
        for name in ("GetDeviceState", "CreateSD", "InstallTA", "UpdateTA",
                     "DeleteTA", "DeleteSD"):
            self.assertEqual(server.get((name + "Response", "ok"), 0),
                             self.answers(report, name + "Response"), name)
        self.assertEqual(server["connect", "ok"],
                         self.answers(report, "open"))
        self.assertEqual(sum(n for (_, verdict), n in server.items()
                             if verdict == "repeated"), 3 * done["replay"])
        self.assertEqual(sum(n for (_, verdict), n in server.items()
                             if verdict == "bad-signature"),
                         done["bad-signature"])
        self.assert_devices(run)
        self.assert_cost(report, cpu)
        self.assert_page(run)

    def assert_devices(self, run):
        """What operators see is what devices say that they have."""
        listed = {device["did"]: device for device
                  in WORLD.must("device", "list")["devices"]
                  if device["last_seen"] > run.began_at}
        algorithms = set()
        for role in set(load.ROLES.values()):
            dids = run.dids(role)
            self.assertTrue(dids)
            for did in dids & set(listed):
                device = listed[did]
                algorithms.add((device["key_type"], device["dialect"]))
                self.assertEqual(device["attestation"]["verdict"],
                                 "accepted")
                self.assertEqual(device["tasks"], [])
                tas = [ta["taid"] for sd in device["security_domains"]
                       for ta in sd["tas"]]
                wanted = [] if role == "withdraw" else [
                    ta["taid"] for ta in run.setup.tas.values()
                    if ta["role"] == role]
                if role != "withdraw" or tas == []:
                    self.assertEqual(tas, wanted, (role, device))
            if role != "install":
                # Each had to be set up.
                self.assertLessEqual(dids, set(listed))
        self.assertEqual(algorithms, {(key, dialect)
                                      for key in ("RSA", "EC")
                                      for dialect in ("ietf03", "pei03")})
        emptied = [did for did in run.dids("withdraw")
                   if not listed[did]["security_domains"]]
        self.assertTrue(emptied)

    def assert_cost(self, report, before):
        services = {s["name"]: s for s in report["cpu"]["services"]}
        for name, value in before.items():
            # Taken around the run: what settling cost is in here only.
            now = scrape(name)["otrp_process_cpu_seconds_total"]
            self.assertGreater(services[name]["cpu_seconds"], 0.05)
            self.assertLessEqual(services[name]["cpu_seconds"],
                                 now - before[name] + 0.01)
        client = report["cpu"]["client"]
        own = client["user_seconds"] + client["system_seconds"]
        self.assertGreater(client["device_seconds"], 0.1)
        self.assertLess(client["device_seconds"], own)

    def assert_page(self, run):
        with open(run.html, encoding="utf-8") as f:
            page = f.read()
        self.assertEqual(page.count("<svg"), 3)
        self.assertNotIn("http://www", page)
        self.assertNotIn("<script", page)

    def test_an_open_loop_keeps_its_rate(self):
        before = message_counts()
        run = Run(self, "--devices", "8", "--duration", "3s", "--warmup",
                  "1s", "--rate", "12", "--arrivals", "constant", "--mix",
                  "heartbeat=3,first-install=1", "--algs", "es256",
                  "--fresh-connections")
        report = run.report()
        self.assertEqual(report["totals"]["ok"], 36)
        self.assertEqual(report["warmup"]["ok"], 12)
        self.assertEqual(report["connections"]["opened"], 36)
        self.assertEqual(report["connections"]["latency_ms"]["count"], 36)
        latency = report["totals"]["latency_ms"]
        self.assertGreaterEqual(latency["corrected"]["mean"],
                                latency["raw"]["mean"])
        # Settling and warm-up are the TSM's too.
        settled = len(run.dids("heartbeat"))
        self.assertEqual(since(before)["connect", "ok"], 36 + 12 + settled)

    def test_a_large_ta(self):
        run = Run(self, "--devices", "2", "--identities", "2", "--duration",
                  "2s", "--algs", "es256", "--sizes", "1MiB")
        report = run.report()
        self.assertGreater(report["totals"]["ok"], 0)
        # Base64 of base64.
        self.assertGreater(
            report["totals"]["bytes_received"] / report["totals"]["ok"],
            (1 << 20) * 16 / 9)

    def stalled(self, *flags):
        """Heartbeats, 25 a second, at a gateway that stands still for a
        second."""
        run = Run(self, "--duration", "3s", "--mix", "heartbeat", "--algs",
                  "es256", *flags)
        pid = WORLD.stack.process("gateway").pid()
        run.wait_a_second()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(1)
        finally:
            os.kill(pid, signal.SIGCONT)
        return run.report()["totals"]["latency_ms"]

    def assert_corrected(self, latency):
        self.assertGreater(latency["raw"]["max"], 900)
        self.assertLess(latency["raw"]["p90"], 300)
        self.assertGreater(latency["corrected"]["p90"], 400)

    def test_omission_is_corrected_in_an_open_loop(self):
        latency = self.stalled("--devices", "1", "--identities", "1",
                               "--rate", "25", "--arrivals", "constant")
        self.assertEqual(latency["raw"]["count"],
                         latency["corrected"]["count"])
        self.assert_corrected(latency)

    def test_omission_is_corrected_in_a_closed_loop(self):
        latency = self.stalled("--devices", "1", "--identities", "1",
                               "--think", "20ms", "--expected-interval",
                               "40ms")
        self.assertGreater(latency["corrected"]["count"],
                           latency["raw"]["count"] + 20)
        self.assert_corrected(latency)

    def test_an_interrupted_run_reports(self):
        run = Run(self, "--devices", "2", "--identities", "2", "--processes",
                  "2", "--duration", "60s", "--algs", "es256")
        run.wait_a_second()
        run.child.send_signal(signal.SIGINT)
        report = run.report()
        self.assertTrue(report["interrupted"])
        self.assertGreater(report["totals"]["ok"], 0)
        self.assertLess(run.seconds, 15)
        self.assertLess(report["window_seconds"], 10)

    # -- what is wrong on purpose -------------------------------------------

    def test_a_gateway_that_dies(self):
        run = Run(self, "--devices", "2", "--identities", "2", "--duration",
                  "2500ms", "--algs", "es256")
        run.wait_a_second()
        WORLD.kill("gateway")
        try:
            report = run.report(code=1)
        finally:
            WORLD.stack.start_service("gateway")
        self.assertGreater(report["totals"]["ok"], 0)
        self.assertGreater(self.errors(report)["first-install",
                                               "no-connection"], 5)
        self.assertFalse(report["passed"])
        self.assertEqual(report["totals"]["errors"],
                         sum(point["errors"] for point in report["series"]))
        # What got no answer is in its message's errors, and in no latency.
        self.assertGreaterEqual(report["totals"]["message_errors"],
                                report["totals"]["errors"])
        self.assertEqual(report["totals"]["messages"], sum(
            leg["raw"]["count"] for leg in report["messages_ms"].values()))
        self.assertGreater(report["messages_ms"]["open"]["errors"], 5)

    def test_a_missed_threshold_has_an_exit_code_of_its_own(self):
        reports = []
        for limit, code in (("1h", 0), ("1us", 3)):
            run = Run(self, "--devices", "1", "--identities", "1",
                      "--duration", "500ms", "--algs", "es256", "--threshold",
                      f"first-install.p99<{limit}", "--threshold",
                      "errors<=0%")
            reports.append(run.report(code=code))
            self.assertEqual([t["held"] for t in reports[-1]["thresholds"]],
                             [code == 0, True])
            self.assertEqual(reports[-1]["passed"], code == 0)
        self.compare(*reports)

    def compare(self, before, after):
        paths = []
        for number, report in enumerate((before, after)):
            paths.append(WORLD.write(f"report-{number}.json",
                                     json.dumps(report).encode()))
        page = WORLD.path("both.html")
        done = subprocess.run(
            [WORLD.stack.binary("clients/load/otrp-load"), "compare", *paths,
             "--html", page, "--json", WORLD.path("both.json")],
            capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(WORLD.path("both.json"), encoding="utf-8") as f:
            rows = json.load(f)["rows"]
        row = next(r for r in rows if r["what"] == "first-install"
                   and r["metric"] == "ok")
        self.assertEqual([row["before"], row["after"]],
                         [r["transactions"]["first-install"]["ok"]
                          for r in (before, after)])
        with open(page, encoding="utf-8") as f:
            self.assertIn("</svg>", f.read())

    def test_an_sp_that_withdraws_what_is_expected(self):
        run = Run(self, "--devices", "2", "--identities", "2", "--duration",
                  "2500ms", "--algs", "es256", "--max-errors", "100000")
        run.wait_a_second()
        run.setup.close()
        # As many errors as there may be: they are told all the same.
        report = run.report(code=0)
        self.assertGreater(report["totals"]["ok"], 0)
        self.assertEqual(set(self.errors(report)),
                         {("first-install", "requests")})
        self.assertIn("expected GetDeviceState, CreateSD, InstallTA",
                      report["errors"][0]["example"])

    def test_octets_that_the_sp_never_gave(self):
        def change(target):
            for ta in target["tas"].values():
                ta["versions"][0]["image_sha256"] = "0" * 64

        run = Run(self, "--devices", "1", "--identities", "1", "--duration",
                  "500ms", "--algs", "es256", change_target=change)
        report = run.report(code=1)
        self.assertEqual(report["totals"]["ok"], 0)
        self.assertEqual(set(self.errors(report)),
                         {("first-install", "ta-octets")})

    def relayed(self, change, mix):
        relay = Relay(change)
        self.addCleanup(relay.close)
        run = Run(self, "--devices", "1", "--identities", "1", "--duration",
                  "300ms", "--algs", "es256", "--mix", mix,
                  change_target=lambda target: target.update(url=relay.url))
        return set(self.errors(run.report(code=1)))

    def test_a_reply_that_differs_the_second_time(self):
        seen = set()

        def change(_, body, answer):
            again = body in seen and body
            seen.add(body)
            return (200, answer[1] + b" ") if again else answer

        self.assertEqual(self.relayed(change, "replay"),
                         {("replay", "replay-differs")})

    def test_a_server_that_takes_a_wrong_signature(self):
        def change(_, body, answer):
            forged = body.startswith(b'{"CreateSD') and answer[0] == 204
            return (200, b"{}") if forged else answer

        self.assertEqual(self.relayed(change, "bad-signature"),
                         {("bad-signature", "forged-accepted")})

    def test_answers_that_are_no_answers(self):
        for answer, reason in (((503, b"{}"), "http-503"),
                               ((200, b""), "empty-message"),
                               ((200, b"{}"), "tee-ERR_AGENT_TEE_FAIL")):
            with self.subTest(reason=reason):
                self.assertEqual(
                    self.relayed(lambda *_, a=answer: a, "first-install"),
                    {("first-install", reason)})

    def test_a_request_that_was_tampered_with(self):
        def change(_, body, answer):
            if answer[0] != 200:
                return answer
            message = json.loads(answer[1])
            jws = next(iter(message.values()))
            jws["signature"] = ("B" if jws["signature"][0] == "A"
                                else "A") + jws["signature"][1:]
            return 200, json.dumps(message).encode()

        self.assertEqual(self.relayed(change, "first-install"),
                         {("first-install", "tee-ERR_REQUEST_INVALID")})

    # -- setting up ---------------------------------------------------------

    def test_devices_are_dealt_out_by_weight(self):
        for count, parts in ((10, {"a": 9, "b": 1}), (3, {"a": 1, "b": 1}),
                             (1, {"a": 5, "b": 1}), (100, {"a": 1})):
            dealt = load.shares(count, parts)
            self.assertEqual(sum(dealt.values()), max(count, len(parts)))
            self.assertGreaterEqual(min(dealt.values()), 1)
        self.assertEqual(load.shares(10, {"a": 9, "b": 1}),
                         {"a": 9, "b": 1})

    def test_flags_that_make_no_sense(self):
        for flags in (["--mix", "lunch"], ["--mix", "heartbeat=-1"],
                      ["--mix", "heartbeat=nan"], ["--mix", "update=inf"],
                      ["--mix", "heartbeat=0"], ["--algs", "rs512"],
                      ["--sizes", "64KB"], ["--devices", "0"],
                      ["--versions", "1"]):
            with self.assertRaises(load.LoadError, msg=flags):
                load.parse(flags)

    # -- what isn't begun ---------------------------------------------------

    def refused(self, *args):
        done = subprocess.run(
            [WORLD.stack.binary("clients/load/otrp-load"), *args],
            capture_output=True, text=True, check=False, timeout=60,
            stdin=subprocess.DEVNULL)
        return done.returncode, done.stderr

    def test_strangers_are_left_in_peace(self):
        def elsewhere(target):
            target["url"] = "http://192.0.2.1:8080"

        run = Run(self, "--devices", "1", "--identities", "1", "--algs",
                  "es256", change_target=elsewhere)
        out, err = run.child.communicate(timeout=60)
        self.assertEqual(run.child.returncode, 2, out)
        self.assertIn("--i-operate-this-server", err)
        self.assertFalse(os.path.exists(run.json))

    def test_wrong_flags(self):
        for args in ((), ("lunch",), ("run",), ("run", "--lunch"),
                     ("prepare", "--cache", WORLD.work, "--devices", "-1"),
                     ("prepare", "--cache", WORLD.work, "--devices", "1",
                      "--alg", "dsa")):
            code, err = self.refused(*args)
            self.assertEqual(code, 2, (args, err))
        code, err = self.refused("run", "--target", "/nowhere")
        self.assertEqual(code, 1, err)

    def test_a_cache_that_lacks_a_device(self):
        def change(target):
            target["pools"][0]["devices"].append(999)

        run = Run(self, "--devices", "1", "--identities", "1", "--algs",
                  "es256", change_target=change)
        out, err = run.child.communicate(timeout=60)
        self.assertEqual(run.child.returncode, 1, out)
        self.assertIn("isn't prepared", err)

    def test_leftovers_of_a_killed_run_are_taken_off(self):
        first = Run(self, "--devices", "1", "--identities", "1",
                    "--duration", "500ms", "--algs", "es256")
        first.report()
        # The second one has the same devices; nobody closed the first.
        second = Run(self, "--devices", "1", "--identities", "1",
                     "--duration", "500ms", "--algs", "es256")
        second.report()


if __name__ == "__main__":
    unittest.main()
