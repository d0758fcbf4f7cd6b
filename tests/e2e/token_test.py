"""The whole suite with its authorities' keys in a PKCS #11 token, SoftHSM2:
the main job, a token that is away, and new generations."""

import os
import shutil
import subprocess
import tempfile
import time
import unittest

from tests.e2e.world import TA_ID, World

LIBRARY = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "5736"
WORLD = None
FOLDER = None


def setUpModule():
    global WORLD, FOLDER
    FOLDER = tempfile.mkdtemp(prefix="otrp-token-")
    os.mkdir(os.path.join(FOLDER, "tokens"))
    settings = os.path.join(FOLDER, "softhsm2.conf")
    with open(settings, "w", encoding="ascii") as f:
        f.write(f"directories.tokendir = {FOLDER}/tokens\n"
                "objectstore.backend = file\nlog.level = ERROR\n")
    # The ca inherits it, as every process of the stack does.
    os.environ["SOFTHSM2_CONF"] = settings
    subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "ca",
                    "--pin", PIN, "--so-pin", PIN], check=True,
                   capture_output=True)
    pin = os.path.join(FOLDER, "pin")
    with open(pin, "w", encoding="ascii",
              opener=lambda path, flags: os.open(path, flags, 0o600)) as f:
        f.write(PIN)
    WORLD = World(ca_flags=[f"--pkcs11_library={LIBRARY}",
                            f"--pkcs11_pin_file={pin}",
                            "--pkcs11_token=pkcs11:token=ca"])


def tearDownModule():
    if WORLD:
        WORLD.close()
    shutil.rmtree(FOLDER, ignore_errors=True)


def keys_in_the_token():
    """Labels of its private keys."""
    listed = subprocess.run(
        ["pkcs11-tool", "--module", LIBRARY, "--token-label", "ca", "--login",
         "--pin", PIN, "--list-objects", "--type", "privkey"],
        capture_output=True, text=True, check=True).stdout
    return sorted(line.split(":", 1)[1].strip()
                  for line in listed.splitlines()
                  if line.strip().startswith("label:"))


def authorities():
    return sorted(one["name"] for one in WORLD.must("ca", "list")
                  ["authorities"])


class TokenTest(unittest.TestCase):

    def install(self):
        """The main job on a new device of a new SP; (folder, SP)."""
        sp = WORLD.new_sp()
        folder, did = WORLD.new_device()
        WORLD.release(sp, "1.0.0")
        sp.assign(TA_ID, did)
        self.assertEqual(WORLD.requests(folder), [
            "GetDeviceStateRequest", "CreateSDRequest", "InstallTARequest"])
        self.assertEqual(WORLD.held(folder), ["1.0.0"])
        return folder, sp

    def test_every_authority_s_key_is_in_the_token_and_devices_take_all(self):
        self.assertEqual(keys_in_the_token(), authorities())
        self.install()

    def test_without_the_token_certificates_wait_and_devices_go_on(self):
        folder, sp = self.install()
        tokens = os.path.join(FOLDER, "tokens")
        os.rename(tokens, tokens + ".away")
        self.addCleanup(lambda: os.path.exists(tokens) or
                        os.rename(tokens + ".away", tokens))
        key, csr = WORLD.path("away.key"), WORLD.path("away.csr")
        WORLD.must("key", "new", "--cn", "late", "--alg", "ec", "--key", key,
                   "--csr", csr)
        asked = ("ca", "issue", "--profile", "sp", "--csr", csr, "--cn",
                 "late", "--out", WORLD.path("late.pem"))
        done = WORLD.ctl(*asked)
        self.assertNotEqual(done.code, 0, done.out + done.err)
        self.assertIn("token", done.err)
        self.assertNotIn(PIN, done.err)
        # A device's session signs with no authority's key.
        WORLD.release(sp, "1.1.0")
        self.assertEqual(WORLD.requests(folder), [
            "GetDeviceStateRequest", "UpdateTARequest"])
        os.rename(tokens + ".away", tokens)
        # The library is begun anew once a second at most.
        deadline = time.monotonic() + 20
        while WORLD.ctl(*asked).code != 0:
            self.assertLess(time.monotonic(), deadline, "it stays away")
            time.sleep(0.3)

    def test_new_generations_are_in_the_token_and_old_devices_follow(self):
        folder, sp = self.install()
        for line in ("tsm-root-ec", "tsm-ca-ec"):
            made = WORLD.must("ca", "rotate", line)
            self.assertIn(made["name"], keys_in_the_token())
            WORLD.must("ca", "activate", line, "--generation",
                       str(made["generation"]))
        self.assertEqual(keys_in_the_token(), authorities())
        self.rotate_identity()
        # The device knows the old root alone.
        sp.push(TA_ID, "1.1.0", WORLD.sign(sp, "1.1.0"))
        sp.release(TA_ID, "1.1.0")
        self.assertEqual(WORLD.requests(folder), [
            "GetDeviceStateRequest", "UpdateTARequest"])
        self.assertEqual(WORLD.held(folder), ["1.1.0"])

    def rotate_identity(self):
        """Until certificates of the new generation sign."""
        nexts = {one["id"] for one in
                 WORLD.must("identity", "rotate")["identities"]}
        deadline = time.monotonic() + 40
        while {one["id"] for one in
               WORLD.must("identity", "list")["identities"]
               if one["state"] == "current"} != nexts:
            self.assertLess(time.monotonic(), deadline, "they never sign")
            time.sleep(0.5)
        # And the TSM has read that.
        time.sleep(3)


if __name__ == "__main__":
    unittest.main()
