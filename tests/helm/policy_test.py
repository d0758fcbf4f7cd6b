"""The rendered NetworkPolicies are the arrows of docs/architecture.md, and
what the services' authorization tables allow; no more and no less."""

import itertools
import json
import re
import unittest

from deploy.services import SCHEMAS
from tests.helm import arrows
from tests.helm.arrows import PROCESSES, Picture, Policies
from tests.helm.chart import SCENARIOS, SERVICES, VARIANTS, pods, rendered

STATEFUL = {s.name for s in SCHEMAS.values()}
JOBS = {"secrets", "database-setup", "migrate", "bootstrap"}


def policies(scenario):
    objects = rendered(scenario)
    return Policies(objects, list(pods(objects)))


class PolicyTest(unittest.TestCase):

    def test_the_picture_and_the_authorization_tables_agree(self):
        named, general = arrows.allowed()
        drawn = arrows.drawn() - {("device", "gateway")}
        self.assertEqual(drawn - named - general, set(),
                         "drawn, but the service would refuse it")
        self.assertEqual(named - drawn, set(), "allowed, but not drawn")

    def test_the_reader_of_the_picture_sees_a_change(self):
        lines = arrows.picture()
        self.assertEqual(Picture(lines).arrows(), {
            ("device", "gateway"), ("gateway", "tsm"), ("gateway", "ca"),
            ("tsm", "attestation_verifier"), ("tsm", "ca"),
            ("attestation_verifier", "ca"), ("operator", "every service"),
            ("SP", "sp_portal"), ("sp_portal", "ca"), ("sp_portal", "tsm"),
            ("operator", "api"), ("SP", "api"), ("api", "every service")})
        without = [line.replace("──Appraise──►", "             ")
                   for line in lines]
        self.assertNotIn(("tsm", "attestation_verifier"),
                         Picture(without).arrows())
        more = lines + ["    device ──shortcut──► ca"]
        self.assertIn(("device", "ca"), Picture(more).arrows())

    def test_policies_are_the_arrows(self):
        expected = {(a, b) for a, b in arrows.drawn()
                    if a in PROCESSES and b in PROCESSES}
        for scenario in SCENARIOS:
            with self.subTest(scenario):
                world = policies(scenario)
                out, into = set(), set()
                for a, b in itertools.permutations(PROCESSES, 2):
                    leaves, enters = world.passes(a, b)
                    if leaves:
                        out.add((a, b))
                    if enters:
                        into.add((a, b))
                    # One port, that of the RPCs.
                    if (a, b) in expected:
                        rpc = {world.pods[b][1]["grpc"]}
                        self.assertEqual((leaves, enters), (rpc, rpc))
                self.assertEqual(out, expected)
                self.assertEqual(into, expected)

    def test_addresses_in_flags_are_the_arrows_too(self):
        expected = {(a, b) for a, b in arrows.drawn()
                    if a in PROCESSES and b in PROCESSES}
        object_of = {name.replace("_", "-"): name for name in PROCESSES}
        for scenario in SCENARIOS:
            found = set()
            for one, metadata, spec in pods(rendered(scenario)):
                if one["kind"] != "Deployment":
                    continue
                caller = metadata["labels"]["app.kubernetes.io/component"]
                for argument in spec["containers"][0]["args"]:
                    match = re.fullmatch(
                        r"--\w+_addr=otrp-([a-z-]+)-rpc\.suite\.svc:\d+",
                        argument)
                    if match:
                        found.add((caller, object_of[match[1]]))
            self.assertEqual(found, expected, scenario)

    def test_everything_else_is_denied(self):
        for scenario in VARIANTS:
            world = policies(scenario)
            self.assertGreater(set(world.pods), PROCESSES)
            for name in world.pods:
                with self.subTest(scenario=scenario, pod=name):
                    self.assertTrue(world.denies_by_default(name))
                    # Nobody from outside, but where devices and SPs come in.
                    open_to_all = {
                        "gateway": {8080, 8443},
                        "api": {8444},
                        "sp_portal": {world.pods["sp_portal"][1]["grpc"]},
                    }.get(name, set())
                    self.assertEqual(world.open_ports(name), open_to_all)

    def test_operators_reach_every_service_and_devices_only_the_gateway(self):
        # The front is open to all.
        expected = {b for a, b in arrows.drawn() if a == "operator"} - {"api"}
        for scenario in SCENARIOS:
            world = policies(scenario)
            reached = {name for name in PROCESSES
                       if world.passes("operator", name)[1]}
            self.assertEqual(reached, expected, scenario)

    def test_only_owners_reach_the_database(self):
        for scenario in ("minimal", "minimal@upgrade", "cert-manager"):
            world = policies(scenario)
            for name in set(world.pods) - {"postgres"}:
                leaves, enters = world.passes(name, "postgres")
                may = {5432} if name in STATEFUL | (JOBS - {"secrets"}) \
                    else set()
                self.assertEqual((leaves, enters), (may, may), name)
        for scenario in ("ha", "hsm"):
            world = policies(scenario)
            for name in PROCESSES:
                self.assertEqual(
                    world.goes_anywhere(name),
                    {5432} if name in STATEFUL else set(), name)

    def test_webhooks_and_pull_endpoints_are_in_no_private_network(self):
        for scenario in SCENARIOS:
            ways = {}
            for one in rendered(scenario):
                if one["kind"] != "NetworkPolicy":
                    continue
                for rule in one["spec"].get("egress", []):
                    for to in rule.get("to", []):
                        if to.get("ipBlock", {}).get("cidr") == "0.0.0.0/0":
                            ways[one["metadata"]["name"]] = (
                                {port["port"] for port in rule["ports"]},
                                set(to["ipBlock"]["except"]))
            self.assertEqual(set(ways), {"otrp-sp-portal", "otrp-tsm"},
                             scenario)
            for ports, closed in ways.values():
                self.assertEqual(ports, {443, 8443})
                self.assertLessEqual(
                    {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                     "169.254.0.0/16", "127.0.0.0/8"}, closed)

    def test_a_token_in_the_network_is_reached_by_the_ca_alone(self):
        there = {"ipBlock": {"cidr": "192.0.2.7/32"}}
        found = {}
        for one in rendered(
                "hsm", "--set-json",
                'networkPolicy.tokenTo=' + json.dumps([there]),
                "--set-json", "networkPolicy.tokenPorts=[1792]"):
            if one["kind"] == "NetworkPolicy":
                for rule in one["spec"].get("egress", []):
                    if there in rule.get("to", []):
                        found[one["metadata"]["name"]] = rule["ports"]
        self.assertEqual(found, {
            name: [{"port": 1792, "protocol": "TCP"}]
            for name in ("otrp-ca", "otrp-bootstrap")})

    def test_revocation_data_is_fetched_by_the_verifier_alone(self):
        there = {"ipBlock": {"cidr": "198.51.100.0/24"}}
        found = {}
        for one in rendered(
                "ha", "--set-json",
                'networkPolicy.revocationTo=' + json.dumps([there])):
            if one["kind"] == "NetworkPolicy":
                for rule in one["spec"].get("egress", []):
                    if there in rule.get("to", []):
                        found[one["metadata"]["name"]] = [
                            port["port"] for port in rule["ports"]]
        self.assertEqual(found, {"otrp-attestation-verifier": [80, 443]})

    def test_a_named_database_is_the_only_one(self):
        for scenario in ("external-postgres", "airgap"):
            world = policies(scenario)
            for name in PROCESSES:
                self.assertEqual(world.goes_anywhere(name), set())

    def test_only_jobs_that_write_secrets_reach_the_api_server(self):
        world = policies("external-postgres")
        self.assertEqual(
            {name for name in world.pods
             if {443, 6443} & world.goes_anywhere(name)},
            {"secrets", "bootstrap"})
        world = policies("cert-manager")
        self.assertEqual(
            {name for name in world.pods
             if {443, 6443} & world.goes_anywhere(name)}, {"secrets"})

    def test_metrics_are_for_the_monitoring_namespace(self):
        world = policies("ha")
        for name in SERVICES.values():
            port = world.pods[name][1]["metrics"]
            rules = [r for p in world.of(name)
                     for r in p["spec"].get("ingress", [])
                     if {"port": "metrics", "protocol": "TCP"} in r["ports"]]
            self.assertEqual(len(rules), 1)
            self.assertEqual(rules[0]["from"], [{"namespaceSelector": {
                "matchLabels": {
                    "kubernetes.io/metadata.name": "monitoring"}}}])
            self.assertNotIn(port, world.open_ports(name))


if __name__ == "__main__":
    unittest.main()
