"""Ports that two tests can't both get, nor a connection of anybody's."""

import os
import socket
import subprocess
import sys
import unittest

from deploy.suite import ports

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# Prints its ports and keeps them until its input ends.
CHOOSER = """
import sys
from deploy.suite.ports import free_ports
print(*free_ports(int(sys.argv[1])), flush=True)
sys.stdin.read()
"""


class Chooser:
    def __init__(self, count):
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHOOSER, str(count)], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ports(self):
        return [int(port) for port in self._process.stdout.readline().split()]

    def end(self):
        self._process.communicate()


class PortsTest(unittest.TestCase):

    def test_processes_that_choose_at_the_same_time_share_none(self):
        choosers = [Chooser(500) for _ in range(4)]
        for chooser in choosers:
            self.addCleanup(chooser.end)
        got = [port for chooser in choosers for port in chooser.ports()]
        self.assertEqual(len(got), 4 * 500)
        self.assertEqual(len(set(got)), len(got))

    def test_no_connection_gets_one_for_its_own_end(self):
        first, last = ports._kernels_range()
        if first <= ports.LOWEST and last >= ports.HIGHEST:
            self.skipTest("all ports are the kernel's here")
        for port in ports.free_ports(50):
            self.assertFalse(first <= port <= last, port)

    def test_a_port_that_somebody_listens_on_is_not_taken(self):
        port = ports.free_ports(1)[0]
        ports._held.pop().close()
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            self.assertFalse(ports._take(port))
        self.assertTrue(ports._take(port))

    def test_what_an_ended_process_held_is_free_again(self):
        chooser = Chooser(1)
        port = chooser.ports()[0]
        self.assertFalse(ports._take(port))
        chooser.end()
        self.assertTrue(ports._take(port))


if __name__ == "__main__":
    unittest.main()
