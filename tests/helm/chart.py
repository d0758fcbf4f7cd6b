"""The chart as the real helm renders it, and what all its tests need."""

import atexit
import functools
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile

import yaml

from deploy import services

# The tests run from links into the checkout.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))
CHART = os.path.join(ROOT, "helm", "otrp")
SCENARIOS = sorted(name[:-len(".yaml")] for name in os.listdir(
    os.path.join(CHART, "scenarios")))
# With a bundled database, an upgrade has other Jobs than the first start.
VARIANTS = SCENARIOS + ["minimal@upgrade", "cert-manager@upgrade"]
RELEASE, NAMESPACE = "otrp", "suite"

# Key in the values -> name of the process.
SERVICES = {service.value_key: name
            for name, service in services.SERVICES.items()}


def cache():
    """Where ./otrp puts tools."""
    home = pwd.getpwuid(os.geteuid()).pw_dir
    return os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"),
        "otrp")


def tools():
    """Folder of helm, kubectl and the API's schemas."""
    folder = os.path.join(cache(), "chart-tools")
    if not os.path.exists(os.path.join(folder, "bin", "helm")):
        raise AssertionError(
            f"{folder} has no helm: ./otrp test puts it there")
    return folder


def helm(*args):
    return subprocess.run(
        [os.path.join(tools(), "bin", "helm"), *args], capture_output=True,
        text=True, check=False, stdin=subprocess.DEVNULL,
        # Neither somebody's cluster nor somebody's plug-ins.
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
             "KUBECONFIG": "/nonexistent"})


def scenario_file(name):
    return os.path.join(CHART, "scenarios", name + ".yaml")


def template(*args, chart=CHART):
    return helm("template", RELEASE, chart, "--namespace", NAMESPACE, *args)


@functools.lru_cache(None)
def upgrading_chart():
    """The chart as it renders where the bundled database is there already:
    without a cluster, helm's lookup finds nothing."""
    folder = tempfile.mkdtemp(prefix="otrp-chart-")
    atexit.register(shutil.rmtree, folder, True)
    copy = os.path.join(folder, "otrp")
    shutil.copytree(CHART, copy)
    path = os.path.join(copy, "templates", "_jobs.tpl")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    looked, count = re.subn(r'\(lookup "apps/v1" "StatefulSet" .*\)\)',
                            '"there"', text)
    assert count == 1, count
    with open(path, "w", encoding="utf-8") as f:
        f.write(looked)
    return copy


def parse(text):
    return [o for o in yaml.load_all(text, Loader=yaml.CSafeLoader) if o]


@functools.lru_cache(None)
def _rendered_text(scenario, more):
    name, _, upgrade = scenario.partition("@")
    # With the pod of helm test, so that everything that there is is looked at.
    done = template("--values", scenario_file(name), "--set",
                    "tests.enabled=true", *more,
                    chart=upgrading_chart() if upgrade else CHART)
    if done.returncode != 0:
        raise AssertionError(f"{scenario}: {done.stderr}")
    return done.stdout


def rendered(scenario, *more):
    """The objects of a scenario."""
    return parse(_rendered_text(scenario, more))


def everything():
    """(scenario, object) of all of them."""
    for scenario in VARIANTS:
        for one in rendered(scenario):
            yield scenario, one


def component(one):
    return one["metadata"].get("labels", {}).get(
        "app.kubernetes.io/component")


def pods(objects):
    """(object, pod's metadata, pod's spec) of everything that makes pods."""
    for one in objects:
        kind = one["kind"]
        if kind == "Pod":
            yield one, one["metadata"], one["spec"]
        elif kind in ("Deployment", "StatefulSet", "Job"):
            template_ = one["spec"]["template"]
            yield one, template_["metadata"], template_["spec"]
        elif kind == "CronJob":
            template_ = one["spec"]["jobTemplate"]["spec"]["template"]
            yield one, template_["metadata"], template_["spec"]


def containers(spec):
    return spec.get("initContainers", []) + spec["containers"]


def problems(objects):
    """What the API's schemas say, a list for each object."""
    done = subprocess.run(
        ["node", os.path.join(ROOT, "tests", "helm", "tools", "validate.js"),
         tools()],
        input=json.dumps(objects), capture_output=True, text=True,
        check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)
