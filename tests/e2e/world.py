"""The whole suite on free ports in a folder of its own, for end-to-end tests:
real processes, a real database, the real clients."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.getcwd()
sys.path.insert(0, os.path.join(ROOT, "deploy", "local"))
from stack import PORTS, SERVICES, Stack, free_ports  # noqa: E402

TA_ID = "4d2c8e0a-51c7-4f59-9a53-0e1f7b6a2c11"


class Output:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        return json.loads(self.out)


class World:
    """One running stack. close() stops it and removes its folder."""

    def __init__(self, runner=None):
        """runner: "containers" for images instead of processes."""
        self.folder = tempfile.mkdtemp(prefix="otrp-e2e-")
        os.chmod(self.folder, 0o755)
        self.work = os.path.join(self.folder, "work")
        os.mkdir(self.work)
        self.stack = self.make_stack(runner)
        self._names = 0
        atexit.register(self.close)
        self.stack.up(say=lambda _: None)

    def make_stack(self, runner):
        return Stack(os.path.join(self.folder, "state"), root=ROOT,
                     bin_dir=ROOT,
                     ports=dict(zip(PORTS, free_ports(len(PORTS)))),
                     runner=runner)

    def close(self):
        atexit.unregister(self.close)
        self.stack.down(say=lambda _: None)
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- programs -----------------------------------------------------------

    def ctl(self, *args, **environment):
        """otrpctl; JSON where the command has it."""
        return Output(subprocess.run(
            [self.stack.binary("clients/otrpctl/otrpctl"), *args, "-o",
             "json"],
            capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
            env={**self.stack.ctl_env(), **environment}))

    def must(self, *args):
        output = self.ctl(*args)
        if output.code != 0:
            raise AssertionError(f"otrpctl {' '.join(args)} ended with "
                                 f"{output.code}: {output.err}")
        return output.json()

    def device(self, *args):
        return Output(subprocess.run(
            [self.stack.binary("clients/device/otrp-device"), *args],
            capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL))

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
        """A service provider with a certificate: (spid, key, chain)."""
        spid = self.name("bank")
        self.must("sp", "create", "--spid", spid, "--name", "The Bank")
        return (spid, *self.enroll(spid))

    def enroll(self, spid):
        stem = self.path(self.name(spid))
        self.must("key", "new", "--cn", "TA signing", "--alg", "ec", "--key",
                  stem + ".key", "--csr", stem + ".csr")
        self.must("sp", "enroll", "--spid", spid, "--csr", stem + ".csr",
                  "--out", stem + ".pem")
        return stem + ".key", stem + ".pem"

    def sign(self, key, chain, version, taid=TA_ID):
        stem = self.name("image")
        binary = self.write(stem + ".bin", b"code of " + version.encode())
        image = self.path(stem + ".jws")
        self.must("ta", "sign", "--key", key, "--cert", chain, "--taid", taid,
                  "--version", version, "--in", binary, "--out", image)
        return image

    def release(self, sp, version, taid=TA_ID):
        spid, key, chain = sp
        image = self.sign(key, chain, version, taid)
        name = ("--spid", spid, "--taid", taid, "--version", version)
        self.must("ta", "push", *name, "--image", image)
        return self.must("ta", "release", *name)

    def new_device(self, *flags, alg="ec"):
        """A provisioned device: (folder, did)."""
        folder = self.path(self.name("device"))
        made = self.device("init", "--dir", folder, "--alg", alg, *flags)
        assert made.code == 0, made.err
        certificates = []
        for role in ("tee", "tfw"):
            out = f"{folder}-{role}.pem"
            self.must("ca", "issue", "--profile", role, "--csr",
                      f"{folder}/{role}.csr", "--out", out)
            certificates += [f"--{role}-cert", out]
        return folder, self.provision(folder, *certificates)

    def provision(self, folder, *certificates):
        roots = self.path("tsm-roots.pem")
        if not os.path.exists(roots):
            exported = self.ctl("trust", "export", "--role", "tsm")
            self.write("tsm-roots.pem", exported.out.encode())
        done = self.device("provision", "--dir", folder, *certificates,
                           "--tsm-roots", roots)
        assert done.code == 0, done.err
        return self.shown(folder)["did"]

    def shown(self, folder):
        """What the TEE itself says that it holds."""
        return self.device("show", "--dir", folder, "-o", "json").json()

    def held(self, folder):
        """Versions of the TAs that the TEE holds."""
        return sorted(ta["version"]
                      for sd in self.shown(folder)["security_domains"]
                      for ta in sd["tas"])

    def contact(self, folder, url=None, *flags):
        return self.device("contact", "--dir", folder, "--url",
                           url or self.stack.url("http", "/otrp"), *flags,
                           "-o", "json")

    def requests(self, folder, url=None, *flags):
        """The requests of one contact, which must all pass."""
        output = self.contact(folder, url, *flags)
        assert output.code == 0, output.out + output.err
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
