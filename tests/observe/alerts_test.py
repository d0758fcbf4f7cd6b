"""Faults of all kinds, made for real in a running suite: each is told by its
alert, through a real Prometheus and Alertmanager, to a receiver; when the
fault is mended, the receiver is told so.

Windows and waits of the rules pass in quick motion (rules.in_quick_motion);
nothing else about them is changed."""

import concurrent.futures
import glob
import os
import subprocess
import threading
import time
import unittest
import urllib.error
import urllib.request

from deploy.suite.observe import Observer
from deploy.suite.postgres import DATABASE, binaries
from deploy.suite.runners import Processes
from tests.e2e.world import SERVICES, World
from tests.observe import rules
from tests.observe.receiver import Receiver

# Minutes become seconds.
FACTOR = 60
# A process without a free connection needs two seconds for its metrics.
SCRAPE_SECONDS = 3
# Two samples, wherever it begins.
LEAST_WINDOW = 2 * SCRAPE_SECONDS + 1

# The services and the database.
JOBS = len(SERVICES) + 1


class Watched:
    """A suite with everything that watches it, on the rules of the house."""

    def __init__(self, world, jobs=JOBS):
        """jobs: how many of them are there."""
        self.world = world
        self.stack = world.stack
        self.receiver = Receiver()
        self.observer = Observer(
            world.stack, os.path.join(world.folder, "observe"),
            scrape_interval=f"{SCRAPE_SECONDS}s", evaluation_interval="1s",
            alertmanager_webhook=self.receiver.url,
            rules=rules.write_in_quick_motion(
                os.path.join(world.folder, "rules"), FACTOR, LEAST_WINDOW))
        try:
            self.observer.start()
            self.settle(jobs)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.observer.stop()
        self.receiver.close()

    def settle(self, jobs):
        # Prometheus takes five seconds to get to know its targets. Until it
        # does, they are absent.
        self.until_query(f"count(up == 1) == {jobs}")
        self.until_query('absent(ALERTS{alertname="ServiceAbsent"})')

    def until_query(self, expression, seconds=30):
        deadline = time.monotonic() + seconds
        while not self.observer.query(expression):
            if time.monotonic() > deadline:
                raise AssertionError(f"{expression}: still nothing")
            time.sleep(0.2)

    def quiet(self):
        """Nothing fires or is about to, and the receiver was told so. The
        alert whose windows are hours and days takes minutes to end even in
        quick motion, and has one test only."""
        other = 'ALERTS{alertname!="MessagesUnanswered"}'
        try:
            self.until_query(f"absent({other})", 60)
        except AssertionError as error:
            raise AssertionError(self.observer.query(other)) from error
        self.receiver.wait_quiet(but="MessagesUnanswered")

    def resolved(self, alert, **labels):
        """It fires no more, and the receiver was told so."""
        matchers = "".join(f', {key}="{value}"'
                           for key, value in labels.items())
        self.until_query(f'absent(ALERTS{{alertname="{alert}", '
                         f'alertstate="firing"{matchers}}})', 40)
        self.receiver.wait_resolved(alertname=alert, **labels)

    def instance(self, job):
        return self.stack.metrics_url(job, "")[len("http://"):]

    def post(self, body):
        """The gateway's status code."""
        request = urllib.request.Request(
            self.stack.url("http", "/otrp"), data=body, method="POST",
            headers={"Content-Type": "application/otrp+json",
                     "Accept": "application/otrp+json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


class Work:
    """Something that is done over and over, by several threads, until it is
    enough."""

    def __init__(self, work, threads=1, pause=0.02):
        self._enough = threading.Event()
        self._pool = concurrent.futures.ThreadPoolExecutor(threads)
        self._done = [self._pool.submit(self._run, work, pause)
                      for _ in range(threads)]

    def _run(self, work, pause):
        while not self._enough.wait(pause):
            work()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._enough.set()
        for done in self._done:
            done.result()
        self._pool.shutdown()


class AlertsTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        world = World()
        cls.addClassCleanup(world.close)
        cls.watched = Watched(world)
        cls.addClassCleanup(cls.watched.close)
        cls.world, cls.stack = world, world.stack
        cls.receiver = cls.watched.receiver

    def setUp(self):
        # An alert that the fault before left firing wouldn't be told again.
        self.watched.quiet()
        self.since = self.receiver.now()
        self.started = time.monotonic()

    def firing(self, name, **labels):
        alert = self.receiver.wait("firing", self.since, alertname=name,
                                   **labels)
        print(f"{name} {labels}: {time.monotonic() - self.started:.1f} s")
        page = os.path.join(rules.CHECKOUT,
                            alert["annotations"]["runbook_url"])
        self.assertTrue(os.path.exists(page), page)
        return alert

    def resolved(self, name, **labels):
        self.watched.resolved(name, **labels)
        print(f"{name} resolved: {time.monotonic() - self.started:.1f} s")

    def test_1_a_quiet_suite_has_no_alerts(self):
        folder, _ = self.world.new_device()
        self.world.requests(folder)
        time.sleep(4)
        self.assertEqual(self.receiver.fired(self.since), set())
        self.assertGreaterEqual(len(self.watched.observer.api(
            "rules", type="alert")["groups"]), 5)

    def test_1_what_the_playbooks_ask_has_answers(self):
        queries, statements = rules.playbook_questions()
        self.assertGreater(len(queries), 30)
        for query in queries:
            with self.subTest(query):
                self.watched.observer.query(query)  # Or it raises.
        self.assertGreater(len(statements), 5)
        for statement in statements:
            with self.subTest(statement):
                self.stack.postgres.psql(statement)

    def test_2_a_service_that_stopped(self):
        instance = self.watched.instance("attestation_verifier")
        self.stack.process("attestation_verifier").stop()
        alert = self.firing("ServiceDown", job="attestation_verifier",
                            instance=instance, severity="page")
        self.assertIn(instance, alert["annotations"]["description"])
        self.stack.start_service("attestation_verifier")
        self.resolved("ServiceDown", job="attestation_verifier")
        self.assertNotIn("MessageRefusals", self.receiver.fired(self.since))

    def test_3_a_burst_of_bad_messages(self):
        with Work(lambda: self.assertEqual(self.watched.post(
                b'{"no": "message of the protocol"}'), 204), threads=2):
            alert = self.firing("MessageRefusals", verdict="malformed",
                                severity="ticket")
        self.assertIn("malformed", alert["annotations"]["summary"])
        self.resolved("MessageRefusals")

    def test_4_devices_get_no_answer_and_events_stay(self):
        sp = self.world.new_sp()
        self.stack.process("tsm").stop()
        self.world.release(sp, "1.0.0")
        # The event grows old quickly.
        self.assertIn("1", self.stack.postgres.psql(
            "WITH old AS (UPDATE portal.outbox SET created_at = created_at - "
            "interval '1 hour' WHERE delivered_at IS NULL RETURNING 1) "
            "SELECT count(*) > 0, 1 FROM old"))
        with Work(lambda: self.assertEqual(self.watched.post(b""), 503)):
            alert = self.firing("MessagesUnanswered", severity="page",
                                window="1h")
            self.assertRegex(alert["annotations"]["description"],
                             r"^\d+(\.\d+)?% of devices' messages of the last")
            self.firing("ServiceDown", job="tsm", severity="page")
            alert = self.firing("OutboxStuck", job="sp_portal",
                                severity="ticket", schema="portal")
            self.assertIn(self.watched.instance("sp_portal"),
                          alert["annotations"]["description"])
        self.stack.start_service("tsm")
        self.resolved("OutboxStuck")
        self.resolved("ServiceDown", job="tsm")
        with Work(lambda: self.watched.post(b"")):
            self.resolved("MessagesUnanswered", window="1h")

    def test_4_one_event_is_refused_and_others_are_not(self):
        sp, other = self.world.new_sp(), self.world.new_sp()
        self.stack.process("tsm").stop()
        self.world.release(sp, "1.0.0")
        # One that nobody can read.
        self.assertIn("1", self.stack.postgres.psql(
            "WITH bad AS (UPDATE portal.outbox SET payload = '\\xff' WHERE id "
            "= (SELECT min(id) FROM portal.outbox WHERE delivered_at IS NULL) "
            "RETURNING 1) SELECT count(*) FROM bad"))
        self.stack.start_service("tsm")
        self.firing("OutboxParked", job="sp_portal", severity="ticket",
                    schema="portal")
        self.assertTrue(self.world.release(other, "1.0.0")["delivered"])
        message, = self.world.must("outbox", "list")["messages"]
        self.assertEqual((message["state"], message["lane"]),
                         ("parked", sp.spid))
        self.assertIn("DATA_LOSS", message["last_error"])
        skipped = self.world.must(
            "outbox", "skip", str(message["id"]), "--service", "sp_portal",
            "--reason", "nobody can read it", "--yes")
        self.assertEqual(skipped["state"], "skipped")
        self.resolved("OutboxParked")

    def test_5_no_free_database_connection(self):
        # Somebody at psql forgets a lock.
        postgres = self.stack.postgres
        psql = subprocess.Popen(
            [os.path.join(binaries(), "psql"), "-X", "-q", "-h",
             postgres.socket_dir(), "-U", "postgres", "-d", DATABASE],
            stdin=subprocess.PIPE, text=True, env={
                **os.environ, "PGPASSWORD": postgres.password("postgres")})
        self.addCleanup(psql.wait)
        self.addCleanup(psql.stdin.close)
        psql.stdin.write("BEGIN; LOCK TABLE tsm.device;\n")
        psql.stdin.flush()
        with Work(lambda: self.world.ctl("device", "list"), threads=16):
            alert = self.firing("PoolExhausted", job="tsm", schema="tsm",
                                severity="page",
                                instance=self.watched.instance("tsm"))
            self.assertIn("callers wait", alert["annotations"]["description"])
            psql.stdin.write("ROLLBACK;\n")
            psql.stdin.flush()
            self.resolved("PoolExhausted", job="tsm")

    def test_6_the_database_is_away(self):
        self.stack.postgres.down()
        self.firing("DatabaseAway", severity="page")
        self.firing("NotReady", job="tsm", severity="page")
        self.firing("NotReady", job="ca", severity="ticket")
        self.firing("DatabaseFailures", job="tsm", code="UNAVAILABLE")
        self.stack.postgres.start()
        self.resolved("DatabaseAway")
        self.resolved("NotReady", job="tsm")
        self.resolved("DatabaseFailures", job="tsm")


class Yesterday(Processes):
    """Runs the programs with a clock that is behind."""

    def __init__(self, stack, behind):
        super().__init__(stack)
        library, = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        self.environment = {
            **os.environ, "LD_PRELOAD": library, "FAKETIME": f"-{behind}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def once(self, program, flags):
        subprocess.run([self._stack.binary(program), *flags], check=True,
                       capture_output=True, env=self.environment)

    def start(self, name, program, flags):
        self.process(name).start([self._stack.binary(program), *flags],
                                 env=self.environment)


class YesterdaysWorld(World):
    def make_stack(self, runner, **more):
        stack = super().make_stack(runner, **more)
        # A staple is valid for 86,400 seconds.
        self.today, stack.runner = stack.runner, Yesterday(stack, "84000s")
        return stack


class StaplesTest(unittest.TestCase):
    """The ca hasn't been there for most of a day."""

    def setUp(self):
        self.world = YesterdaysWorld()
        self.addCleanup(self.world.close)

    def test_staples_that_run_out(self):
        stack = self.world.stack
        # Today the ca is away, and all others run on.
        for name in reversed(SERVICES):
            stack.process(name).stop()
        stack.runner = self.world.today
        for name in SERVICES:
            if name != "ca":
                stack.start_service(name)
        watched = Watched(self.world, jobs=JOBS - 1)
        self.addCleanup(watched.close)
        alert = watched.receiver.wait("firing", 0, alertname="StapleExpiring",
                                      name="tsm-RSA", severity="page")
        self.assertRegex(alert["annotations"]["description"],
                         r"has 3\dm \d+s left")
        watched.receiver.wait("firing", 0, alertname="ServiceDown", job="ca",
                              severity="ticket")
        stack.start_service("ca")
        for name in ("tsm-RSA", "tsm-EC"):
            watched.resolved("StapleExpiring", name=name)


if __name__ == "__main__":
    unittest.main()
