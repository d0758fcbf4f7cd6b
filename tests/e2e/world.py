"""The whole suite on free ports in a folder of its own, for end-to-end tests:
real processes, a real database, the real clients."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time

from deploy.services import SERVICES
from deploy.suite.clients import REFUSED, Ctl, Device, Provider
from deploy.suite.stack import private_stack

ROOT = os.getcwd()
TA_ID = "4d2c8e0a-51c7-4f59-9a53-0e1f7b6a2c11"


class World:
    """One running stack. close() stops it and removes its folder."""

    def __init__(self, runner=None, ca_flags=()):
        """runner: "containers" for images instead of processes; ca_flags as
        Stack takes them."""
        self.folder = tempfile.mkdtemp(prefix="otrp-e2e-")
        os.chmod(self.folder, 0o755)
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        self.stack = self.make_stack(runner, ca_flags=ca_flags)
        self._names = 0
        atexit.register(self.close)
        self.stack.up(say=lambda _: None)

    def make_stack(self, runner, **more):
        return private_stack(self.folder, root=ROOT, bin_dir=ROOT,
                             runner=runner, **more)

    def close(self):
        atexit.unregister(self.close)
        self.stack.down(say=lambda _: None)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- programs -----------------------------------------------------------

    @property
    def operator(self):
        return Ctl(self.stack)

    def ctl(self, *args, **environment):
        """otrpctl, however it ends; JSON where the command has it."""
        return self.operator.run(*args, **environment)

    def must(self, *args):
        return self.operator.must(*args)

    def device(self, folder):
        return Device(self.stack, self.operator, folder)

    def openssl(self, *args, data=None):
        return subprocess.run(["openssl", *args], input=data,
                              capture_output=True, check=False)

    def path(self, name):
        return os.path.join(self.work, name)

    def name(self, prefix):
        self._names += 1
        return f"{prefix}-{self._names}"

    def write(self, name, data):
        with open(self.path(name), "wb") as f:
            f.write(data)
        return self.path(name)

    # -- the usual ----------------------------------------------------------

    def new_sp(self):
        """A service provider with a certificate."""
        sp = Provider(self.operator, self.work, self.name("bank"), "The Bank")
        sp.enroll()
        return sp

    def sign(self, sp, version, taid=TA_ID):
        return sp.sign(taid, version, b"code of " + version.encode())

    def release(self, sp, version, taid=TA_ID):
        sp.push(taid, version, self.sign(sp, version, taid))
        return sp.release(taid, version)

    def tsm_roots(self):
        roots = self.path("tsm-roots.pem")
        if not os.path.exists(roots):
            self.operator.tsm_roots(roots)
        return roots

    def new_device(self, *flags, alg="ec"):
        """A provisioned device: (folder, did)."""
        device = self.device(self.path(self.name("device")))
        return device.folder, device.make(self.tsm_roots(), *flags, alg=alg)

    def provision(self, folder, *certificates):
        return self.device(folder).provision(self.tsm_roots(), *certificates)

    def shown(self, folder):
        """What the TEE itself says that it holds."""
        return self.device(folder).shown()

    def held(self, folder):
        """Versions of the TAs that the TEE holds."""
        return sorted(ta["version"]
                      for sd in self.shown(folder)["security_domains"]
                      for ta in sd["tas"])

    def contact(self, folder, url=None, *flags):
        return self.device(folder).contact(url, *flags)

    def requests(self, folder, url=None, *flags, refused=False):
        """The requests of one contact, which must all pass; of a device that
        the TSM refuses, or doesn't."""
        output = self.contact(folder, url, *flags)
        wanted = REFUSED if refused else 0
        assert output.code == wanted, output.out + output.err
        return [m["request"] for m in output.json()["messages"]]

    # -- faults -------------------------------------------------------------

    def kill(self, service):
        pid = self.stack.process(service).pid()
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self.stack.process(service).pid() is not None:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
            if time.monotonic() > deadline:
                raise AssertionError(f"{service} survives SIGKILL")
            time.sleep(0.02)


__all__ = ["ROOT", "SERVICES", "TA_ID", "World"]
