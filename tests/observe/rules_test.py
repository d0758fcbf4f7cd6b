"""The rules, without a running suite: Prometheus' own checks and unit tests;
every alert is tested firing and quiet; every alert has its playbook. That what
they read exists is dashboards_test's, which has the parser."""

import collections
import glob
import os
import re
import subprocess
import unittest

import yaml

from tests.observe import rules

HEADINGS = ["Meaning", "Impact", "Check", "Fix", "Afterwards"]
UNIT_TESTS = sorted(glob.glob(os.path.join(rules.FOLDER, "tests",
                                           "*.test.yml")))


def load(path):
    with open(path, encoding="utf-8") as f:
        return yaml.safe_load(f)


class RulesTest(unittest.TestCase):

    def promtool(self, *arguments):
        done = subprocess.run(["promtool", *arguments], text=True,
                              capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_prometheus_takes_them(self):
        self.promtool("check", "rules", *rules.files())

    def test_units(self):
        self.assertGreaterEqual(len(UNIT_TESTS), 6)
        for path in UNIT_TESTS:
            with self.subTest(os.path.basename(path)):
                self.promtool("test", "rules", path)

    def test_every_alert_is_tested_firing_and_quiet(self):
        tested = collections.Counter()
        for path in UNIT_TESTS:
            for case in load(path)["tests"]:
                for one in case.get("alert_rule_test", []):
                    for expected in one.get("exp_alerts") or [None]:
                        fires = expected is not None
                        severity = fires and expected["exp_labels"]["severity"]
                        tested[one["alertname"], fires, severity] += 1
        for rule in rules.rules("alert"):
            name, severity = rule["alert"], rule["labels"]["severity"]
            with self.subTest(name, severity=severity):
                self.assertTrue(tested[name, False, False])
                wanted = ["page", "ticket"] if "{{" in severity else [severity]
                self.assertTrue(any(tested[name, True, s] for s in wanted))
        unknown = {name for name, _, _ in tested} - set(rules.alert_names())
        self.assertEqual(unknown, set())

    def test_every_alert_has_its_playbook(self):
        pages = {os.path.basename(path)[:-len(".md")]
                 for path in glob.glob(os.path.join(rules.PLAYBOOKS, "*.md"))}
        self.assertEqual(pages - {"README"}, set(rules.alert_names()))
        for rule in rules.rules("alert"):
            self.assertEqual(rule["annotations"]["runbook_url"],
                             f"deploy/playbooks/{rule['alert']}.md")
        for name in rules.alert_names():
            text = rules.playbook(name)
            with self.subTest(name):
                self.assertEqual(text.splitlines()[0], "# " + name)
                self.assertEqual(re.findall(r"^## (.*)$", text, re.MULTILINE),
                                 HEADINGS)
                self.assertRegex(rules.check_of(text), r"(?m)^    \S")


if __name__ == "__main__":
    unittest.main()
