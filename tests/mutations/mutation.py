"""What a mutation is, and how it is put into a checkout."""

import dataclasses
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
DOCUMENT = "docs/security.md"
PAGE = "docs/security-mutations.md"


@dataclasses.dataclass(frozen=True)
class Mutation:
    """A defence broken by hand, and the tests that must fail then."""
    # How the threat begins in its row of docs/security.md.
    row: str
    # What is broken, in a few words.
    broken: str
    # From the root; `find` stands in it once and becomes `put`.
    file: str
    find: str
    put: str
    # Bazel's label.
    target: str
    # As docs/security.md names them; each must fail.
    tests: tuple
    # (file, find, put) of a second defence behind the first.
    also: tuple = ()

    @property
    def edits(self):
        """All (file, find, put)."""
        return ((self.file, self.find, self.put), *self.also)

    @property
    def package(self):
        """The folder of the target."""
        return self.target[2:].split(":")[0]

    @property
    def is_python(self):
        """Whether its tests are those of a unittest file."""
        return self.tests[0].split(".")[1].startswith("test_")


def edited(text, edit):
    """The text of the edit's file, broken; ValueError where it can't be."""
    file, find, put = edit
    count = text.count(find)
    if count != 1:
        raise ValueError(f"{file} has {count} times: {find}")
    return text.replace(find, put)


@dataclasses.dataclass(frozen=True)
class Row:
    """A threat of docs/security.md and the tests that it names."""
    threat: str
    tests: tuple


def rows_of(document):
    """Those of the tables of threats in the text of docs/security.md."""
    text = document.partition("## Threats")[2].partition("## What is not")[0]
    return [Row(threat, tuple(re.findall(r"`([A-Za-z0-9_]+\.\w+)`", tests)))
            for threat, tests in re.findall(
                r"^\| (?!---|threat )([^|]+) \| [^|]+ \| ([^|]+) \|$", text,
                re.M)]


def row_of(mutation, rows):
    """The one row that the mutation is about; ValueError if there isn't."""
    found = [row for row in rows if row.threat.startswith(mutation.row)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} threats begin: {mutation.row}")
    return found[0]


def text_of(path):
    """Of a file of the checkout."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()
