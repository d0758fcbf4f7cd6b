"""Drills: what should work on a bad day, done on a good one.

restore: a stack of its own takes a base backup and archives its WAL; devices
work on; then somebody drops a schema. The database goes back to the moment
before, the services start, and it is looked at what is there: everything of
that moment, the audit chain whole, devices that go on, and one device that was
served after that moment and is brought back into step.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
import urllib.request

from deploy.suite.backup import Backup
from deploy.suite.clients import ClientError
from deploy.suite.demo import Demo, DemoDevice, DemoError
from deploy.suite.postgres import PostgresError
from deploy.suite.runners import StackError
from deploy.suite.stack import ROOT, private_stack

QUIET = {"say": lambda _: None}


class RestoreDrill:
    def __init__(self, stack, work):
        self.stack = stack
        self.demo = Demo(stack, work)
        self.backup = Backup(stack.postgres,
                             os.path.join(stack.state, "backup"))

    def run(self):
        demo = self.demo
        demo.step("1  A stack of its own, which archives its WAL")
        self.stack.up(**QUIET)
        self.stack.down(**QUIET)
        self.stack.postgres.up()
        self.backup.start_archiving()
        self.stack.up(**QUIET)
        demo.step("2  A service provider, its TA 1.0.0 and devices with it")
        demo.onboard()
        rsa, ec, stranger = demo.make_devices()
        first = ["GetDeviceStateRequest", "CreateSDRequest",
                 "InstallTARequest"]
        demo.contact(rsa, first)
        demo.contact(ec, first)
        demo.contact(stranger, ["GetDeviceStateRequest"], refused=True)

        demo.step("3  The base backup")
        started = time.monotonic()
        self.backup.take_base()
        self.note("base backup", f"{time.monotonic() - started:.1f} s, "
                  f"{size_of(self.backup.base) / 1e6:.0f} MB, verified")

        demo.step("4  Work goes on: TA 1.1.0, and one device takes it")
        update = ["GetDeviceStateRequest", "UpdateTARequest"]
        demo.push_and_release("1.1.0")
        demo.contact(rsa, update)
        lost = self.device_certificate("lost")
        before = self.everything()
        moment = self.backup.now()
        self.note("point in time", moment)

        demo.step("5  After that moment another device takes it, a "
                  "certificate is revoked; then somebody drops a schema")
        demo.contact(ec, update)
        crl = self.revoke(lost, self.device_certificate("late"))
        self.stack.postgres.psql("DROP SCHEMA tsm CASCADE")
        self.backup.flush_archive()
        self.expect_damage(rsa)

        demo.step("6  Back to that moment")
        started = time.monotonic()
        self.stack.down(**QUIET)
        damaged = self.backup.restore(moment)
        recovered = time.monotonic() - started
        self.stack.up(**QUIET)
        served = time.monotonic() - started
        self.note("restored", f"database after {recovered:.1f} s, services "
                  f"ready after {served:.1f} s")
        self.note("kept aside", os.path.basename(damaged))

        demo.step("7  What is there")
        self.expect_everything(before)
        demo.audit_lines(demo.ctl.must("audit", "verify")["logs"])
        demo.expect_version(rsa, "1.1.0")
        demo.contact(rsa, ["GetDeviceStateRequest"])
        # The tables say 1.0.0 here. A DSI names a device's TAs and not their
        # versions, so that the update is sent again; it does no harm.
        demo.contact(ec, update)
        demo.expect_version(ec, "1.1.0")
        self.expect_revoked_again(lost, crl)
        # otrpctl ends with an error where a record is missing or changed.
        demo.ctl.must("audit", "verify")

    # -- revocation ---------------------------------------------------------

    def device_certificate(self, name):
        """The file of a TEE's certificate, of a device of that name."""
        demo = self.demo
        device = DemoDevice(self.stack, demo.ctl, demo.path(name), "ec")
        device.make(demo.path("tsm-roots.pem"))
        return demo.path(f"{name}-tee.pem")

    def revoke(self, *files):
        """Revokes the certificates; the list that says so, as a file."""
        for file in files:
            self.demo.ctl.must("cert", "revoke", "--serial", "@" + file,
                               "--reason", "keyCompromise", "--yes")
        path = self.demo.path("tee-ca.crl")
        # Revocations of one second share a list.
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with urllib.request.urlopen(
                    self.stack.url("http", "/pki/crl/tee-ca.crl"),
                    timeout=30) as answer, open(path, "wb") as out:
                out.write(answer.read())
            if self.demo.ctl.must("ca", "reconcile", "--crl", path,
                                  "--dry-run")["listed"] >= len(files):
                return path
            time.sleep(0.2)
        raise DemoError("a revoked certificate isn't in the list")

    def expect_revoked_again(self, lost, crl):
        """Nothing that was revoked is good any more once the list is read."""
        ctl = self.demo.ctl.must
        status = ctl("cert", "show", "--serial", "@" + lost)["status"]
        if status != "issued":
            raise DemoError(f"the backup knows a certificate as {status}")
        told = ctl("ca", "reconcile", "--crl", crl)
        if len(told["revoked"]) != 1 or len(told["unknown"]) != 1:
            raise DemoError(f"the list told {told}")
        status = ctl("cert", "show", "--serial", "@" + lost)["status"]
        again = ctl("ca", "reconcile", "--crl",
                    self.stack.url("http", "/pki/crl/tee-ca.crl"),
                    "--dry-run")
        if status != "revoked" or again["crl_number"] <= told["crl_number"]:
            raise DemoError(f"{status}, list {again} after {told}")
        self.note("revocations", "1 was lost with the database and 1 with its "
                  "certificate: both are known again")

    # -- looking ------------------------------------------------------------

    def everything(self):
        """What operators see, by name, without what changes by itself."""
        ctl = self.demo.ctl.must
        devices = [ctl("device", "show", row["did"])
                   for row in ctl("device", "list")["devices"]]
        return {
            "devices": sorted(devices, key=lambda device: device["did"]),
            "service providers": ctl("sp", "list"),
            "applications": ctl("ta", "list"),
            "authorities": ctl("ca", "list"),
        }

    def expect_everything(self, before):
        after = self.everything()
        for name, then in before.items():
            if after[name] != then:
                raise DemoError(f"{name} are not as they were at that moment:"
                                f"\n  then: {then}\n  now:  {after[name]}")
            self.note(name, "as they were")

    def expect_damage(self, device):
        try:
            self.demo.contact(device, ["GetDeviceStateRequest"])
        except (ClientError, DemoError):
            self.note("damage", "devices are not served any more")
            return
        raise DemoError("a device was served without the tsm's schema")

    def note(self, what, detail):
        self.demo.line("drill", what, "ok", detail)


def size_of(path):
    return sum(os.path.getsize(os.path.join(folder, name))
               for folder, _, names in os.walk(path) for name in names)


def main():
    parser = argparse.ArgumentParser(
        prog="otrp drill", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("drill", choices=["restore"])
    parser.add_argument("--bin-dir", help="folder of the built binaries")
    parser.add_argument("--root", default=ROOT, help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true",
                        help="leave the drill's folder for a look")
    args = parser.parse_args()
    started = time.monotonic()
    folder = tempfile.mkdtemp(prefix="otrp-drill-")
    # The database's user has to pass through.
    os.chmod(folder, 0o755)
    work = os.path.join(folder, "work")
    os.mkdir(work, mode=0o700)
    stack = private_stack(folder, root=args.root, bin_dir=args.bin_dir)
    print(f"A drill in {folder}; nothing else is touched", flush=True)
    try:
        RestoreDrill(stack, work).run()
        print(f"\nThe restore works ({time.monotonic() - started:.1f} s).")
        return 0
    except (ClientError, DemoError, StackError, PostgresError) as error:
        print(f"\notrp drill: {error}", file=sys.stderr)
        return 1
    finally:
        try:
            stack.down(**QUIET)
        except (StackError, PostgresError) as error:
            print(f"otrp drill: while stopping: {error}", file=sys.stderr)
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)
