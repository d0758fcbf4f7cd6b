"""The table of mutations fits docs/security.md and the sources, and what
became of a mutation is told rightly."""

import os
import re
import unittest

from tests.mutations import page, run, table
from tests.mutations.mutation import DOCUMENT, PAGE, ROOT, Mutation, edited, \
    row_of, rows_of, text_of

ROWS = rows_of(text_of(DOCUMENT))


def tests_below(package):
    """Suite.Test and file.test of the sources in a package."""
    found = set()
    for folder, _, names in os.walk(os.path.join(ROOT, package)):
        for name in names:
            if not name.endswith((".cc", ".py")):
                continue
            text = text_of(os.path.relpath(os.path.join(folder, name), ROOT))
            found.update(".".join(match) for match in re.findall(
                r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", text, re.M))
            found.update(f"{name[:-3]}.{test}" for test in re.findall(
                r"^    def (test_\w+)\(", text, re.M))
    return found


class TableTest(unittest.TestCase):

    def none(self, problems):
        problems = list(problems)
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_each_threat_has_a_mutation(self):
        self.assertGreater(len(ROWS), 30)
        tried = {row_of(one, ROWS).threat for one in table.MUTATIONS}
        self.none(row.threat for row in ROWS if row.threat not in tried)

    def test_its_tests_are_those_of_its_row(self):
        self.none(f"{one.broken}: {test} isn't in the row {one.row}"
                  for one in table.MUTATIONS for test in one.tests
                  if test not in row_of(one, ROWS).tests)

    def test_its_tests_are_in_its_target(self):
        known = {}
        for one in table.MUTATIONS:
            known.setdefault(one.package, tests_below(one.package))
        self.none(f"{one.target} has no {test}" for one in table.MUTATIONS
                  for test in one.tests if test not in known[one.package])

    def test_what_is_to_be_broken_stands_there_once(self):
        def wrong():
            for one in table.MUTATIONS:
                texts = {}
                for edit in one.edits:
                    before = texts.get(edit[0]) or text_of(edit[0])
                    try:
                        texts[edit[0]] = edited(before, edit)
                    except ValueError as error:
                        yield f"{one.broken}: {error}"
                        continue
                    if texts[edit[0]] == before:
                        yield f"{one.broken}: nothing changes in {edit[0]}"
        self.none(wrong())

    def test_it_breaks_what_is_used_and_not_a_test(self):
        self.none(f"{one.broken}: {edit[0]}" for one in table.MUTATIONS
                  for edit in one.edits
                  if re.search(r"^tests/|_test[._]|/testing/", edit[0]))

    def test_the_page_lists_them(self):
        listed = {line + "\n" for line in text_of(PAGE).splitlines()
                  if line.startswith("| `")}
        self.assertEqual(listed, {page.line_of(one)
                                  for one in table.MUTATIONS},
                         "./otrp mutations --missing --write")


class JudgeTest(unittest.TestCase):
    ONE = Mutation("", "", "", "", "", "//a:b_test", ("ATest.B",))
    TWO = Mutation("", "", "", "", "", "//a:b_test", ("ATest.B", "ATest.C"))
    PYTHON = Mutation("", "", "", "", "", "//a:b_test", ("b_test.test_c",))

    def test_a_test_that_failed_has_caught_it(self):
        for mutation, found in (
                (self.ONE, {"ATest.B": "failed"}),
                (self.ONE, {"All/ATest.B/0": "failed",
                            "All/ATest.B/1": "passed"}),
                (self.TWO, {"ATest.B": "failed", "ATest.C": "failed"}),
                (self.PYTHON, {"tests.b_test.BTest.test_c": "failed"}),
                (self.PYTHON, {"tests.b_test.BTest.test_c (n=1)": "failed"}),
                # It ended the program.
                (self.ONE, {"b_test": "failed"})):
            self.assertEqual(run.judge(mutation, 3, found, False), run.CAUGHT)

    def test_all_have_to_fail(self):
        found = {"ATest.B": "failed", "ATest.C": "passed"}
        self.assertEqual(run.judge(self.TWO, 3, found, False),
                         "SURVIVED ATest.C")
        self.assertIn("SURVIVED", run.judge(
            self.TWO, 3, {"b_test": "failed"}, False))

    def test_another_test_that_failed_has_not(self):
        found = {"ATest.B": "passed", "OtherTest.B": "failed"}
        self.assertIn("SURVIVED", run.judge(self.ONE, 3, found, False))

    def test_what_did_not_even_begin_has_not(self):
        for case in (".setUpModule (tests.b_test)",
                     ".setUpClass (tests.b_test.BTest)"):
            self.assertEqual(run.judge(self.PYTHON, 3, {case: "failed"},
                                       False), "never began")

    def test_what_passed_did_not_build_or_took_too_long_has_not(self):
        passed = {"ATest.B": "passed"}
        self.assertEqual(run.judge(self.ONE, 0, passed, False), "SURVIVED")
        self.assertEqual(run.judge(self.ONE, 1, {}, False), "does not build")
        self.assertEqual(run.judge(self.ONE, 3, {"b_test": "failed"}, True),
                         "timed out")


if __name__ == "__main__":
    unittest.main()
