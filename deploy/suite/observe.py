"""Watches a running stack: Prometheus with the rules of deploy/prometheus,
an exporter for PostgreSQL, and Alertmanager if asked for. All on loopback, on
free ports, with their data in one folder (observe/ in the state folder).
"""

import argparse
import glob
import json
import os
import shutil
import signal
import sys
import time
import urllib.error
import urllib.parse

from deploy.services import SERVICES
from deploy.suite.ports import free_ports
from deploy.suite.postgres import DATABASE, MONITOR, PostgresError
from deploy.suite.processes import Process, stop_all
from deploy.suite.runners import StackError
from deploy.suite.stack import (
    Stack, default_state_dir, http_ok, open_url)

# Name of a process -> its program, which has Debian's package's name.
PROGRAMS = {
    "prometheus": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "postgres_exporter": "prometheus-postgres-exporter",
}
START_SECONDS = 30


def rule_files(root):
    return sorted(glob.glob(os.path.join(root, "deploy", "prometheus",
                                         "*.rules.yml")))


class Observer:
    """Prometheus and its companions beside one stack.

    "job" is the service's name or "postgres", as the rules and the dashboards
    expect.
    """

    def __init__(self, stack, folder=None, scrape_interval="5s",
                 evaluation_interval="5s", alertmanager=False,
                 alertmanager_webhook=None, rules=None):
        """alertmanager_webhook: URL that gets the alerts; implies
        alertmanager. rules: files, instead of those of deploy/prometheus."""
        self.stack = stack
        self.folder = os.path.abspath(
            folder or stack.observe)
        self.scrape_interval = scrape_interval
        self.evaluation_interval = evaluation_interval
        self.webhook = alertmanager_webhook
        self.alertmanager = alertmanager or bool(alertmanager_webhook)
        self.rules = rule_files(stack.root) if rules is None else rules
        self.ports = self._saved_ports()

    # -- verbs --------------------------------------------------------------

    def start(self, say=lambda _: None):
        """Starts what doesn't run, and returns when all of it answers."""
        if not self.stack.postgres.running():
            raise StackError("nothing runs here to look at: ./otrp up first")
        if not os.path.exists(self.stack.postgres.password_file(MONITOR)):
            raise StackError(f"the database has no role {MONITOR} yet: "
                             "./otrp up makes it")
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._choose_ports()
        self._start("postgres_exporter", self._exporter(), {
            **os.environ,
            "DATA_SOURCE_URI": f"/{DATABASE}?sslmode=disable&host="
                               + self.stack.postgres.socket_dir(),
            "DATA_SOURCE_USER": MONITOR,
            "DATA_SOURCE_PASS_FILE":
                self.stack.postgres.password_file(MONITOR),
        }, say)
        if self.alertmanager:
            self._write("alertmanager.yml", self._alertmanager_config())
            self._start("alertmanager", self._alertmanager(), None, say)
        self._write("prometheus.yml", self._prometheus_config())
        pid = self.process("prometheus").pid()
        if pid is not None:  # It may have been started with other rules.
            os.kill(pid, signal.SIGHUP)
        self._start("prometheus", self._prometheus(), None, say)

    def stop(self, say=lambda _: None):
        """By pid; what isn't there is fine."""
        return stop_all(self.folder, say)

    def running(self):
        return [name for name in PROGRAMS if self.process(name).pid()]

    # -- questions ----------------------------------------------------------

    def url(self, name="prometheus", path=""):
        return f"http://127.0.0.1:{self.ports[name]}{path}"

    def api(self, path, **parameters):
        """What Prometheus' API answers below /api/v1/."""
        if self.process("prometheus").pid() is None:
            raise StackError("Prometheus doesn't run: ./otrp observe first")
        url = self.url(path="/api/v1/" + path)
        if parameters:
            url += "?" + urllib.parse.urlencode(parameters)
        try:
            with open_url(url, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise StackError(f"{url}: {error.read().decode()}") from error

    def query(self, expression):
        """The series of an instant query: [{"metric", "value"}, ..]."""
        return self.api("query", query=expression)["result"]

    def alerts(self):
        """Pending and firing: [{"labels", "state", ..}, ..]."""
        return self.api("alerts")["alerts"]

    def process(self, name):
        return Process(name, self.folder, self.folder)

    # -- inside -------------------------------------------------------------

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _write(self, name, value):
        # JSON is YAML.
        with open(self._path(name), "w", encoding="utf-8") as f:
            json.dump(value, f, indent=1)
            f.write("\n")

    def _saved_ports(self):
        try:
            with open(self._path("ports.json"), encoding="ascii") as f:
                return json.load(f)
        except (OSError, ValueError):
            return {}

    def _choose_ports(self):
        """Those of what runs stay, the others are free ones."""
        running = self.running()
        for name, port in zip(PROGRAMS, free_ports(len(PROGRAMS))):
            if name not in running or name not in self.ports:
                self.ports[name] = port
        self._write("ports.json", self.ports)

    def _start(self, name, flags, environment, say):
        process = self.process(name)
        if process.pid() is not None:
            say(f"{name}: runs already")
        else:
            program = shutil.which(PROGRAMS[name])
            if program is None:
                raise StackError(f"apt-get install {PROGRAMS[name]}")
            process.start([program, *flags], env=environment)
            say(f"{name}: started")
        path = "/metrics" if name == "postgres_exporter" else "/-/ready"
        deadline = time.monotonic() + START_SECONDS
        while not http_ok(self.url(name, path)):
            if process.pid() is None or time.monotonic() > deadline:
                raise StackError(f"{name} doesn't answer; the end of "
                                 f"{process.log_file}:\n{process.log_tail()}")
            time.sleep(0.05)

    def _listen(self, name):
        return f"--web.listen-address=127.0.0.1:{self.ports[name]}"

    def _exporter(self):
        return [self._listen("postgres_exporter")]

    def _alertmanager(self):
        return [self._listen("alertmanager"),
                "--config.file=" + self._path("alertmanager.yml"),
                "--storage.path=" + self._path("alertmanager-data"),
                "--cluster.listen-address="]  # One is enough here.

    def _prometheus(self):
        return [self._listen("prometheus"),
                "--config.file=" + self._path("prometheus.yml"),
                "--storage.tsdb.path=" + self._path("prometheus-data"),
                "--storage.tsdb.retention.time=7d"]

    def _prometheus_config(self):
        targets = {name: self.stack.metrics_url(name, "")[len("http://"):]
                   for name in SERVICES}
        targets["postgres"] = f"127.0.0.1:{self.ports['postgres_exporter']}"
        config = {
            "global": {"scrape_interval": self.scrape_interval,
                       "scrape_timeout": self.scrape_interval,
                       "evaluation_interval": self.evaluation_interval},
            "rule_files": self.rules,
            "scrape_configs": [
                {"job_name": name, "static_configs": [{"targets": [target]}]}
                for name, target in targets.items()],
        }
        if self.alertmanager:
            config["alerting"] = {"alertmanagers": [{"static_configs": [{
                "targets": [f"127.0.0.1:{self.ports['alertmanager']}"]}]}]}
        return config

    def _alertmanager_config(self):
        receiver = {"name": "here"}  # Without a webhook: its pages show them.
        if self.webhook:
            receiver["webhook_configs"] = [{"url": self.webhook,
                                            "send_resolved": True}]
        # A test that brings its own receiver doesn't want to wait.
        wait = "200ms" if self.webhook else "10s"
        return {
            "route": {"receiver": "here", "group_by": ["alertname", "job"],
                      "group_wait": wait,
                      "group_interval": "1s" if self.webhook else "1m",
                      "repeat_interval": "4h"},
            # Where a page is sent already, its ticket says nothing new.
            "inhibit_rules": [{
                "source_matchers": ["severity=page"],
                "target_matchers": ["severity=ticket"],
                "equal": ["alertname", "job", "instance"]}],
            "receivers": [receiver],
        }


def print_series(series):
    for one in series:
        labels = dict(one["metric"])
        name = labels.pop("__name__", "")
        inside = ", ".join(f'{key}="{value}"'
                           for key, value in sorted(labels.items()))
        print(f"{name}{{{inside}}} {one['value'][1]}")
    if not series:
        print("no series")


def main():
    parser = argparse.ArgumentParser(prog="otrp observe",
                                     description=__doc__)
    parser.add_argument("--state-dir", default=default_state_dir())
    parser.add_argument("--with-alertmanager", action="store_true",
                        help="Alertmanager too; its pages show the alerts")
    parser.add_argument("--webhook", metavar="URL",
                        help="where Alertmanager sends them besides")
    parser.add_argument("--query", metavar="EXPRESSION",
                        help="what Prometheus says to it now; no more")
    parser.add_argument("--stop", action="store_true",
                        help="stops what the command started")
    args = parser.parse_args()
    try:
        observer = Observer(Stack(args.state_dir),
                            alertmanager=args.with_alertmanager,
                            alertmanager_webhook=args.webhook)
        if args.stop:
            return 0 if observer.stop(print) else 1
        if args.query is not None:
            print_series(observer.query(args.query))
            return 0
        observer.start(print)
    except (StackError, PostgresError) as error:
        print(f"otrp observe: {error}", file=sys.stderr)
        return 1
    print(f"\nPrometheus:   {observer.url(path='/graph')}\n"
          f"targets:      {observer.url(path='/targets')}\n"
          f"rules:        {observer.url(path='/rules')}\n"
          f"alerts:       {observer.url(path='/alerts')}")
    if "alertmanager" in observer.running():
        print("Alertmanager: " + observer.url("alertmanager"))
    print("\n./otrp observe --stop ends it; ./otrp down too.")
    return 0
