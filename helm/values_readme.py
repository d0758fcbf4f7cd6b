#!/usr/bin/env python3
"""Writes helm/otrp/README.md from the comments of helm/otrp/values.yaml.

A line "# -- text" tells about the value below it. With --check it writes
nothing and ends with 1 where the file isn't what it would write.
"""

import json
import os
import re
import sys

CHART = os.path.join(os.path.dirname(os.path.realpath(__file__)), "otrp")

HEAD = """# The OTrP Suite's Helm chart

Installs the five services, their secrets, certificates and database schemas.
How to use it: [docs/kubernetes.md](../../docs/kubernetes.md). Whole examples:
[scenarios](scenarios).

This file is written by `helm/values_readme.py` from `values.yaml`;
`values.schema.json` refuses any other value.

| value | default | meaning |
| --- | --- | --- |
"""


def documented(lines):
    """Yields (path, meaning)."""
    path, meaning = [], None
    for line in lines:
        comment = re.match(r"\s*# -- (.*)", line)
        if comment:
            meaning = comment[1]
            continue
        found = re.match(r"( *)([A-Za-z_]+):", line)
        if not found:
            continue
        depth = len(found[1]) // 2
        path[depth:] = [found[2]]
        if meaning is None:
            continue
        yield ".".join(path), meaning
        meaning = None


def readme():
    import yaml
    with open(os.path.join(CHART, "values.yaml"), encoding="utf-8") as f:
        text = f.read()
    values = yaml.safe_load(text)
    rows = []
    for path, meaning in documented(text.splitlines()):
        value = values
        for part in path.split("."):
            value = value[part]
        shown = json.dumps(value).replace("|", "\\|")
        rows.append(f"| `{path}` | `{shown}` | {meaning} |\n")
    return HEAD + "".join(rows)


def main():
    path = os.path.join(CHART, "README.md")
    if "--check" in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            return 0 if f.read() == readme() else 1
    with open(path, "w", encoding="utf-8") as f:
        f.write(readme())
    return 0


if __name__ == "__main__":
    sys.exit(main())
