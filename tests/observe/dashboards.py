"""The dashboards as Grafana would read them: panels, queries, variables."""

import json
import os
import re
import subprocess

# The tests run from links into the checkout.
CHECKOUT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
GRAFANA = os.path.join(CHECKOUT, "deploy", "grafana")

# What Grafana puts in for its own variables; longer than the tests' load.
BUILT_IN = {"__rate_interval": "4m", "__range": "4m"}


class Query:
    """One expression, and where it stands."""

    def __init__(self, dashboard, title, text):
        self.dashboard = dashboard
        self.title = title
        self.text = text

    def __str__(self):
        return f"{self.dashboard.name}: {self.title}: {self.text}"


class Dashboard:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".json")]
        with open(path, encoding="utf-8") as f:
            self.json = json.load(f)
        self.variables = {v["name"]: v
                          for v in self.json["templating"]["list"]}

    def panels(self):
        """All but the rows."""
        return [p for p in self.json["panels"] if p["type"] != "row"]

    def rows(self):
        return [p for p in self.json["panels"] if p["type"] == "row"]

    def expand(self, text):
        """With "All" chosen in every variable."""
        def value(match):
            name = match[1] or match[2]
            if name in BUILT_IN:
                return BUILT_IN[name]
            return self.variables[name]["allValue"]
        return re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text)

    def queries(self):
        """Of the panels."""
        return [Query(self, panel["title"], self.expand(target["expr"]))
                for panel in self.panels() for target in panel["targets"]]

    def marks(self):
        """Of the annotations."""
        return [Query(self, mark["name"], self.expand(mark["expr"]))
                for mark in self.json["annotations"]["list"]
                if "expr" in mark]

    def variable_queries(self):
        """The series that variables take their values from, by the label."""
        found = []
        for variable in self.variables.values():
            if variable["type"] == "query":
                series, label = re.fullmatch(
                    r"label_values\((.*), (\w+)\)",
                    variable["query"]).groups()
                found.append(Query(self, variable["name"],
                                   f"group by ({label}) ({series})"))
        return found


def load():
    return [Dashboard(os.path.join(GRAFANA, name))
            for name in sorted(os.listdir(GRAFANA))
            if name.endswith(".json")]


def understood(texts, node_modules):
    """What promql.js says of each expression."""
    done = subprocess.run(
        ["node", os.path.join(os.path.dirname(os.path.realpath(__file__)),
                              "promql.js")],
        input=json.dumps(texts), capture_output=True, text=True, check=False,
        env={**os.environ, "NODE_PATH": node_modules})
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)


class Metric:
    def __init__(self, kind, labels):
        self.kind = kind
        self.labels = set(labels)


def our_metrics():
    """Name of a series -> Metric, by the page that is made of the list in
    libs/telemetry (and compared with it there)."""
    with open(os.path.join(CHECKOUT, "docs", "metrics.md"),
              encoding="utf-8") as f:
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*) \|", f.read(),
                          re.M)
    found = {}
    for name, kind, labels in rows:
        labels = [label for label in labels.strip().split(", ") if label]
        if kind == "histogram":
            found[name + "_bucket"] = Metric("counter", labels + ["le"])
            for part in ("_sum", "_count"):
                found[name + part] = Metric("counter", labels)
        else:
            found[name] = Metric(kind, labels)
    return found
