"""What the local stack tells the services."""

import os
import tempfile
import unittest

from deploy.suite.stack import Stack


class FlagsTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.stack = Stack(os.path.join(folder.name, "state"))

    def test_the_front_has_plain_http_on_loopback_and_in_no_container(self):
        self.assertIn("--http_listen=127.0.0.1:8081", self.stack._flags("api"))
        self.assertIn("--https_listen=127.0.0.1:8444",
                      self.stack._flags("api"))
        # As containers are: on addresses that others may reach.
        self.stack.runner.on_loopback = False
        self.assertNotIn("http_listen", " ".join(self.stack._flags("api")))
        self.assertIn("--https_listen=127.0.0.1:8444",
                      self.stack._flags("api"))


if __name__ == "__main__":
    unittest.main()
