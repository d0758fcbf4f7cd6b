"""The chart by the real helm: it lints, renders, refuses what it doesn't know,
and says what its values mean."""

import json
import os
import re
import unittest

import yaml

from deploy.services import SCHEMAS
from helm import generate
from tests.helm.chart import (
    CHART, ROOT, SCENARIOS, SERVICES, VARIANTS, helm, parse, problems,
    rendered, scenario_file, template)


def walk(value, path=""):
    """Paths of the leaves; an empty mapping is a leaf."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from walk(inner, f"{path}/{key}")
    else:
        yield path


class ChartTest(unittest.TestCase):

    def test_the_scenarios_are_those_that_were_asked_for(self):
        self.assertEqual(SCENARIOS, sorted([
            "minimal", "ha", "external-postgres", "cert-manager", "hsm",
            "airgap"]))

    def test_the_programs_say_the_same_version(self):
        with open(os.path.join(ROOT, "libs/telemetry/version.h"),
                  encoding="utf-8") as f:
            said, = re.findall(r'kVersion = "([^"]+)"', f.read())
        with open(os.path.join(CHART, "Chart.yaml"), encoding="utf-8") as f:
            self.assertEqual(yaml.safe_load(f)["appVersion"], said)

    def test_lint(self):
        for name in SCENARIOS:
            with self.subTest(name):
                done = helm("lint", "--strict", CHART, "--values",
                            scenario_file(name))
                self.assertEqual(done.returncode, 0,
                                 done.stdout + done.stderr)
                self.assertIn("0 chart(s) failed", done.stdout)
                self.assertNotIn("[WARN", done.stdout)

    def test_every_scenario_renders_alike_each_time(self):
        # A template that makes random secrets would not.
        for name in SCENARIOS:
            with self.subTest(name):
                once = template("--values", scenario_file(name))
                again = template("--values", scenario_file(name))
                self.assertEqual(once.returncode, 0, once.stderr)
                self.assertEqual(once.stdout, again.stdout)
                self.assertGreater(len(parse(once.stdout)), 30)

    def test_names_are_unique_and_in_the_namespace(self):
        for name in SCENARIOS:
            keys = [(o["apiVersion"], o["kind"], o["metadata"]["name"])
                    for o in rendered(name)]
            self.assertEqual(len(keys), len(set(keys)), name)
            self.assertEqual([k for k in keys if not re.fullmatch(
                "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", k[2])], [], name)

    def test_a_long_release_name_stays_within_limits(self):
        long = "a-release-with-a-name-of-fifty-three-characters-xxxxx"
        done = helm("template", long, CHART, "--values",
                    scenario_file("minimal"))
        self.assertEqual(done.returncode, 0, done.stderr)
        for one in parse(done.stdout):
            # A CronJob adds to its name, a Service's is a DNS label.
            most = 52 if one["kind"] == "CronJob" else 63
            self.assertLessEqual(len(one["metadata"]["name"]), most)

    def test_an_external_database_must_be_given(self):
        done = template("--set", "image.registry=registry.example.com,"
                        "tsm.id=https://tsm.example.com/otrp")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("database.roles.ca.existingSecret", done.stderr)

    def test_a_token_without_its_library_or_its_pin_is_refused(self):
        for given, named in (
                ("ca.pkcs11.token=pkcs11:token=ca", "ca.pkcs11.token"),
                ("ca.pkcs11.library=/opt/lib.so",
                 "ca.pkcs11.pin.existingSecret")):
            done = template("--values", scenario_file("minimal"),
                            "--set", given)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(named, done.stderr)

    def test_ca_admins_are_named_as_identities(self):
        ca, = [o for o in rendered("hsm") if o["kind"] == "Deployment"
               and o["metadata"]["name"] == "otrp-ca"]
        self.assertIn(
            "--ca_admins=otrp://operator/admin,otrp://operator/alice",
            ca["spec"]["template"]["spec"]["containers"][0]["args"])

    def test_a_key_that_is_replaced_opens_for_the_ca_and_its_bootstrap(self):
        found = []
        for one in rendered("hsm", "--set",
                            "secrets.previousKekCa.existingSecret=old"):
            text = json.dumps(one)
            if "--previous_kek_file=/run/otrp/previous-kek/kek" in text:
                self.assertIn('"secretName": "old"', text)
                self.assertIn('"mountPath": "/run/otrp/previous-kek"', text)
                found.append((one["kind"], one["metadata"]["name"]))
        self.assertEqual(sorted(found), [
            ("CronJob", "otrp-renew"), ("Deployment", "otrp-ca"),
            ("Job", "otrp-bootstrap")])
        self.assertNotIn("previous", json.dumps(rendered("hsm")))

    def test_the_bootstrap_makes_keys_where_the_ca_does(self):
        # Else the first authorities' keys would be in the database.
        def of(container):
            return (sorted(a for a in container["args"] if "pkcs11" in a),
                    container.get("env"),
                    sorted(m["name"] for m in container["volumeMounts"]
                           if m["name"] in ("pkcs11-pin", "token")))

        specs = [o["spec"]["template"]["spec"] for o in rendered("hsm")
                 if o["kind"] in ("Deployment", "Job")] + [
            o["spec"]["jobTemplate"]["spec"]["template"]["spec"]
            for o in rendered("hsm") if o["kind"] == "CronJob"]
        found = {}
        for spec in specs:
            for one in spec["containers"] + spec.get("initContainers", []):
                if one["name"] in ("ca", "bootstrap"):
                    found.setdefault(one["name"], []).append(of(one))
                    self.assertLessEqual({"pkcs11-pin", "token"}, {
                        volume["name"] for volume in spec["volumes"]})
                else:
                    self.assertNotIn("pkcs11", json.dumps(one))
        wanted = found["ca"][0]
        self.assertEqual([len(part) for part in wanted], [3, 1, 2])
        # The hook's and the renewal's.
        self.assertEqual(found["bootstrap"], [wanted] * 2)

    def test_a_grace_period_shorter_than_the_drain_is_refused(self):
        done = template("--values", scenario_file("minimal"), "--set",
                        "shutdown.gracePeriodSeconds=25")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("shutdown.gracePeriodSeconds", done.stderr)

    def test_hooks_come_before_what_needs_them(self):
        weights = {}
        for one in rendered("external-postgres"):
            note = one["metadata"].get("annotations", {})
            if "pre-install" in note.get("helm.sh/hook", ""):
                self.assertIn("pre-upgrade", note["helm.sh/hook"])
                weights[one["kind"], one["metadata"]["name"]] = int(
                    note["helm.sh/hook-weight"])
        order = [weights["Job", f"otrp-{name}"] for name in (
            "secrets-hook", "database-setup", "migrate", "bootstrap")]
        self.assertEqual(order, sorted(set(order)))
        # What a hook's pod names is a hook too, and earlier, or is given.
        for one in rendered("external-postgres"):
            if one["kind"] != "Job":
                continue
            mine = weights["Job", one["metadata"]["name"]]
            spec = one["spec"]["template"]["spec"]
            account = spec.get("serviceAccountName")
            if account:
                for kind in ("ServiceAccount", "Role", "RoleBinding"):
                    self.assertLess(weights[kind, account], mine)
            for volume in spec["volumes"]:
                if "configMap" in volume:
                    self.assertLess(
                        weights["ConfigMap", volume["configMap"]["name"]],
                        mine)

    def test_a_first_start_with_a_bundled_database_needs_no_hook_for_it(self):
        for one in rendered("minimal"):
            hook = one["metadata"].get("annotations", {}).get(
                "helm.sh/hook", "")
            if hook and hook != "test":
                self.assertIn("secrets-hook", one["metadata"]["name"])
        jobs = [o for o in rendered("minimal")
                if re.fullmatch("otrp-first-start-[0-9a-f]{10}",
                                o["metadata"]["name"])]
        self.assertEqual(len(jobs), 1)
        steps = [c["name"] for c in
                 jobs[0]["spec"]["template"]["spec"]["initContainers"]]
        self.assertEqual(steps, ["database-setup", *(
            "migrate-" + schema for schema in sorted(SCHEMAS))])


    def test_an_upgrade_with_a_bundled_database_runs_the_hooks(self):
        jobs = {o["metadata"]["name"]:
                o["metadata"]["annotations"]["helm.sh/hook"]
                for o in rendered("minimal@upgrade") if o["kind"] == "Job"}
        self.assertEqual(jobs, {
            "otrp-secrets-hook": "pre-install,pre-upgrade",
            "otrp-database-setup": "pre-upgrade",
            "otrp-migrate": "pre-upgrade", "otrp-bootstrap": "pre-upgrade"})


    def test_rules_and_dashboards_are_those_of_the_files(self):
        # files/prometheus and files/grafana are links into deploy.
        rules, dashboards = {}, {}
        for folder, ending, found in (("prometheus", ".rules.yml", rules),
                                      ("grafana", ".json", dashboards)):
            path = os.path.join(CHART, "files", folder)
            for name in sorted(os.listdir(path)) \
                    if os.path.isdir(path) else ():
                if name.endswith(ending):
                    with open(os.path.join(path, name),
                              encoding="utf-8") as f:
                        found[name] = yaml.safe_load(f)
        objects = rendered("ha")
        shown = [o["spec"] for o in objects if o["kind"] == "PrometheusRule"]
        self.assertEqual(shown, [rules[name] for name in sorted(rules)])
        shown = {name: json.loads(text) for o in objects
                 if "-dashboard-" in o["metadata"]["name"]
                 for name, text in o["data"].items()}
        self.assertEqual(shown, dashboards)

    def test_alerts_lead_to_the_playbooks_where_those_are(self):
        base = "https://git.example/otrp/blob/main/"
        urls = [rule["annotations"]["runbook_url"] for o in rendered(
            "ha", "--set", "monitoring.prometheusRule.runbookBase=" + base)
            if o["kind"] == "PrometheusRule"
            for group in o["spec"]["groups"] for rule in group["rules"]
            if "alert" in rule]
        self.assertGreater(len(urls), 20)
        for url in urls:
            self.assertTrue(url.startswith(base), url)
            self.assertTrue(os.path.exists(
                os.path.join(ROOT, url[len(base):])), url)

    def test_the_jobs_of_the_rules_are_the_processes(self):
        # The label by which the ServiceMonitor names a job.
        monitor, = [o for o in rendered("ha")
                    if o["kind"] == "ServiceMonitor"]
        label = monitor["spec"]["jobLabel"]
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        jobs = [o["metadata"]["labels"][label] for o in rendered("ha")
                if o["kind"] == "Service"
                and wanted <= o["metadata"]["labels"].items()]
        self.assertEqual(sorted(jobs), sorted(SERVICES.values()))


class SchemaTest(unittest.TestCase):

    # (setting, what the error must name)
    REFUSED = [
        ("tsm.replicaz=2", "replicaz"),
        ("tsm.replicas=two", "/tsm/replicas"),
        ("tsm.replicas=0", "/tsm/replicas"),
        ("replicas=2", "replicas"),
        ("tls.mode=istio", "/tls/mode"),
        ("tls.own.renewShedule=x", "renewShedule"),
        ("database.mode=embedded", "/database/mode"),
        ("database.port=70000", "/database/port"),
        ("database.roles.admin.existingSecret=x", "admin"),
        ("database.roles.ca.password=hunter2", "password"),
        ("secrets.kekCa.value=00", "value"),
        ("secrets.kekCa.existingSecret=Not_A_Name", "existingSecret"),
        ("gateway.https.enabled=maybe", "/gateway/https/enabled"),
        ("gateway.livenessProbee.x=1", "livenessProbee"),
        ("gateway.extraArgs={http_listen}", "/gateway/extraArgs/0"),
        ("gateway.image.digest=latest", "/gateway/image/digest"),
        ("gateway.resources.limits.memory=lots", "memory"),
        ("image.pullPolicy=always", "/image/pullPolicy"),
        ("networkPolicy.dnsTo[0].podSelectors.x=1", "podSelectors"),
        ("tsm.id=not a uri", "/tsm/id"),
        ("spPortal.databaseConnections=1", "databaseConnections"),
        ("pki.url=pki.example.com", "/pki/url"),
        ("monitoring.enabled=true", "enabled"),
        ("enabled=perhaps", "/enabled"),
        ("global.imagePullSecrets={Not_A_Name}", "imagePullSecrets"),
        ("tsm.autoscaling.queueTime.target=soon", "target"),
        ("ca.fourEyes=maybe", "/ca/fourEyes"),
        ("ca.admins[0]=otrp://operator/admin", "/ca/admins/0"),
        ("ca.pkcs11.pin.value=1234", "value"),
        ("ca.pkcs11.library=libtoken.so", "/ca/pkcs11/library"),
        ("networkPolicy.tokenTo[0].ipBlock.cidr=192.0.2.7/32",
         "/networkPolicy/tokenPorts"),
        ("tsm.pkcs11.library=/opt/lib.so", "pkcs11"),
        ("attestationVerifier.keptTrust.maxAge=long", "maxAge"),
    ]

    def test_what_is_wrong_is_refused_by_name(self):
        for setting, named in self.REFUSED:
            with self.subTest(setting):
                done = template("--values", scenario_file("minimal"), "--set",
                                setting)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("schema", done.stderr)
                self.assertIn(named, done.stderr)

    def test_database_setup_needs_an_administrator(self):
        done = template("--values", scenario_file("external-postgres"),
                        "--set", "database.setup.existingSecret=")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/database/setup", done.stderr)

    def _schema(self):
        with open(os.path.join(CHART, "values.schema.json"),
                  encoding="utf-8") as f:
            return json.load(f)

    def test_no_object_is_open(self):
        # But for maps of words, for parts of Kubernetes' own objects, and for
        # what is other charts' in `global`.
        schema = self._schema()
        open_ = []

        def look(part, path):
            if isinstance(part, dict):
                if part.get("type") == "object" and \
                        part.get("additionalProperties") is not False:
                    open_.append(path)
                for key, inner in part.items():
                    look(inner, f"{path}/{key}")
            elif isinstance(part, list):
                for inner in part:
                    look(inner, path)
        look(schema, "")
        self.assertEqual(sorted(open_), [
            "/$defs/raw", "/$defs/rawList/items", "/$defs/strings",
            "/properties/global"])

    def test_schema_and_values_know_the_same(self):
        schema = self._schema()
        with open(os.path.join(CHART, "values.yaml"), encoding="utf-8") as f:
            values = yaml.safe_load(f)

        def resolve(part):
            while "$ref" in part:
                part = schema["$defs"][part["$ref"].split("/")[-1]]
            return part

        def compare(value, part, path):
            part = resolve(part)
            if not isinstance(value, dict) or "properties" not in part or \
                    not value:
                return
            known, given = set(part["properties"]), set(value)
            if not {"cpu", "memory"} & known:
                self.assertEqual(known, given, path)
            for key in given:
                compare(value[key], part["properties"][key], f"{path}/{key}")
        compare(values, schema, "")

    def test_every_value_is_documented(self):
        with open(os.path.join(CHART, "values.yaml"), encoding="utf-8") as f:
            text = f.read()
        told = {path.replace(".", "/") for path, _ in
                generate.documented(text.splitlines())}
        for leaf in walk(yaml.safe_load(text)):
            parts = leaf.strip("/").split("/")
            self.assertTrue(any("/".join(parts[:n]) in told
                                for n in range(1, len(parts) + 1)), leaf)

    def test_what_is_made_of_the_table_and_of_the_values_is_up_to_date(self):
        for path, text in generate.made().items():
            with open(path, encoding="utf-8") as f:
                self.assertTrue(f.read() == text, f"{path}: ./otrp docs")


class ObjectsTest(unittest.TestCase):

    def test_every_object_is_what_the_api_expects(self):
        for name in VARIANTS:
            objects = rendered(name)
            found = [f"{o['kind']} {o['metadata']['name']}: {p}"
                     for o, list_ in zip(objects, problems(objects))
                     for p in list_]
            self.assertEqual(found, [], name)

    def _gateway(self):
        return next(o for o in rendered("minimal")
                    if o["kind"] == "Deployment" and
                    o["metadata"]["name"] == "otrp-gateway")

    def test_a_misspelt_probe_is_found(self):
        # helm lint and template take it.
        for break_, named in (
            (lambda c: c.update(livenesProbe=c.pop("livenessProbe")),
             "livenesProbe"),
            (lambda c: c["readinessProbe"].update(
                httpGett=c["readinessProbe"].pop("httpGet")), "httpGett"),
            (lambda c: c["readinessProbe"]["httpGet"].update(Path="/"),
             "Path"),
            (lambda c: c["readinessProbe"].update(periodSeconds="3s"),
             "periodSeconds"),
            (lambda c: c["readinessProbe"]["httpGet"].pop("port"), "port"),
            (lambda c: c["securityContext"].update(privilege=False),
             "privilege"),
        ):
            with self.subTest(named):
                gateway = self._gateway()
                spec = gateway["spec"]["template"]["spec"]
                break_(spec["containers"][0])
                found = problems([gateway])[0]
                self.assertTrue(any(named in p for p in found), found)

    def test_a_misspelt_field_of_a_crd_is_found(self):
        for scenario, kind, break_ in (
            ("cert-manager", "Certificate",
             lambda s: s.update(dnsName=s.pop("dnsNames", []))),
            ("ha", "ServiceMonitor",
             lambda s: s["endpoints"][0].update(intervall="1s")),
            ("ha", "HTTPRoute",
             lambda s: s["rules"][0].update(backends=[])),
        ):
            with self.subTest(kind):
                one = next(o for o in rendered(scenario)
                           if o["kind"] == kind)
                self.assertEqual(problems([one]), [[]])
                break_(one["spec"])
                self.assertNotEqual(problems([one]), [[]])

    def test_an_unknown_kind_is_found(self):
        self.assertNotEqual(problems([{
            "apiVersion": "apps/v1", "kind": "Deploiment",
            "metadata": {"name": "x"}}]), [[]])


if __name__ == "__main__":
    unittest.main()
