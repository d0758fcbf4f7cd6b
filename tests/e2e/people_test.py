"""Certificates of people and pipelines: how they go on, what is said of them,
and EST by programs that know nothing of ours: curl and openssl."""

import base64
import json
import os
import subprocess
import time
import unittest

from tests.e2e.world import World

WORLD = None


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def person(uri, *flags):
    """A folder with a client certificate of this name."""
    folder = WORLD.path(WORLD.name("person"))
    os.mkdir(folder)
    WORLD.must("key", "new", "--cn", "person", "--alg", "ec", "--key",
               f"{folder}/key.pem", "--csr", f"{folder}/csr.pem")
    WORLD.must("ca", "issue", "--profile", "client", "--csr",
               f"{folder}/csr.pem", "--san-uri", uri, "--out",
               f"{folder}/cert.pem", *flags)
    WORLD.write(f"{folder}/ca.pem", text(os.path.join(
        WORLD.stack.tls, "operator", "ca.pem")).encode())
    return folder


class PeopleTest(unittest.TestCase):

    def renew(self, folder, *flags):
        return WORLD.ctl("renew", *flags, "--tls-dir", folder)

    def verify(self, file, url=None):
        return WORLD.ctl("cert", "verify", file, "--pki-url",
                         url or WORLD.stack.url("http", "").rstrip("/"))

    def test_everybody_renews_his_own_with_either_key_and_goes_on_calling(self):
        for uri in ("otrp://operator/alice", "otrp://auditor/eve",
                    "otrp://sp/bank"):
            folder = person(uri)
            key = text(f"{folder}/key.pem")
            young = self.renew(folder, "--if-due").json()
            self.assertFalse(young["renewed"])
            renewed = self.renew(folder)
            self.assertEqual(renewed.code, 0, renewed.err)
            self.assertTrue(renewed.json()["renewed"])
            self.assertNotEqual(renewed.json()["serial"], young["serial"])
            self.assertEqual(text(f"{folder}/key.pem"), key)
            other = self.renew(folder, "--new-key", "--life", "20m")
            self.assertEqual(other.code, 0, other.err)
            self.assertNotEqual(text(f"{folder}/key.pem"), key)
            # The new files are what it calls with.
            who = WORLD.ctl("whoami", "--tls-dir", folder).json()
            self.assertEqual(f"otrp://{who['kind']}/{who['name']}", uri)
            shown = WORLD.must("cert", "show", "--serial",
                               f"@{folder}/cert.pem")
            self.assertEqual(shown["san_uris"], [uri])
            self.assertEqual(shown["serial"], other.json()["serial"])

    def test_once_one_was_revoked_no_other_of_them_goes_on(self):
        folder = person("otrp://operator/mallory")
        stolen = WORLD.path(WORLD.name("stolen"))
        os.mkdir(stolen)
        for name in ("key.pem", "cert.pem", "ca.pem"):
            WORLD.write(f"{stolen}/{name}", text(f"{folder}/{name}").encode())
        self.assertEqual(self.renew(stolen, "--new-key").code, 0)
        WORLD.must("cert", "revoke", "--serial", f"@{folder}/cert.pem",
                   "--reason", "keyCompromise", "--yes")
        refused = self.renew(stolen)
        self.assertEqual(refused.code, 1, refused.err)
        self.assertIn("was revoked", refused.err)

    def test_verify_says_what_counts_and_what_to_do(self):
        folder = person("otrp://operator/alice")
        good = self.verify(f"{folder}/cert.pem")
        self.assertEqual(good.code, 0, good.err)
        said = good.json()
        self.assertEqual(said["verdict"], "good")
        self.assertEqual(said["profile"], "client")
        self.assertEqual(said["chain"][1:], ["service-ca", "service-root"])
        for source in ("crl", "ocsp"):
            self.assertIn("good", said[source])
        WORLD.must("cert", "revoke", "--serial", f"@{folder}/cert.pem",
                   "--reason", "superseded", "--yes")
        revoked = self.verify(f"{folder}/cert.pem")
        # The gateway keeps a response for two seconds, and revocations of one
        # second share a list.
        deadline = time.monotonic() + 10
        while "revoked" not in revoked.json()["ocsp"] or \
                "reason 4" not in revoked.json()["crl"]:
            self.assertLess(time.monotonic(), deadline, revoked.out)
            time.sleep(0.2)
            revoked = self.verify(f"{folder}/cert.pem")
        self.assertEqual(revoked.code, 1, revoked.out)
        self.assertEqual(revoked.json()["verdict"], "revoked")
        # A certificate of each kind that the suite makes.
        for name, profile in (("tsm", "service"), ("gateway-web", "web")):
            said = self.verify(os.path.join(WORLD.stack.tls, name,
                                            "cert.pem")).json()
            self.assertEqual((said["verdict"], said["profile"]),
                             ("good", profile))
        sp = WORLD.new_sp()
        self.assertEqual(self.verify(sp.chain).json()["verdict"], "good")

    def test_verify_trusts_nobody_else_and_says_when_nobody_answers(self):
        made = WORLD.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
            "-subj", "/CN=Service Issuing CA")
        self.assertEqual(made.returncode, 0, made.stderr)
        forged = self.verify(WORLD.write("forged.pem", made.stdout))
        self.assertEqual(forged.code, 1, forged.out)
        self.assertEqual(forged.json()["verdict"], "untrusted")
        cert = os.path.join(WORLD.stack.tls, "tsm", "cert.pem")
        away = self.verify(cert, "http://127.0.0.1:1")
        self.assertEqual(away.code, 5, away.out)
        self.assertEqual(away.json()["verdict"], "unknown")

    def test_what_ends_soon_is_listed_until_it_has_a_successor(self):
        folder = person("otrp://operator/short", "--life", "20m")
        serial = WORLD.must("cert", "show", "--serial",
                            f"@{folder}/cert.pem")["serial"]

        def soon():
            found = WORLD.must("cert", "list", "--expiring", "30m",
                               "--profile", "client")["certificates"]
            return [one["serial"] for one in found]

        self.assertIn(serial, soon())
        self.assertEqual(self.renew(folder).code, 0)
        self.assertNotIn(serial, soon())


class EstTest(unittest.TestCase):
    """RFC 7030 at the REST front."""

    @classmethod
    def setUpClass(cls):
        cls.sp = WORLD.new_sp()
        cls.roots = os.path.join(WORLD.stack.tls, "api-web", "ca.pem")
        code = WORLD.must("sp", "invite", "--spid", cls.sp.spid, "--role",
                          "owner")["code"]
        done = subprocess.run(
            ["curl", "-sf", "--cacert", cls.roots, "--json",
             json.dumps({"code": code, "name": "alice"}),
             WORLD.stack.url("api", "/v1/invitations:accept")],
            capture_output=True, check=True, text=True)
        cls.token = json.loads(done.stdout)["token"]

    def curl(self, operation, *flags):
        """Status and body, as curl sees them."""
        done = subprocess.run(
            ["curl", "-s", "-w", "\n%{http_code} %{content_type}", "--cacert",
             self.roots, *flags,
             WORLD.stack.url("api", "").rstrip("/")
             + "/.well-known/est/" + operation],
            capture_output=True, check=True, text=True)
        body, _, last = done.stdout.rpartition("\n")
        status, _, media_type = last.partition(" ")
        return int(status), media_type, body

    def certificates(self, body):
        """The PEM of a certs-only message, as openssl takes it apart."""
        done = subprocess.run(
            ["openssl", "pkcs7", "-inform", "DER", "-print_certs"],
            input=base64.b64decode(body), capture_output=True, check=True)
        return done.stdout.decode()

    def request(self, *flags, subject="/CN=The Bank"):
        """Files of a new key and a request for it, in base64."""
        stem = WORLD.path(WORLD.name("est"))
        subprocess.run(
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-keyout", stem + ".key",
             "-subj", subject, "-outform", "DER", "-out", stem + ".csr",
             *flags], capture_output=True, check=True)
        with open(stem + ".csr", "rb") as f:
            # With line breaks, as most have it.
            WORLD.write(stem + ".b64", base64.encodebytes(f.read()))
        return stem

    def post(self, operation, stem, *flags):
        return self.curl(operation, "-H", "Content-Type: application/pkcs10",
                         "--data-binary", f"@{stem}.b64", *flags)

    def chain_is_good(self, pem, roots):
        stem = WORLD.path(WORLD.name("leaf"))
        WORLD.write(stem + ".pem", pem.encode())
        WORLD.write(stem + ".roots", roots.encode())
        done = WORLD.openssl("verify", "-CAfile", stem + ".roots",
                             stem + ".pem")
        self.assertEqual(done.returncode, 0, done.stderr)
        return stem + ".pem"

    def test_a_pipeline_enrols_its_signing_key_and_releases_with_it(self):
        status, media_type, body = self.curl("cacerts")
        self.assertEqual((status, media_type), (200, "application/pkcs7-mime"))
        roots = self.certificates(body)
        self.assertEqual(roots.count("BEGIN CERTIFICATE"), 4)
        status, media_type, body = self.curl("csrattrs")
        self.assertEqual((status, media_type), (200, "application/csrattrs"))
        parsed = WORLD.openssl("asn1parse", "-inform", "DER",
                               data=base64.b64decode(body))
        self.assertIn(b"prime256v1", parsed.stdout)
        stem = self.request()
        status, media_type, body = self.post(
            "simpleenroll", stem, "-u", f"{self.sp.spid}:{self.token}")
        self.assertEqual(status, 200, body)
        self.assertEqual(media_type,
                         "application/pkcs7-mime; smime-type=certs-only")
        pem = self.certificates(body)
        self.assertEqual(pem.count("BEGIN CERTIFICATE"), 1)
        leaf = self.chain_is_good(pem, roots)
        # It is a certificate of the account, and what it signs is taken.
        serial = WORLD.openssl("x509", "-in", leaf, "-noout", "-serial")
        number = serial.stdout.decode().strip().partition("=")[2]
        shown = WORLD.must("sp", "show", "--spid", self.sp.spid)
        current = [one["serial"] for one in shown["certificates"]
                   if one["current"]]
        self.assertEqual(current, [number.lower().lstrip("0")])
        self.assertEqual(WORLD.ctl(
            "cert", "verify", leaf, "--pki-url",
            WORLD.stack.url("http", "").rstrip("/")).code, 0)

    def test_a_client_certificate_renews_itself_and_not_more_than_itself(self):
        uri = f"otrp://sp/{self.sp.spid}"
        folder = person(uri)
        mtls = ("--cert", f"{folder}/cert.pem", "--key", f"{folder}/key.pem")
        stem = self.request("-addext", f"subjectAltName=URI:{uri}",
                            subject="/CN=person")
        status, _, body = self.post("simplereenroll", stem, *mtls)
        self.assertEqual(status, 200, body)
        authorities = self.certificates(self.curl("cacerts")[2])
        leaf = self.chain_is_good(self.certificates(body), authorities)
        names = WORLD.openssl("x509", "-in", leaf, "-noout", "-ext",
                              "subjectAltName").stdout.decode()
        self.assertIn(uri, names)
        # With its issuer it is good for the next call.
        WORLD.write(leaf, (text(leaf) + authorities).encode())
        again = self.post("simplereenroll",
                          self.request(subject="/CN=person"),
                          "--cert", leaf, "--key", stem + ".key")
        self.assertEqual(again[0], 200, again)
        grown = self.request("-addext",
                             "subjectAltName=URI:otrp://operator/admin",
                             subject="/CN=person")
        status, media_type, body = self.post("simplereenroll", grown, *mtls)
        self.assertEqual((status, media_type),
                         (400, "text/plain; charset=utf-8"))
        self.assertIn("the names of your certificate", body)
        WORLD.must("cert", "revoke", "--serial", f"@{folder}/cert.pem",
                   "--reason", "keyCompromise", "--yes")
        status, _, _ = self.post("simplereenroll", stem, "--cert", leaf,
                                 "--key", stem + ".key")
        self.assertIn(status, (400, 401, 403, 409))

    def test_without_a_good_credential_nobody_enrols(self):
        stem = self.request()
        for flags in ((), ("-u", f"{self.sp.spid}:otrp_guessed"),
                      ("-u", f"other:{self.token}")):
            status, media_type, body = self.post("simpleenroll", stem, *flags)
            self.assertEqual((status, media_type),
                             (401, "text/plain; charset=utf-8"), body)
        before = len(WORLD.must("sp", "show", "--spid",
                                self.sp.spid)["certificates"])
        WORLD.write(stem + ".b64", b"no base64!")
        status, _, _ = self.post("simpleenroll", stem, "-u",
                                 f"{self.sp.spid}:{self.token}")
        self.assertEqual(status, 400)
        after = len(WORLD.must("sp", "show", "--spid",
                               self.sp.spid)["certificates"])
        self.assertEqual(after, before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
