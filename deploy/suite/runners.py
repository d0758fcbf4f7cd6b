"""How the suite's programs are run: as processes of this machine here, as
containers in containers.py. The stack asks a runner for the places that
differ and is otherwise the same."""

import os
import subprocess

from deploy.console import built_console
from deploy.suite.processes import Process


class StackError(Exception):
    """Says in one sentence what is wrong and what to do."""


class Processes:
    """The programs of the checkout, as processes on loopback."""

    name = "processes"
    # Whether listen() gives addresses of loopback.
    on_loopback = True
    # The group that may use the database's socket besides its owner.
    database_group = None

    def __init__(self, stack):
        self._stack = stack

    def prepare(self, say):
        """Before anything is started."""

    def finish(self):
        """After everything was stopped."""

    def once(self, program, flags):
        """Runs a program to its end."""
        done = subprocess.run([self._stack.binary(program), *flags],
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise StackError(f"{os.path.basename(program)} failed: "
                             f"{done.stderr.strip() or done.stdout.strip()}")

    def process(self, name):
        """A handle on a service: pid, start with its flags, stop, logs."""
        return Process(name, self._stack.run, self._stack.logs)

    def start(self, name, program, flags):
        self.process(name).start([self._stack.binary(program), *flags])

    def listen(self, _service, port):
        """Where a service listens for one of its ports."""
        return f"127.0.0.1:{self._stack.ports[port]}"

    def peer(self, _service, port):
        """How the others reach it there."""
        return f"127.0.0.1:{self._stack.ports[port]}"

    def console(self):
        """Folder of the web console's files; empty: it isn't built."""
        return built_console(self._stack.root) or ""

    def migrations(self, folder):
        return os.path.join(self._stack.root, folder)
