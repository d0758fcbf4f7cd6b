"""The chart lives: what helm renders for an external database runs, as a node
would run it (node.py): hooks in their order, every pod by its own command,
user, volumes and probes; the real programs, PostgreSQL and TLS."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from chart import scenario_file, template

HERE = os.path.dirname(os.path.abspath(__file__))


class NodeTest(unittest.TestCase):

    def test_install_upgrade_and_drain(self):
        done = template(
            "--values", scenario_file("external-postgres"),
            "--set", "database.host=/database,database.sslMode=disable,"
            "database.caSecret.existingSecret=,"
            # No kube-proxy here: a Service's port is its pod's.
            "gateway.service.httpPort=8080")
        self.assertEqual(done.returncode, 0, done.stderr)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(done.stdout)
            f.flush()
            ran = subprocess.run(
                ["unshare", "--net", "--mount", "--propagation=private",
                 sys.executable, "-B", os.path.join(HERE, "node_main.py"),
                 f.name], capture_output=True, text=True, check=False,
                timeout=240)
        self.assertEqual(ran.returncode, 0, ran.stderr[-4000:])
        result = json.loads(ran.stdout)
        names = ["attestation-verifier", "ca", "gateway", "sp-portal", "tsm"]
        self.assertEqual(result["ready"], names)
        self.assertEqual(result["helm test"], "passed")
        self.assertFalse(result["secrets changed by an upgrade"])
        self.assertEqual(result["drained"], names)
        self.assertEqual(len(result["secrets"]), 1 + 3 + 5 + 7)


if __name__ == "__main__":
    unittest.main()
