"""Load: many simulated devices against the gateway of a running stack, or of
one of its own (--own-stack).

Makes devices' keys (once, in a cache), lets the stack trust their maker,
registers trusted applications by the SP's commands, runs otrp-load, and takes
the applications off again. Flags that aren't below are otrp-load's: see
otrp-load help and docs/load.md.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

from deploy.services import SERVICES
from deploy.suite.clients import ClientError, Ctl, Provider
from deploy.suite.postgres import PostgresError
from deploy.suite.runners import StackError
from deploy.suite.stack import add_stack_flags, private_stack, stack_from

# Kind of transaction -> role of the devices that do it (clients/load/mix.h).
ROLES = {
    "first-install": "install", "replay": "install", "abort": "install",
    "bad-signature": "install", "heartbeat": "heartbeat", "update": "update",
    "withdraw": "withdraw",
}
ALGORITHMS = ("rs256", "es256")
DIALECTS = ("ietf03", "pei03")
# Everything that a run registers begins with this.
PREFIX = "load-"
# A command line has room for about 2,000 device ids.
GROUP_BATCH = 1000


class LoadError(Exception):
    """What can't be set up; says what."""


def weights(flag, text, known=None):
    """{"a": 9.0, "b": 1.0} of "a=9,b=1"; without those of weight 0."""
    found = {}
    for word in text.split(","):
        name, _, weight = word.partition("=")
        try:
            value = float(weight or 1)
        except ValueError:
            value = -1
        if not 0 <= value < float("inf") or (
                known and name not in known):
            raise LoadError(f"--{flag}: \"{word}\" isn't NAME=WEIGHT"
                            + (f" with one of {', '.join(known)}"
                               if known else ""))
        if value > 0:
            found[name] = value
    if not found:
        raise LoadError(f"--{flag}: one weight must be above 0")
    return found


def size_of(text):
    """Bytes of "64KiB" or "1MiB"."""
    for unit, factor in (("KiB", 1 << 10), ("MiB", 1 << 20)):
        if text.endswith(unit) and text[:-len(unit)].isdigit():
            return int(text[:-len(unit)]) * factor
    raise LoadError(f"--sizes: \"{text}\" isn't a size like 64KiB or 1MiB")


def shares(count, parts):
    """`count` things dealt out by weight, at least one each."""
    whole = sum(parts.values())
    dealt = {name: max(1, int(count * weight / whole))
             for name, weight in parts.items()}
    names = sorted(parts, key=parts.get, reverse=True)
    for turn in range(max(0, count - sum(dealt.values()))):
        dealt[names[turn % len(names)]] += 1
    return dealt


class Setup:
    """What one run needs, at a stack. close() takes it off again."""

    def __init__(self, stack, options, work, load_binary=None):
        self.stack = stack
        self.options = options
        self.work = work
        self.ctl = Ctl(stack)
        self.load_binary = load_binary or stack.binary(
            "clients/load/otrp-load")
        self.run = f"{int(time.time() * 1000):x}"
        self.next_device = {algorithm: 0 for algorithm in ALGORITHMS}
        self.pools = []
        self.tas = {}
        self.release = {}
        self.withdrawals = []
        self.assigned = []

    def path(self, name):
        return os.path.join(self.work, name)

    # -- setting up ---------------------------------------------------------

    def make(self):
        self.clear_leftovers()
        self.plan()
        self.prepare()
        for name in self.tas:
            self.onboard(name)
        self.change_groups("add")
        if any(pool["role"] == "withdraw" for pool in self.pools):
            # Many devices are to lose something: it is meant.
            self.ctl.must("brake", "release", "--reason", "load test",
                          "--minutes", "1440", "--yes")
        return self.write_target()

    def clear_leftovers(self):
        """Of a run that was killed: its devices would get its TAs too."""
        left = [a for a in self.ctl.must("assignment", "list")["assignments"]
                if a["spid"].startswith(PREFIX)]
        for a in left:
            self.take_off(a["spid"], a["taid"])

    def plan(self):
        """Which devices do what: pools of one role, algorithm, dialect and
        TA each."""
        roles = {}
        for kind, weight in self.options.mix.items():
            roles[ROLES[kind]] = roles.get(ROLES[kind], 0) + weight
        least = min(self.options.devices, 8)
        for role, count in shares(self.options.identities, roles).items():
            count = max(count, least, self.options.processes)
            combinations = {
                (size, algorithm, dialect): a * b * c
                for size, a in self.options.sizes.items()
                for algorithm, b in self.options.algs.items()
                for dialect, c in self.options.dialects.items()}
            for (size, algorithm, dialect), number in shares(
                    count, combinations).items():
                name = f"{role}-{size // 1024}"
                self.tas.setdefault(name, {
                    "role": role, "bytes": size,
                    "spid": f"{PREFIX}{self.run}-{name}",
                    "taid": str(uuid.uuid4()), "versions": []})
                first = self.next_device[algorithm]
                self.next_device[algorithm] += number
                self.pools.append({
                    "role": role, "alg": algorithm, "dialect": dialect,
                    "ta": name,
                    "devices": list(range(first, first + number))})

    def prepare(self):
        needed = dict(self.next_device)
        if "pei03" in self.options.dialects:
            # Its AIKs are RSA keys, also those of a device with an EC key.
            needed["rs256"] = max(needed["rs256"], needed["es256"])
        self.dids = {}
        for algorithm, count in needed.items():
            if count == 0:
                continue
            # AIKs come from what the other algorithm's devices share.
            devices = self.next_device[algorithm]
            done = subprocess.run(
                [self.load_binary, "prepare", "--cache", self.options.cache,
                 "--alg", algorithm, "--devices", str(devices)],
                stdout=subprocess.PIPE, text=True, check=False,
                stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                raise LoadError("the devices' keys couldn't be made")
            made = json.loads(done.stdout)[algorithm]
            self.dids[algorithm] = made["dids"]
            for role in ("tee", "tfw"):
                self.trust(role, algorithm, made[role + "_root"])

    def trust(self, role, algorithm, certificate):
        with open(certificate, "rb") as f:
            name = (PREFIX + algorithm + "-"
                    + hashlib.sha256(f.read()).hexdigest()[:12])
        known = self.ctl.must("trust", "list", "--role", role)["anchors"]
        if name not in [anchor["name"] for anchor in known]:
            self.ctl.must("trust", "add", "--role", role, "--name", name,
                          "--cert", certificate)

    def onboard(self, name):
        ta = self.tas[name]
        sp = Provider(self.ctl, self.work, ta["spid"], "Load test")
        sp.enroll()
        versions = (self.options.versions if ta["role"] == "update" else 1)
        for number in range(versions):
            self.push(name, sp, f"1.{number}.0")
        if not sp.release(ta["taid"], "1.0.0")["delivered"] or \
                not sp.assign(ta["taid"], ta["spid"])["delivered"]:
            raise LoadError(f"the tsm didn't get {name} in time")
        self.assigned.append((ta["spid"], ta["taid"]))
        command = [self.ctl.binary, "ta"]
        which = ["--spid", ta["spid"], "--taid", ta["taid"]]
        if ta["role"] == "update":
            self.release[name] = [*command, "release", *which, "--version",
                                  "{version}", "-o", "json"]
        elif ta["role"] == "withdraw":
            self.withdrawals.append([*command, "withdraw", *which, "--yes",
                                     "-o", "json"])

    def push(self, name, sp, version):
        ta = self.tas[name]
        code = random.Random(version + name).randbytes(ta["bytes"])
        pdata = f"greeting=hello from {version}\n"
        image = sp.sign(ta["taid"], version, code)
        sp.push(ta["taid"], version, image, pdata)
        with open(image, "rb") as f:
            image_sha256 = hashlib.sha256(f.read()).hexdigest()
        ta["versions"].append({
            "version": version, "image_sha256": image_sha256,
            "pdata_sha256": hashlib.sha256(pdata.encode()).hexdigest()})
        os.unlink(image)

    def change_groups(self, verb):
        for pool in self.pools:
            dids = [self.dids[pool["alg"]][n] for n in pool["devices"]]
            for at in range(0, len(dids), GROUP_BATCH):
                self.ctl.must("group", verb, "--group",
                              self.tas[pool["ta"]]["spid"], "--device",
                              ",".join(dids[at:at + GROUP_BATCH]),
                              *(["--yes"] if verb == "rm" else []))

    def write_target(self):
        roots = self.ctl.tsm_roots(self.path("tsm-roots.pem"))
        https = self.options.https
        target = {
            "url": self.stack.url("https" if https else "http", ""),
            "ca_file": os.path.join(self.stack.tls, "gateway-web", "ca.pem")
                       if https else "",
            "cache": self.options.cache, "tsm_roots": roots,
            "pools": self.pools, "tas": self.tas, "release": self.release,
            "withdraw": self.withdrawals,
        }
        path = self.path("target.json")
        with open(path, "w", encoding="ascii") as f:
            json.dump(target, f)
        return path

    # -- the run ------------------------------------------------------------

    def command(self, target):
        words = [self.load_binary, "run", "--target", target, "--mix",
                 self.options.mix_text, "--devices",
                 str(self.options.devices), "--processes",
                 str(self.options.processes), *self.options.rest]
        if not any(w.split("=")[0] == "--metrics" for w in self.options.rest):
            words += ["--metrics", ",".join(
                f"{name}={self.stack.metrics_url(name)}"
                for name in SERVICES)]
        return words

    # -- and after ----------------------------------------------------------

    def take_off(self, spid, taid):
        """The TA's group has the SP's name. Without it neither the TA nor
        the next runs' planning sees anything of this one."""
        which = ("--spid", spid, "--taid", taid)
        for command in (("unassign", *which, "--group", spid, "--yes"),
                        ("ta", "withdraw", *which, "--yes")):
            try:
                self.ctl.must(*command)
            except ClientError as error:
                print(f"otrp load: {error}", file=sys.stderr)

    def close(self):
        """Once; again it does nothing."""
        assigned, self.assigned = self.assigned, []
        try:
            for spid, taid in assigned:
                self.take_off(spid, taid)
            if assigned:
                self.change_groups("rm")
        except ClientError as error:
            print(f"otrp load: {error}", file=sys.stderr)


def default_cache():
    base = os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME")
        or os.path.join(os.path.expanduser("~"), ".cache"), "otrp")
    return os.path.join(base, "load")


def parse(argv=None):
    parser = argparse.ArgumentParser(prog="otrp load", description=__doc__,
                                     allow_abbrev=False)
    add_stack_flags(parser)
    parser.add_argument("--own-stack", action="store_true",
                        help="one in a temporary folder, only for this")
    parser.add_argument("--cache", default=default_cache(),
                        help="of the devices' keys")
    parser.add_argument("--mix", default="first-install", dest="mix_text",
                        help="transactions and weights: "
                             + ", ".join(ROLES))
    parser.add_argument("--devices", type=int, default=20,
                        help="at the same time")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--identities", type=int, default=0,
                        help="devices with keys of their own, which take "
                             "turns; twice --devices")
    parser.add_argument("--algs", default="rs256",
                        help="rs256=1,es256=1: weights of devices' keys")
    parser.add_argument("--dialects", default="ietf03",
                        help="ietf03=1,pei03=1")
    parser.add_argument("--sizes", default="64KiB",
                        help="64KiB=9,1MiB=1: of TAs")
    parser.add_argument("--versions", type=int, default=20,
                        help="of each TA that gets updates")
    parser.add_argument("--https", action="store_true",
                        help="over TLS")
    options, options.rest = parser.parse_known_args(argv)
    if options.devices < 1 or options.processes < 1 or options.versions < 2:
        raise LoadError("--devices and --processes are at least 1, "
                        "--versions 2")
    options.mix = weights("mix", options.mix_text, ROLES)
    options.algs = weights("algs", options.algs, ALGORITHMS)
    options.dialects = weights("dialects", options.dialects, DIALECTS)
    options.sizes = {size_of(size): weight for size, weight
                     in weights("sizes", options.sizes).items()}
    options.identities = options.identities or 2 * options.devices
    options.cache = os.path.abspath(options.cache)
    return options


def prepare_cache_folder(path):
    os.makedirs(path, mode=0o700, exist_ok=True)


def run(stack, options, load_binary=None):
    """Sets up, runs, cleans up; otrp-load's exit code.

    `load_binary` is that of the stack's own build, if it isn't set.
    """
    work = tempfile.mkdtemp(prefix="load-", dir=stack.state)
    setup = Setup(stack, options, work, load_binary)
    try:
        print("Setting up devices and applications", file=sys.stderr)
        target = setup.make()
        # A group of its own: Ctrl-C reaches it through us, once.
        child = subprocess.Popen(setup.command(target),
                                 env=stack.ctl_env(),
                                 stdin=subprocess.DEVNULL,
                                 start_new_session=True)
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                # It ends early and reports; asked again, it just ends.
                child.send_signal(signal.SIGINT)
    finally:
        setup.close()
        shutil.rmtree(work, ignore_errors=True)


def main():
    stack = None
    folder = None
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        options = parse()
        prepare_cache_folder(options.cache)
        if options.own_stack:
            folder = tempfile.mkdtemp(prefix="otrp-load-")
            os.chmod(folder, 0o755)
            stack = private_stack(folder, bin_dir=options.bin_dir,
                                  runner=options.runner)
            print("Starting a stack of its own", file=sys.stderr)
            stack.up(say=lambda _: None)
        else:
            stack = stack_from(options)
            if not stack.ready("gateway"):
                raise LoadError("nothing runs here: ./otrp up first, or "
                                "--own-stack")
        return run(stack, options)
    except (ClientError, LoadError, StackError, PostgresError) as error:
        print(f"otrp load: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("otrp load: interrupted while setting up", file=sys.stderr)
        return 130
    finally:
        if folder:
            if stack:
                stack.down(say=lambda _: None)
            shutil.rmtree(folder, ignore_errors=True)
