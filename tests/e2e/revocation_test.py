"""What was revoked, and by whom, against every process: callers, and those who
sign applications."""

import os
import time
import unittest

from tests.e2e.world import TA_ID, World

WORLD = None
# Each process asks the ca every few seconds.
SOON = 15


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


class RevocationTest(unittest.TestCase):

    def caller(self, uri):
        """A folder with a client certificate of this name."""
        folder = WORLD.path(WORLD.name("caller"))
        os.mkdir(folder)
        WORLD.must("key", "new", "--cn", "caller", "--alg", "ec", "--key",
                   f"{folder}/key.pem", "--csr", f"{folder}/csr.pem")
        WORLD.must("ca", "issue", "--profile", "client", "--csr",
                   f"{folder}/csr.pem", "--san-uri", uri, "--out",
                   f"{folder}/cert.pem")
        with open(os.path.join(WORLD.stack.tls, "operator", "ca.pem"),
                  "rb") as f:
            WORLD.write(f"{folder}/ca.pem", f.read())
        return folder

    def revoke(self, certificate, reason="keyCompromise"):
        WORLD.must("cert", "revoke", "--serial", "@" + certificate, "--reason",
                   reason, "--yes")

    def await_refusal(self, folder, *args):
        """Until the call is refused; its error."""
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            done = WORLD.ctl(*args, OTRP_TLS_DIR=folder)
            if done.code == 4:
                return done.err
            self.assertEqual(done.code, 0, done.err)
            time.sleep(0.2)
        self.fail(f"{args} still passes after {SOON} s")

    def await_revoked(self, sp):
        """Until the portal knows; the certificate as it is shown."""
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            shown = WORLD.must("sp", "show", "--spid", sp.spid)
            for certificate in shown["certificates"]:
                if "revoked_at" in certificate:
                    return certificate
            time.sleep(0.2)
        self.fail(f"{sp.spid} shows no revocation after {SOON} s")

    def test_a_revoked_operator_calls_no_service_any_more(self):
        folder = self.caller("otrp://operator/mallory")
        calls = (("ca", "list"), ("sp", "list"), ("device", "list"),
                 ("policy", "show"))
        for call in calls:
            self.assertEqual(WORLD.ctl(*call, OTRP_TLS_DIR=folder).code, 0)
        self.revoke(f"{folder}/cert.pem")
        for call in calls:
            self.assertIn("revoked", self.await_refusal(folder, *call))
        done = WORLD.ctl("sp", "create", "--spid", "evil", "--name", "x",
                         OTRP_TLS_DIR=folder)
        self.assertEqual(done.code, 4, done.out)

    def test_an_sp_revokes_its_own_certificates_and_nobody_elses(self):
        sp = WORLD.new_sp()
        other = WORLD.new_sp()
        folder = self.caller(f"otrp://sp/{sp.spid}")
        stranger = self.caller(f"otrp://sp/{other.spid}")
        mine = WORLD.must("sp", "show", "--spid",
                          sp.spid)["certificates"][0]["serial"]
        reason = ("--reason", "superseded", "--yes")
        for args in (
                ("sp", "revoke", "--spid", sp.spid, "--serial", mine),
                ("sp", "revoke", "--spid", other.spid, "--serial", mine),
                ("cert", "revoke", "--serial", mine),
                ("cert", "revoke", "--serial", f"@{folder}/cert.pem")):
            done = WORLD.ctl(*args, *reason, OTRP_TLS_DIR=stranger)
            self.assertEqual(done.code, 3, done.out + done.err)
        done = WORLD.ctl("sp", "revoke", "--spid", sp.spid, "--serial",
                         "current", *reason, OTRP_TLS_DIR=folder)
        self.assertEqual(done.code, 0, done.err)
        shown = self.await_revoked(sp)
        self.assertEqual((shown["serial"], shown["reason"], shown["current"]),
                         (mine, "superseded", False))
        done = WORLD.ctl("cert", "revoke", "--serial", f"@{folder}/cert.pem",
                         *reason, OTRP_TLS_DIR=folder)
        self.assertEqual(done.code, 0, done.err)
        self.await_refusal(folder, "sp", "show", "--spid", sp.spid)

    def test_what_a_revoked_certificate_signed_is_neither_taken_nor_released(
            self):
        sp = WORLD.new_sp()
        sp.push(TA_ID, "1.0.0", WORLD.sign(sp, "1.0.0"))
        second = WORLD.sign(sp, "2.0.0")
        # By an operator, at the ca: the portal finds out by itself.
        self.revoke(sp.chain)
        self.assertEqual(self.await_revoked(sp)["reason"], "keyCompromise")
        serial = sp.enroll()
        for args in (("ta", "push", "--image", second, "--version", "2.0.0"),
                     ("ta", "release", "--version", "1.0.0")):
            done = WORLD.ctl(*args, "--spid", sp.spid, "--taid", TA_ID)
            self.assertEqual(done.code, 1, done.out)
            self.assertIn("revoked", done.err)
        current = [c["serial"] for c in WORLD.must(
            "sp", "show", "--spid", sp.spid)["certificates"] if c["current"]]
        self.assertEqual(current, [serial])
        self.assertTrue(WORLD.release(sp, "3.0.0")["delivered"])

    def await_spcerts(self, folder, *serials):
        """Until the TEE's domain has the certificates of these files."""
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            self.assertEqual(WORLD.requests(folder)[0],
                             "GetDeviceStateRequest")
            held = [sha256 for sd in WORLD.shown(folder)["security_domains"]
                    for sha256 in sd["spcert_sha256"]]
            if held == list(serials):
                return
            time.sleep(0.2)
        self.fail(f"{folder} holds {held} after {SOON} s")

    def test_what_a_stolen_key_signed_reaches_no_further_device(self):
        sp = WORLD.new_sp()
        WORLD.release(sp, "1.0.0")
        sp.assign(TA_ID, "all")
        self.addCleanup(WORLD.must, "unassign", "--spid", sp.spid, "--taid",
                        TA_ID, "--device", "all", "--yes")
        first, first_did = WORLD.new_device()
        self.assertIn("InstallTARequest", WORLD.requests(first))
        self.revoke(sp.chain)
        self.assertEqual(self.await_revoked(sp)["reason"], "keyCompromise")
        # It leaves the domain; what is there stays.
        self.await_spcerts(first)
        self.assertEqual(WORLD.held(first), ["1.0.0"])
        # A further device gets nothing of it, and both sides see why.
        second, second_did = WORLD.new_device()
        self.assertEqual(WORLD.requests(second), ["GetDeviceStateRequest"])
        self.assertEqual(
            [(task["action"], task["state"], task["last_error"])
             for task in WORLD.must("device", "show", second_did)["tasks"]
             if sp.spid in task["action"]],
            [(f"InstallTA {sp.spid}/{TA_ID}@1.0.0", "withheld",
              "TSM_SIGNER_REVOKED")])
        version = WORLD.must("ta", "show", "--spid", sp.spid, "--taid", TA_ID,
                             "--version", "1.0.0")
        self.assertEqual(version["withheld"], "signer revoked: keyCompromise")
        # A new key, a new version: both get it.
        sp.enroll()
        WORLD.release(sp, "2.0.0")
        for folder in (first, second):
            WORLD.requests(folder)
            self.assertEqual(WORLD.held(folder), ["2.0.0"])
        self.assertEqual(
            [task for did in (first_did, second_did)
             for task in WORLD.must("device", "show", did)["tasks"]
             if sp.spid in task["action"]], [])

    def test_enrolling_again_gives_no_revoked_certificate_back(self):
        sp = WORLD.new_sp()
        key, csr = (WORLD.path(WORLD.name(end)) for end in ("key", "csr"))
        WORLD.must("key", "new", "--cn", "TA signing", "--alg", "ec", "--key",
                   key, "--csr", csr)
        serials = []
        for _ in range(2):
            out = WORLD.path(WORLD.name("chain"))
            serials.append(WORLD.must("sp", "enroll", "--spid", sp.spid,
                                      "--csr", csr, "--out", out)["serial"])
            WORLD.must("sp", "revoke", "--spid", sp.spid, "--serial",
                       serials[-1], "--reason", "superseded", "--yes")
        self.assertNotEqual(*serials)


if __name__ == "__main__":
    unittest.main()
