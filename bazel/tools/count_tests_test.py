"""The closing line of ./otrp test, for every way in which a run can end."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.join(os.getcwd(), "bazel/tools/count_tests.py")
PASSED = '<testcase name="good" classname="A"/>'
FAILED = ('<testcase name="bad" classname="A">'
          '<failure message="1 is not 2"/></testcase>')
SKIPPED = ('<testcase name="later" classname="A">'
           '<skipped message="no vectors"/></testcase>')


class CountTestsTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.events = []

    def result(self, label, *cases, status="PASSED", **ids):
        """One testResult; without cases it has no test.xml."""
        outputs = []
        if cases:
            path = os.path.join(self.folder, f"{len(self.events)}.xml")
            with open(path, "w", encoding="utf-8") as f:
                f.write(f"<testsuites>{''.join(cases)}</testsuites>")
            outputs = [{"name": "test.xml", "uri": f"file://{path}"}]
        self.events.append({
            "id": {"testResult": {"label": label, **ids}},
            "testResult": {"status": status, "testActionOutput": outputs}})

    def run_it(self, status, events=None):
        if events is None:
            events = os.path.join(self.folder, "events.json")
            with open(events, "w", encoding="utf-8") as f:
                f.writelines(json.dumps(event) + "\n" for event in self.events)
        done = subprocess.run(
            [sys.executable, PROGRAM, "--bazel-status", str(status), events],
            capture_output=True, text=True, check=False)
        self.assertNotIn("Traceback", done.stderr)
        self.last = done.stdout.splitlines()[-1]
        self.text = done.stdout
        return done.returncode

    def test_all_pass(self):
        self.result("//a", PASSED, PASSED)
        self.assertEqual(self.run_it(0), 0)
        self.assertEqual(self.last, "2 passed, 0 failed")

    def test_skipped_ones_are_neither_and_say_why(self):
        self.result("//a", PASSED, SKIPPED)
        self.assertEqual(self.run_it(0), 0)
        self.assertIn("SKIPPED A.later: no vectors", self.text)
        self.assertEqual(self.last, "1 passed, 0 failed")

    def test_a_failed_case(self):
        self.result("//a", PASSED, FAILED, status="FAILED")
        self.assertEqual(self.run_it(3), 1)
        self.assertIn("FAILED A.bad: 1 is not 2", self.text)
        self.assertEqual(self.last, "1 passed, 1 failed")

    def test_a_test_that_does_not_build_beside_others(self):
        self.result("//a", PASSED)
        self.events.append({"id": {"testResult": {"label": "//b"}},
                            "aborted": {"reason": "INCOMPLETE"}})
        self.assertEqual(self.run_it(1), 1)
        self.assertEqual(self.last, "1 passed, 2 failed")

    def test_a_build_that_fails_before_any_test(self):
        self.assertEqual(self.run_it(1), 1)
        self.assertEqual(self.last, "0 passed, 1 failed")

    def test_a_run_without_events(self):
        self.assertEqual(self.run_it(2, "/nonexistent"), 1)
        self.assertEqual(self.last, "0 passed, 2 failed")

    def test_a_time_out_beside_another_failure_is_counted(self):
        self.result("//a", PASSED, FAILED, status="FAILED")
        self.result("//slow", status="TIMEOUT")
        self.assertEqual(self.run_it(3), 1)
        self.assertIn("FAILED //slow", self.text)
        self.assertEqual(self.last, "1 passed, 2 failed")

    def test_a_test_that_dies_after_its_cases_passed(self):
        self.result("//a", PASSED, status="FAILED")
        self.assertEqual(self.run_it(3), 1)
        self.assertEqual(self.last, "1 passed, 1 failed")

    def test_a_report_that_is_cut_off(self):
        self.result("//a", "<testcase", status="FAILED")
        self.assertEqual(self.run_it(3), 1)
        self.assertEqual(self.last, "0 passed, 1 failed")

    def test_of_a_flaky_test_the_last_attempt_counts_in_any_order(self):
        self.result("//a", PASSED, attempt=2)
        self.result("//a", FAILED, attempt=1, status="FAILED")
        self.assertEqual(self.run_it(0), 0)
        self.assertEqual(self.last, "1 passed, 0 failed")

    def test_all_shards_count(self):
        self.result("//a", PASSED, shard=1)
        self.result("//a", PASSED, shard=2)
        self.assertEqual(self.run_it(0), 0)
        self.assertEqual(self.last, "2 passed, 0 failed")

    def test_no_test_is_a_failure(self):
        self.assertEqual(self.run_it(4), 1)
        self.assertEqual(self.last, "0 passed, 0 failed")


if __name__ == "__main__":
    unittest.main()
