"""The restore drill, as ./otrp drill restore runs it."""

import os
import subprocess
import sys
import unittest

ROOT = os.getcwd()


class DrillTest(unittest.TestCase):
    def test_the_database_comes_back_to_a_point_in_time(self):
        done = subprocess.run(
            [sys.executable, "-m", "deploy.suite", "drill", "restore",
             "--root", ROOT, "--bin-dir", ROOT],
            cwd=ROOT, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "The restore works")
        # It looked at everything, and the damage was real.
        for line in ("base backup", "devices are not served any more",
                     "as they were", "both are known again", "sealed"):
            self.assertIn(line, done.stdout)


if __name__ == "__main__":
    unittest.main()
