"""The TypeScript SDK: its types are those of the reference, and its own tests,
of Node.js, pass."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.support import typescript_sdk


class TypeScriptSdkTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otrp-sdk-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def built(self, change=lambda _: None):
        return typescript_sdk.build(os.path.join(self.folder, "sdk"), change)

    def test_its_own_tests_pass(self):
        tests = os.path.join(self.built(), "test")
        done = subprocess.run(
            ["node", "--test", *sorted(
                os.path.join(tests, name) for name in os.listdir(tests)
                if name.endswith(".test.js"))],
            capture_output=True, text=True, check=False, timeout=60,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^\W* pass [1-9][0-9]")

    def test_a_member_that_the_reference_does_not_have_does_not_compile(self):
        def misspell(folder):
            path = os.path.join(folder, "examples", "onboarding.ts")
            with open(path, encoding="utf-8") as f:
                text = f.read()
            self.assertEqual(text.count("contact:"), 1)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace("contact:", "contract:"))

        with self.assertRaisesRegex(AssertionError, "'contract'"):
            self.built(misspell)

    def test_the_lock_file_names_no_registry_and_exact_versions(self):
        with open(os.path.join(typescript_sdk.SOURCES, "package-lock.json"),
                  encoding="utf-8") as f:
            packages = json.load(f)["packages"]
        for name, package in packages.items():
            self.assertNotIn("resolved", package, name)
            if name:
                self.assertTrue(package["integrity"].startswith("sha512-"))
        own = packages[""]
        self.assertEqual(list(own["dependencies"]), ["openapi-fetch"])
        for version in (own["dependencies"] | own["devDependencies"]).values():
            self.assertTrue(re.fullmatch(r"\d+\.\d+\.\d+", version), version)


if __name__ == "__main__":
    unittest.main()
