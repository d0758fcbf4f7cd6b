"""The CA as relying parties meet it: CRL, OCSP and issuers over plain HTTP,
read by the system's openssl, before and after a revocation."""

import base64
import os
import re
import subprocess
import time
import unittest
import urllib.error
import urllib.request

from tests.e2e.world import TA_ID, World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def http_get(path, headers=None):
    request = urllib.request.Request(WORLD.stack.url("http", path),
                                     headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


class PkiTest(unittest.TestCase):

    def issuer(self, authority):
        """PEM files of an issuing CA and of its root."""
        files = []
        for name in (authority, authority.replace("-ca", "-root")):
            status, headers, der = http_get(f"/pki/ca/{name}.cer")
            self.assertEqual(status, 200, name)
            self.assertEqual(headers["Content-Type"], "application/pkix-cert")
            path = WORLD.path(f"{name}.pem")
            done = WORLD.openssl("x509", "-inform", "DER", "-out", path,
                                 data=der)
            self.assertEqual(done.returncode, 0, done.stderr)
            files.append(path)
        return files

    def crl(self, authority):
        """The CRL's text, once openssl has checked its signature."""
        status, headers, der = http_get(f"/pki/crl/{authority}.crl")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/pkix-crl")
        ca, _ = self.issuer(authority)
        done = WORLD.openssl("crl", "-inform", "DER", "-CAfile", ca, "-text",
                             "-noout", data=der)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"verify OK", done.stderr)
        return done.stdout.decode()

    def ocsp(self, authority, *certificate):
        """What openssl says of our answer, e.g. "good"."""
        ca, root = self.issuer(authority)
        done = WORLD.openssl(
            "ocsp", "-issuer", ca, *certificate, "-CAfile", root,
            "-verify_other", ca, "-url", WORLD.stack.url("http", "/pki/ocsp"),
            "-no_nonce")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"Response verify OK", done.stderr)
        return done.stdout.decode()

    def new_leaf(self, profile="tee", *extra):
        """(PEM file leaf first, serial in hex as openssl writes it)."""
        stem = WORLD.path(WORLD.name(profile))
        made = subprocess.run(
            ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes",
             "-keyout", stem + ".key", "-subj", "/CN=device", "-out",
             stem + ".csr", *extra], capture_output=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        issued = WORLD.must("ca", "issue", "--profile", profile, "--csr",
                            stem + ".csr", "--out", stem + ".pem")
        return stem + ".pem", issued["serial"]

    def test_issued_chains_validate(self):
        # An id that its asker holds.
        WORLD.must("tsm-id", "add", "https://other-tsm.example/", "--holder",
                   "otrp://operator/admin")
        uri = "subjectAltName=URI:https://other-tsm.example/"
        for profile, *extra in (("tee",), ("tfw",), ("sp",),
                                ("tsm", "-addext", uri)):
            leaf, _ = self.new_leaf(profile, *extra)
            ca, root = self.issuer(f"{profile}-ca")
            done = WORLD.openssl("verify", "-x509_strict", "-CAfile", root,
                                 "-untrusted", ca, leaf)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_authority_has_an_issuer_file_and_a_crl(self):
        authorities = WORLD.must("ca", "list")["authorities"]
        self.assertGreaterEqual(len(authorities), 9)
        for authority in authorities:
            status, _, der = http_get(f"/pki/crl/{authority['name']}.crl")
            self.assertEqual(status, 200, authority["name"])
            ca = WORLD.path(f"crl-{authority['name']}.pem")
            _, _, certificate = http_get(f"/pki/ca/{authority['name']}.cer")
            WORLD.openssl("x509", "-inform", "DER", "-out", ca,
                          data=certificate)
            done = WORLD.openssl("crl", "-inform", "DER", "-CAfile", ca,
                                 "-noout", data=der)
            self.assertIn(b"verify OK", done.stderr, authority["name"])

    def test_a_revocation_is_seen_within_seconds(self):
        leaf, serial = self.new_leaf()
        self.assertIn(": good", self.ocsp("tee-ca", "-cert", leaf))
        hexadecimal = serial.upper()
        self.assertNotIn(hexadecimal, self.crl("tee-ca").upper())
        WORLD.must("cert", "revoke", "--serial", serial, "--reason",
                   "keyCompromise", "--yes")
        # The gateway keeps a response for two seconds.
        deadline = time.monotonic() + 10
        while True:
            said = self.ocsp("tee-ca", "-cert", leaf)
            if ": good" not in said or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        self.assertIn(": revoked", said)
        self.assertIn("keyCompromise", said)
        text = self.crl("tee-ca")
        self.assertIn(hexadecimal, text.upper())
        self.assertIn("Key Compromise", text)
        # Again is no second revocation.
        number = [l for l in text.splitlines() if "CRL Number" in l]
        self.assertTrue(number)
        WORLD.ctl("cert", "revoke", "--serial", serial, "--reason",
                  "superseded", "--yes")
        self.assertIn("keyCompromise", self.ocsp("tee-ca", "-cert", leaf))

    def named_list(self, leaf):
        """The path of the list that a certificate names."""
        text = WORLD.openssl("x509", "-in", leaf, "-noout", "-text").stdout
        return re.search(rb"URI:\S*?(/pki/crl/\S+)", text)[1].decode()

    def checked(self, leaf, der):
        """openssl's word on a certificate by this list alone."""
        ca, root = self.issuer("sp-ca")
        crl = WORLD.path("part.crl.pem")
        done = WORLD.openssl("crl", "-inform", "DER", "-out", crl, data=der)
        self.assertEqual(done.returncode, 0, done.stderr)
        done = WORLD.openssl("verify", "-crl_check", "-extended_crl",
                             "-CRLfile", crl, "-CAfile", root, "-untrusted",
                             ca, leaf)
        return (done.stdout + done.stderr).decode()

    def test_a_certificate_names_the_list_of_its_part(self):
        WORLD.must("ca", "shard-crl", "sp-ca", "--shards", "4")
        self.addCleanup(WORLD.must, "ca", "shard-crl", "sp-ca", "--shards",
                        "1")
        deadline = time.monotonic() + 10
        leaf, serial = self.new_leaf("sp")
        while "/sp-ca/4-" not in self.named_list(leaf):
            self.assertLess(time.monotonic(), deadline)
            leaf, serial = self.new_leaf("sp")
        path = self.named_list(leaf)
        status, headers, der = http_get(path)
        self.assertEqual(status, 200, path)
        self.assertEqual(headers["Content-Type"], "application/pkix-crl")
        text = WORLD.openssl("crl", "-inform", "DER", "-noout", "-text",
                             data=der).stdout
        self.assertIn(b"Issuing Distribution Point: critical", text)
        self.assertIn(path.encode(), text)
        self.assertIn(": OK", self.checked(leaf, der))
        WORLD.must("cert", "revoke", "--serial", serial, "--reason",
                   "superseded", "--yes")
        deadline = time.monotonic() + 5
        revoked = "certificate revoked"
        while revoked not in self.checked(leaf, http_get(path)[2]):
            self.assertLess(time.monotonic(), deadline)
        self.assertIn(revoked,
                      self.checked(leaf, http_get("/pki/crl/sp-ca.crl")[2]))
        for odd in ("4-4", "3-0", "4-1x", "..", "%2e%2e"):
            self.assertEqual(http_get(f"/pki/crl/sp-ca/{odd}.crl")[0], 404)

    def test_an_unknown_serial_gets_no_signature(self):
        ca, _ = self.issuer("tee-ca")
        done = WORLD.openssl(
            "ocsp", "-issuer", ca, "-serial", "0x1234567", "-url",
            WORLD.stack.url("http", "/pki/ocsp"), "-no_nonce")
        self.assertIn(b"unauthorized", done.stdout + done.stderr)

    def test_an_issuing_ca_has_a_status_too(self):
        ca, root = self.issuer("tee-ca")
        done = WORLD.openssl(
            "ocsp", "-issuer", root, "-cert", ca, "-CAfile", root, "-url",
            WORLD.stack.url("http", "/pki/ocsp"), "-no_nonce")
        self.assertIn(b": good", done.stdout, done.stderr)
        self.assertIn(b"Response verify OK", done.stderr)

    def test_ocsp_by_get_is_cacheable(self):
        leaf, _ = self.new_leaf()
        ca, root = self.issuer("tee-ca")
        request = WORLD.path("get.req")
        WORLD.openssl("ocsp", "-issuer", ca, "-cert", leaf, "-no_nonce",
                      "-reqout", request)
        with open(request, "rb") as f:
            encoded = base64.b64encode(f.read()).decode()
        quoted = urllib.request.quote(encoded, safe="")
        status, headers, der = http_get("/pki/ocsp/" + quoted)
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/ocsp-response")
        self.assertIn("max-age=", headers["Cache-Control"])
        response = WORLD.write("get.resp", der)
        done = WORLD.openssl("ocsp", "-respin", response, "-issuer", ca,
                             "-cert", leaf, "-CAfile", root, "-verify_other",
                             ca)
        self.assertIn(b": good", done.stdout, done.stderr)
        self.assertIn(b"Response verify OK", done.stderr)
        # As others join a URL and a path, and write base64 (RFC 6960 A.1).
        for path in ("/pki/ocsp//" + quoted, "/pki/ocsp" + quoted,
                     "/pki/ocsp/" + encoded, "/pki/ocsp//" + encoded):
            self.assertEqual(http_get(path)[2], der, path)
        with open(request, "rb") as f:
            with urllib.request.urlopen(urllib.request.Request(
                    WORLD.stack.url("http", "/pki/ocsp/"), data=f.read(),
                    headers={"Content-Type": "application/ocsp-request"}),
                    timeout=30) as answer:
                self.assertEqual(answer.read(), der)

    def signatures(self):
        """OCSP responses that the ca has signed."""
        with urllib.request.urlopen(WORLD.stack.metrics_url("ca"),
                                    timeout=30) as answer:
            return sum(
                float(line.split()[-1]) for line in answer.read().decode()
                .splitlines()
                if line.startswith("otrp_ocsp_responses_signed_total{"))

    def test_each_hash_is_answered_and_nobody_buys_more_signatures(self):
        leaf, _ = self.new_leaf()
        ca, root = self.issuer("tee-ca")
        before = self.signatures()
        for _ in range(3):
            for digest in ("-sha1", "-sha256", "-sha384", "-sha512"):
                # With a nonce, which stays unanswered.
                done = WORLD.openssl(
                    "ocsp", "-issuer", ca, digest, "-cert", leaf, "-CAfile",
                    root, "-verify_other", ca, "-url",
                    WORLD.stack.url("http", "/pki/ocsp"))
                self.assertIn(b": good", done.stdout, done.stderr)
                self.assertIn(b"Response verify OK", done.stderr)
        self.assertEqual(self.signatures() - before, 4)

    def test_caches_can_revalidate(self):
        _, headers, _ = http_get("/pki/crl/sp-ca.crl")
        status, _, body = http_get("/pki/crl/sp-ca.crl",
                                   {"If-None-Match": headers["ETag"]})
        self.assertEqual((status, body), (304, b""))

    def test_nonsense_is_refused(self):
        for path in ("/pki/crl/nope.crl", "/pki/crl/tee-ca.der", "/pki/crl/",
                     "/pki/ca/nope.cer", "/pki/ca/..%2Ftee-ca.cer"):
            self.assertEqual(http_get(path)[0], 404, path)
        self.assertEqual(http_get("/pki/ocsp/!!")[0], 400)
        url = WORLD.stack.url("http", "/pki/ocsp")
        ocsp = "application/ocsp-request"
        # malformedRequest (1), as RFC 6960 wants it: no HTTP error.
        with urllib.request.urlopen(urllib.request.Request(
                url, data=b"nonsense", headers={"Content-Type": ocsp}),
                timeout=30) as answer:
            self.assertEqual(answer.read(), b"\x30\x03\x0a\x01\x01")
        for data, kind, code in ((b"x", "text/plain", 415),
                                 (b"x" * 20000, ocsp, 413)):
            with self.assertRaises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(urllib.request.Request(
                    url, data=data, headers={"Content-Type": kind}),
                    timeout=30)
            self.assertEqual(raised.exception.code, code)

    def test_a_device_whose_certificate_is_revoked_is_refused(self):
        folder, did = WORLD.new_device()
        self.assertEqual(WORLD.requests(folder), ["GetDeviceStateRequest"])
        device = WORLD.must("device", "show", did)
        self.assertEqual(device["attestation"]["verdict"], "accepted", device)
        done = WORLD.openssl("x509", "-in", f"{folder}-tee.pem", "-noout",
                             "-serial")
        serial = done.stdout.decode().strip().split("=")[1].lower()
        WORLD.must("cert", "revoke", "--serial", serial, "--reason",
                   "keyCompromise", "--yes")
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        target = ("--spid", sp.spid, "--taid", TA_ID, "--device", did)
        WORLD.must("assign", *target)
        self.assertEqual(WORLD.requests(folder, refused=True),
                         ["GetDeviceStateRequest"])
        self.assertEqual(WORLD.shown(folder)["security_domains"], [])
        device = WORLD.must("device", "show", did)
        self.assertEqual(device["attestation"]["verdict"], "refused", device)
        self.assertTrue(any("revoked" in reason for reason
                            in device["attestation"]["reasons"]), device)

    def test_a_foreign_root_counts_once_it_is_trusted(self):
        """An open market of CAs: an OEM's own root, with a larger curve and a
        usage that isn't ours, and its own CRL."""
        oem = WORLD.path("oem")
        os.mkdir(oem)

        def openssl(*args):
            done = WORLD.openssl(*args)
            self.assertEqual(done.returncode, 0, done.stderr)

        folder = WORLD.path("oem-device")
        WORLD.device(folder).must("init", "--alg", "ec")
        extensions = WORLD.write("oem.ext", b"""
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment,keyAgreement
extendedKeyUsage=clientAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
""")
        certificates = []
        for role in ("tee", "tfw"):
            root = f"{oem}/{role}-root"
            openssl("ecparam", "-name", "secp384r1", "-genkey", "-noout",
                    "-out", root + ".key")
            openssl("req", "-new", "-key", root + ".key", "-subj",
                    f"/O=OEM/CN=OEM {role} root", "-out", root + ".csr")
            openssl("x509", "-req", "-in", root + ".csr", "-signkey",
                    root + ".key", "-days", "3650", "-sha384", "-extfile",
                    extensions, "-extensions", "root", "-out", root + ".pem")
            openssl("x509", "-req", "-in", f"{folder}/{role}.csr", "-CA",
                    root + ".pem", "-CAkey", root + ".key", "-CAcreateserial",
                    "-days", "365", "-sha384", "-extfile", extensions,
                    "-extensions", "leaf", "-out", f"{oem}/{role}.pem")
            certificates += [f"--{role}-cert", f"{oem}/{role}.pem"]
        did = WORLD.provision(folder, *certificates)
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        # Known to nobody yet; an assignment may come before the device.
        target = ("--spid", sp.spid, "--taid", TA_ID, "--device", did)
        WORLD.must("assign", *target)
        self.assertEqual(WORLD.requests(folder, refused=True),
                         ["GetDeviceStateRequest"])
        # Trusted for certificates of our usage only, and of none.
        tee = ("--role", "tee", "--name", "oem-tee")
        root = ("--cert", f"{oem}/tee-root.pem")
        WORLD.must("trust", "add", *tee, *root)
        self.assertEqual(WORLD.requests(folder, refused=True),
                         ["GetDeviceStateRequest"])
        WORLD.must("trust", "rm", *tee, "--yes")
        WORLD.must("trust", "add", *tee, *root, "--eku", "clientAuth")
        # A file of two roots gives two anchors.
        both = WORLD.write("roots.pem", b"".join(
            open(f"{oem}/{role}-root.pem", "rb").read()
            for role in ("tee", "tfw")))
        added = WORLD.must("trust", "add", "--role", "tfw", "--name",
                           "oem-tfw", "--cert", both, "--eku", "clientAuth")
        self.assertEqual([anchor["name"] for anchor in added["anchors"]],
                         ["oem-tfw", "oem-tfw-2"])
        self.assertEqual(WORLD.requests(folder),
                         ["GetDeviceStateRequest", "CreateSDRequest",
                          "InstallTARequest"])
        # The OEM revokes the device.
        config = WORLD.write("oem.cnf", f"""
[ca]
default_ca=oem
[oem]
database={oem}/index
certificate={oem}/tee-root.pem
private_key={oem}/tee-root.key
default_md=sha384
default_crl_days=7
""".encode())
        open(f"{oem}/index", "w").close()
        openssl("ca", "-config", config, "-revoke", f"{oem}/tee.pem")
        openssl("ca", "-config", config, "-gencrl", "-out", f"{oem}/oem.crl")
        data = WORLD.must("revocation", "add", "--name", "oem", "--file",
                          f"{oem}/oem.crl")
        self.assertEqual((data["kind"], data["entries"]), ("crl", 1), data)
        self.assertEqual(WORLD.requests(folder, refused=True),
                         ["GetDeviceStateRequest"])
        device = WORLD.must("device", "show", did)
        self.assertTrue(any("tee-cert-revoked" in reason for reason
                            in device["attestation"]["reasons"]), device)
        WORLD.must("revocation", "rm", "--name", "oem", "--yes")
        for role, name in (("tee", "oem-tee"), ("tfw", "oem-tfw"),
                           ("tfw", "oem-tfw-2")):
            WORLD.must("trust", "rm", "--role", role, "--name", name, "--yes")
        WORLD.must("unassign", *target, "--yes")
        self.assertEqual(WORLD.requests(folder, refused=True),
                         ["GetDeviceStateRequest"])
        self.assertEqual(WORLD.held(folder), ["1.0.0"])


if __name__ == "__main__":
    unittest.main()
