"""What runs in the rendered pods: Pod Security "restricted", secrets only by
reference, flags that the programs have, distinct probes, time to drain."""

import functools
import itertools
import os
import re
import subprocess
import unittest

from deploy import services
from deploy.images.images import IMAGES
from tests.helm.chart import (
    RELEASE, SCENARIOS, SERVICES, VARIANTS, component, containers, everything,
    pods, rendered, scenario_file)

# Where the programs stand in the runfiles.
PROGRAMS = {f"/usr/bin/{os.path.basename(path)}": path
            for image in IMAGES.values() for path in image.programs}
OTHERS = {"/usr/bin/psql", None}
# Their arguments begin with the command, which has flags of its own.
COMMAND_LINES = ("/usr/bin/otrpctl", "/usr/bin/otrp-device")


@functools.lru_cache(None)
def known_flags(program, *command):
    """Flags of a program, by its own help."""
    path = PROGRAMS[program]
    # --help shows the flags of one file only.
    arguments = ["--helpfull"]
    if program in COMMAND_LINES:
        arguments = ["help", *command]
    done = subprocess.run([os.path.join(".", path), *arguments],
                          capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    assert len(text) > 100, (program, text)
    return set(re.findall(r"--([a-z][a-z0-9_-]*)", text))


def all_pods():
    for scenario in VARIANTS:
        for one, metadata, spec in pods(rendered(scenario)):
            yield (f"{scenario}: {one['kind']} {one['metadata']['name']}",
                   one, metadata, spec)


class PodsTest(unittest.TestCase):

    def test_pod_security_restricted(self):
        kinds = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral",
                 "persistentVolumeClaim", "projected", "secret"}
        seen = 0
        for name, _, _, spec in all_pods():
            with self.subTest(name):
                seen += 1
                pod = spec["securityContext"]
                self.assertIs(pod["runAsNonRoot"], True)
                self.assertGreater(pod["runAsUser"], 0)
                self.assertEqual(pod["seccompProfile"],
                                 {"type": "RuntimeDefault"})
                self.assertNotIn("sysctls", pod)
                for field in ("hostNetwork", "hostPID", "hostIPC",
                              "hostUsers"):
                    self.assertNotIn(field, spec)
                for volume in spec.get("volumes", []):
                    self.assertEqual(len(set(volume) - {"name"} - kinds), 0,
                                     volume)
                for container in containers(spec):
                    own = container["securityContext"]
                    self.assertEqual(own, {
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]}})
                    for port in container.get("ports", []):
                        self.assertNotIn("hostPort", port)
        self.assertGreater(seen, 50)

    def test_ours_run_as_65532_in_the_group_that_reads_secrets(self):
        for name, one, _, spec in all_pods():
            if component(one) == "postgres":
                continue
            pod = spec["securityContext"]
            self.assertEqual((pod["runAsUser"], pod["runAsGroup"],
                              pod["fsGroup"]), (65532,) * 3, name)

    def test_a_token_only_where_the_api_server_is_called(self):
        for name, _, _, spec in all_pods():
            calls = any(a.startswith("--kubernetes_")
                        for c in containers(spec) for a in c.get("args", []))
            self.assertIs(spec["automountServiceAccountToken"], calls, name)
        for scenario, one in everything():
            if one["kind"] == "ServiceAccount":
                self.assertIs(one["automountServiceAccountToken"], False)

    def test_roles_are_for_named_secrets_only(self):
        for _, one in everything():
            if one["kind"] not in ("Role", "ClusterRole"):
                continue
            self.assertEqual(one["kind"], "Role")
            for rule in one["rules"]:
                self.assertEqual(rule["resources"], ["secrets"])
                if rule["verbs"] != ["create"]:
                    self.assertEqual(rule["verbs"], ["get", "patch"])
                    self.assertTrue(rule["resourceNames"])

    def test_every_secret_by_reference(self):
        secretive = re.compile(r"password|secret|token|dsn|kek|key", re.I)
        for scenario, one in everything():
            self.assertNotEqual(one["kind"], "Secret", scenario)
        for name, _, _, spec in all_pods():
            mounts = {m["mountPath"] for c in containers(spec)
                      for m in c["volumeMounts"]}
            for container in containers(spec):
                for variable in container.get("env", []):
                    if secretive.search(variable["name"]) and \
                            not variable["name"].endswith("_FILE"):
                        self.assertEqual(set(variable), {"name", "valueFrom"},
                                         name)
                        self.assertIn("secretKeyRef", variable["valueFrom"])
                for argument in container.get("args", []):
                    flag, _, value = argument.partition("=")
                    if flag.startswith("--") and flag.endswith(
                            ("_file", "_dir")) and "/run/" in value:
                        self.assertTrue(
                            any(value.startswith(m) for m in mounts),
                            f"{name}: {argument}")
                    self.assertNotIn("password=", argument)

    def test_secrets_are_made_or_given(self):
        # What a pod mounts is planned, issued by somebody, or named in the
        # scenario's file.
        for scenario in SCENARIOS:
            objects = rendered(scenario)
            made = set()
            for one in objects:
                if one["kind"] == "Role":
                    for rule in one["rules"]:
                        made |= set(rule.get("resourceNames", []))
                elif one["kind"] == "Certificate":
                    made.add(one["spec"]["secretName"])
            with open(scenario_file(scenario),
                      encoding="utf-8") as f:
                given = set(re.findall(r"[a-z][a-z0-9-]+", f.read()))
            for _, _, spec in pods(objects):
                used = {v["secret"]["secretName"] for v in
                        spec.get("volumes", []) if "secret" in v}
                used |= {e["valueFrom"]["secretKeyRef"]["name"]
                         for c in containers(spec) for e in c.get("env", [])
                         if "valueFrom" in e}
                self.assertEqual(used - made - given, set(), scenario)

    def test_a_service_mounts_its_own_secrets_only(self):
        roles = {s.name: schema for schema, s in services.SCHEMAS.items()}
        for name, one, _, spec in all_pods():
            if one["kind"] != "Deployment":
                continue
            process = component(one)
            for volume in spec["volumes"]:
                secret = volume.get("secret", {}).get("secretName", "")
                other = re.search(r"database-(\w+)", secret)
                if other:
                    self.assertEqual(other[1], roles.get(process), name)
                if "kek-ca" in secret:
                    self.assertEqual(process, "ca")
                if "kek-tsm" in secret or "session" in secret:
                    self.assertEqual(process, "tsm")
                if "kek-verifier" in secret:
                    self.assertEqual(process, "attestation_verifier")
                if "kek-portal" in secret:
                    self.assertEqual(process, "sp_portal")

    def test_every_flag_is_one_of_the_program(self):
        checked = 0
        for name, _, _, spec in all_pods():
            for container in containers(spec):
                program = (container.get("command") or [None])[0]
                if program in OTHERS:
                    continue
                command = ()
                if program in COMMAND_LINES:
                    command = itertools.takewhile(
                        lambda word: not word.startswith("-"),
                        container["args"])
                flags = known_flags(program, *command)
                for argument in container.get("args", []):
                    found = re.match(r"--([a-z][a-z0-9_-]*)", argument)
                    if not found:
                        continue
                    checked += 1
                    self.assertIn(found[1], flags, f"{name}: {argument}")
        self.assertGreater(checked, 200)

    def test_a_wrong_flag_would_be_found(self):
        self.assertIn("tls_dir", known_flags("/usr/bin/tsm"))
        self.assertNotIn("tls_directory", known_flags("/usr/bin/tsm"))

    def test_probes_are_distinct_and_by_http(self):
        for name, one, _, spec in all_pods():
            if one["kind"] != "Deployment":
                continue
            with self.subTest(name):
                container = spec["containers"][0]
                for probe, path in (("startupProbe", "/livez"),
                                    ("readinessProbe", "/readyz"),
                                    ("livenessProbe", "/livez")):
                    self.assertEqual(container[probe]["httpGet"],
                                     {"path": path, "port": "metrics"})
                start = container["startupProbe"]
                self.assertGreaterEqual(
                    start["periodSeconds"] * start["failureThreshold"], 60)
                # The drain, which takes up to 20 s, answers /livez only part
                # of the time: a liveness probe mustn't cut it short.
                live = container["livenessProbe"]
                self.assertGreaterEqual(
                    live["periodSeconds"] * live["failureThreshold"], 30)

    def test_there_is_time_to_drain(self):
        for name, one, _, spec in all_pods():
            if one["kind"] != "Deployment":
                continue
            wait = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]
            self.assertGreater(spec["terminationGracePeriodSeconds"],
                               wait["seconds"] + 20, name)
            self.assertEqual(one["spec"]["strategy"]["rollingUpdate"],
                             {"maxSurge": 1, "maxUnavailable": 0})

    def test_a_drain_always_goes_on(self):
        for scenario in SCENARIOS:
            objects = rendered(scenario)
            replicas = {component(o): o["spec"].get("replicas")
                        for o in objects if o["kind"] == "Deployment"}
            for one in objects:
                if one["kind"] == "HorizontalPodAutoscaler":
                    self.assertIsNone(replicas[component(one)])
                    replicas[component(one)] = one["spec"]["minReplicas"]
            budgets = [o for o in objects
                       if o["kind"] == "PodDisruptionBudget"]
            self.assertEqual(len(budgets), len(SERVICES))
            for one in budgets:
                spec = one["spec"]
                if "minAvailable" in spec:
                    self.assertLess(spec["minAvailable"],
                                    replicas[component(one)])
                else:
                    self.assertEqual(spec["maxUnavailable"], 1)

    def test_services_select_exactly_their_pods(self):
        for scenario in SCENARIOS:
            objects = rendered(scenario)
            labels = {one["metadata"]["name"]: (m["labels"], s)
                      for one, m, s in pods(objects)}
            for one in objects:
                if one["kind"] != "Service":
                    continue
                selector = one["spec"]["selector"]
                hit = [n for n, (l, _) in labels.items()
                       if selector.items() <= l.items()]
                self.assertEqual(len(hit), 1, one["metadata"]["name"])
                names = {p["name"] for c in labels[hit[0]][1]["containers"]
                         for p in c["ports"]}
                for port in one["spec"]["ports"]:
                    self.assertIn(port["targetPort"], names)

    def test_images(self):
        for name, one, _, spec in all_pods():
            for container in containers(spec):
                image = container["image"]
                if component(one) == "postgres":
                    continue
                self.assertRegex(image, r"(^|/)otrp/[a-z_]+[:@]", name)
                if name.startswith("airgap"):
                    self.assertRegex(
                        image, r"^registry\.internal\.example:5000/otrp/\w+"
                        "@sha256:[0-9a-f]{64}$")
        image = next(o for o in rendered(
            "minimal", "--set", "global.imageRegistry=r.example/",
            "--set", "image.tag=v9") if o["kind"] == "Deployment")[
                "spec"]["template"]["spec"]["containers"][0]["image"]
        self.assertTrue(image.startswith("r.example/otrp/"), image)
        self.assertTrue(image.endswith(":v9"), image)

    def test_configuration_changes_restart_what_they_change(self):
        def checksums(*more):
            return {component(o): o["spec"]["template"]["metadata"][
                "annotations"]["checksum/config"]
                    for o in rendered("minimal", *more)
                    if o["kind"] == "Deployment"}
        before = checksums()
        after = checksums("--set", "tsm.databaseConnections=9")
        self.assertEqual({k for k in before if before[k] != after[k]},
                         {"tsm"})
        after = checksums("--set", "secrets.revision=two")
        self.assertEqual({k for k in before if before[k] != after[k]},
                         set(SERVICES.values()))

    def test_certificate_secrets_are_called_as_the_bootstrap_calls_them(self):
        for one, _, spec in pods(rendered("minimal")):
            for container in containers(spec):
                for argument in container.get("args", []):
                    if argument.startswith("--kubernetes_secrets="):
                        self.assertEqual(argument.split("=")[1],
                                         f"{RELEASE}-tls-")
        mounted = {v["secret"]["secretName"]
                   for _, _, spec in pods(rendered("minimal"))
                   for v in spec.get("volumes", []) if "secret" in v}
        # The folders of ca_bootstrap; kubernetes_secrets_test.py sees that
        # it makes these.
        for folder in ("gateway-web", "api-web", "operator",
                       *(n.replace("_", "-") for n in SERVICES.values())):
            self.assertIn(f"{RELEASE}-tls-{folder}", mounted)


if __name__ == "__main__":
    unittest.main()
