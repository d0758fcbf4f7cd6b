"""Keeps the lists of services in the rules as deploy/services.json has them:
which jobs are ours, which must be there, whose absence wakes nobody up. All
else of a rule is written by hand. A service that no unit test speaks of is up
in all of them. ./otrp docs runs it.
"""

import glob
import os
import re

from deploy.services import TABLE

FOLDER = os.path.dirname(os.path.realpath(__file__))
INDENT = "\n" + " " * 10


def absent():
    return f"{INDENT}or ".join(f'absent(up{{job="{name}"}})' for name in TABLE)


def quiet():
    """The database's faults are told by those that need it."""
    jobs = [name for name, s in TABLE.items() if not s.pages] + ["postgres"]
    tests = [f'(eq $labels.job "{job}")' for job in jobs]
    return f"{INDENT}  ".join(" ".join(tests[at:at + 2])
                              for at in range(0, len(tests), 2))


def with_services(text):
    text = re.sub(r'job=~"gateway\|[a-z_|]+?(\|postgres)?"',
                  lambda m: f'job=~"{"|".join(TABLE)}{m[1] or ""}"', text)
    text = re.sub(r'absent\(up\{job="\w+"\}\)(?:\s+or absent\(up\{job="\w+"\}'
                  r'\))+', lambda _: absent(), text)
    return re.sub(r'(?<=\{\{ if or )(?:\(eq \$labels\.job "\w+"\)\s+)+'
                  r'(?=\}\}ticket)', lambda _: quiet() + " ", text)


def with_series(text):
    for name in TABLE:
        if f'job="{name}"' not in text:
            text = re.sub(
                r"(?=^      - series: 'up\{job=\"postgres\")",
                f"      - series: 'up{{job=\"{name}\", "
                f"instance=\"{name}:1\"}}'\n        values: \"1x20\"\n",
                text, flags=re.MULTILINE)
    return text


def made():
    """Path -> text of the files of rules and of their unit tests."""
    found = {}
    for pattern, kept in (("*.rules.yml", with_services),
                          ("tests/*.test.yml", with_series)):
        for path in sorted(glob.glob(os.path.join(FOLDER, pattern))):
            with open(path, encoding="utf-8") as f:
                found[path] = kept(f.read())
    return found


if __name__ == "__main__":
    for made_path, made_text in made().items():
        with open(made_path, "w", encoding="utf-8") as out:
            out.write(made_text)
