"""A short day in the life of the suite, good and bad: what the dashboards'
panels need to have something to show. Everything goes through the programs
and ports that anybody uses."""

import base64
import hashlib
import os
import ssl
import struct
import threading
import time
import urllib.error
import urllib.request

from tests.e2e.world import SERVICES, TA_ID
from tests.support.loopback import Handler, LoopbackServer

# Of format "optee": the portal takes it, a software TEE doesn't.
FOREIGN_TA_ID = "0c6bd1b4-55c5-4b0e-8f0e-6b1f3a9d2e77"
CHANGES = {f"{verb}{what}Request" for verb, what in (
    ("Create", "SD"), ("Update", "SD"), ("Delete", "SD"),
    ("Install", "TA"), ("Update", "TA"), ("Delete", "TA"))}


class Tap(LoopbackServer):
    """A way to the gateway that keeps the messages that pass."""

    def __init__(self, load):
        self.seen = []
        tap = self

        class Through(Handler):
            def do_POST(self):
                body = self.body()
                tap.seen.append(body)
                status, reply, kind = load.ask("POST", "/otrp", body)
                self.send_response(status)
                if kind:
                    self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

        super().__init__(Through)
        self.url += "/otrp"


class Load:
    def __init__(self, world):
        self.world = world
        self.stack = world.stack

    def ask(self, method, path, body=None):
        """(status, body, content type) of a request to the gateway."""
        request = urllib.request.Request(
            self.stack.url("http", path), method=method, data=body,
            headers={"Content-Type": "application/otrp+json",
                     "Accept": "application/otrp+json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return (answer.status, answer.read(),
                        answer.headers["Content-Type"])
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers["Content-Type"]

    def rest(self, path, holder="operator"):
        """Status of a GET by REST, with this one's certificate."""
        tls = self.stack.tls
        context = ssl.create_default_context(
            cafile=os.path.join(tls, "api-web", "ca.pem"))
        if holder is not None:
            context.load_cert_chain(os.path.join(tls, holder, "cert.pem"),
                                    os.path.join(tls, holder, "key.pem"))
        try:
            with urllib.request.urlopen(self.stack.url("api", path),
                                        timeout=30, context=context) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    # -- good ---------------------------------------------------------------

    def rollout(self):
        """Devices of all kinds get a TA, a newer one, a new SP certificate,
        and lose it all again."""
        world = self.world
        sp = world.new_sp()
        world.release(sp, "1.0.0")
        devices, seen = [], set()
        for alg, dialect in (("rsa", "ietf03"), ("ec", "ietf03"),
                             ("rsa", "pei03")):
            folder, did = world.new_device("--dialect", dialect, alg=alg)
            path = "/otrp" if dialect == "ietf03" else "/otrp/" + dialect
            devices.append((folder, self.stack.url("http", path)))
            sp.assign(TA_ID, did)

        def contact_all():
            for folder, url in devices:
                seen.update(world.requests(folder, url))

        contact_all()
        world.release(sp, "1.1.0")
        contact_all()
        sp.enroll()
        contact_all()
        sp.withdraw(TA_ID)
        contact_all()
        assert CHANGES <= seen, seen

    def revocation(self):
        """Certificates are revoked; others ask about one."""
        world = self.world
        folder, _ = world.new_device()
        end = "-----END CERTIFICATE-----\n"
        with open(f"{folder}-tee.pem", encoding="ascii") as f:
            leaf, issuer = [part + end for part in f.read().split(end)[:2]]
        pem = world.write("asked.pem", leaf.encode())
        asked = world.openssl(
            "ocsp", "-issuer", world.write("issuer.pem", issuer.encode()),
            "-cert", pem, "-url", self.stack.url("http", "/pki/ocsp"),
            "-noverify")
        assert asked.returncode == 0, asked.stderr
        serial = world.openssl("x509", "-in", pem, "-noout", "-serial")
        world.must("cert", "revoke", "--serial",
                   serial.stdout.decode().strip().split("=")[1].lower(),
                   "--reason", "superseded", "--yes")
        for authority in world.must("ca", "list")["authorities"]:
            status, _, _ = self.ask("GET", f"/pki/crl/{authority['name']}.crl")
            assert status == 200, (authority, status)

    def readers(self):
        """An operator looks at things by REST, and so does nobody."""
        for path in ("/v1/devices", "/v1/service-providers",
                     "/v1/certificates"):
            assert self.rest(path) == 200, path
            assert self.rest(path, holder=None) == 401, path

    def webhooks(self):
        """A service provider is told of something, and takes it."""
        spid = self.world.name("bank")
        self.world.must("sp", "create", "--spid", spid, "--name", "A bank")
        told = threading.Event()

        class Receiver(Handler):
            def do_POST(self):
                self.body()
                self.send_response(204)
                self.end_headers()
                told.set()

        with LoopbackServer(Receiver) as endpoint:
            made = self.world.must("webhook", "create", "--spid", spid,
                                   "--url", endpoint.url + "/hook")
            self.world.must("webhook", "test", "--spid", spid, "--webhook",
                            made["webhook_id"])
            assert told.wait(30)
            # What comes later finds nobody.
            self.world.must("webhook", "rm", "--spid", spid, "--webhook",
                            made["webhook_id"], "--yes")

    # -- bad ----------------------------------------------------------------

    def foreign_ta(self):
        """A device is to install what is no TA for it."""
        world = self.world
        spid = world.name("bank")
        stem = world.path(spid)
        world.must("sp", "create", "--spid", spid, "--name", "Other TEEs")
        world.must("key", "new", "--cn", "TA signing", "--alg", "rsa",
                   "--key", stem + ".key", "--csr", stem + ".csr")
        world.must("sp", "enroll", "--spid", spid, "--csr", stem + ".csr",
                   "--out", stem + ".pem")
        name = ("--spid", spid, "--taid", FOREIGN_TA_ID)
        image = world.write(spid + ".ta", self.optee_image(stem + ".key"))
        world.must("ta", "push", *name, "--version", "1", "--image", image,
                   "--format", "optee")
        world.must("ta", "release", *name, "--version", "1")
        folder, did = world.new_device()
        world.must("assign", *name, "--device", did)
        contact = world.contact(folder)
        failed = [m["request"] for m in contact.json()["messages"]
                  if m["status"] != "pass"]
        assert failed == ["InstallTARequest"], contact.out + contact.err
        world.must("unassign", *name, "--device", did, "--yes")

    def optee_image(self, key, payload=b"code for another TEE"):
        """OP-TEE's oldest header: magic, type, size, algorithm, lengths."""
        header = struct.pack("<4sIIIHH", b"HSTO", 0, len(payload), 0x70004830,
                             32, 256)
        digest = hashlib.sha256(header + payload).digest()
        signed = self.world.openssl("pkeyutl", "-sign", "-inkey", key,
                                    "-pkeyopt", "digest:sha256", data=digest)
        assert signed.returncode == 0, signed.stderr
        return header + digest + signed.stdout + payload

    def pull(self):
        """A TA whose service provider's endpoint is away."""
        world = self.world
        sp = world.new_sp()
        name = ("--spid", sp.spid, "--taid", TA_ID)
        world.must("pull", "set", *name, "--url", "https://127.0.0.1:9/pull")
        world.must("pull", "version", *name, "--version", "1.0.0")
        sp.release(TA_ID, "1.0.0")
        folder, did = world.new_device()
        sp.assign(TA_ID, did)
        deadline = time.monotonic() + 30
        while True:
            world.requests(folder)
            tasks = world.must("device", "show", did)["tasks"]
            if tasks[0]["last_error"] == "TSM_PULL_FAILED":
                break
            assert time.monotonic() < deadline, tasks
            time.sleep(0.5)
        sp.withdraw(TA_ID)

    def strangers(self):
        """What the suite refuses."""
        world = self.world
        # Nobody knows who made this TEE.
        stranger = world.device(world.path(world.name("stranger")))
        stranger.make(world.tsm_roots(), certified=False)
        stranger.contact()
        # To a device that isn't right, nothing is explained.
        assert self.ask("POST", "/otrp", b"{}")[0] == 204
        assert self.ask("POST", "/otrp", b"no message")[0] == 400
        assert self.ask("GET", "/otrp")[0] == 405
        assert self.ask("GET", "/nothing/here")[0] == 404

    def replay(self):
        """A message that was taken comes again: as it was, and then another
        one with its ids."""
        folder, _ = self.world.new_device()
        with Tap(self) as tap:
            self.world.requests(folder, tap.url)
        message = next(body for body in tap.seen if body)
        assert self.ask("POST", "/otrp", message)[0] == 204
        assert self.ask("POST", "/otrp", message + b"\n")[0] == 204

    def mistakes(self):
        """Operators who ask for what isn't there."""
        nobody = base64.b16encode(os.urandom(32)).decode().lower()
        bad = self.world.write("bad.csr", b"no request")
        for args in (("device", "show", nobody),
                     ("sp", "show", "--spid", "nobody"),
                     ("cert", "show", "--serial", "0123456789"),
                     ("ca", "issue", "--profile", "tee", "--csr", bad,
                      "--out", self.world.path("none.pem")),
                     ("policy", "set", "--file",
                      self.world.write("bad.json", b'{"no": "policy"}'))):
            assert self.world.ctl(*args).code not in (0, 5), args

    # -- outages ------------------------------------------------------------

    def without(self, service):
        """Devices come while a service is away; then it is back."""
        folder, _ = self.world.new_device()
        sp = self.world.new_sp()
        self.world.kill(service)
        assert self.world.contact(folder).code != 0
        if service == "tsm":
            assert not self.world.release(sp, "1.0.0")["delivered"]
            # So that Prometheus sees it in the outbox.
            time.sleep(2)
        self.stack.start_service(service)
        self.world.requests(folder)

    def without_database(self):
        self.stack.postgres.down()
        for args in (("device", "list"), ("sp", "list"), ("policy", "show"),
                     ("cert", "list")):
            output = self.world.ctl(*args)
            assert output.code == 5, (args, output.code, output.err)
        assert self.rest("/v1/devices") == 503
        self.stack.postgres.up()
        deadline = time.monotonic() + 30
        while not all(self.stack.ready(name) for name in SERVICES):
            assert time.monotonic() < deadline, "not ready again"
            time.sleep(0.1)

    # -- all ----------------------------------------------------------------

    def usual(self):
        self.rollout()
        self.revocation()
        self.readers()
        self.webhooks()
        self.foreign_ta()
        self.pull()
        self.strangers()
        self.replay()
        self.mistakes()

    def run(self):
        """The usual before and after the outages, so that every counter rises
        before the eyes of Prometheus."""
        self.usual()
        self.without("attestation_verifier")
        self.without("tsm")
        # Later than the deaths, with which the counters begin anew.
        self.without_database()
        self.usual()
