"""Trust that is taken back: a withdrawn reference value stops devices that are
recorded as accepted, before they come again; and whoever relies on one finds it
in a result that another implementation checks."""

import json
import os
import ssl
import time
import unittest
import urllib.request

from jwcrypto import jwk, jwt

from tests.e2e.world import World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def keys():
    """The JWK Set, without any credential."""
    trust = ssl.create_default_context(
        cafile=os.path.join(WORLD.stack.tls, "api-web", "ca.pem"))
    url = WORLD.stack.url("api", "/.well-known/jwks.json")
    with urllib.request.urlopen(url, context=trust, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "application/jwk-set+json"
        return jwk.JWKSet.from_json(answer.read().decode())


def result_of(did, nonce):
    """(status, claims) of a device's signed result."""
    result = WORLD.must("attest", "result", did, "--nonce", nonce)
    token = jwt.JWT(jwt=result["ear"], key=keys(), algs=["ES256"])
    claims = json.loads(token.claims)
    assert claims["eat_nonce"] == nonce
    submod = claims["submods"]["otrp-tee"]
    assert submod["ear_status"] == result["status"]
    return result["status"], submod


def wait_for_verdict(did, verdict):
    deadline = time.monotonic() + 30
    while True:
        device = WORLD.must("device", "show", did)
        if device["attestation"]["verdict"] == verdict:
            return device
        assert time.monotonic() < deadline, device
        time.sleep(0.5)


class WithdrawalTest(unittest.TestCase):

    def test_a_withdrawn_reference_value_stops_recorded_devices(self):
        folder, did = WORLD.new_device()
        self.assertEqual(WORLD.contact(folder).code, 0)
        device = WORLD.must("device", "show", did)
        status, submod = result_of(did, "nonce-of-the-first-time")
        self.assertEqual(status, "affirming")
        self.assertEqual(submod["ear_otrp_claims"]["did"], did)
        self.assertNotIn("executables", submod["ear_trustworthiness_vector"])

        value = ("--name", "primary", "--anchor", device["tee_vendor"],
                 "--tee-name", device["tee_name"], "--tee-version",
                 device["tee_version"])
        dry = WORLD.must("reference", "submit", *value, "--dry-run")
        self.assertTrue(dry["dry_run"])
        self.assertEqual(dry["devices"], 1)
        WORLD.must("reference", "submit", *value)
        WORLD.must("reference", "activate", "--name", "primary")
        self.assertEqual(WORLD.contact(folder).code, 0)
        _, submod = result_of(did, "nonce-of-the-second-time")
        self.assertEqual(
            submod["ear_trustworthiness_vector"]["executables"], 2)

        WORLD.must("reference", "withdraw", "--name", "primary", "--reason",
                   "CVE-2026-1", "--yes")
        # It hasn't come again.
        device = wait_for_verdict(did, "refused")
        self.assertEqual(device["attestation_tier"], "none")
        self.assertIn("tee-withdrawn", json.dumps(device["attestation"]))
        status, submod = result_of(did, "nonce-of-the-third-time")
        self.assertEqual(status, "contraindicated")
        self.assertEqual(
            submod["ear_trustworthiness_vector"]["executables"], 96)
        # And when it comes.
        WORLD.requests(folder, refused=True)

        WORLD.must("reference", "activate", "--name", "primary")
        self.assertEqual(WORLD.contact(folder).code, 0)
        wait_for_verdict(did, "accepted")
        history = WORLD.must("reference", "show", "--name",
                             "primary")["history"]
        self.assertEqual([one["state"] for one in history],
                         ["active", "inactive", "active", "submitted"])


if __name__ == "__main__":
    unittest.main()
