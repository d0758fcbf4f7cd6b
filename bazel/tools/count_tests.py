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


def xml_files(events):
    """The test.xml of the last attempt of each test, run and shard."""
    last = {}
    with open(events, encoding="utf-8") as lines:
        for line in lines:
            event = json.loads(line)
            test = event.get("id", {}).get("testResult")
            if test is None:
                continue
            key = (test["label"], test.get("run"), test.get("shard"))
            for output in event["testResult"].get("testActionOutput", []):
                if output["name"] == "test.xml":
                    last[key] = urllib.request.url2pathname(
                        urllib.parse.urlsplit(output["uri"]).path)
    return last.values()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bazel-status", type=int, required=True)
    parser.add_argument("events")
    args = parser.parse_args()
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failed, skipped = [], []
    for path in sorted(xml_files(args.events)):
        for name, outcome, reason in cases(path):
            counts[outcome] += 1
            if outcome == "failed":
                failed.append((name, reason))
            elif outcome == "skipped":
                skipped.append((name, reason))
    if args.bazel_status not in (0, 4) and counts["failed"] == 0:
        # A target that did not build, or a test that died without a report.
        counts["failed"] += 1
        failed.append(("build", "Bazel ended with exit code "
                       f"{args.bazel_status}; see above"))
    for name, reason in skipped:
        print(f"SKIPPED {name}: {' '.join(reason.split())[:300]}")
    for name, reason in failed:
        print(f"FAILED {name}: {' '.join(reason.split())[:300]}")
    if skipped:
        print(f"{len(skipped)} skipped")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    if counts["passed"] + counts["failed"] == 0:
        print("no test ran", file=sys.stderr)
        return 1
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
