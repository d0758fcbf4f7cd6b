"""Our signed results against jwcrypto, which nobody here wrote, and one reader
of EAR for ours and for the published vectors (draft-ietf-rats-ear)."""

import json
import os
import re
import subprocess
import tempfile
import unittest

from jwcrypto import jwk, jws, jwt

TOOL = os.path.join(os.getcwd(), "tests/interop/ear_tool")
TIERS = {"none": (0, 1), "affirming": (2, 31), "warning": (32, 95),
         "contraindicated": (96, 127)}
VECTOR = {"instance-identity", "configuration", "executables", "file-system",
          "hardware", "runtime-opaque", "storage-opaque", "sourced-data"}
# Names of the draft's member as of -03, and as of the published tools.
NAMES = {
    "tag:ietf.org,2026:rats/ear#03":
        ("ear_verifier_id", "ear_status", "ear_trustworthiness_vector"),
    "tag:github.com,2023:veraison/ear":
        ("ear.verifier-id", "ear.status", "ear.trustworthiness-vector"),
}


class NoEar(Exception):
    """The claims are no attestation result."""


def need(condition, what):
    if not condition:
        raise NoEar(what)


def read_ear(claims):
    """The status of each submodule."""
    need(isinstance(claims, dict), "not an object")
    profile = claims.get("eat_profile")
    need(profile in NAMES, f"eat_profile {profile}")
    verifier, status, vector = NAMES[profile]
    need(isinstance(claims.get("iat"), int), "iat")
    who = claims.get(verifier)
    need(isinstance(who, dict) and set(who) == {"developer", "build"},
         verifier)
    submods = claims.get("submods")
    need(isinstance(submods, dict) and submods, "submods")
    found = {}
    for name, submod in submods.items():
        need(submod.get(status) in TIERS, f"{name}: {status}")
        values = submod.get(vector, {})
        need(set(values) <= VECTOR, f"{name}: {vector}")
        for claim, value in values.items():
            need(isinstance(value, int) and -128 <= value <= 127,
                 f"{name}: {claim}")
        found[name] = submod[status]
    return found


def vectors():
    root = os.environ.get("OTRP_VECTORS", "")
    folder = os.path.join(root, "attestation")
    return folder if root and os.path.isdir(folder) else None


class OursTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.key = jwk.JWK.generate(kty="EC", crv="P-256")
        with tempfile.NamedTemporaryFile("w", suffix=".jwk") as f:
            members = json.loads(cls.key.export_private())
            members.pop("kid", None)
            json.dump(members, f)
            f.flush()
            cls.token = subprocess.run(
                [TOOL, f.name], check=True, capture_output=True).stdout.decode()

    def test_another_implementation_verifies_and_reads_it(self):
        token = jwt.JWT(jwt=self.token, key=self.key, algs=["ES256"],
                        check_claims={"exp": 4000003600, "iat": None})
        header = json.loads(token.header)
        self.assertEqual(header["typ"], "JWT")
        self.assertEqual(header["kid"], self.key.thumbprint())
        claims = json.loads(token.claims)
        self.assertEqual(read_ear(claims), {"otrp-tee": "warning"})
        self.assertEqual(claims["eat_nonce"], "nonce-of-the-asker")
        submod = claims["submods"]["otrp-tee"]
        self.assertEqual(submod["ear_trustworthiness_vector"],
                         {"instance-identity": 2, "executables": 33})
        self.assertEqual(submod["ear_appraisal_policy_ids"],
                         ["urn:otrp:policy:9"])
        self.assertEqual(submod["ear_otrp_claims"]["did"], "07" * 32)
        self.assertEqual(submod["ear_otrp_claims"]["reasons"],
                         [{"code": "revocation-unchecked",
                           "claim": "tee.cert"}])

    def test_a_changed_one_or_anothers_key_is_refused(self):
        header, payload, signature = self.token.split(".")
        other = "A" if payload[20] != "A" else "B"
        changed = ".".join([header, payload[:20] + other + payload[21:],
                            signature])
        with self.assertRaises(jws.InvalidJWSSignature):
            jwt.JWT(jwt=changed, key=self.key, algs=["ES256"])
        with self.assertRaises(jws.InvalidJWSSignature):
            jwt.JWT(jwt=self.token, algs=["ES256"],
                    key=jwk.JWK.generate(kty="EC", crv="P-256"))


@unittest.skipUnless(vectors(), "the shared vectors aren't here")
class VectorsTest(unittest.TestCase):
    """The reader that ours passes takes what is published, and refuses the
    rest: else passing it would say little."""

    def index(self):
        with open(os.path.join(vectors(), "index.json"),
                  encoding="utf-8") as f:
            return json.load(f)

    def test_published_results(self):
        seen = {"accept": 0, "reject": 0}
        for path, entry in self.index().items():
            if not path.startswith("ear/") or "cbor" in path:
                continue
            if not re.search(r"\.(json|diag)$", path) or "/keys/" in path:
                continue
            with open(os.path.join(vectors(), path), encoding="utf-8") as f:
                text = f.read()
            expected = entry["expected"].split()[0].strip(":")
            try:
                read_ear(json.loads(text))
                got = "accept"
            except (NoEar, json.JSONDecodeError):
                got = "reject"
            self.assertEqual(got, expected, path)
            seen[got] += 1
        self.assertGreaterEqual(seen["accept"], 6)
        self.assertGreaterEqual(seen["reject"], 2)

    def test_published_tokens_that_are_refused(self):
        with open(os.path.join(vectors(), "ear/keys/ear-test-public.jwk.json"),
                  encoding="utf-8") as f:
            key = jwk.JWK.from_json(f.read())
        refused = 0
        for path, entry in self.index().items():
            if not path.startswith("ear/tokens/verify-fail"):
                continue
            with open(os.path.join(vectors(), path), encoding="utf-8") as f:
                text = f.read().strip()
            with self.assertRaises((NoEar, ValueError, jws.InvalidJWSObject,
                                    jws.InvalidJWSSignature), msg=path):
                token = jwt.JWT(jwt=text, key=key, algs=["ES256"])
                read_ear(json.loads(token.claims))
            refused += 1
        self.assertEqual(refused, 3)


if __name__ == "__main__":
    unittest.main()
