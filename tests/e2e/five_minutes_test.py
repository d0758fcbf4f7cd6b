"""docs/five-minutes.md, done: its commands in their order, in one shell, as a
reader pastes them, against a stack of the test's own."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

from deploy.services import PORTS
from deploy.suite.ports import free_ports

BUILT = os.getcwd()
# The test runs from links into the checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
# Stands behind what a block says.
MARK = "== block"


def blocks(text):
    """[(commands, what they say), ..] of a page."""
    found = []
    for kind, body in re.findall(r"^```(\w+)\n(.*?)^```$", text,
                                 re.MULTILINE | re.DOTALL):
        if kind == "sh":
            found.append((body, ""))
        else:
            commands, _ = found.pop()
            found.append((commands, body))
    return found


def missing(shown, said):
    """The first line of a page that isn't in what was said, in that order;
    "..." is anything, and columns are as wide as they like."""
    lines = iter(said.splitlines())
    for line in shown.splitlines():
        wanted = re.compile(".*".join(map(
            re.escape, " ".join(line.split()).split("..."))))
        if not any(wanted.fullmatch(" ".join(one.split())) for one in lines):
            return line
    return None


class FiveMinutesTest(unittest.TestCase):

    def setUp(self):
        with open(os.path.join(ROOT, "docs", "five-minutes.md"),
                  encoding="utf-8") as f:
            self.page = f.read()
        self.folder = tempfile.mkdtemp(prefix="otrp-five-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, True)
        ports = dict(zip(PORTS, free_ports(len(PORTS))))
        self.http = ports["http"]
        self.environment = {
            **os.environ, "TMPDIR": self.folder, "OTRP_BIN_DIR": BUILT,
            "OTRP_STATE_DIR": os.path.join(self.folder, "state"),
            **{f"OTRP_{name.upper()}_PORT": str(port)
               for name, port in ports.items()}}

    def shell(self, script):
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script], cwd=ROOT,
            env=self.environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def test_each_command_works_and_says_what_the_page_shows(self):
        page = blocks(self.page.replace("127.0.0.1:8080",
                                        f"127.0.0.1:{self.http}"))
        self.assertGreater(len(page), 6)
        self.addCleanup(self.shell, "./otrp down")
        done = self.shell("".join(
            f"{commands}echo '{MARK}'\n" for commands, _ in page))
        self.assertEqual(done.returncode, 0, done.stdout)
        said = done.stdout.split(MARK + "\n")
        for (commands, shown), text in zip(page, said):
            self.assertIsNone(missing(shown, text),
                              f"not shown by\n{commands}which said\n{text}")
        # What the page began, it ended: mktemp's folder is gone.
        self.assertEqual([name for name in os.listdir(self.folder)
                          if name.startswith("tmp.")], [])

    def test_a_page_that_shows_something_else_is_found(self):
        said = "a  1\nb     22 ms\n"
        self.assertIsNone(missing("a 1\nb ... ms\n", said))
        self.assertIsNone(missing("b 22 ms\n", said))
        self.assertEqual(missing("a 1\na 1\n", said), "a 1")
        self.assertEqual(missing("b ... s\nb ... ms\n", said), "b ... s")
        self.assertEqual(missing("a 1 2\n", said), "a 1 2")


if __name__ == "__main__":
    unittest.main()
