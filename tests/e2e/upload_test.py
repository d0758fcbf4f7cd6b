"""Images of 64 MiB over a line that breaks: cut in the middle, by the client's
death and by the portal's, and gone on with."""

import json
import os
import subprocess
import time
import unittest

from tests.e2e.world import TA_ID, World

WORLD = None
# Base64 makes a third more of it; the largest that is taken.
CODE_BYTES = (64 << 20) * 3 // 4 - 4096


def setUpModule():
    global WORLD
    WORLD = World()


def tearDownModule():
    WORLD.close()


def uploads(spid):
    return WORLD.must("upload", "list", "--spid", spid)["uploads"]


class UploadTest(unittest.TestCase):

    def start_push(self, sp, image, version):
        """otrpctl in a process of its own."""
        return subprocess.Popen(
            [WORLD.stack.binary("clients/otrpctl/otrpctl"), "ta", "push",
             "--spid", sp.spid, "--taid", TA_ID, "--version", version,
             "--image", image, "-o", "json"],
            env=WORLD.stack.ctl_env(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def wait_until_some_came(self, sp, octets):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for upload in uploads(sp.spid):
                if upload["received"] >= octets:
                    self.assertLess(upload["received"], upload["size"])
                    return upload
            time.sleep(0.01)
        raise AssertionError("nothing comes")

    def test_a_cut_upload_goes_on_where_it_was(self):
        sp = WORLD.new_sp()
        image = sp.sign(TA_ID, "1.0.0", os.urandom(CODE_BYTES))
        self.assertGreater(os.path.getsize(image), 63 << 20)
        push = self.start_push(sp, image, "1.0.0")
        self.wait_until_some_came(sp, 4 << 20)
        push.kill()
        push.communicate()
        cut = uploads(sp.spid)[0]
        self.assertFalse(cut["completed"])
        self.assertEqual(WORLD.must("ta", "list", "--spid",
                                    sp.spid)["applications"], [])
        # Again; this time the portal dies in the middle.
        push = self.start_push(sp, image, "1.0.0")
        self.wait_until_some_came(sp, cut["received"] + (4 << 20))
        WORLD.kill("sp_portal")
        WORLD.stack.up(say=lambda _: None)
        out, err = push.communicate(timeout=120)
        self.assertEqual(push.returncode, 0, err)
        self.assertIn(f"went on after {cut['received']} octets", err)
        done = uploads(sp.spid)
        self.assertEqual([u["upload_id"] for u in done], [cut["upload_id"]])
        self.assertTrue(done[0]["completed"])
        pushed = WORLD.must("ta", "list", "--spid", sp.spid)["applications"]
        self.assertEqual(pushed[0]["versions"][0]["image_sha256"],
                         json.loads(out)["image_sha256"])
        # Too large for devices, and said so.
        answer = WORLD.ctl("ta", "release", "--spid", sp.spid, "--taid", TA_ID,
                           "--version", "1.0.0")
        self.assertEqual(answer.code, 1)
        self.assertIn("16 MiB", answer.err)

    def test_what_came_in_chunks_reaches_a_device(self):
        sp = WORLD.new_sp()
        image = sp.sign(TA_ID, "1.0.0", os.urandom(3 << 20))
        sp.push(TA_ID, "1.0.0", image)
        self.assertTrue(uploads(sp.spid)[0]["completed"])
        sp.release(TA_ID, "1.0.0")
        folder, did = WORLD.new_device()
        WORLD.must("assign", "--spid", sp.spid, "--taid", TA_ID, "--device",
                   did)
        WORLD.requests(folder)
        self.assertEqual(WORLD.held(folder), ["1.0.0"])


if __name__ == "__main__":
    unittest.main()
