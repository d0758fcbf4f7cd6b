"""The dashboards: made of their sources, sound as PromQL, laid out without
gaps in meaning, and, over a live Prometheus that watches the suite at work,
without a panel that stays empty."""

import json
import math
import os
import tempfile
import time
import unittest

from deploy.grafana import generate
from deploy.services import SERVICES
from tests.observe import dashboards, rules

ALL = dashboards.load()

# What Prometheus adds to each series.
TARGET_LABELS = {"job", "instance"}
# Of Prometheus itself, with the labels of the target only.
OF_PROMETHEUS = {"up"}
# Grafana's names of units that we use.
UNITS = {"bytes", "percentunit", "reqps", "ops", "s", "short", "none", "mps",
         "Bps"}
CONFIG_MAP_BYTES = 1 << 20


class FilesTest(unittest.TestCase):

    def test_they_are_what_the_sources_make(self):
        with tempfile.TemporaryDirectory(prefix="dashboards-") as folder:
            made = generate.generate(folder)
        committed = generate.committed()
        self.assertEqual(sorted(committed), sorted(made), "./otrp docs")
        for name, text in made.items():
            self.assertTrue(committed[name] == text,
                            f"{name} isn't what src/ makes: ./otrp docs")

    def test_a_misspelt_option_does_not_compile(self):
        with tempfile.TemporaryDirectory(prefix="dashboards-") as folder:
            source = os.path.join(dashboards.GRAFANA, "src", "build.ts")
            with open(source, encoding="utf-8") as f:
                text = f.read()
            broken = text.replace("showPoints: Vis", "showPionts: Vis")
            self.assertNotEqual(text, broken)
            with self.assertRaisesRegex(generate.GenerateError, "showPionts"):
                generate.generate(folder, {"build.ts": broken})

    def test_the_lock_file_names_no_registry(self):
        path = os.path.join(dashboards.GRAFANA, "src", "package-lock.json")
        with open(path, encoding="utf-8") as f:
            packages = json.load(f)["packages"]
        for name, package in packages.items():
            self.assertNotIn("resolved", package, name)
            if name:
                self.assertTrue(package["integrity"].startswith("sha512-"))
        for version in packages[""]["dependencies"].values():
            self.assertRegex(version, r"^\d+\.\d+\.\d+$")

    def test_each_fits_into_a_config_map(self):
        for name, text in generate.committed().items():
            self.assertLess(len(text.encode()), CONFIG_MAP_BYTES // 2, name)


class LayoutTest(unittest.TestCase):

    def each(self):
        self.assertGreaterEqual(len(ALL), 8)
        for dashboard in ALL:
            with self.subTest(dashboard=dashboard.name):
                yield dashboard

    def test_identity(self):
        for dashboard in self.each():
            top = dashboard.json
            self.assertEqual(top["uid"],
                             "otrp-" + dashboard.name.replace("_", "-"))
            self.assertNotIn("id", top)
            self.assertIn("otrp", top["tags"])
            self.assertTrue(top["description"])
            self.assertGreaterEqual(top["schemaVersion"], 42)
        for key in ("uid", "title"):
            values = [d.json[key] for d in ALL]
            self.assertEqual(len(values), len(set(values)), key)

    def test_every_service_has_one(self):
        names = {d.name for d in ALL}
        services = os.listdir(os.path.join(dashboards.CHECKOUT, "services"))
        self.assertLessEqual(
            {s for s in services if os.path.isdir(os.path.join(
                dashboards.CHECKOUT, "services", s))}, names)

    def test_panels_do_not_overlap(self):
        for dashboard in self.each():
            taken = {}
            for panel in dashboard.json["panels"]:
                at = panel["gridPos"]
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                for x in range(at["x"], at["x"] + at["w"]):
                    for y in range(at["y"], at["y"] + at["h"]):
                        self.assertNotIn((x, y), taken, panel["title"])
                        taken[x, y] = panel["title"]
            bottom = max(y for _, y in taken)
            for y in range(bottom + 1):
                self.assertIn((0, y), taken, "an empty line")

    def test_ids_and_titles(self):
        for dashboard in self.each():
            ids = [p["id"] for p in dashboard.json["panels"]]
            self.assertEqual(len(ids), len(set(ids)))
            rows = [p["title"] for p in dashboard.rows()]
            self.assertEqual(len(rows), len(set(rows)))
            row, seen = None, set()
            for panel in dashboard.json["panels"]:
                if panel["type"] == "row":
                    row = panel["title"]
                    continue
                self.assertTrue(row and panel["title"])
                self.assertNotIn((row, panel["title"]), seen)
                seen.add((row, panel["title"]))

    def test_every_panel_explains_itself(self):
        for dashboard in self.each():
            for panel in dashboard.panels():
                title = panel["title"]
                self.assertTrue(panel["description"].endswith("."), title)
                self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS,
                              title)

    def test_queries_are_told_apart(self):
        for dashboard in self.each():
            for panel in dashboard.panels():
                refs = [t["refId"] for t in panel["targets"]]
                self.assertTrue(refs)
                self.assertEqual(len(refs), len(set(refs)), panel["title"])
                if len(refs) > 1:
                    legends = [t["legendFormat"] for t in panel["targets"]]
                    self.assertEqual(len(legends), len(set(legends)),
                                     panel["title"])

    def test_the_datasource_is_the_variable(self):
        def walk(value):
            if isinstance(value, dict):
                if "datasource" in value:
                    yield value["datasource"]
                for inner in value.values():
                    yield from walk(inner)
            elif isinstance(value, list):
                for inner in value:
                    yield from walk(inner)

        for dashboard in self.each():
            self.assertEqual(dashboard.variables["datasource"]["query"],
                             "prometheus")
            for source in walk(dashboard.json):
                self.assertIn(source["uid"], ("${datasource}",
                                              "-- Grafana --"))

    def test_links_lead_to_the_others(self):
        uids = {d.json["uid"] for d in ALL}
        for dashboard in self.each():
            links = dashboard.json["links"]
            targets = [link["url"].split("/d/")[1].split("?")[0]
                       for link in links]
            self.assertEqual(set(targets), uids - {dashboard.json["uid"]})
            for panel in dashboard.panels():
                for link in panel.get("links", ()):
                    self.assertIn(link["url"].split("/d/")[1].split("?")[0],
                                  uids - {dashboard.json["uid"]})


class PromqlTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.queries = [q for d in ALL for q in
                       d.queries() + d.marks() + d.variable_queries()]
        cls.read = dashboards.understood([q.text for q in cls.queries],
                                         generate.node_modules())
        cls.metrics = dashboards.our_metrics()

    def none(self, problems):
        problems = list(problems)
        self.assertEqual(problems, [], "\n" + "\n".join(map(str, problems)))

    def ours(self):
        """(query, selector, its Metric) of the suite's own series."""
        for query, read in zip(self.queries, self.read):
            for selector in read["selectors"]:
                metric = self.metrics.get(selector["name"])
                if metric is not None:
                    yield query, selector, metric

    def test_the_checks_see_what_is_wrong(self):
        broken, right = dashboards.understood(
            ["sum(rate(x[1m])", 'sum by (a) (rate(x_total{b="c"}[1m]))'],
            generate.node_modules())
        self.assertTrue(broken["errors"])
        self.assertEqual(right, {
            "errors": [], "grouping": ["a"], "selectors": [
                {"text": 'x_total{b="c"}', "name": "x_total", "labels": ["b"],
                 "rated": True}]})
        self.assertGreater(len(self.metrics), 40)
        self.assertEqual(self.metrics["otrp_message_total"].labels,
                         {"type", "dialect", "verdict"})
        self.assertGreater(len(self.queries), 200)

    def test_no_errors(self):
        self.none(f"{query}: {error}"
                  for query, read in zip(self.queries, self.read)
                  for error in read["errors"])

    def test_every_query_reads_series(self):
        self.none(q for q, read in zip(self.queries, self.read)
                  if not read["selectors"])

    def test_the_metrics_exist(self):
        # Those of the exporter are looked for where it runs.
        self.none(
            f"{query}: {selector['name']}"
            for query, read in zip(self.queries, self.read)
            for selector in read["selectors"]
            if selector["name"] not in self.metrics
            and selector["name"] not in OF_PROMETHEUS
            and not (query.dashboard.name == "postgres"
                     and selector["name"].startswith("pg_")))

    def test_the_labels_exist(self):
        self.none(f"{query}: {selector['text']}"
                  for query, selector, metric in self.ours()
                  if not set(selector["labels"]) <=
                  metric.labels | TARGET_LABELS)
        for query, read in zip(self.queries, self.read):
            known = set(TARGET_LABELS)
            for selector in read["selectors"]:
                metric = self.metrics.get(selector["name"])
                known |= metric.labels if metric else set()
            if query.dashboard.name != "postgres":
                self.assertLessEqual(set(read["grouping"]), known, str(query))

    def test_every_selector_names_its_job(self):
        # Others may have series of the same names.
        self.none(f"{query}: {selector['text']}"
                  for query, read in zip(self.queries, self.read)
                  for selector in read["selectors"]
                  if "job" not in selector["labels"]
                  and selector["name"] != "otrp_build_info")

    def test_counters_are_rated_and_gauges_are_not(self):
        self.none(query for query, selector, metric in self.ours()
                  if selector["rated"] != (metric.kind == "counter"))

    def test_every_metric_is_on_some_panel(self):
        shown = {selector["name"] for _, selector, _ in self.ours()}
        # A histogram is shown by any of its series.
        stems = {name.removesuffix("_bucket").removesuffix("_sum")
                 .removesuffix("_count") for name in shown}
        self.none(sorted(
            name for name in self.metrics
            if name not in shown and name.removesuffix("_bucket")
            .removesuffix("_sum").removesuffix("_count") not in stems))


class RulesTest(unittest.TestCase):
    """What the rules of deploy/prometheus read."""

    def test_the_metrics_exist(self):
        of_rules = rules.rules("record") + rules.rules("alert")
        reads = dashboards.understood([rule["expr"] for rule in of_rules],
                                      generate.node_modules())
        known = (OF_PROMETHEUS | set(dashboards.our_metrics())
                 | {rule["record"] for rule in rules.rules("record")})
        names = set()
        for rule, read in zip(of_rules, reads):
            with self.subTest(rule.get("alert") or rule["record"]):
                self.assertEqual(read["errors"], [])
                found = {selector["name"] for selector in read["selectors"]}
                # Those of the exporter are looked for where it runs.
                self.assertLessEqual(
                    {name for name in found if not name.startswith("pg_")},
                    known)
                names |= found
        self.assertGreater(len(names), 20)


class LiveTest(unittest.TestCase):
    """The suite at work, watched by a real Prometheus."""

    @classmethod
    def setUpClass(cls):
        # Only this class needs the built programs.
        from tests.observe.dashboard_load import Load  # pylint: disable=C0415
        from deploy.suite.observe import Observer  # pylint: disable=C0415
        from tests.e2e.world import World  # pylint: disable=C0415
        world = World()
        cls.addClassCleanup(world.close)
        cls.observer = Observer(world.stack,
                                os.path.join(world.folder, "observe"),
                                scrape_interval="1s", rules=[])
        cls.observer.start()
        cls.addClassCleanup(cls.observer.stop)
        cls.wait_for("count(sum_over_time(up[1m]) >= 2) == "
                     f"{len(SERVICES) + 1}")
        Load(world).run()
        # Two more looks at everything, and what is counted in the database.
        time.sleep(3)

    @classmethod
    def wait_for(cls, text, seconds=30):
        deadline = time.monotonic() + seconds
        while not cls.observer.query(text):
            assert time.monotonic() < deadline, text
            time.sleep(0.2)

    def finite(self, text):
        """The finite values that a query gives now."""
        return [float(series["value"][1])
                for series in self.observer.query(text)
                if math.isfinite(float(series["value"][1]))]

    def none(self, problems):
        problems = list(problems)
        self.assertEqual(problems, [],
                         f"\n{len(problems)}:\n" + "\n".join(problems))

    def test_every_panel_has_data(self):
        self.none(str(query) for dashboard in ALL
                  for query in dashboard.queries()
                  if not self.finite(query.text))

    def test_every_variable_has_values(self):
        self.none(str(query) for dashboard in ALL
                  for query in dashboard.variable_queries()
                  if not self.finite(query.text))

    def test_starts_are_marked(self):
        for dashboard in ALL:
            for mark in dashboard.marks():
                found = self.observer.query(f"({mark.text})[4m:1s]")
                times = {value for series in found
                         for _, value in series["values"]}
                # The load killed these two.
                expected = {"overview": 8, "tsm": 2,
                            "attestation_verifier": 2}
                self.assertEqual(len(times),
                                 expected.get(dashboard.name, 1), str(mark))

    def test_every_part_of_a_query_has_data(self):
        # "or 0 * ..." would hide a value that no series has.
        queries = [q for d in ALL for q in d.queries()]
        read = dashboards.understood([q.text for q in queries],
                                     generate.node_modules())
        missing = {}
        for query, parts in zip(queries, read):
            for selector in parts["selectors"]:
                text = selector["text"]
                if text not in missing:
                    missing[text] = not self.finite(
                        f"count(last_over_time({text}[4m]))")
                if missing[text]:
                    missing[text] = str(query)
        self.none(f"{text} in {where}" for text, where in missing.items()
                  if where)


if __name__ == "__main__":
    unittest.main()
