"""./otrp mutations: breaks each defence of docs/security.md by hand, in a copy
of the checkout, and sees the tests fail that its row names."""

import argparse
import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time

from bazel.tools import count_tests
from tests.mutations import page, table
from tests.mutations.mutation import DOCUMENT, PAGE, ROOT, row_of, rows_of, \
    text_of
from tests.mutations.tree import home, tree

CAUGHT = "caught"


def digest(mutation):
    """What a kept result is found by."""
    return hashlib.sha256(repr(mutation).encode()).hexdigest()


class Results:
    """Outcomes by digest, kept after each mutation."""

    def __init__(self):
        self._path = os.path.join(home(), "results.json")
        self._kept = {}
        if os.path.exists(self._path):
            with open(self._path, encoding="utf-8") as f:
                self._kept = json.load(f)

    def outcome(self, mutation):
        """None if it has not run."""
        return self._kept.get(digest(mutation))

    def keep(self, mutation, outcome):
        """Replaces an older one."""
        self._kept[digest(mutation)] = outcome
        with open(self._path + ".new", "w", encoding="utf-8") as f:
            json.dump(self._kept, f, indent=1)
        os.replace(self._path + ".new", self._path)


def command(bazel, mutations, events):
    """Bazel's, for the tests of mutations of one target."""
    tests = sorted({test for one in mutations for test in one.tests})
    if mutations[0].is_python:
        chosen = [f"--test_arg={word}" for test in tests
                  for word in ("-k", "." + test.split(".")[1])]
    else:
        # A test with parameters has more before and behind its name.
        chosen = ["--test_filter=" + ":".join(
            f"{test}:*/{test}/*" for test in tests)]
    return bazel + ["test", mutations[0].target, *chosen, "--noshow_progress",
                    "--ui_event_filters=-info", "--test_output=errors",
                    f"--build_event_json_file={events}"]


def run_tests(bazel, where, mutations, log, *more):
    """(Bazel's exit code, {test: "passed" or "failed"}, timed out)."""
    with tempfile.NamedTemporaryFile(suffix=".json") as events:
        status = subprocess.run(
            command(bazel, mutations, events.name) + list(more), cwd=where,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            check=False).returncode
        found = {}
        for name, outcome, _ in count_tests.all_cases(events.name):
            if found.get(name) != "failed":
                found[name] = outcome
        with open(events.name, encoding="utf-8") as lines:
            late = any('"TIMEOUT"' in line for line in lines)
    return status, found, late


def outcome_of(test, found):
    """"failed", "passed" or None, by the cases of test.xml."""
    file, name = test.split(".")

    def is_of(case):
        if name.startswith("test_"):
            # Packages before, the class between, a sub-test behind.
            words = case.split(" ")[0].split(".")
            return words[-3::2] == [file, name]
        # With parameters: Values/Suite.Test/0.
        return test in case.split("/")

    outcomes = {outcome for case, outcome in found.items() if is_of(case)}
    return next((one for one in ("failed", "passed") if one in outcomes), None)


def judge(mutation, status, found, late):
    """Whether the tests noticed."""
    if late:
        return "timed out"
    if status == 0:
        return "SURVIVED"
    if status != 3:
        return "does not build"
    # What the tests need didn't come up: that may be the machine's fault.
    if any(case.startswith((".setUpModule ", ".setUpClass "))
           for case, outcome in found.items() if outcome == "failed"):
        return "never began"
    # Whoever ends the whole program ends the one test in it.
    crashed = not any(outcome_of(test, found) for test in mutation.tests)
    if crashed and len(mutation.tests) == 1:
        return CAUGHT
    missed = [test for test in mutation.tests
              if outcome_of(test, found) != "failed"]
    return "SURVIVED " + ", ".join(missed) if missed else CAUGHT


def passing(args, where, mutations, log):
    """Those of one target whose tests pass as everything is."""
    _, found, _ = run_tests(args.bazel, where, mutations, log)
    wrong = sorted({test for one in mutations for test in one.tests
                    if outcome_of(test, found) != "passed"})
    if wrong:
        print(f"{mutations[0].target} as it is: {', '.join(wrong)} didn't "
              "pass", flush=True)
    return [one for one in mutations if not set(wrong) & set(one.tests)]


def run_all(args, chosen, results):
    """Runs them, grouped by target."""
    groups = {}
    for mutation in chosen:
        groups.setdefault(mutation.target, []).append(mutation)
    log_path = os.path.join(home(), "log")
    with tree() as copy, open(log_path, "w", encoding="utf-8") as log:
        for mutations in groups.values():
            ready = passing(args, copy.path, mutations, log)
            for mutation in mutations:
                outcome, begin = "fails by itself", time.monotonic()
                if mutation in ready:
                    log.write(f"\n==== {mutation.broken}\n")
                    log.flush()
                    with copy.broken(mutation):
                        outcome = judge(mutation, *run_tests(
                            args.bazel, copy.path, [mutation], log,
                            "--noremote_upload_local_results"))
                results.keep(mutation, outcome)
                print(f"{outcome:15} {time.monotonic() - begin:4.0f} s  "
                      f"{mutation.file}: {mutation.broken}", flush=True)
    print(f"What Bazel said is in {log_path}")


def choose(args, results):
    """Those that are asked for; what is slow stands last."""
    rows = rows_of(text_of(DOCUMENT))
    chosen = [one for one in table.MUTATIONS
              if args.row.lower() in row_of(one, rows).threat.lower()
              and args.target in one.target
              and not (args.missing and results.outcome(one) == CAUGHT)]
    slow = ("tests/e2e", "tests/helm", "tests/images")
    return sorted(chosen, key=lambda one: one.package in slow)


def untried():
    """(threat, test) of docs/security.md without a mutation."""
    rows = rows_of(text_of(DOCUMENT))
    tried = {(row_of(one, rows).threat, test)
             for one in table.MUTATIONS for test in one.tests}
    return [(row.threat, test) for row in rows for test in row.tests
            if (row.threat, test) not in tried]


def write_page(results):
    """False where something wasn't caught; the page tells what."""
    left = [one for one in table.MUTATIONS
            if results.outcome(one) != CAUGHT]
    for one in left:
        print(f"not caught: {one.file}: {one.broken}", file=sys.stderr)
    with open(os.path.join(ROOT, PAGE), "w", encoding="utf-8") as f:
        f.write(page.page(lambda one: one not in left))
    return not left


def main():
    """Ends 1 where a defence is broken and its test doesn't notice."""
    parser = argparse.ArgumentParser(
        prog="./otrp mutations", description=__doc__)
    parser.add_argument("--row", default="", metavar="TEXT",
                        help="only threats with this text")
    parser.add_argument("--target", default="", metavar="TEXT",
                        help="only Bazel targets with this text")
    parser.add_argument("--missing", action="store_true",
                        help="only what wasn't caught yet")
    parser.add_argument("--list", action="store_true",
                        help="say which they are, and run none")
    parser.add_argument("--write", action="store_true",
                        help=f"write {PAGE} of the kept results")
    parser.add_argument("--bazel", type=shlex.split, default=["bazel"],
                        metavar="COMMAND", help="the Bazel to call")
    args = parser.parse_args()
    results = Results()
    chosen = choose(args, results)
    if args.list:
        for one in chosen:
            print(f"{one.target}  {one.file}: {one.broken}")
        print(f"{len(chosen)} mutations")
        return 0
    if chosen:
        run_all(args, chosen, results)
    outcomes = [results.outcome(one) for one in chosen]
    caught = outcomes.count(CAUGHT)
    good = caught == len(outcomes)
    if not args.row and not args.target:
        for threat, test in untried():
            print(f"{threat}: nothing is broken for {test}")
            good = False
    if args.write and not write_page(results):
        good = False
    print(f"{caught} caught, {len(outcomes) - caught} not")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
