"""What only shows on a cluster of several nodes, as far as it can be seen in
what is rendered: where pods go, whom calls reach, what an upgrade takes away,
what a failure leaves behind, what GitOps applies again and again."""

import os
import re
import shutil
import tempfile
import unittest

import yaml

from tests.helm.chart import (
    CHART, ROOT, SCENARIOS, SERVICES, VARIANTS, component, everything, helm,
    parse, pods, rendered, scenario_file, template)

# helm's own --timeout.
HELM_PATIENCE_SECONDS = 300
GIVEN = "image.registry=registry.example.com,tsm.id=https://tsm.example.com/o"


def chart_with(change):
    """A copy of the chart whose templates went through `change`."""
    folder = tempfile.mkdtemp(prefix="otrp-chart-")
    copy = os.path.join(folder, "otrp")
    shutil.copytree(CHART, copy)
    templates = os.path.join(copy, "templates")
    for name in os.listdir(templates):
        path = os.path.join(templates, name)
        with open(path, encoding="utf-8") as f:
            text = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(change(text))
    return folder, copy


class JobsTest(unittest.TestCase):

    def jobs(self):
        for scenario, one in everything():
            if one["kind"] == "Job":
                yield scenario, one, one["spec"]
            elif one["kind"] == "CronJob":
                yield scenario, one, one["spec"]["jobTemplate"]["spec"]

    def test_a_failed_step_leaves_its_pods_and_their_logs(self):
        # With OnFailure the one pod goes when the Job is given up.
        seen = 0
        for scenario, one, spec in self.jobs():
            pod = spec["template"]
            self.assertEqual(pod["spec"]["restartPolicy"], "Never", scenario)
            self.assertIn("otrp-job", pod["metadata"]["labels"])
            for container in pod["spec"]["containers"]:
                self.assertEqual(container["terminationMessagePolicy"],
                                 "FallbackToLogsOnError")
            seen += 1
        self.assertGreater(seen, 20)

    def test_a_failed_hook_is_shown_while_helm_still_waits(self):
        for scenario, one, spec in self.jobs():
            note = one["metadata"].get("annotations", {})
            if "helm.sh/hook" not in note:
                continue
            self.assertLess(spec["activeDeadlineSeconds"],
                            HELM_PATIENCE_SECONDS, scenario)
            self.assertEqual(note["helm.sh/hook-output-log-policy"],
                             "hook-failed")
            self.assertNotIn("hook-failed",
                             note["helm.sh/hook-delete-policy"])

    def test_the_documented_command_selects_every_job(self):
        with open(os.path.join(ROOT, "docs/kubernetes.md"),
                  encoding="utf-8") as f:
            command = re.search(r"kubectl .*logs -l (\S+) ", f.read())
        label = command[1]
        for _, _, spec in self.jobs():
            self.assertIn(label, spec["template"]["metadata"]["labels"])
        for _, one in everything():
            if one["kind"] == "Deployment":
                self.assertNotIn(
                    label, one["spec"]["template"]["metadata"]["labels"])

    def plain(self, *more):
        """Name -> pod of the Jobs that are no hooks, as GitOps sees them."""
        done = template("--values", scenario_file("minimal"), *more)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {o["metadata"]["name"]: o["spec"]["template"]
                for o in parse(done.stdout) if o["kind"] == "Job"
                and "helm.sh/hook" not in o["metadata"].get("annotations", {})}

    def test_a_job_is_applied_again_as_it_was_or_is_another(self):
        # A Job's pod can't be changed: the API server refuses the sync.
        first = self.plain()
        self.assertEqual(len(first), 1)
        self.assertEqual(self.plain("--is-upgrade"), first)
        names = set(first)
        for change in ("image.tag=0.2.0", "ca.image.tag=x",
                       "pki.url=http://p.example",
                       "jobs.resources.limits.memory=1Gi"):
            other = self.plain("--is-upgrade", "--set", change)
            self.assertEqual(len(other), 1)
            self.assertFalse(names & set(other), change)
            names |= set(other)

    def test_nothing_rendered_depends_on_the_number_of_the_release(self):
        for scenario in SCENARIOS:
            done = template("--values", scenario_file(scenario))
            again = template("--values", scenario_file(scenario),
                             "--is-upgrade")
            self.assertEqual(done.stdout, again.stdout, scenario)
        for name in os.listdir(os.path.join(CHART, "templates")):
            with open(os.path.join(CHART, "templates", name),
                      encoding="utf-8") as f:
                self.assertNotRegex(f.read(), r"\.Release\.(Revision|Is)",
                                    name)

    def test_argo_cd_knows_every_hook(self):
        # It takes these for its own, with weights as waves.
        known = {"pre-install", "pre-upgrade", "post-install",
                 "post-upgrade", "post-delete", "test"}
        policies = {"before-hook-creation", "hook-succeeded", "hook-failed"}
        for scenario, one in everything():
            note = one["metadata"].get("annotations", {})
            hooks = note.get("helm.sh/hook")
            if hooks:
                self.assertLessEqual(set(hooks.split(",")), known, scenario)
                self.assertLessEqual(set(
                    note["helm.sh/hook-delete-policy"].split(",")), policies)


class NodesTest(unittest.TestCase):

    def constraints(self, *more):
        return [c for _, _, spec in pods(rendered("minimal", *more))
                for c in spec.get("topologySpreadConstraints", [])]

    def test_pods_spread_over_nodes_that_have_no_zones(self):
        # The scheduler leaves a node out that lacks the key of one constraint.
        keys = [c["topologyKey"] for c in self.constraints()]
        self.assertEqual(keys, ["kubernetes.io/hostname"] * len(SERVICES))
        keys = [c["topologyKey"] for c in self.constraints(
            "--set", "spreadOverZones=true")]
        self.assertEqual(keys.count("kubernetes.io/hostname"), len(SERVICES))
        self.assertEqual(keys.count("topology.kubernetes.io/zone"),
                         len(SERVICES))

    def test_a_spread_counts_the_pods_of_its_own_service(self):
        for scenario in VARIANTS:
            for _, metadata, spec in pods(rendered(scenario)):
                for one in spec.get("topologySpreadConstraints", []):
                    wanted = one["labelSelector"]["matchLabels"]
                    self.assertLessEqual(wanted.items(),
                                         metadata["labels"].items())
                    self.assertEqual(one["whenUnsatisfiable"],
                                     "ScheduleAnyway")

    def test_calls_reach_the_pods_themselves(self):
        # Behind one address a connection, and with it all calls, stays with
        # one pod. A headless Service translates no port.
        for scenario in SCENARIOS:
            objects = rendered(scenario)
            services = {f"{o['metadata']['name']}.suite.svc": o
                        for o in objects if o["kind"] == "Service"}
            ports = {component(o): {
                p["name"]: p["containerPort"] for p in o["spec"]["template"][
                    "spec"]["containers"][0]["ports"]}
                     for o in objects if o["kind"] == "Deployment"}
            called = 0
            for one in objects:
                if one["kind"] != "Deployment":
                    continue
                for argument in one["spec"]["template"]["spec"][
                        "containers"][0]["args"]:
                    found = re.fullmatch(r"--\w+_addr=(.+):(\d+)", argument)
                    if not found:
                        continue
                    service = services[found[1]]
                    self.assertEqual(service["spec"]["clusterIP"], "None")
                    # gRPC asks ever more seldom for a name without address.
                    self.assertIs(service["spec"]["publishNotReadyAddresses"],
                                  True)
                    self.assertEqual(
                        int(found[2]),
                        ports[component(service)]["grpc"])
                    called += 1
            self.assertGreater(called, 5, scenario)

    def test_another_port_for_people_is_none_for_the_processes(self):
        def addresses(*more):
            return [a for o in rendered("minimal", *more)
                    if o["kind"] == "Deployment"
                    for a in o["spec"]["template"]["spec"]["containers"][0][
                        "args"] if "_addr=" in a]
        self.assertEqual(addresses(), addresses("--set",
                                                "tsm.service.port=443"))


class ScalingTest(unittest.TestCase):

    def tsm(self, kind, objects):
        return next(o for o in objects
                    if o["kind"] == kind and component(o) == "tsm")

    def test_switching_to_autoscaling_takes_no_pod_away(self):
        # A field that is no longer given falls back to one pod.
        scaled = ("--values", scenario_file("minimal"), "--set",
                  "tsm.autoscaling.enabled=true,tsm.autoscaling.minReplicas=3")
        # Without a cluster, or where none is there yet, it is the HPA's.
        done = template(*scaled)
        self.assertNotIn("replicas", self.tsm(
            "Deployment", parse(done.stdout))["spec"])
        for running, wanted in ((2, 3), (5, 5)):
            folder, chart = chart_with(lambda text, n=running: re.sub(
                r'lookup "apps/v1" "Deployment" \S+ \(.*?\)(?= }})',
                f'dict "spec" (dict "replicas" {n})', text))
            self.addCleanup(shutil.rmtree, folder)
            done = template(*scaled, chart=chart)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.tsm("Deployment", parse(done.stdout))[
                "spec"]["replicas"], wanted)

    def test_queue_time_scales_beside_the_processor(self):
        metrics = self.tsm("HorizontalPodAutoscaler", rendered("ha"))["spec"][
            "metrics"]
        self.assertEqual([m["type"] for m in metrics], ["Resource", "Pods"])
        self.assertEqual(metrics[1]["pods"], {
            "metric": {"name": "otrp_queue_time_seconds"},
            "target": {"type": "AverageValue", "averageValue": "50m"}})
        plain = self.tsm("HorizontalPodAutoscaler", rendered(
            "minimal", "--set", "tsm.autoscaling.enabled=true"))
        self.assertEqual([m["type"] for m in plain["spec"]["metrics"]],
                         ["Resource"])
        # The rule for the adapter is made of a metric that there is.
        with open(os.path.join(ROOT, "docs/kubernetes.md"),
                  encoding="utf-8") as f:
            rule = f.read()
        self.assertIn("as: otrp_queue_time_seconds", rule)
        with open(os.path.join(ROOT, "docs/metrics.md"),
                  encoding="utf-8") as f:
            known = f.read()
        for name in set(re.findall(r"otrp_queue_\w+?(?=_sum|_count)", rule)):
            self.assertIn(f"`{name}`", known)


class GivenTest(unittest.TestCase):

    def test_what_nobody_else_can_know_must_be_given(self):
        for missing, named in (("image.registry", "image.registry: must be"),
                               ("tsm.id", "tsm.id: must be given")):
            done = template("--values", scenario_file("minimal"), "--set",
                            f"{missing}=")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(named, done.stderr)

    def test_no_image_has_a_name_that_somebody_else_could_own(self):
        # A name without a host is Docker Hub's.
        for scenario, one in everything():
            for _, _, spec in pods([one]):
                for container in [*spec.get("initContainers", []),
                                  *spec["containers"]]:
                    host = container["image"].split("/")[0]
                    self.assertTrue("." in host or host == "localhost",
                                    f"{scenario}: {container['image']}")

    def test_helm_test_is_off_unless_asked_for(self):
        done = template("--set", GIVEN + ",database.mode=bundled")
        self.assertEqual(done.returncode, 0, done.stderr)
        kinds = [o["kind"] for o in parse(done.stdout)]
        self.assertNotIn("Pod", kinds)
        kinds = [o["kind"] for o in rendered("minimal")]
        self.assertEqual(kinds.count("Pod"), 1)

    def test_data_that_go_with_a_pod_are_spoken_of(self):
        values = ["--set", "database.bundled.persistence.enabled=false"]
        claims = [o for o in rendered("minimal")
                  if o["kind"] == "StatefulSet"
                  and o["spec"].get("volumeClaimTemplates")]
        self.assertEqual(len(claims), 1)
        for more, said in ((values, True), ([], False)):
            done = helm("install", "otrp", CHART, "--dry-run=client",
                        "--values", scenario_file("minimal"), *more)
            self.assertEqual(done.returncode, 0, done.stderr)
            notes = " ".join(done.stdout.split("NOTES:")[1].split())
            self.assertIs("nothing works until" in notes, said)


class DependencyTest(unittest.TestCase):

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="otrp-parent-")
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(CHART, os.path.join(self.folder, "charts", "otrp"))
        with open(os.path.join(self.folder, "Chart.yaml"), "w",
                  encoding="utf-8") as f:
            yaml.safe_dump({
                "apiVersion": "v2", "name": "platform", "version": "1.0.0",
                "dependencies": [{
                    "name": "otrp", "version": "*",
                    "condition": "otrp.enabled", "tags": ["tee"]}]}, f)

    def render(self, *more):
        done = template("--set", "global.imageRegistry=mirror.example.com",
                        "--set", "global.storageClass=fast,global.a.b=c",
                        "--set", "otrp.tsm.id=https://tsm.example.com/o",
                        "--set", "otrp.database.mode=bundled", *more,
                        chart=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return parse(done.stdout)

    def test_the_chart_is_a_part_of_another_one(self):
        objects = self.render("--set", "otrp.enabled=true")
        self.assertGreater(len(objects), 40)
        images = {c["image"] for _, _, spec in pods(objects)
                  for c in spec["containers"] if "postgres" not in c["image"]}
        self.assertTrue(all(i.startswith("mirror.example.com/otrp/")
                            for i in images), images)

    def test_it_can_be_left_out(self):
        self.assertEqual(self.render("--set", "otrp.enabled=false"), [])


if __name__ == "__main__":
    unittest.main()
