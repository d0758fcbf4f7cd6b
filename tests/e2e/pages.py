"""Pages of docs/ that are walks through commands, done: in their order, in one
shell, as a reader pastes them, against a stack of the test's own."""

import json
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
    """[(commands, kind, what they say), ..] of a page; kind "": nothing that
    is shown."""
    found = []
    for kind, body in re.findall(r"^```(\w+)\n(.*?)^```$", text,
                                 re.MULTILINE | re.DOTALL):
        if kind == "sh":
            found.append((body, "", ""))
        else:
            commands, _, _ = found.pop()
            found.append((commands, kind, body))
    return found


def pattern(shown):
    """Of what is shown; "..." is anything."""
    return re.compile(".*".join(map(re.escape, shown.split("..."))))


def missing(shown, said):
    """The first line of a page that isn't in what was said, in that order;
    columns are as wide as they like."""
    lines = iter(said.splitlines())
    for line in shown.splitlines():
        wanted = pattern(" ".join(line.split()))
        if not any(wanted.fullmatch(" ".join(one.split())) for one in lines):
            return line
    return None


def holds(said, shown):
    """Whether a value of JSON has what is shown of it: of an object those
    members, of a list those elements in their order, of an empty one none."""
    if isinstance(shown, dict):
        return isinstance(said, dict) and all(
            name in said and holds(said[name], value)
            for name, value in shown.items())
    if isinstance(shown, list):
        if not isinstance(said, list) or (said and not shown):
            return False
        rest = iter(said)
        return all(any(holds(one, wanted) for one in rest)
                   for wanted in shown)
    if isinstance(shown, str):
        return isinstance(said, str) and said != "" and \
            pattern(shown).fullmatch(said) is not None
    return type(said) is type(shown) and said == shown


def missing_json(shown, said):
    """The same for lines of JSON."""
    answers = iter([json.loads(line) for line in said.splitlines()
                    if line.startswith("{")])
    for line in shown.splitlines():
        wanted = json.loads(line)
        if not any(holds(answer, wanted) for answer in answers):
            return line
    return None


class PageTest(unittest.TestCase):
    """Of one page."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otrp-page-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        self.state = os.path.join(self.folder, "state")
        self.environment = {
            **os.environ, "TMPDIR": self.folder, "OTRP_BIN_DIR": BUILT,
            "OTRP_STATE_DIR": self.state,
            **{f"OTRP_{name.upper()}_PORT": str(port)
               for name, port in self.ports.items()}}

    def page(self, name):
        """The blocks of docs/<name>, for this test's stack."""
        with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as f:
            text = f.read()
        for shown, ours in (("127.0.0.1:8080", self.ports["http"]),
                            ("127.0.0.1:8444", self.ports["api"])):
            text = text.replace(shown, f"127.0.0.1:{ours}")
        return blocks(text.replace(" .otrp/", f" {self.state}/"))

    def shell(self, script):
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script], cwd=ROOT,
            env=self.environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def assert_page_is_true(self, page):
        """Each command works and says what stands below it."""
        self.addCleanup(self.shell, "./otrp down")
        done = self.shell("".join(
            f"{commands}echo '{MARK}'\n" for commands, _, _ in page))
        self.assertEqual(done.returncode, 0, done.stdout)
        said = done.stdout.split(MARK + "\n")
        for (commands, kind, shown), text in zip(page, said):
            lost = (missing_json if kind == "json" else missing)(shown, text)
            self.assertIsNone(
                lost, f"not shown by\n{commands}which said\n{text}")
        # What the page began, it ended: mktemp's folder is gone.
        self.assertEqual([name for name in os.listdir(self.folder)
                          if name.startswith("tmp.")], [])
