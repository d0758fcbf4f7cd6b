"""deploy/services.json: the services that there are, and a table that its
readers can trust. What is made of it is up to date."""

import collections
import dataclasses
import os
import re
import unittest

from deploy import services
from deploy.prometheus import generate as rules
from helm import generate as chart

# The test runs from links into the checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


class ServicesTest(unittest.TestCase):

    def test_every_service_has_a_row_and_every_row_a_service(self):
        folder = os.path.join(ROOT, "services")
        self.assertEqual(sorted(services.TABLE), sorted(
            name for name in os.listdir(folder)
            if os.path.isdir(os.path.join(folder, name))))

    def test_a_row_says_what_the_folder_says(self):
        for name, service in services.TABLE.items():
            with self.subTest(name):
                self.assertEqual(bool(service.schema), os.path.isdir(
                    os.path.join(ROOT, service.migrations)))
                self.assertTrue(bool(service.rpc_port) != bool(service.http))
                self.assertLessEqual(set(service.calls),
                                     set(services.TABLE) - {name})

    def test_names_and_ports_are_nobody_elses(self):
        table = services.TABLE.values()
        for what in ([s.short for s in table],
                     [s.schema for s in table if s.schema],
                     [k["file"] for s in table for k in s.secrets],
                     [k["value"] for s in table for k in s.secrets],
                     list(services.PORTS.values())):
            twice = [one for one, count in collections.Counter(what).items()
                     if count > 1]
            self.assertEqual(twice, [])
        # A name that stood twice would have cost a port.
        self.assertEqual(len(services.PORTS), sum(
            len(s.listeners) + len(s.loopback_listeners) + 1 for s in table))

    def test_plain_http_of_the_front_is_not_in_the_chart(self):
        front = services.TABLE["api"]
        self.assertEqual(front.loopback_listeners,
                         [("http_listen", "api_http", 8081)])
        self.assertNotIn("http_listen", [f for f, _, _ in front.listeners])
        for path, text in chart.made().items():
            self.assertNotIn("8081", text, path)

    def test_a_service_starts_after_those_that_it_calls(self):
        started = []
        for name, service in services.SERVICES.items():
            self.assertLessEqual(set(service.calls), set(started), name)
            started.append(name)
        self.assertEqual(set(started), set(services.TABLE))

    def test_a_circle_of_calls_is_refused(self):
        table = dict(services.TABLE)
        table["ca"] = dataclasses.replace(table["ca"], calls=["gateway"])
        with self.assertRaisesRegex(ValueError, "gateway -> ca -> gateway"):
            services.in_start_order(table)

    def test_what_is_made_of_the_table_is_up_to_date(self):
        for path, text in {**rules.made(), **chart.made()}.items():
            with open(path, encoding="utf-8") as f:
                self.assertTrue(f.read() == text, f"{path}: ./otrp docs")

    def test_a_service_more_is_in_all_that_is_made(self):
        more = dataclasses.replace(
            services.TABLE["sp_portal"], name="new_one", short="new",
            schema="new_one", rpc_port=9106, pages=False)
        services.TABLE["new_one"] = services.SCHEMAS["new_one"] = more
        self.addCleanup(services.TABLE.pop, "new_one")
        self.addCleanup(services.SCHEMAS.pop, "new_one")
        new = set()
        for path, text in {**rules.made(), **chart.made()}.items():
            with open(path, encoding="utf-8") as f:
                before = f.read()
            if re.search(r"new_one|newOne|otrp_new", text):
                self.assertNotEqual(text, before, path)
                new.add(os.path.basename(path))
        self.assertLessEqual(
            {"alerts.rules.yml", "processes.test.yml", "values.yaml",
             "values.schema.json", "README.md", "database.sql", "ha.yaml",
             "airgap.yaml", "hsm.yaml"}, new)


if __name__ == "__main__":
    unittest.main()
