"""./otrp ctl and ./otrp device as somebody calls them from a folder of their
own: their paths are theirs, and nothing gets into the checkout."""

import os
import shutil
import subprocess
import tempfile
import unittest

BUILT = os.getcwd()
# The test runs from links into the checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))


class EntryTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otrp-entry-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("OTRP_")}
        self.environment["OTRP_BIN_DIR"] = BUILT

    def otrp(self, *words, **environment):
        return subprocess.run(
            [os.path.join(ROOT, "otrp"), *words], cwd=self.folder,
            env={**self.environment, **environment}, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, check=False)

    def test_files_are_read_and_written_in_the_callers_folder(self):
        before = set(os.listdir(ROOT))
        done = self.otrp("ctl", "key", "new", "--cn", "x", "--alg", "ec",
                         "--key", "x.key", "--csr", "x.csr")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), ["x.csr", "x.key"])
        done = self.otrp("device", "init", "--dir", "d1", "--alg", "ec",
                         "--self-issued")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.isdir(os.path.join(self.folder, "d1")))
        self.assertEqual(set(os.listdir(ROOT)), before)

    def test_reports_are_compared_where_they_are(self):
        with open(os.path.join(self.folder, "x.json"), "w",
                  encoding="ascii") as f:
            f.write("{}")
        done = self.otrp("load", "compare", "x.json", "x.json")
        self.assertEqual(done.returncode, 2)
        self.assertIn("BEFORE: x.json: isn't what otrp-load run --json writes",
                      done.stderr)

    def asked_in(self, *words, **environment):
        """Where otrpctl looked for its certificate."""
        done = self.otrp("ctl", *words, **environment)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr.split('"')[1]

    def test_the_state_folder_is_the_callers_too(self):
        certificate = "tls/operator/cert.pem"
        there = os.path.join(self.folder, "st", certificate)
        for words in (("--state-dir", "st", "device", "list"),
                      ("device", "list", "--state-dir=st"),
                      ("device", "list", "--state-dir",
                       os.path.join(self.folder, "st"))):
            with self.subTest(words=words):
                # Named now, it wins over what was set before.
                self.assertEqual(
                    self.asked_in(*words, OTRP_TLS_DIR="/elsewhere"), there)
        self.assertEqual(
            self.asked_in("device", "list", OTRP_STATE_DIR="st"), there)
        self.assertEqual(
            self.asked_in("device", "list", OTRP_STATE_DIR="st",
                          OTRP_TLS_DIR="/elsewhere"), "/elsewhere/cert.pem")

    def test_a_folder_that_looks_like_the_checkout_is_not_taken_for_it(self):
        os.mkdir(os.path.join(self.folder, "deploy"))
        with open(os.path.join(self.folder, "deploy", "__init__.py"), "w",
                  encoding="ascii") as f:
            f.write("raise SystemExit('the wrong one')")
        done = self.otrp("status", "--state-dir", "st")
        self.assertIn("tsm", done.stdout, done.stderr)
        self.assertNotIn("wrong", done.stderr)


if __name__ == "__main__":
    unittest.main()
