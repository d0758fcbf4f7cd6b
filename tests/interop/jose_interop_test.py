"""libs/jose against two implementations that nobody here wrote: jwcrypto
(Python) and the jose command (C), both ways, in the shapes that OTrP uses."""

import json
import os
import subprocess
import tempfile
import unittest

from jwcrypto import jwe, jwk, jws

TOOL = os.path.join(os.getcwd(), "tests/interop/jose_tool")
PAYLOAD = b'{"CreateSDTBSRequest":{"ver":"1.0"}}\x00\xff' + bytes(range(256))
WRAPS = {"RSA": ["RSA1_5"], "EC": ["ECDH-ES+A128KW", "ECDH-ES+A256KW"]}
ENCS = ["A128CBC-HS256", "A256CBC-HS512"]
SIGALG = {"RSA": "RS256", "EC": "ES256"}


def run(argv, data):
    done = subprocess.run(argv, input=data, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{argv}: {done.stderr.decode()}")
    return done.stdout


class Keys:
    """One pair of each type, as JWK files."""

    def __init__(self, folder):
        self.path = {}
        self.key = {
            "RSA": jwk.JWK.generate(kty="RSA", size=2048),
            "EC": jwk.JWK.generate(kty="EC", crv="P-256"),
        }
        for kind, key in self.key.items():
            for part, text in (("private", key.export_private()),
                               ("public", key.export_public())):
                members = json.loads(text)
                members.pop("kid", None)
                path = os.path.join(folder, f"{kind}-{part}.jwk")
                with open(path, "w", encoding="ascii") as f:
                    json.dump(members, f)
                self.path[kind, part] = path


class JoseInteropTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.keys = Keys(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def file(self, data):
        path = os.path.join(self.folder.name, "input")
        with open(path, "wb") as f:
            f.write(data)
        return path

    def ours(self, verb, kind, data, *rest):
        part = "private" if verb in ("sign", "decrypt") else "public"
        return run([TOOL, verb, self.keys.path[kind, part], *rest], data)

    def refused(self, verb, kind, data):
        part = "private" if verb in ("sign", "decrypt") else "public"
        done = subprocess.run([TOOL, verb, self.keys.path[kind, part]],
                              input=data, capture_output=True, check=False)
        self.assertEqual(done.returncode, 1, done.stdout)

    # -- signatures ---------------------------------------------------------

    def test_what_we_sign_others_verify(self):
        for kind in SIGALG:
            with self.subTest(kind=kind):
                signed = self.ours("sign", kind, PAYLOAD)
                token = jws.JWS()
                token.deserialize(signed.decode(), self.keys.key[kind])
                self.assertEqual(token.payload, PAYLOAD)
                self.assertEqual(
                    run(["jose", "jws", "ver", "-i", self.file(signed), "-k",
                         self.keys.path[kind, "public"], "-O", "-"], b""),
                    PAYLOAD)

    def test_what_others_sign_we_verify(self):
        for kind, alg in SIGALG.items():
            with self.subTest(kind=kind):
                token = jws.JWS(PAYLOAD)
                token.add_signature(self.keys.key[kind],
                                    protected=json.dumps({"alg": alg}))
                by_python = token.serialize().encode()
                by_c = run(["jose", "jws", "sig", "-I", self.file(PAYLOAD),
                            "-k", self.keys.path[kind, "private"], "-s",
                            json.dumps({"protected": {"alg": alg}})], b"")
                for signed in (by_python, by_c):
                    self.assertEqual(self.ours("verify", kind, signed),
                                     PAYLOAD)
                    broken = json.loads(signed)
                    broken["payload"] = broken["payload"][:-4] + "AAAA"
                    self.refused("verify", kind, json.dumps(broken).encode())

    def test_algorithms_that_we_do_not_have_are_refused(self):
        key = self.keys.key["RSA"]
        for alg in ("RS384", "PS256"):
            token = jws.JWS(PAYLOAD)
            token.add_signature(key, protected=json.dumps({"alg": alg}))
            self.refused("verify", "RSA", token.serialize().encode())

    # -- encryption ---------------------------------------------------------

    def test_what_we_encrypt_others_decrypt(self):
        for kind, alg, enc, form in self.combinations():
            with self.subTest(alg=alg, enc=enc, form=form):
                sealed = self.ours("encrypt", kind, PAYLOAD, alg, enc, form)
                self.assertEqual(form == "general",
                                 "recipients" in json.loads(sealed))
                token = jwe.JWE(algs=[alg, enc])
                token.deserialize(sealed.decode(), self.keys.key[kind])
                self.assertEqual(token.payload, PAYLOAD)
                self.assertEqual(
                    run(["jose", "jwe", "dec", "-i", self.file(sealed), "-k",
                         self.keys.path[kind, "private"], "-O", "-"], b""),
                    PAYLOAD)

    def test_what_others_encrypt_we_decrypt(self):
        for kind, alg, enc, form in self.combinations():
            with self.subTest(alg=alg, enc=enc, form=form):
                for sealed in (self.by_python(kind, alg, enc, form),
                               self.by_c(kind, alg, enc, form)):
                    self.assertEqual(self.ours("decrypt", kind, sealed),
                                     PAYLOAD)
                    broken = json.loads(sealed)
                    broken["tag"] = "A" * len(broken["tag"])
                    self.refused("decrypt", kind, json.dumps(broken).encode())

    def test_content_encryptions_that_we_do_not_have_are_refused(self):
        self.refused("decrypt", "RSA",
                     self.by_python("RSA", "RSA1_5", "A128GCM", "flattened"))
        self.refused("decrypt", "RSA",
                     self.by_python("RSA", "RSA-OAEP", "A128CBC-HS256",
                                    "flattened"))
        self.refused("decrypt", "EC",
                     self.by_python("EC", "ECDH-ES", "A128CBC-HS256",
                                    "flattened"))

    def combinations(self):
        for kind, algs in WRAPS.items():
            for alg in algs:
                for enc in ENCS:
                    for form in ("general", "flattened"):
                        yield kind, alg, enc, form

    def by_python(self, kind, alg, enc, form):
        token = jwe.JWE(PAYLOAD, json.dumps({"enc": enc}), algs=[alg, enc])
        token.add_recipient(self.keys.key[kind], json.dumps({"alg": alg}))
        text = json.loads(token.serialize())
        if form == "general" and "recipients" not in text:
            text["recipients"] = [{k: text.pop(k) for k
                                   in ("header", "encrypted_key")
                                   if k in text}]
        return json.dumps(text).encode()

    def by_c(self, kind, alg, enc, form):
        text = json.loads(run(
            ["jose", "jwe", "enc", "-I", self.file(PAYLOAD), "-k",
             self.keys.path[kind, "public"], "-i",
             json.dumps({"protected": {"enc": enc}}), "-r",
             json.dumps({"header": {"alg": alg}})], b""))
        if form == "general" and "recipients" not in text:
            text["recipients"] = [{k: text.pop(k) for k
                                   in ("header", "encrypted_key")
                                   if k in text}]
        return json.dumps(text).encode()


if __name__ == "__main__":
    unittest.main()
