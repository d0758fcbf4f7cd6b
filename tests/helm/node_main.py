"""One life of a release on a node of one's own (node.py), with two pods of the
TSM: first install, helm test, load, upgrade, drain. Prints what happened as
JSON. Started by node_test.py in namespaces of its own."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import yaml

from deploy.suite.postgres import Postgres
from tests.helm.api_server import ApiServer
from tests.helm.chart import component
from tests.helm.node import Node, NodeError

# A policy under which the software device is not believed.
DENY = json.dumps({"tee_rules": [{"name": "OTrP Software TEE",
                                  "deny": True}]})

# The address of the second pod of the TSM.
OTHER = "127.0.0.2"
TSMS = ("tsm", "tsm@" + OTHER)


class OpenServer(Postgres):
    """An administrator's password and a socket that all users reach; roles
    are the chart's affair."""

    def _create_roles_and_schemas(self):
        os.chmod(self.socket_dir(), 0o755)
        os.chmod(os.path.join(self.socket_dir(), ".s.PGSQL.5432"), 0o777)


def administrators_password(state):
    with open(os.path.join(state, "secrets", "password-postgres"),
              encoding="ascii") as f:
        return f.read().strip()


def roles(objects):
    """Service account -> rules, by the rendered Roles and RoleBindings."""
    rules = {o["metadata"]["name"]: o["rules"]
             for o in objects if o["kind"] == "Role"}
    return {o["subjects"][0]["name"]: rules[o["roleRef"]["name"]]
            for o in objects if o["kind"] == "RoleBinding"}


def permissions(objects):
    by_account = roles(objects)

    def may(token, verb, name):
        rules = by_account.get(token[len("token-of-"):], [])
        return any(verb in rule["verbs"] and
                   (verb == "create" or name in rule["resourceNames"])
                   for rule in rules)
    return may


def calls(node, name):
    """How many of devices' messages a pod of the TSM has answered."""
    with urllib.request.urlopen(node.url(name, "/metrics")) as answer:
        text = answer.read().decode()
    return sum(int(n) for n in re.findall(
        r'^otrp_rpc_handled_total\{.*DeviceMessaging\.Advance".*\} (\d+)$',
        text, re.M))


class Operator:
    """otrpctl as the pod of helm test has it."""

    def __init__(self, node, test):
        self.node = node
        self.pod = test
        self.spec = copy.deepcopy(test["spec"])
        container = next(c for c in self.spec.pop("initContainers")
                         if c["name"] == "portal")
        self.spec["containers"] = [container]
        self.spec["volumes"].append({"name": "files",
                                     "configMap": {"name": "files"}})
        container["volumeMounts"].append({"name": "files",
                                          "mountPath": "/files"})

    def run(self, *args, **files):
        self.node.objects["ConfigMap", "files"] = {"data": files}
        self.spec["containers"][0]["args"] = list(args)
        return self.node.complete(self.pod["metadata"], self.spec)

    def good(self):
        """How many certificates of devices are good, and how many were."""
        states = [c["status"] for profile in ("tee", "tfw")
                  for c in json.loads(self.run(
                      "cert", "list", "--profile", profile, "-o",
                      "json"))["certificates"]]
        return states.count("good"), len(states)


def load(node, messages):
    """Devices that begin a session, and go away."""
    for _ in range(messages):
        request = urllib.request.Request(node.url("gateway", "/otrp", "http"),
                                         b"", method="POST")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200, answer.status


def weight(one):
    return int(one["metadata"]["annotations"]["helm.sh/hook-weight"])


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        objects = [o for o in yaml.load_all(f, Loader=yaml.CSafeLoader) if o]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = tempfile.mkdtemp(prefix="otrp-node-")
    os.chmod(folder, 0o755)
    postgres = None
    api = node = None
    result = {}
    try:
        state = os.path.join(folder, "state")
        for name in ("secrets", "logs"):
            os.makedirs(os.path.join(state, name))
        postgres = OpenServer(state, os.path.join(state, "secrets"))
        postgres.up()
        os.mkdir(os.path.join(folder, "api"))
        api = ApiServer(os.path.join(folder, "api"))
        api.may = permissions(objects)
        # What somebody gave: the administrator's Secret.
        api.give("postgres-admin", {
            "username": "postgres",
            "password": administrators_password(state)})
        hosts = [("127.0.0.1", [f"{o['metadata']['name']}.suite.svc"
                                for o in objects if o["kind"] == "Service"]),
                 # As DNS answers for a headless Service.
                 (OTHER, ["otrp-tsm-rpc.suite.svc"])]
        node = Node(folder, objects, api, postgres.socket_dir(), hosts)

        hooks = sorted((o for o in objects if o["kind"] == "Job"),
                       key=weight)

        def run_hooks():
            for one in hooks:
                pod = one["spec"]["template"]
                node.complete(pod["metadata"], pod["spec"])
        run_hooks()
        result["secrets"] = sorted(api.secrets)
        deployments = [o for o in objects if o["kind"] == "Deployment"]
        # The order doesn't matter: the worst one.
        for one in reversed(deployments):
            pod = one["spec"]["template"]
            node.start(pod["metadata"], pod["spec"])
            if component(one) == "tsm":
                node.start(pod["metadata"], pod["spec"], OTHER)
        for name in list(node.running):
            node.ready(name)
        result["ready"] = sorted(node.running)

        test = next(o for o in objects if o["kind"] == "Pod")
        node.complete(test["metadata"], test["spec"])
        result["helm test"] = "passed"
        operator = Operator(node, test)
        result["good certificates"] = [operator.good()]
        operator.run("policy", "set", "--file", "/files/policy",
                     policy=DENY)
        try:
            node.complete(test["metadata"], test["spec"])
        except NodeError as error:
            result["helm test of a refused device"] = str(error)
        result["good certificates"].append(operator.good())
        operator.run("policy", "set", "--file", "/files/policy",
                     policy="{}")

        before = [calls(node, name) for name in TSMS]
        load(node, 200)
        result["calls"] = [calls(node, name) - had
                           for name, had in zip(TSMS, before)]

        before = json.dumps(api.secrets, sort_keys=True)
        run_hooks()
        cron = next(o for o in objects if o["kind"] == "CronJob")
        pod = cron["spec"]["jobTemplate"]["spec"]["template"]
        node.complete(pod["metadata"], pod["spec"])
        result["secrets changed by an upgrade"] = \
            json.dumps(api.secrets, sort_keys=True) != before
        node.complete(test["metadata"], test["spec"])
        result["drained"] = sorted(node.running)
        for name in result["drained"]:
            node.stop(name)
    finally:
        if node is not None:
            node.close()
        if api is not None:
            api.close()
        if postgres is not None:
            postgres.down()
        shutil.rmtree(folder, True)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
