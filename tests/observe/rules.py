"""The rules of deploy/prometheus, read; and the same rules in quick motion."""

import copy
import os
import re

import yaml

# The tests run from links into the checkout.
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
from deploy.suite.observe import rule_files

FOLDER = os.path.join(CHECKOUT, "deploy", "prometheus")
PLAYBOOKS = os.path.join(CHECKOUT, "deploy", "playbooks")

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def files():
    return rule_files(CHECKOUT)


def load():
    """File name -> content."""
    found = {}
    for path in files():
        with open(path, encoding="utf-8") as f:
            found[os.path.basename(path)] = yaml.safe_load(f)
    return found


def rules(kind):
    """All rules of a kind: "alert" or "record"."""
    return [rule for content in load().values()
            for group in content["groups"] for rule in group["rules"]
            if kind in rule]


def alert_names():
    return sorted({rule["alert"] for rule in rules("alert")})


def quicker(text, factor, least):
    """A duration, `factor` times as quick, in seconds not below `least`."""
    number, unit = re.fullmatch(r"(\d+)(ms|[smhd])", text).groups()
    seconds = max(int(number) * SECONDS[unit] / factor, least)
    return f"{round(seconds * 1000)}ms"


def in_quick_motion(content, factor, least_window):
    """The rules with each window of an expression and each "for" shorter by
    the factor; a window is at least as long as two samples need. Nothing else
    of an expression changes: thresholds, shares and counts stay."""
    content = copy.deepcopy(content)
    for group in content["groups"]:
        for rule in group["rules"]:
            rule["expr"] = re.sub(
                r"\[(\w+)\]",
                lambda m: f"[{quicker(m[1], factor, least_window)}]",
                rule["expr"])
            if "for" in rule:
                rule["for"] = quicker(rule["for"], factor, 0)
    return content


def write_in_quick_motion(folder, factor, least_window):
    """Their files, as Prometheus takes them."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for name, content in load().items():
        paths.append(os.path.join(folder, name))
        with open(paths[-1], "w", encoding="utf-8") as f:
            yaml.safe_dump(in_quick_motion(content, factor, least_window), f)
    return paths


def playbook(name):
    """The page of an alert."""
    with open(os.path.join(PLAYBOOKS, name + ".md"), encoding="utf-8") as f:
        return f.read()


def check_of(text):
    """What stands in a page under "Check"."""
    return text[text.index("## Check"):text.index("## Fix")]


def playbook_questions():
    """What the playbooks ask under "Check": (queries of Prometheus, statements
    of SQL)."""
    queries, statements = set(), set()
    for name in alert_names():
        check = check_of(playbook(name))
        queries |= set(re.findall(r"observe --query '([^']*)'", check))
        statements |= {a or b for a, b in re.findall(
            r"""otrp psql -c (?:"([^"]*)"|'([^']*)')""", check)}
    return sorted(queries), sorted(statements)
