"""Bench: what the services need for a device's transaction, beside what its
cryptography needs by itself.

In one run: a stack of its own; the bare operations of BoringSSL that a
transaction forces (formula.cc), measured beside each load, since a machine's
speed changes from minute to minute; the services' CPU time a transaction, by
process and by leg; latencies at half and at nine tenths of the capacity; and
what this disk commits. Fails for nothing but wrong answers.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from deploy.services import SERVICES
from deploy.suite import load
from deploy.suite.postgres import binaries
from deploy.suite.stack import private_stack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

TICKS = os.sysconf("SC_CLK_TCK")
SIZES = {"64KiB": 64 << 10, "1MiB": 1 << 20}
# What the TSM sends is the SP's JWS over the program, which is base64url.
JWS_BYTES = 1500
# (transaction, algorithm, size of the TA): what is measured.
CASES = [
    ("first-install", "rs256", "64KiB"), ("first-install", "es256", "64KiB"),
    ("first-install", "rs256", "1MiB"), ("first-install", "es256", "1MiB"),
    ("heartbeat", "rs256", "64KiB"), ("heartbeat", "es256", "64KiB"),
]
# The legs by the message that begins them; the tsm calls the empty one so.
LEGS = ("open", "GetDeviceStateResponse", "CreateSDResponse",
        "InstallTAResponse")
IN_METRICS = {"open": "connect"}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Side:
    """One build of the services: a stack, and what its processes used."""

    def __init__(self, name, bin_dir, tools_dir):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix="otrp-bench-")
        os.chmod(self.folder, 0o755)
        self.stack = private_stack(self.folder, bin_dir=bin_dir)
        # One measure for all builds.
        self.formula = os.path.join(tools_dir, "tests/bench/formula")
        self.generator = os.path.join(tools_dir, "clients/load/otrp-load")
        try:
            self.stack.up(say=lambda _: None)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.stack.down(say=lambda _: None)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- counters -----------------------------------------------------------

    def postgres_cpu(self):
        """Seconds, of all its processes, ended ones too."""
        with open(os.path.join(self.stack.postgres.data, "postmaster.pid"),
                  encoding="ascii") as f:
            postmaster = f.readline().strip()
        ticks = 0
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue
            if pid == postmaster:
                ticks += sum(map(int, fields[11:15]))
            elif fields[1] == postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks / TICKS

    def message_cpu(self):
        """Type -> (CPU seconds of the tsm's handler, messages)."""
        with urllib.request.urlopen(self.stack.metrics_url("tsm"),
                                    timeout=10) as answer:
            text = answer.read().decode()
        cpu = {}
        for metric, at in (("otrp_message_cpu_seconds_total", 0),
                           ("otrp_message_total", 1)):
            for labels, value in re.findall(
                    rf"^{metric}{{([^}}]*)}} (\S+)$", text, re.MULTILINE):
                kind = re.search(r'type="([^"]*)"', labels)[1]
                cpu.setdefault(kind, [0.0, 0.0])[at] += float(value)
        return cpu

    # -- runs ---------------------------------------------------------------

    def run(self, case, seconds, *flags, devices=8):
        """One load; its report, with what was measured beside it."""
        transaction, algorithm, size = case
        report = os.path.join(self.folder, "report.json")
        options = load.parse([
            "--mix", transaction, "--algs", algorithm, "--sizes", size,
            "--devices", str(devices), "--duration", f"{seconds}s",
            "--warmup", "3s", "--json", report, *flags])
        load.prepare_cache_folder(options.cache)
        watch = Watch(self, SIZES[size])
        with open(os.path.join(self.folder, "load.log"), "ab") as log:
            shown = os.dup(1), os.dup(2)
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            try:
                code = load.run(self.stack, options, self.generator)
            finally:
                os.dup2(shown[0], 1)
                os.dup2(shown[1], 2)
                os.close(shown[0])
                os.close(shown[1])
                watch.stop()
        if code != 0:
            with open(os.path.join(self.folder, "load.log"),
                      encoding="utf-8") as log:
                sys.exit(f"otrp bench: a run of {transaction} went wrong:\n"
                         + log.read()[-4000:])
        with open(report, encoding="utf-8") as f:
            found = json.load(f)
        wrong = [e for e in found["errors"] if e["reason"] != "not-begun"]
        if wrong:
            sys.exit(f"otrp bench: a run of {transaction} went wrong: {wrong}")
        return watch.add_to(found, algorithm, transaction)


class Watch:
    """Counters once a second, and the bare cryptography, beside a load."""

    def __init__(self, side, ta_bytes):
        self.side = side
        self.samples = []
        self.over = threading.Event()
        image_bytes = ta_bytes * 4 // 3 + JWS_BYTES
        self.formula = subprocess.Popen(
            [side.formula, str(image_bytes)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self._loop)
        self.thread.start()

    def _loop(self):
        while not self.over.is_set():
            self.samples.append((time.time(), self.side.postgres_cpu(),
                                 self.side.message_cpu()))
            self.over.wait(1)

    def stop(self):
        self.over.set()
        self.thread.join()
        self.bare = json.loads(self.formula.communicate("")[0])

    def add_to(self, report, algorithm, transaction):
        begin = datetime.datetime.fromisoformat(
            report["started_at"].replace("Z", "+00:00")).timestamp()
        end = begin + report["window_seconds"]
        # Whole samples inside of the window: rates are the same.
        inside = [s for s in self.samples if begin <= s[0] <= end]
        first, last = inside[0], inside[-1]
        report["bare"] = self.bare[algorithm]
        report["bare"]["ms"] = self.bare[algorithm][transaction] / 1000
        rate = report["totals"]["transactions_per_second"]
        report["postgres_ms_per_transaction"] = (
            1000 * (last[1] - first[1]) / (last[0] - first[0]) / rate)
        legs = {}
        for leg in LEGS:
            kind = IN_METRICS.get(leg, leg)
            cpu, count = (b - a for a, b in zip(
                first[2].get(kind, (0, 0)), last[2].get(kind, (0, 0))))
            if count:
                legs[leg] = 1000 * cpu / count
        report["handler_ms"] = legs
        return report


# -- what is printed --------------------------------------------------------

def table(rows):
    widths = [max(len(str(row[i])) for row in rows)
              for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(str(cell).ljust(width) if i == 0 else
                        str(cell).rjust(width)
                        for i, (cell, width) in enumerate(zip(row, widths))))
    print()


def print_cpu(results):
    print("CPU of a transaction, ms; efficiency: bare cryptography ÷ services")
    rows = [("TRANSACTION", "BUILD", "/S", "BARE", "SERVICES", "RATIO",
             "EFFICIENCY", *SERVICES, "postgres")]
    for (transaction, algorithm, size), side, report in results:
        services = report["cpu"]["services_ms_per_transaction"]
        bare = report["bare"]["ms"]
        by_name = {s["name"]: s["cpu_ms_per_transaction"]
                   for s in report["cpu"]["services"]}
        rows.append((
            f"{transaction} {algorithm} {size}", side,
            f"{report['totals']['transactions_per_second']:.1f}",
            f"{bare:.2f}", f"{services:.2f}", f"{services / bare:.2f}",
            f"{100 * bare / services:.0f} %",
            *(f"{by_name[name]:.2f}" for name in SERVICES),
            f"{report['postgres_ms_per_transaction']:.2f}"))
    table(rows)


def print_legs(results):
    print("CPU of a leg in the tsm's handler, ms")
    rows = [("LEG", "BUILD", "BARE", "HANDLER", "EFFICIENCY")]
    for (transaction, algorithm, size), side, report in results:
        for leg, ms in report["handler_ms"].items():
            if transaction == "heartbeat":
                bare = report["bare"]["heartbeat"] \
                    - report["bare"]["legs"]["open"] \
                    if leg == "GetDeviceStateResponse" else None
            else:
                bare = report["bare"]["legs"][leg]
            # What opens a session is signed ahead, by another thread.
            known = bare is not None and leg != "open"
            rows.append((
                f"{transaction} {algorithm} {size}: {leg}", side,
                f"{bare / 1000:.2f}" if known else "-", f"{ms:.2f}",
                f"{100 * bare / 1000 / ms:.0f} %" if known else "-"))
    table(rows)


def print_latency(latencies):
    print("Latency of a leg at the device, ms, from when it was meant to begin"
          " (first-install rs256 64KiB)")
    rows = [("LEG", "BUILD", "LOAD", "/S", "LATE", "P50", "P90", "P99")]
    for side, share, report in latencies:
        # Sessions that found no free device until the end of the run.
        late = sum(e["count"] for e in report["errors"])
        for leg in LEGS:
            ms = report["messages_ms"][leg]["corrected"]
            rows.append((
                leg, side, f"{100 * share:.0f} %",
                f"{report['totals']['transactions_per_second']:.1f}", late,
                *(f"{ms[p]:.1f}" for p in ("p50", "p90", "p99"))))
    table(rows)


def commits(stack, seconds):
    """Connections -> single-row commits a second."""
    postgres = stack.postgres
    postgres.psql("CREATE TABLE bench (id bigserial PRIMARY KEY, "
                  "text text NOT NULL)", database="postgres")
    found = {}
    try:
        for connections in (1, 4, 16):
            done = subprocess.run(
                [os.path.join(binaries(), "pgbench"), "-n", "-h",
                 postgres.socket_dir(), "-U", "postgres", "-c",
                 str(connections), "-T", str(seconds), "-f", "/dev/stdin",
                 "postgres"],
                input="INSERT INTO bench (text) VALUES "
                      "('one row of some length, as a session has');\n",
                capture_output=True, text=True, check=True,
                env={**os.environ,
                     "PGPASSWORD": postgres.password("postgres")})
            found[connections] = float(
                re.search(r"^tps = (\S+)", done.stdout, re.MULTILINE)[1])
    finally:
        postgres.psql("DROP TABLE bench", database="postgres")
    return found


# ---------------------------------------------------------------------------

def parse():
    parser = argparse.ArgumentParser(prog="otrp bench suite",
                                     description=__doc__)
    parser.add_argument("--seconds", type=int, default=15,
                        help="of each run; at least 5")
    parser.add_argument("--only", default="",
                        help="a part of the names of the transactions")
    parser.add_argument("--no-latency", action="store_true")
    parser.add_argument("--against", metavar="DIR",
                        help="another build of the services, e.g. another "
                             "checkout's bazel-bin: both in turns")
    parser.add_argument("--bin-dir", default=os.path.join(ROOT, "bazel-bin"))
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if options.seconds < 5:
        parser.error("--seconds: at least 5")
    return options


def main():
    options = parse()
    builds = [("", options.bin_dir)]
    if options.against:
        builds = [("before", options.against), ("now", options.bin_dir)]
    sides = []
    try:
        for name, bin_dir in builds:
            say(f"Starting a stack of {bin_dir}")
            sides.append(Side(name, bin_dir, options.bin_dir))
        results = []
        for case in CASES:
            if options.only not in " ".join(case):
                continue
            for side in sides:
                say(f"{' '.join(case)} {side.name}")
                results.append((case, side.name,
                                side.run(case, options.seconds)))
        latencies = []
        if not options.no_latency:
            for side in sides:
                capacity = next(
                    (r["totals"]["transactions_per_second"]
                     for case, name, r in results
                     if case == CASES[0] and name == side.name), None)
                for share in (0.5, 0.9) if capacity else ():
                    say(f"{' '.join(CASES[0])} at {100 * share:.0f} % "
                        f"{side.name}")
                    latencies.append((side.name, share, side.run(
                        CASES[0], options.seconds, "--rate",
                        f"{share * capacity:.2f}",
                        # A machine that slows down below the rate is no
                        # wrong answer; run() looks at the others.
                        "--max-errors", "1000000", devices=32)))
        committed = commits(sides[0].stack, 3)
    finally:
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(Side.close, sides))
    print_cpu(results)
    print_legs(results)
    if latencies:
        print_latency(latencies)
    print("PostgreSQL on this disk, single-row commits a second: " + ", ".join(
        f"{tps:.0f} with {n}" for n, tps in committed.items())
        + " connections")
    if options.json:
        with open(options.json, "w", encoding="utf-8") as f:
            json.dump({
                "transactions": [
                    {"transaction": case[0], "alg": case[1], "size": case[2],
                     "build": side, "report": report}
                    for case, side, report in results],
                "latencies": [
                    {"build": side, "share": share, "report": report}
                    for side, share, report in latencies],
                "commits_per_second": committed}, f)
    return 0


if __name__ == "__main__":
    sys.exit(main())
