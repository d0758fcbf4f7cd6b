"""What progress.py makes of Bazel's lines."""

import io
import unittest

from bazel.tools.progress import (
    LINE_SECONDS, Progress, Screen, steps_of)


class Clock:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


class Terminal(io.StringIO):
    def isatty(self):
        return True


class ProgressTest(unittest.TestCase):

    def setUp(self):
        self.clock = Clock()

    def at(self, progress, seconds, text):
        self.clock.seconds = seconds
        return progress.line(text)

    def test_steps_are_bazels_own_and_the_total_what_it_said_beforehand(self):
        progress = Progress(2400, self.clock)
        self.assertEqual(
            self.at(progress, 10, "[1,200 / 1,310] Compiling libs/json/a.cc; "
                    "3s linux-sandbox ... (2 actions running)"),
            "1200 of 2400 steps, 10 s so far: Compiling libs/json/a.cc")
        # Bazel found more than it had said.
        self.assertRegex(self.at(progress, 11, "[2,399 / 2,500] Linking a"),
                         "^2399 of 2500 steps, ")

    def test_what_is_left_follows_the_rate_of_the_last_minutes(self):
        progress = Progress(1000, self.clock)
        self.assertNotIn("left", self.at(progress, 1, "[500 / 510] x"))
        # From the cache at once; then one step a second.
        for second in range(2, 302):
            line = self.at(progress, second, f"[{498 + second} / 999] x")
        self.assertRegex(line, "^799 of 1000 steps, 5 min so far, "
                               "about 3 min left: x$")

    def test_nothing_is_guessed_where_nothing_moves(self):
        progress = Progress(1000, self.clock)
        self.at(progress, 1, "[500 / 510] x")
        self.assertEqual(self.at(progress, 60, "[500 / 510] x"),
                         "500 of 1000 steps, 1 min so far: x")

    def test_tests_are_counted_beside_the_steps(self):
        line = self.at(Progress(0, self.clock), 30,
                       "[1,900 / 2,000] 3 / 128 tests, 1 failed; Testing "
                       "//libs/json:json_test; 2s local ... (2 actions)")
        self.assertEqual(line, "1900 of 2000 steps, 3 of 128 tests, "
                               "30 s so far: Testing //libs/json:json_test")

    def test_what_is_no_progress_is_left_alone(self):
        progress = Progress(0, self.clock)
        for text in ("ERROR: libs/json/BUILD:3:1: C++ compilation failed",
                     "//libs/json:json_test    PASSED in 0.1s", "",
                     "INFO: Analyzed 128 targets"):
            self.assertIsNone(progress.line(text), text)
        self.assertEqual(progress.line("Loading: 12 packages loaded"),
                         "reading the BUILD files")

    def test_what_a_build_never_runs_is_no_step(self):
        text = "".join(f"action '{title}'\n  Mnemonic: {kind}\n\n"
                       for title, kind in (
                           ("Compiling a.cc", "CppCompile"),
                           ("Linking libs/a/liba.a", "CppLink"),
                           ("Linking services/ca/ca", "CppLink"),
                           ("Writing file ca-2.params", "FileWrite"),
                           ("Stripping ca", "CcStrip"),
                           ("Testing //libs/a:a_test", "TestRunner")))
        self.assertEqual(steps_of(text), 1 + 2 + 1)

    def test_without_a_terminal_there_is_a_line_now_and_then(self):
        stream = io.StringIO()
        screen = Screen(stream, self.clock)
        for second in range(2 * LINE_SECONDS + 1):
            self.clock.seconds = second
            screen.progress(f"second {second}")
        screen.other("ERROR: x")
        screen.clear()
        self.assertEqual(stream.getvalue().splitlines(), [
            "second 0", f"second {LINE_SECONDS}",
            f"second {2 * LINE_SECONDS}", "ERROR: x"])

    def test_on_a_terminal_the_line_makes_room_for_what_else_is_said(self):
        stream = Terminal()
        screen = Screen(stream, self.clock)
        screen.progress("1 of 2")
        screen.progress("2 of 2")
        screen.other("ERROR: x")
        self.assertEqual(stream.getvalue(), "\r\x1b[K1 of 2\r\x1b[K2 of 2"
                         "\r\x1b[KERROR: x\n")


if __name__ == "__main__":
    unittest.main()
