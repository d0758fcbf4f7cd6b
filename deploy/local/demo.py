#!/usr/bin/env python3
"""The main job, end to end, with everything real: from an empty machine to
devices that run their bank's trusted application.

Uses the stack in the state folder when it runs, else starts it and stops it
again. Each run makes a service provider and devices of its own, so that runs
don't disturb each other.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from postgres import PostgresError  # noqa: E402
from stack import StackError, add_stack_flags, stack_from  # noqa: E402

TA_ID = "9b1c4f2e-6d0a-4c57-8e1d-2f7a3b5c9d10"

ALL_REQUESTS = {
    "GetDeviceStateRequest", "CreateSDRequest", "UpdateSDRequest",
    "DeleteSDRequest", "InstallTARequest", "UpdateTARequest",
    "DeleteTARequest",
}


class DemoError(Exception):
    """Something was not as it should be; says what."""


class Device:
    """A folder with a software TEE, and what is known about it."""

    def __init__(self, name, directory, algorithm):
        self.name = name
        self.directory = directory
        self.algorithm = algorithm
        self.did = None
        self.state = "not contacted"


class Demo:
    def __init__(self, stack, work):
        self.stack = stack
        self.work = work
        self.ctl_binary = stack.binary("clients/otrpctl/otrpctl")
        self.device_binary = stack.binary("clients/device/otrp-device")
        run = f"{int(time.time()):x}"
        self.spid = f"acme-bank-{run}"
        self.group = f"pilot-{run}"
        self.seen = set()

    # -- running commands ---------------------------------------------------

    def ctl(self, *args, parse=True):
        done = subprocess.run(
            [self.ctl_binary, *args, *(["-o", "json"] if parse else [])],
            capture_output=True, text=True, check=False,
            env=self.stack.ctl_env(), stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise DemoError(f"otrpctl {' '.join(args)} ended with exit code "
                            f"{done.returncode}: {done.stderr.strip()}")
        return json.loads(done.stdout) if parse else done.stdout

    def device(self, *args, accept=(0,)):
        done = subprocess.run([self.device_binary, *args],
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        if done.returncode not in accept:
            raise DemoError(f"otrp-device {' '.join(args)} ended with exit "
                            f"code {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def path(self, *names):
        return os.path.join(self.work, *names)

    # -- steps --------------------------------------------------------------

    def run(self):
        self.step("1  Authorities, one hierarchy for each role")
        self.check_authorities()
        self.step(f"2  Service provider {self.spid}: account, key, "
                  "certificate, TA 1.0.0, assigned to a group")
        self.onboard()
        self.step("3  Three devices are made")
        rsa, ec, stranger = self.make_devices()
        trusted = [rsa, ec]
        self.step("4  First contact: the trusted two get the TA, the third "
                  "is refused")
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "CreateSDRequest",
                                  "InstallTARequest"])
            self.expect_version(device, "1.0.0")
        self.contact(stranger, ["GetDeviceStateRequest"])
        self.expect_refused(stranger)
        self.step("5  Version 1.1.0 with new personalization data")
        self.push_and_release("1.1.0")
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "UpdateTARequest"])
            self.expect_version(device, "1.1.0")
        self.step("6  The service provider's certificate is rotated")
        self.enroll(2)
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "UpdateSDRequest"])
        self.step("7  The TA is withdrawn")
        self.ctl("ta", "withdraw", "--spid", self.spid, "--taid", TA_ID)
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "DeleteTARequest",
                                  "DeleteSDRequest"])
            self.expect_empty(device)
        missing = ALL_REQUESTS - self.seen
        if missing:
            raise DemoError("never crossed the wire: "
                            + ", ".join(sorted(missing)))
        self.step("8  The audit logs of the services")
        for log in self.ctl("audit", "verify")["logs"]:
            self.line("audit", log["service"], "intact",
                      f"{log['sealed_events']} events sealed")
        self.closing_table([rsa, ec, stranger])

    def check_authorities(self):
        authorities = self.ctl("ca", "list")["authorities"]
        for role in ("tsm", "tee", "tfw", "sp", "service"):
            names = [a["name"] for a in authorities if a["role"] == role]
            roots = [a["name"] for a in authorities
                     if a["role"] == role and a["root"]]
            if not roots or len(names) <= len(roots):
                raise DemoError(f"role {role} has no root with an issuing CA")
            self.line("ca", role, "ok", " -> ".join(sorted(
                names, key=lambda n: n not in roots)))

    def onboard(self):
        self.ctl("sp", "create", "--spid", self.spid, "--name", "Acme Bank")
        self.enroll(1)
        self.push_and_release("1.0.0")
        self.ctl("assign", "--spid", self.spid, "--taid", TA_ID, "--device",
                 self.group)
        self.line("portal", "assign", "ok", f"{TA_ID} to group {self.group}")

    def enroll(self, number):
        key, csr, chain = (self.path(f"sp-{number}.{end}")
                           for end in ("key", "csr", "pem"))
        self.ctl("key", "new", "--cn", "Acme Bank TA signing", "--key", key,
                 "--csr", csr)
        answer = self.ctl("sp", "enroll", "--spid", self.spid, "--csr", csr,
                          "--out", chain)
        self.line("portal", "sp enroll", "ok", f"serial {answer['serial']}")
        self.signer = (key, chain)

    def push_and_release(self, version):
        binary, image, pdata = (self.path(f"ta-{version}.{end}")
                                for end in ("bin", "jws", "pdata"))
        with open(binary, "wb") as f:
            f.write(random.Random(version).randbytes(64 * 1024))
        with open(pdata, "w", encoding="ascii") as f:
            f.write(f"greeting=hello from {version}\n")
        key, chain = self.signer
        self.ctl("ta", "sign", "--key", key, "--cert", chain, "--taid", TA_ID,
                 "--version", version, "--in", binary, "--out", image)
        name = ("--spid", self.spid, "--taid", TA_ID, "--version", version)
        self.ctl("ta", "push", *name, "--image", image, "--pdata", pdata)
        answer = self.ctl("ta", "release", *name)
        if not answer["delivered"]:
            raise DemoError(f"the tsm did not get release {version} in time")
        self.line("portal", "ta release", "ok",
                  f"{version}, 64 KiB, signature checked")

    def make_devices(self):
        roots = self.path("tsm-roots.pem")
        with open(roots, "w", encoding="ascii") as f:
            f.write(self.ctl("trust", "export", "--role", "tsm", parse=False))
        devices = [Device("rsa", self.path("rsa"), "rsa"),
                   Device("ec", self.path("ec"), "ec"),
                   Device("stranger", self.path("stranger"), "rsa")]
        for device in devices:
            folder = ("--dir", device.directory)
            foreign = device.name == "stranger"
            self.device("init", *folder, "--alg", device.algorithm,
                        *(["--self-issued"] if foreign else []))
            certificates = []
            for role in () if foreign else ("tee", "tfw"):
                out = self.path(f"{device.name}-{role}.pem")
                self.ctl("ca", "issue", "--profile", role, "--csr",
                         os.path.join(device.directory, f"{role}.csr"),
                         "--out", out)
                certificates += [f"--{role}-cert", out]
            self.device("provision", *folder, *certificates, "--tsm-roots",
                        roots)
            device.did = json.loads(
                self.device("show", *folder, "-o", "json"))["did"]
            self.ctl("group", "add", "--group", self.group, "--device",
                     device.did)
            self.line(device.name, "made", "ok",
                      f"did {device.did[:16]}..., "
                      + ("TEE certificate of an unknown CA" if foreign
                         else f"{device.algorithm.upper()} key"))
        return devices

    def contact(self, device, expected):
        answer = json.loads(self.device(
            "contact", "--dir", device.directory, "--url",
            self.stack.url("http", "/otrp"), "-o", "json"))
        got = []
        for message in answer["messages"]:
            got.append(message["request"])
            self.seen.add(message["request"])
            verdict = message["status"]
            if message.get("error_code"):
                verdict += " " + message["error_code"]
            self.line(device.name, message["request"], verdict,
                      f"{message['ms']:.1f} ms")
            if message["status"] != "pass":
                raise DemoError(f"{device.name} answered {verdict} to "
                                f"{message['request']}")
        if got != expected:
            raise DemoError(f"{device.name} got {', '.join(got)}; expected "
                            + ", ".join(expected))

    def shown(self, device):
        return self.ctl("device", "show", device.did)

    def expect_version(self, device, version):
        tas = [ta for sd in self.shown(device)["security_domains"]
               for ta in sd["tas"]]
        if [(t["taid"], t["version"], t["state"]) for t in tas] != [
                (TA_ID, version, "installed")]:
            raise DemoError(f"the tsm shows {tas} on {device.name}; expected "
                            f"version {version}")
        tee = json.loads(self.device("show", "--dir", device.directory, "-o",
                                     "json"))
        held = [ta["version"] for sd in tee["security_domains"]
                for ta in sd["tas"]]
        if held != [version]:
            raise DemoError(f"the TEE of {device.name} holds versions {held};"
                            f" expected {version}")
        device.state = f"TA {version} installed"

    def expect_refused(self, device):
        attestation = self.shown(device)["attestation"]
        if attestation["verdict"] != "refused" or not attestation["reasons"]:
            raise DemoError(f"{device.name} should be refused with a reason; "
                            f"the tsm says {attestation}")
        device.state = "refused: " + "; ".join(attestation["reasons"])
        self.line(device.name, "attestation", "refused",
                  "; ".join(attestation["reasons"]))

    def expect_empty(self, device):
        domains = self.shown(device)["security_domains"]
        tee = json.loads(self.device("show", "--dir", device.directory, "-o",
                                     "json"))
        if domains or tee["security_domains"]:
            raise DemoError(f"{device.name} still has {domains}")
        device.state = "clean: TA and security domain deleted"

    # -- output -------------------------------------------------------------

    @staticmethod
    def step(title):
        print(f"\n{title}", flush=True)

    @staticmethod
    def line(who, what, verdict, detail):
        print(f"   {who:10} {what:24} {verdict:10} {detail}", flush=True)

    def closing_table(self, devices):
        print(f"\n{'DEVICE':10} {'DID':20} {'KEY':5} STATE")
        for device in devices:
            print(f"{device.name:10} {device.did[:16] + '...':20} "
                  f"{device.algorithm:5} {device.state}")


def main():
    parser = argparse.ArgumentParser(prog="otrp demo", description=__doc__)
    add_stack_flags(parser)
    parser.add_argument("--keep", action="store_true",
                        help="leave the stack running")
    args = parser.parse_args()
    started = time.monotonic()
    stack = None
    stop = False
    work = None
    try:
        stack = stack_from(args)
        stop = not args.keep and stack.process("gateway").pid() is None
        print("Starting the suite on loopback, state in " + stack.state)
        stack.up(say=lambda text: print("   " + text, flush=True))
        work = tempfile.mkdtemp(prefix="demo-", dir=stack.state)
        Demo(stack, work).run()
        print(f"\nAll seven OTrP requests crossed the wire; everything is as "
              f"it should be ({time.monotonic() - started:.1f} s).\n"
              "Where to look next: ./otrp up, then ./otrp ctl device list, "
              "./otrp ctl session list, ./otrp ctl audit list;\n"
              "docs/life-of-a-device-message.md says what happened here.")
        return 0
    except (DemoError, StackError, PostgresError) as error:
        print(f"\notrp demo: {error}\nLogs are in "
              f"{stack.logs if stack else '.otrp/logs'}.", file=sys.stderr)
        return 1
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)
        if stack and stop:
            try:
                stack.down(say=lambda _: None)
            except (StackError, PostgresError) as error:
                print(f"otrp demo: while stopping: {error}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
