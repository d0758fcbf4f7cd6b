"""The main job, end to end, with everything real: from an empty machine to
devices that run their bank's trusted application.

Uses the stack in the state folder when it runs, else starts it and stops it
again. Each run makes a service provider and devices of its own, so that runs
don't disturb each other.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time

from deploy.suite.clients import ClientError, Ctl, Device, Provider
from deploy.suite.postgres import PostgresError
from deploy.suite.runners import StackError
from deploy.suite.stack import add_stack_flags, stack_from

TA_ID = "9b1c4f2e-6d0a-4c57-8e1d-2f7a3b5c9d10"

ALL_REQUESTS = {
    "GetDeviceStateRequest", "CreateSDRequest", "UpdateSDRequest",
    "DeleteSDRequest", "InstallTARequest", "UpdateTARequest",
    "DeleteTARequest",
}


class DemoError(Exception):
    """Something was not as it should be; says what."""


class DemoDevice(Device):
    """A device with its name and what is known about it."""

    def __init__(self, stack, ctl, folder, algorithm):
        super().__init__(stack, ctl, folder)
        self.name = os.path.basename(folder)
        self.algorithm = algorithm
        self.state = "not contacted"


class Demo:
    def __init__(self, stack, work):
        self.stack = stack
        self.work = work
        self.ctl = Ctl(stack)
        run = f"{int(time.time()):x}"
        self.spid = f"acme-bank-{run}"
        self.group = f"pilot-{run}"
        self.provider = None
        self.seen = set()

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
        self.contact(stranger, ["GetDeviceStateRequest"], refused=True)
        self.expect_refused(stranger)
        self.step("5  Version 1.1.0 with new personalization data")
        self.push_and_release("1.1.0")
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "UpdateTARequest"])
            self.expect_version(device, "1.1.0")
        self.step("6  The service provider's certificate is rotated")
        self.enroll()
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "UpdateSDRequest"])
        self.step("7  The TA is withdrawn")
        self.provider.withdraw(TA_ID)
        for device in trusted:
            self.contact(device, ["GetDeviceStateRequest", "DeleteTARequest",
                                  "DeleteSDRequest"])
            self.expect_empty(device)
        missing = ALL_REQUESTS - self.seen
        if missing:
            raise DemoError("never crossed the wire: "
                            + ", ".join(sorted(missing)))
        self.step("8  The audit logs of the services")
        self.audit_lines(self.ctl.sealed_logs(busy=("ca", "tsm", "sp_portal")))
        self.closing_table([rsa, ec, stranger])

    def audit_lines(self, logs):
        for log in logs:
            self.line("audit", log["service"], "intact",
                      f"{log['sealed_events']} events sealed")

    def check_authorities(self):
        authorities = self.ctl.must("ca", "list")["authorities"]
        for role in ("tsm", "tee", "tfw", "sp", "service"):
            names = [a["name"] for a in authorities if a["role"] == role]
            roots = [a["name"] for a in authorities
                     if a["role"] == role and a["root"]]
            if not roots or len(names) <= len(roots):
                raise DemoError(f"role {role} has no root with an issuing CA")
            self.line("ca", role, "ok", " -> ".join(sorted(
                names, key=lambda n: n not in roots)))

    def onboard(self):
        self.provider = Provider(self.ctl, self.work, self.spid, "Acme Bank")
        self.enroll()
        self.push_and_release("1.0.0")
        self.provider.assign(TA_ID, self.group)
        self.line("portal", "assign", "ok", f"{TA_ID} to group {self.group}")

    def enroll(self):
        self.line("portal", "sp enroll", "ok",
                  f"serial {self.provider.enroll('rsa')}")

    def push_and_release(self, version):
        image = self.provider.sign(
            TA_ID, version, random.Random(version).randbytes(64 * 1024))
        self.provider.push(TA_ID, version, image,
                           f"greeting=hello from {version}\n")
        if not self.provider.release(TA_ID, version)["delivered"]:
            raise DemoError(f"the tsm did not get release {version} in time")
        self.line("portal", "ta release", "ok",
                  f"{version}, 64 KiB, signature checked")

    def make_devices(self):
        roots = self.ctl.tsm_roots(self.path("tsm-roots.pem"))
        devices = [DemoDevice(self.stack, self.ctl, self.path(name), algorithm)
                   for name, algorithm in (("rsa", "rsa"), ("ec", "ec"),
                                           ("stranger", "rsa"))]
        for device in devices:
            foreign = device.name == "stranger"
            device.make(roots, alg=device.algorithm, certified=not foreign)
            self.ctl.must("group", "add", "--group", self.group, "--device",
                          device.did)
            self.line(device.name, "made", "ok",
                      f"did {device.did[:16]}..., "
                      + ("TEE certificate of an unknown CA" if foreign
                         else f"{device.algorithm.upper()} key"))
        return devices

    def contact(self, device, expected, refused=False):
        got = []
        for message in device.messages(refused):
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
        return self.ctl.must("device", "show", device.did)

    def expect_version(self, device, version):
        tas = [ta for sd in self.shown(device)["security_domains"]
               for ta in sd["tas"]]
        if [(t["taid"], t["version"], t["state"]) for t in tas] != [
                (TA_ID, version, "installed")]:
            raise DemoError(f"the tsm shows {tas} on {device.name}; expected "
                            f"version {version}")
        tee = device.shown()
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
        tee = device.shown()
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
    except (ClientError, DemoError, StackError, PostgresError) as error:
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
