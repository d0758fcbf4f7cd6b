"""Who Alertmanager tells: a web hook on loopback that remembers."""

import json
import threading
import time

from tests.support.loopback import Handler, LoopbackServer


class Receiver(LoopbackServer):
    def __init__(self):
        self._news = threading.Condition()
        # Each alert as it came: {"status", "labels", "annotations", ..}.
        self._alerts = []
        receiver = self

        class Hook(Handler):
            def do_POST(self):
                body = json.loads(self.body())
                with receiver._news:
                    receiver._alerts += body["alerts"]
                    receiver._news.notify_all()
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Hook)
        self.url += "/"

    def wait_resolved(self, seconds=20, **labels):
        """Until the last word about each alert with these labels is that it
        is over; there must have been one."""
        self._wait_over(seconds, [{"resolved"}],
                        lambda alert: labels.items() <= alert.items())

    def wait_quiet(self, but, seconds=20):
        """Until the last word about each alert of another name, if there was
        any, is that it is over."""
        self._wait_over(seconds, [{"resolved"}, set()],
                        lambda alert: alert["alertname"] != but)

    def _wait_over(self, seconds, ends, matches):
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                last = {alert["fingerprint"]: alert for alert in self._alerts
                        if matches(alert["labels"])}
                if {alert["status"] for alert in last.values()} in ends:
                    return
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    raise AssertionError(
                        [(alert["labels"], alert["status"])
                         for alert in last.values()])

    def now(self):
        """A moment, for `since`."""
        with self._news:
            return len(self._alerts)

    def wait(self, status, since, seconds=40, **labels):
        """The first alert with these labels that came in that status after
        `since`."""
        deadline = time.monotonic() + seconds
        with self._news:
            while True:
                for alert in self._alerts[since:]:
                    if alert["status"] == status and \
                            labels.items() <= alert["labels"].items():
                        return alert
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    raise AssertionError(
                        f"no {labels} {status} after {seconds} s; what came: "
                        + ", ".join(f'{a["labels"]["alertname"]} '
                                    f'{a["status"]}'
                                    for a in self._alerts[since:]))

    def fired(self, since=0):
        """Names of the alerts that fired since then."""
        with self._news:
            return {a["labels"]["alertname"] for a in self._alerts[since:]
                    if a["status"] == "firing"}
