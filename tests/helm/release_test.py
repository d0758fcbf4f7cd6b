"""A release of the chart: packed and signed as docs/kubernetes.md says, with a
key that is thrown away."""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

from tests.helm.chart import (
    CHART, ROOT, helm, scenario_file, template, tools)

KEY = "release@otrp.example"


def documented():
    """The commands of the section about releases."""
    with open(os.path.join(ROOT, "docs/kubernetes.md"),
              encoding="utf-8") as f:
        part = f.read().split("## Releasing the chart\n", 1)[1]
    block = re.search(r"(?:^    .*\n)+", part, re.M)[0]
    return re.sub(r"^    ", "", block, flags=re.M)


class ReleaseTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        # A socket's path must be short.
        cls.home = tempfile.mkdtemp(prefix="otrp-gpg-", dir="/tmp")
        cls.environment = {
            "PATH": os.path.join(tools(), "bin") + ":/usr/bin:/bin",
            "HOME": cls.home, "GNUPGHOME": os.path.join(cls.home, "gnupg"),
            "KEY": KEY}
        os.mkdir(cls.environment["GNUPGHOME"], 0o700)
        cls.run_here("gpg", "--batch", "--passphrase", "",
                     "--quick-generate-key", f"Throw-away <{KEY}>", "rsa3072",
                     "sign", "1d")
        os.symlink(os.path.join(ROOT, "helm"), os.path.join(cls.home, "helm"))
        cls.run_here("sh", "-eu", "-c", documented())
        cls.package, = [os.path.join(cls.home, name)
                        for name in os.listdir(cls.home)
                        if name.endswith(".tgz")]

    @classmethod
    def tearDownClass(cls):
        cls.run_here("gpgconf", "--kill", "gpg-agent")
        # The agent removes its sockets while it ends.
        while os.path.exists(cls.home):
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(cls.home)

    @classmethod
    def run_here(cls, *argv):
        done = subprocess.run(argv, cwd=cls.home, env=cls.environment,
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        assert done.returncode == 0, (argv, done.stdout + done.stderr)

    def verify(self, package):
        return helm("verify", "--keyring",
                    os.path.join(self.home, "otrp-release.pub"), package)

    def test_who_has_the_public_key_can_check_it(self):
        done = self.verify(self.package)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(KEY, done.stdout)

    def test_a_package_that_somebody_changed_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, os.path.basename(self.package))
            shutil.copy(self.package + ".prov", copy + ".prov")
            with open(self.package, "rb") as f:
                octets = bytearray(f.read())
            octets[len(octets) // 2] ^= 1
            with open(copy, "wb") as f:
                f.write(octets)
            self.assertNotEqual(self.verify(copy).returncode, 0)

    def test_no_private_key_is_left_behind(self):
        for folder, _, files in os.walk(self.home, followlinks=False):
            if folder.startswith(self.environment["GNUPGHOME"]):
                continue
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    shown = subprocess.run(
                        ["gpg", "--batch", "--list-packets"], stdin=f,
                        env=self.environment, capture_output=True, text=True,
                        check=False).stdout
                self.assertNotIn("secret key packet", shown, path)

    def test_the_package_renders_what_the_folder_renders(self):
        for scenario in ("minimal", "ha"):
            packed = template("--values", scenario_file(scenario),
                              chart=self.package)
            self.assertEqual(packed.returncode, 0, packed.stderr)
            self.assertEqual(
                packed.stdout,
                template("--values", scenario_file(scenario)).stdout)

    def test_artifact_hub_finds_what_it_shows(self):
        with open(os.path.join(CHART, "Chart.yaml"), encoding="utf-8") as f:
            chart = yaml.safe_load(f)
        notes = chart["annotations"]
        # https://artifacthub.io/docs/topics/annotations/helm/
        self.assertIn(notes["artifacthub.io/category"], (
            "ai-machine-learning", "database", "integration-delivery",
            "monitoring-logging", "networking", "security", "storage",
            "streaming-messaging", "skip-prediction"))
        for name in ("operator", "prerelease", "containsSecurityUpdates"):
            self.assertIn(notes["artifacthub.io/" + name], ("true", "false"))
        for change in yaml.safe_load(notes["artifacthub.io/changes"]):
            self.assertLessEqual(set(change), {"kind", "description",
                                               "links"})
            self.assertIn(change["kind"], (
                "added", "changed", "deprecated", "removed", "fixed",
                "security"))
        for link in yaml.safe_load(notes["artifacthub.io/links"]):
            self.assertEqual(set(link), {"name", "url"})


if __name__ == "__main__":
    unittest.main()
