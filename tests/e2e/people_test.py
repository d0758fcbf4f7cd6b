"""Certificates of people and pipelines: how they go on, and what is said of
them."""

import os
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
        self.assertEqual(revoked.code, 1, revoked.out)
        self.assertEqual(revoked.json()["verdict"], "revoked")
        self.assertIn("reason 4", revoked.json()["crl"])
        self.assertIn("revoked", revoked.json()["ocsp"])
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
