"""Bench: what the gateway needs for an OCSP response that many ask for.

A stack of its own; connections that stay ask again and again about one
certificate, by GET and by POST, in turns. What counts is the gateway's CPU time
beside the CA's, not the rate of this script. Besides: what requests about
serials that nobody issued cost, and that none of them is signed for.
"""

import argparse
import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

from deploy.suite.stack import private_stack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
TICKS = os.sysconf("SC_CLK_TCK")
CONNECTIONS = 4


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        fields = f.read().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICKS


class Asker(threading.Thread):
    """One connection that asks `request` until it is over."""

    def __init__(self, port, request):
        super().__init__()
        self.count = 0
        self.over = False
        self.request = request
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = self.ask()
        self.size = len(self.answer)

    def ask(self):
        self.socket.sendall(self.request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self.socket.recv(65536)
        head, _, body = got.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(f"otrp bench: {head.decode()}")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += self.socket.recv(65536)
        return head + b"\r\n\r\n" + body

    def run(self):
        while not self.over:
            self.socket.sendall(self.request)
            left = self.size
            while left > 0:
                left -= len(self.socket.recv(65536))
            self.count += 1
        self.socket.close()


class Bench:
    def __init__(self, folder, bin_dir):
        self.folder = folder
        self.stack = private_stack(folder, bin_dir=bin_dir)

    def fetch(self, path):
        with urllib.request.urlopen(self.stack.url("http", path),
                                    timeout=30) as answer:
            return answer.read()

    def file(self, name, octets=None):
        path = os.path.join(self.folder, name)
        if octets is not None:
            with open(path, "wb") as f:
                f.write(octets)
        return path

    def request_about(self, *which):
        out = self.file("request.der")
        subprocess.run(
            ["openssl", "ocsp", "-issuer", self.file("root.cer"), *which,
             "-no_nonce", "-reqout", out], check=True, capture_output=True)
        with open(out, "rb") as f:
            return f.read()

    def signatures(self):
        with urllib.request.urlopen(self.stack.metrics_url("ca"),
                                    timeout=30) as answer:
            return sum(
                float(line.split()[-1])
                for line in answer.read().decode().splitlines()
                if line.startswith("otrp_ocsp_responses_signed_total{"))

    def measure(self, request, seconds):
        """(requests a second, of the gateway's CPU second, CA's CPU share)."""
        port = self.stack.ports["http"]
        askers = [Asker(port, request) for _ in range(CONNECTIONS)]
        pids = {name: self.stack.runner.process(name).pid()
                for name in ("gateway", "ca")}
        for asker in askers:
            asker.start()
        time.sleep(0.5)
        begin = time.monotonic()
        before = sum(a.count for a in askers)
        cpu = {name: cpu_seconds(pid) for name, pid in pids.items()}
        time.sleep(seconds)
        count = sum(a.count for a in askers) - before
        took = time.monotonic() - begin
        used = {name: cpu_seconds(pid) - cpu[name]
                for name, pid in pids.items()}
        for asker in askers:
            asker.over = True
        for asker in askers:
            asker.join()
        return (count / took, count / max(used["gateway"], 1 / TICKS),
                1000 * used["ca"] / count)


def main():
    parser = argparse.ArgumentParser(prog="otrp bench ocsp",
                                     description=__doc__)
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--bin-dir", default=os.path.join(ROOT, "bazel-bin"))
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="otrp-bench-")
    os.chmod(folder, 0o755)
    bench = Bench(folder, options.bin_dir)
    try:
        bench.stack.up(say=lambda _: None)
        bench.file("root.cer", bench.fetch("/pki/ca/tee-root.cer"))
        der = bench.request_about("-cert", bench.file(
            "ca.cer", bench.fetch("/pki/ca/tee-ca.cer")))
        quoted = urllib.parse.quote(base64.b64encode(der).decode(), safe="")
        get = (f"GET /pki/ocsp/{quoted} HTTP/1.1\r\nHost: localhost\r\n\r\n"
               .encode())

        def post(body):
            return (b"POST /pki/ocsp HTTP/1.1\r\nHost: localhost\r\n"
                    b"Content-Type: application/ocsp-request\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body)) + body

        strange = post(bench.request_about("-serial", "0x7777777777"))
        before = bench.signatures()
        print("ASKED                REQUESTS/S   A CPU SECOND OF THE GATEWAY   "
              "CA, CPU ms A REQUEST")
        for name, request in (("issued, GET", get), ("issued, POST", post(der)),
                              ("made up, POST", strange)):
            rate, per_core, ca_ms = bench.measure(request, options.seconds)
            print(f"{name:20} {rate:10.0f} {per_core:29.0f} {ca_ms:22.3f}")
        print(f"signatures meanwhile: {bench.signatures() - before:.0f}")
    finally:
        bench.stack.down(say=lambda _: None)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
