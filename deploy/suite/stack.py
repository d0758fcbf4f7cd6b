"""The whole suite on loopback: up, down, status, logs.

State is kept in one folder (.otrp/ in the checkout by default): the database
cluster, secrets, certificates, logs, pid files and the ports. A second "up"
starts only what does not run.
"""

import argparse
import fcntl
import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request

from deploy.services import HTTPS_PORTS, PORTS, SCHEMAS, SERVICES
from deploy.suite.ports import free_ports
from deploy.suite.postgres import (
    MONITOR, Postgres, PostgresError, write_secret)
from deploy.suite.processes import stop_all
from deploy.suite.runners import Processes, StackError

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


def open_url(url, timeout):
    """Never through a proxy of the environment: it has no way to us."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return direct.open(url, timeout=timeout)


def http_ok(url, timeout=2):
    try:
        with open_url(url, timeout) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def http_text(url, timeout=2):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return answer.read().decode()


# Where those that speak HTTP answer, for whoever reads the status.
_ENTRIES = {"gateway": "/otrp", "api": "/v1"}


class Stack:
    def __init__(self, state_dir, root=ROOT, bin_dir=None, ports=None,
                 runner=None, ca_flags=()):
        """runner: "processes" or "containers"; None: as it was left.
        ca_flags: more of the ca and of its bootstrap, such as those of a
        PKCS #11 token; they aren't kept in the folder."""
        self.state = os.path.abspath(state_dir)
        self.root = root
        self.bin = (bin_dir or os.environ.get("OTRP_BIN_DIR")
                    or os.path.join(root, "bazel-bin"))
        self.secrets = os.path.join(self.state, "secrets")
        self.tls = os.path.join(self.state, "tls")
        self.logs = os.path.join(self.state, "logs")
        self.run = os.path.join(self.state, "run")
        # Of what watches it, if anything does (observe.py).
        self.observe = os.path.join(self.state, "observe")
        self.ports = dict(PORTS)
        self.ports.update(self._saved_ports())
        self.ports.update(ports or {})
        self.ca_flags = list(ca_flags)
        self.runner = self._runner(runner)
        self.postgres = Postgres(self.state, self.secrets,
                                 self.runner.database_group)

    # -- verbs --------------------------------------------------------------

    def up(self, say=print):
        self._prepare_folders()
        with self._lock():
            self._save_ports()
            self._save_runner()
            self.runner.prepare(say)
            say("database: private PostgreSQL 15 cluster on a unix socket")
            self.postgres.up()
            self._migrate()
            self._bootstrap()
            for name in SERVICES:
                self._start(name, say)
            for name in SERVICES:
                self._wait_ready(name)
            self._wait_connected()

    def down(self, say=print):
        if not os.path.isdir(self.state):
            say("nothing runs here")
            return True
        clean = stop_all(self.observe, say)
        with self._lock():
            for name in reversed(SERVICES):
                process = self.process(name)
                if process.pid() is None:
                    continue
                gentle = process.stop()
                clean = clean and gentle
                say(f"{name}: stopped" + ("" if gentle else " by force"))
            self.postgres.down()
            say("database: stopped")
            self.runner.finish()
            # The next "up" chooses anew.
            if os.path.exists(self._runner_file()):
                os.unlink(self._runner_file())
        return clean

    def status(self):
        """Rows of (name, pid or None, ready, address)."""
        rows = [("postgres", None, self.postgres.running(),
                 "unix socket " + self.postgres.socket_dir())]
        for name, service in SERVICES.items():
            address = f"127.0.0.1:{self.ports[service.short]}" \
                if service.rpc_port else self.url(
                    service.http[0]["name"], _ENTRIES[name])
            pid = self.process(name).pid()
            rows.append((name, pid, pid is not None and self.ready(name),
                         address))
        return rows

    # -- what others ask for ------------------------------------------------

    def process(self, name):
        return self.runner.process(name)

    def url(self, port, path):
        scheme = "https" if port in HTTPS_PORTS else "http"
        return f"{scheme}://127.0.0.1:{self.ports[port]}{path}"

    def metrics_url(self, name, path="/metrics"):
        return self.url(SERVICES[name].metrics, path)

    def ready(self, name):
        return http_ok(self.metrics_url(name, "/readyz"))

    def binary(self, path):
        full = os.path.join(self.bin, path)
        if not os.path.exists(full):
            raise StackError(f"{full} is not built: run ./otrp build")
        return full

    def ctl_env(self):
        """Environment in which otrpctl finds this stack."""
        return {
            **os.environ,
            **{f"OTRP_{service.short.upper()}_ADDR":
               f"127.0.0.1:{self.ports[service.short]}"
               for service in SERVICES.values() if service.rpc_port},
            "OTRP_TLS_DIR": os.path.join(self.tls, "operator"),
        }

    def start_service(self, name, say=lambda _: None):
        """Starts one service again, e.g. after it was killed."""
        self._start(name, say)
        self._wait_ready(name)

    # -- inside -------------------------------------------------------------

    def _prepare_folders(self):
        os.makedirs(self.state, exist_ok=True)
        for folder in (self.secrets, self.tls, self.run):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        os.makedirs(self.logs, exist_ok=True)
        for secret in (s for service in SERVICES.values()
                       for s in service.secrets):
            path = os.path.join(self.secrets, secret["file"])
            if not os.path.exists(path):
                write_secret(path, secrets.token_hex(32))

    def _lock(self):
        lock = open(os.path.join(self.state, "lock"), "w", encoding="ascii")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock

    def _saved_ports(self):
        try:
            with open(os.path.join(self.state, "ports.json"),
                      encoding="ascii") as f:
                return json.load(f)
        except (OSError, ValueError):
            return {}

    def _save_ports(self):
        running = [name for name in SERVICES if self.process(name).pid()]
        if running and self._saved_ports() not in ({}, self.ports):
            raise StackError("the stack already runs on other ports "
                             f"({', '.join(running)}): ./otrp down first")
        with open(os.path.join(self.state, "ports.json"), "w",
                  encoding="ascii") as f:
            json.dump(self.ports, f, indent=1)

    def _runner_file(self):
        return os.path.join(self.state, "runner")

    def _saved_runner(self):
        try:
            with open(self._runner_file(), encoding="ascii") as f:
                return f.read().strip()
        except OSError:
            return Processes.name

    def _runner(self, name):
        if (name or self._saved_runner()) == Processes.name:
            return Processes(self)
        # Only those who run containers need what runs them.
        from deploy.suite.containers import Containers  # pylint: disable=C0415
        return Containers(self)

    def _save_runner(self):
        saved = self._saved_runner()
        if saved != self.runner.name:
            before = self._runner(saved)
            running = [n for n in SERVICES if before.process(n).pid()]
            if running:
                raise StackError(f"the stack already runs as {saved} "
                                 f"({', '.join(running)}): ./otrp down first")
            # Its socket was for other users.
            self.postgres.down()
        with open(self._runner_file(), "w", encoding="ascii") as f:
            f.write(self.runner.name + "\n")

    def _migrate(self):
        for schema, service in SCHEMAS.items():
            directory = self.runner.migrations(service.migrations)
            self.runner.once("libs/store/otrp_migrate", [
                f"--schema={schema}", f"--dir={directory}",
                "--dsn_file=" + self.postgres.dsn_file("otrp_migrate")])

    def _bootstrap(self):
        self.runner.once("services/ca/ca_bootstrap", [
            "--dsn_file=" + self.postgres.dsn_file("otrp_ca"),
            "--kek_file=" + os.path.join(self.secrets, "kek-ca"),
            "--tls_out=" + self.tls,
            # Of one's own machine, whose loopback is all that it opens: nobody
            # wants to renew it each day there. Each start renews it, too.
            "--operator_lifetime=2160h",
            "--pki_url=" + self._pki_url(), *self.ca_flags])

    def _pki_url(self):
        return self.url("http", "").rstrip("/")

    def _flags(self, name):
        service = SERVICES[name]
        flags = {
            "metrics_listen": self.runner.listen(name, service.metrics),
            "tls_dir": os.path.join(self.tls, name),
        }
        listeners = service.listeners
        if self.runner.on_loopback:
            listeners = listeners + service.loopback_listeners
        for flag, port, _ in listeners:
            flags[flag] = self.runner.listen(name, port)
        if service.schema:
            flags["dsn_file"] = self.postgres.dsn_file(
                f"otrp_{service.schema}")
        for secret in service.secrets:
            flags[secret["flag"]] = os.path.join(self.secrets, secret["file"])
        for peer in service.calls:
            short = SERVICES[peer].short
            flags[short + "_addr"] = self.runner.peer(peer, short)
        for flag, value in service.local_flags.items():
            flags[flag] = value.format(
                tls=self.tls, pki_url=self._pki_url(),
                console=self.runner.console())
        return [*(f"--{flag}={value}" for flag, value in flags.items()),
                *(self.ca_flags if name == "ca" else ())]

    def _start(self, name, say):
        process = self.process(name)
        if process.pid() is not None:
            say(f"{name}: runs already")
            return
        self.runner.start(name, SERVICES[name].program, self._flags(name))
        say(f"{name}: started")

    def _wait_connected(self, seconds=60):
        """A gateway is ready without those that it calls; who comes first
        shall find them all the same. One that was killed with its container
        is noticed by keepalive only, after 25 s."""
        deadline = time.monotonic() + seconds
        for name, service in SERVICES.items():
            # An older build says nothing.
            away = ["?"] if service.http else []
            while away:
                text = http_text(self.metrics_url(name))
                away = re.findall(
                    r'^otrp_peer_connected\{peer="(\w+)"\} 0$', text, re.M)
                if away and time.monotonic() > deadline:
                    raise StackError(f"{name} has no connection to "
                                     + ", ".join(away))
                time.sleep(0.05)

    def _wait_ready(self, name, seconds=60):
        process = self.process(name)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.pid() is None:
                raise StackError(
                    f"{name} ended at its start; the end of "
                    f"{process.log_file}:\n{process.log_tail()}")
            if self.ready(name):
                return
            time.sleep(0.1)
        raise StackError(f"{name} is not ready after {seconds} s; the end of "
                         f"{process.log_file}:\n{process.log_tail()}")


def default_state_dir():
    return os.environ.get("OTRP_STATE_DIR", os.path.join(ROOT, ".otrp"))


def add_stack_flags(parser):
    parser.add_argument("--state-dir", default=default_state_dir())
    parser.add_argument("--bin-dir", default=None,
                        help="folder of the built binaries")
    parser.add_argument("--free-ports", action="store_true",
                        help="any free ports instead of the defaults")
    parser.add_argument("--containers", action="store_const",
                        const="containers", dest="runner", default=None,
                        help="with podman, from images of the programs")
    for name in PORTS:
        parser.add_argument(f"--{name.replace('_', '-')}-port", type=int,
                            dest=name + "_port", metavar="PORT")


def stack_from(args):
    ports = {}
    if args.free_ports:
        ports = dict(zip(PORTS, free_ports(len(PORTS))))
    for name in PORTS:
        value = getattr(args, name + "_port")
        if value is None and f"OTRP_{name.upper()}_PORT" in os.environ:
            text = os.environ[f"OTRP_{name.upper()}_PORT"]
            if not text.isdigit():
                raise StackError(f"OTRP_{name.upper()}_PORT={text} is not a "
                                 "port number")
            value = int(text)
        if value is not None:
            if not 0 < value < 65536:
                raise StackError(f"port {value} for {name} is not between 1 "
                                 "and 65535")
            ports[name] = value
    return Stack(args.state_dir, bin_dir=args.bin_dir, ports=ports,
                 runner=args.runner)


def private_stack(folder, **more):
    """One in a folder of its own on free ports, for what must not touch
    another; `more` as Stack takes it."""
    return Stack(os.path.join(folder, "state"),
                 ports=dict(zip(PORTS, free_ports(len(PORTS)))), **more)


def print_status(stack):
    all_ready = True
    print(f"{'SERVICE':22}{'PID':>8}  {'READY':6} ADDRESS")
    for name, pid, ready, address in stack.status():
        all_ready = all_ready and ready
        print(f"{name:22}{pid or '-':>8}  {'yes' if ready else 'no':6} "
              f"{address}")
    return all_ready


def print_logs(stack, names, follow):
    known = ["postgres", *SERVICES]
    for name in names:
        if name not in known:
            raise StackError(f"unknown service {name}: one of "
                             + ", ".join(known))
    files = [stack.process(name).log_file for name in names or known]
    files = [f for f in files if os.path.exists(f)]
    if not files:
        raise StackError("no logs yet: ./otrp up first")
    os.execvp("tail", ["tail", "-n", "200",
                       *(["-F"] if follow else []), *files])


def main():
    parser = argparse.ArgumentParser(prog="otrp", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("up", "down", "status", "logs", "env"):
        sub = verbs.add_parser(verb)
        add_stack_flags(sub)
        if verb == "logs":
            sub.add_argument("service", nargs="*")
            sub.add_argument("-f", "--follow", action="store_true")
    sql = verbs.add_parser("psql", description="psql, with all its flags; "
                           "PGUSER is the role: that for exporters, if unset")
    sql.add_argument("--state-dir", default=default_state_dir())
    args, rest = parser.parse_known_args()
    if rest and args.verb != "psql":
        parser.error("unknown arguments: " + " ".join(rest))
    try:
        if args.verb == "psql":
            Stack(args.state_dir).postgres.become_psql(
                rest, os.environ.get("PGUSER", MONITOR))
        stack = stack_from(args)
        if args.verb == "up":
            stack.up()
            print_status(stack)
            print(f"\ndevices:  {stack.url('http', '/otrp')}\n"
                  f"console:  {stack.url('api', '/console/')}\n"
                  "try:      ./otrp ctl device list    ./otrp logs tsm    "
                  "./otrp down")
        elif args.verb == "down":
            return 0 if stack.down() else 1
        elif args.verb == "status":
            return 0 if print_status(stack) else 1
        elif args.verb == "env":
            environment = stack.ctl_env()
            for name in sorted(environment):
                if name.startswith("OTRP_"):
                    print(f"{name}={environment[name]}")
        else:
            print_logs(stack, args.service, args.follow)
    except (StackError, PostgresError) as error:
        print(f"otrp {args.verb}: {error}", file=sys.stderr)
        return 1
    return 0
