#!/usr/bin/env python3
"""Counts test cases from the XML files that a Bazel test run names in its
build events (--build_event_json_file), cached results among them.

Bazel's own summary takes skipped cases for passed ones. Prints the skipped
cases with their reasons, the failed ones, and last "N passed, N failed".
"""

import argparse
import json
import os
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree


def cases(path):
    """Yields (name, outcome, reason) of one test.xml."""
    try:
        tree = ElementTree.parse(path)
    except ElementTree.ParseError as error:
        yield os.path.basename(os.path.dirname(path)), "failed", str(error)
        return
    for case in tree.iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name', '')}"
        failure = case.find("failure")
        if failure is None:
            failure = case.find("error")
        skipped = case.find("skipped")
        if failure is not None:
            yield name, "failed", failure.get("message") or ""
        elif (skipped is not None or case.get("result") == "skipped"
              or case.get("status") == "notrun"):
            reason = "" if skipped is None else (
                skipped.get("message") or skipped.text or "")
            yield name, "skipped", reason
        else:
            yield name, "passed", ""


def results(events):
    """(label, passed, test.xml or None) of the last attempt of each test, run
    and shard; a result that Bazel gave up on has no test.xml."""
    last = {}
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            test = event.get("id", {}).get("testResult")
            if test is None:
                continue
            key = (test["label"], test.get("run", 0), test.get("shard", 0))
            attempt = test.get("attempt", 0)
            if key in last and last[key][0] > attempt:
                continue
            result = event.get("testResult", {})
            found = None
            for output in result.get("testActionOutput", []):
                if output["name"] == "test.xml":
                    found = urllib.request.url2pathname(
                        urllib.parse.urlsplit(output["uri"]).path)
            last[key] = (attempt, result.get("status") == "PASSED", found)
    for (label, _, _), (_, passed, found) in sorted(last.items()):
        yield label, passed, found


def all_cases(events):
    """(name, outcome, reason) of every case, and of each test that ended
    without a report of a failed case although it failed."""
    for label, passed, path in results(events):
        found = list(cases(path)) if path and os.path.exists(path) else []
        yield from found
        if not passed and all(outcome != "failed" for _, outcome, _ in found):
            yield label, "failed", "it ended without saying which case failed"


def outcomes(events, bazel_status):
    """all_cases(), and a failure for what Bazel itself could not do."""
    found = []
    try:
        found = list(all_cases(events))
    except (OSError, ValueError) as error:
        found.append(("build", "failed", f"no build events: {error}"))
    # 3: tests failed, 4: there was none; whatever else is not 0 is a build
    # that failed, with --keep_going beside tests that ran.
    if bazel_status not in (0, 3, 4) or (bazel_status == 3 and all(
            outcome != "failed" for _, outcome, _ in found)):
        found.append(("build", "failed", "Bazel ended with exit code "
                      f"{bazel_status}; see above"))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bazel-status", type=int, required=True)
    parser.add_argument("events")
    args = parser.parse_args()
    found = outcomes(args.events, args.bazel_status)
    count = {name: sum(outcome == name for _, outcome, _ in found)
             for name in ("passed", "failed", "skipped")}
    for kind in ("skipped", "failed"):
        for name, outcome, reason in found:
            if outcome == kind:
                print(f"{kind.upper()} {name}: "
                      f"{' '.join(reason.split())[:300]}")
    if count["skipped"]:
        print(f"{count['skipped']} skipped")
    print(f"{count['passed']} passed, {count['failed']} failed")
    if count["passed"] + count["failed"] == 0:
        print("no test ran", file=sys.stderr)
        return 1
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
