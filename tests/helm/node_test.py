"""The chart lives: what helm renders for an external database runs, as a node
would run it (node.py): hooks in their order, every pod by its own command,
user, volumes and probes; the real programs, PostgreSQL and TLS."""

import json
import subprocess
import sys
import tempfile
import unittest

from deploy.services import SCHEMAS, SERVICES
from tests.helm.chart import scenario_file, template


class NodeTest(unittest.TestCase):

    def test_install_load_upgrade_and_drain(self):
        done = template(
            "--values", scenario_file("external-postgres"),
            "--set", "tests.enabled=true",
            "--set", "database.host=/database,database.sslMode=disable,"
            "database.caSecret.existingSecret=,"
            # No kube-proxy here: a Service's port is its pod's. A pod's
            # address is one of loopback.
            "gateway.service.httpPort=8080,listenAddress=127.0.0.1")
        self.assertEqual(done.returncode, 0, done.stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(done.stdout)
            f.flush()
            ran = subprocess.run(
                ["unshare", "--net", "--mount", "--propagation=private",
                 sys.executable, "-B", "-m", "tests.helm.node_main",
                 f.name], capture_output=True, text=True, check=False,
                timeout=240)
        self.assertEqual(ran.returncode, 0, ran.stderr[-4000:])
        result = json.loads(ran.stdout)
        names = sorted([*(name.replace("_", "-") for name in SERVICES),
                        "tsm@127.0.0.2"])
        self.assertEqual(result["ready"], names)
        self.assertEqual(result["helm test"], "passed")
        # It asserts the verdict, and leaves no certificate either way.
        self.assertRegex(result["helm test of a refused device"],
                         "^verdict ended with 3: .*refused")
        self.assertEqual(result["good certificates"], [[0, 2], [0, 4]])
        # One gateway, two pods of the TSM: each has its share.
        print("calls of the two pods:", result["calls"])
        self.assertGreaterEqual(sum(result["calls"]), 200)
        self.assertGreater(min(result["calls"]), 80)
        self.assertFalse(result["secrets changed by an upgrade"])
        self.assertEqual(result["drained"], names)
        # The administrator's, keys that seal, roles, certificates.
        keys = [key for s in SERVICES.values() for key in s.secrets]
        self.assertEqual(len(result["secrets"]),
                         1 + len(keys) + len(SCHEMAS) + 1 + len(SERVICES) + 3)


if __name__ == "__main__":
    unittest.main()
