"""The suite's programs as people use them, for the demo, the drills, the load
and the tests: an operator's otrpctl, a service provider, a software device."""

import json
import os
import subprocess
import time


# Exit code of otrp-device.
REFUSED = 3


class ClientError(Exception):
    """A command that should have passed did not; says which, and why."""


class Done:
    """What a command left."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        return json.loads(self.out)


def _run(argv, env=None):
    return Done(subprocess.run(argv, capture_output=True, text=True,
                               check=False, stdin=subprocess.DEVNULL,
                               env=env))


def _must(argv, env=None):
    done = _run(argv, env)
    if done.code != 0:
        name = " ".join([os.path.basename(argv[0]), *argv[1:]])
        raise ClientError(f"{name} ended with exit code {done.code}: "
                          f"{done.err.strip()}")
    return done


class Ctl:
    """otrpctl at a stack, as its operator."""

    def __init__(self, stack):
        self._stack = stack
        self.binary = stack.binary("clients/otrpctl/otrpctl")

    def run(self, *args, **environment):
        """However it ends; JSON where the command has it."""
        return _run([self.binary, *args, "-o", "json"],
                    {**self._stack.ctl_env(), **environment})

    def must(self, *args):
        """Its JSON; raises where it ends with an error."""
        return _must([self.binary, *args, "-o", "json"],
                     self._stack.ctl_env()).json()

    def text(self, *args):
        """What a person sees of it."""
        return _must([self.binary, *args], self._stack.ctl_env()).out

    def sealed_logs(self, busy, timeout=60):
        """The services' audit logs, verified, once all events are sealed and
        the `busy` services have some; the sealer comes by every ten seconds."""
        deadline = time.monotonic() + timeout
        while True:
            logs = self.must("audit", "verify")["logs"]
            late = [log["service"] for log in logs
                    if log["unsealed_events"] > 0
                    or log["service"] in busy and log["sealed_events"] == 0]
            if not late:
                return logs
            if time.monotonic() > deadline:
                raise ClientError("audit events not sealed after "
                                   f"{timeout} s: {', '.join(late)}")
            time.sleep(0.5)

    def tsm_roots(self, path):
        """Writes what devices trust; the path."""
        text = self.text("trust", "export", "--role", "tsm")
        with open(path, "w", encoding="ascii") as f:
            f.write(text)
        return path


class Provider:
    """A service provider and what it signs with, in files of a folder."""

    def __init__(self, ctl, folder, spid, name):
        self.ctl = ctl
        self.spid = spid
        self._stem = os.path.join(folder, spid)
        self._files = 0
        self.key = None
        self.chain = None
        ctl.must("sp", "create", "--spid", spid, "--name", name)

    def _path(self, end):
        self._files += 1
        return f"{self._stem}-{self._files}.{end}"

    def enroll(self, alg="ec"):
        """A new key and certificate; its serial number."""
        key, csr, chain = (self._path(end) for end in ("key", "csr", "pem"))
        self.ctl.must("key", "new", "--cn", "TA signing", "--alg", alg,
                      "--key", key, "--csr", csr)
        answer = self.ctl.must("sp", "enroll", "--spid", self.spid, "--csr",
                               csr, "--out", chain)
        self.key, self.chain = key, chain
        return answer["serial"]

    def sign(self, taid, version, code):
        """The image's file."""
        binary, image = self._path("bin"), self._path("jws")
        with open(binary, "wb") as f:
            f.write(code)
        self.ctl.must("ta", "sign", "--key", self.key, "--cert", self.chain,
                      "--taid", taid, "--version", version, "--in", binary,
                      "--out", image)
        os.unlink(binary)
        return image

    def push(self, taid, version, image, pdata=None):
        more = []
        if pdata is not None:
            more = ["--pdata", self._path("pdata")]
            with open(more[1], "w", encoding="ascii") as f:
                f.write(pdata)
        self.ctl.must("ta", "push", *self._which(taid, version), "--image",
                      image, *more)

    def release(self, taid, version):
        return self.ctl.must("ta", "release", *self._which(taid, version))

    def withdraw(self, taid):
        return self.ctl.must("ta", "withdraw", *self._which(taid), "--yes")

    def assign(self, taid, target):
        """target: a device's id, a group, or "all"."""
        flag = "--device" if target == "all" or len(target) == 64 else "--group"
        return self.ctl.must("assign", *self._which(taid), flag, target)

    def _which(self, taid, version=None):
        which = ("--spid", self.spid, "--taid", taid)
        return which if version is None else (*which, "--version", version)


class Device:
    """A software TEE with its agent, in a folder."""

    def __init__(self, stack, ctl, folder):
        self.folder = folder
        self.did = None
        self._ctl = ctl
        self._url = stack.url("http", "/otrp")
        self._binary = stack.binary("clients/device/otrp-device")

    def run(self, verb, *args):
        """otrp-device, however it ends."""
        return _run([self._binary, verb, "--dir", self.folder, *args])

    def must(self, verb, *args):
        return _must([self._binary, verb, "--dir", self.folder, *args])

    def make(self, roots, *flags, alg="ec", certified=True):
        """Keys, certificates of our CA, the TSM's roots; its id. Not
        certified: as it comes from a maker that nobody knows."""
        self.must("init", "--alg", alg, *flags,
                  *([] if certified else ["--self-issued"]))
        certificates = []
        for role in ("tee", "tfw") if certified else ():
            out = f"{self.folder}-{role}.pem"
            self._ctl.must("ca", "issue", "--profile", role, "--csr",
                           f"{self.folder}/{role}.csr", "--out", out)
            certificates += [f"--{role}-cert", out]
        return self.provision(roots, *certificates)

    def provision(self, roots, *certificates):
        self.must("provision", *certificates, "--tsm-roots", roots)
        self.did = self.shown()["did"]
        return self.did

    def shown(self):
        """What the TEE itself says that it holds."""
        return self.must("show", "-o", "json").json()

    def contact(self, url=None, *flags):
        """One session, however it ends."""
        return self.run("contact", "--url", url or self._url, *flags, "-o",
                        "json")

    def messages(self, refused=False):
        """Of one session, which must end well, or with a TSM that doesn't
        believe the device: [{"request", ..}, ..]."""
        done = self.contact()
        if done.code != (REFUSED if refused else 0):
            raise ClientError(f"otrp-device contact of {self.folder} ended "
                              f"with exit code {done.code}: "
                              f"{done.out.strip()} {done.err.strip()}")
        return done.json()["messages"]
