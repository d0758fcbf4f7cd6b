"""The suite's programs as containers: podman, a private network in a network
namespace of the stack's own, and the ports of ./otrp up on loopback.

A container sees of the state folder only the files that its flags name; it
runs as a user without rights on a root that can't be written to.
"""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys

from deploy.images.build import Builder
from deploy.images.images import (
    CONSOLE, IMAGES, MIGRATIONS, USER, program_name)
from deploy.images.podman import Podman, PodmanError, last_words
from deploy.images.stage import StageError
from deploy.services import SERVICES
from deploy.suite.processes import Process, start_time
from deploy.suite.runners import StackError

_HERE = os.path.dirname(os.path.abspath(__file__))

NETWORK = "10.89.0.0/24"
# This side of the network, from where connections to the ports come.
BRIDGE_ADDRESS = "10.89.0.1/24"
# Service -> its address in the private network.
ADDRESSES = {name: f"10.89.0.{number}"
             for number, name in enumerate(SERVICES, 11)}

HARDENING = [
    "--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL",
    "--security-opt=no-new-privileges", f"--user={USER}:{USER}",
]


def image_of(program):
    """Name of the image that a program of the checkout is in."""
    for name, image in IMAGES.items():
        if program in image.programs:
            return name
    raise StackError(f"no image has {program}")


class Container(Process):
    """A container with the handles of a process: its pid is the machine's."""

    def __init__(self, name, runner, run_dir, log_dir):
        super().__init__(name, run_dir, log_dir)
        self._runner = runner
        self.full_name = f"{runner.id}-{name}"
        # Of the last one that stop() stopped.
        self.exit_code = None

    def start(self, argv, env=None):
        """argv: podman's arguments after "run"."""
        pid_file = self.pid_file + ".podman"
        with open(self.log_file, "ab") as log:
            self._runner.podman(
                "run", "--detach", "--replace", f"--name={self.full_name}",
                f"--pidfile={pid_file}", "--log-driver=passthrough", *argv,
                stdout=subprocess.DEVNULL, stderr=log)
        with open(pid_file, encoding="ascii") as f:
            pid = int(f.read())
        os.unlink(pid_file)
        with open(self.pid_file + ".new", "w", encoding="ascii") as f:
            json.dump({"pid": pid, "start": start_time(pid)}, f)
        os.replace(f.name, self.pid_file)

    def stop(self, grace_seconds=20):
        """As Process.stop(); gentle means that it ended with exit code 0."""
        self._runner.podman("stop", f"--time={grace_seconds}",
                            "--ignore", self.full_name)
        shown = self._runner.podman("inspect", "--type=container", "-f",
                                    "{{.State.ExitCode}}", self.full_name,
                                    check=False)
        self._runner.podman("rm", "--force", "--ignore", self.full_name)
        self._forget()
        self.exit_code = int(shown.stdout) if shown.returncode == 0 else None
        return self.exit_code in (0, None)


class Containers:
    """A runner (runners.py) that runs the images."""

    name = "containers"
    on_loopback = False
    database_group = USER

    def __init__(self, stack):
        self._stack = stack
        digest = hashlib.sha256(os.path.realpath(stack.state).encode())
        self.id = "otrp-" + digest.hexdigest()[:10]
        self._engine = Podman()
        self._networks = os.path.join(stack.state, "networks")
        self._namespace = "/run/netns/" + self.id
        self._forwarder = Process("forward", stack.run, stack.logs)

    # -- what a runner does -------------------------------------------------

    def prepare(self, say):
        try:
            self._engine.prepare()
            images = Builder(self._engine, self._stack.root, self._stack.bin,
                             say).build()
            with open(self._images_file(), "w", encoding="ascii") as f:
                json.dump(images, f, indent=1)
            self._make_network()
        except (PodmanError, StageError) as error:
            raise StackError(str(error)) from error
        self._own(self._stack.tls)
        self._forward()
        say(f"network: {NETWORK}, in a namespace of its own, ports on "
            "loopback")

    def finish(self):
        self._forwarder.stop()
        # Those that ended by themselves are still there.
        exists = os.path.exists(self._namespace)
        self._engine.run(
            "--network-config-dir", self._networks, "rm", "--force",
            "--ignore", *(f"{self.id}-{name}" for name in ADDRESSES),
            namespace=self._namespace if exists else None)
        shutil.rmtree(self._networks, ignore_errors=True)
        if exists:
            _ip("netns", "delete", self.id)

    def once(self, program, flags):
        done = self.podman(
            "run", "--rm", "--network=none", *self._arguments(program, flags),
            check=False)
        if done.returncode != 0:
            raise StackError(f"{program_name(program)} failed in its "
                             "container: " + last_words(done.stderr))

    def process(self, name):
        return Container(name, self, self._stack.run, self._stack.logs)

    def start(self, name, program, flags):
        process = self.process(name)
        try:
            process.start([f"--network={self.id}", f"--ip={ADDRESSES[name]}",
                           *self.hosts(), *self._arguments(program, flags)])
        except PodmanError as error:
            raise StackError(f"{name} could not be started; the end of "
                             f"{process.log_file}:\n{process.log_tail()}"
                             ) from error

    def listen(self, service, port):
        return f"{ADDRESSES[service]}:{self._stack.ports[port]}"

    def peer(self, service, port):
        return f"{service}.otrp.internal:{self._stack.ports[port]}"

    def console(self):
        return CONSOLE

    def migrations(self, folder):
        schemas = {path: schema for schema, path in MIGRATIONS.items()}
        return "/usr/share/otrp/migrations/" + schemas[folder]

    # -- for tests ----------------------------------------------------------

    def podman(self, *args, check=True, **more):
        """Podman as seen from the private network."""
        argv = ["--network-config-dir", self._networks, *args]
        return self._engine.run(*argv, check=check,
                                namespace=self._namespace, **more)

    def hosts(self):
        return [f"--add-host={service}.otrp.internal:{address}"
                for service, address in ADDRESSES.items()]

    def image(self, name):
        with open(self._images_file(), encoding="ascii") as f:
            return json.load(f)[name]

    # -- inside -------------------------------------------------------------

    def _images_file(self):
        return os.path.join(self._stack.run, "images.json")

    def _arguments(self, program, flags):
        """Of podman run: hardening, mounts, image, and the program's own."""
        name = image_of(program)
        return [*HARDENING, "--pull=never", *self._mounts(flags),
                f"--entrypoint=/usr/bin/{program_name(program)}",
                self.image(name), *flags]

    def _mounts(self, flags):
        """The files and folders that the flags name, at the same place."""
        mounts = []
        for flag in flags:
            name, _, value = flag.partition("=")
            if not value.startswith(self._stack.state + os.sep):
                continue
            mode = "rw" if name.endswith("_out") else "ro"
            self._own(value)
            mounts.append(f"--volume={value}:{value}:{mode}")
            if name == "--dsn_file":
                database = self._stack.postgres.socket_dir()
                mounts.append(f"--volume={database}:{database}:ro")
        return mounts

    @staticmethod
    def _own(path):
        """The containers' user may read a file of the state folder; root, who
        ./otrp is, may anyway, and others still can't."""
        os.chown(path, USER, USER)
        for folder, folders, files in os.walk(path):
            for name in folders + files:
                os.chown(os.path.join(folder, name), USER, USER)

    def _make_network(self):
        if not os.path.exists(self._namespace) or self.podman(
                "network", "exists", self.id, check=False).returncode != 0:
            self.finish()
            _ip("netns", "add", self.id)
            _ip("-n", self.id, "link", "set", "lo", "up")
            self.podman("network", "create", "--internal", "--disable-dns",
                        f"--subnet={NETWORK}", self.id)
        bridge = self.podman("network", "inspect", self.id, "--format",
                             "{{.NetworkInterface}}").stdout.strip()
        # An internal network has no address on this side, so it gets one; the
        # bridge goes away with the last container that was on it.
        if bridge not in _ip("-n", self.id, "-br", "link").split():
            _ip("-n", self.id, "link", "add", bridge, "type", "bridge")
        if BRIDGE_ADDRESS not in _ip("-n", self.id, "-br", "addr"):
            _ip("-n", self.id, "addr", "add", BRIDGE_ADDRESS, "dev", bridge)
            _ip("-n", self.id, "link", "set", bridge, "up")

    def _forward(self):
        """Starts the process that has the ports on loopback."""
        if self._forwarder.pid() is not None:
            return
        listeners, targets = [], []
        for service, port in _ports():
            number = self._stack.ports[port]
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", number))
            except OSError as error:
                raise StackError(f"port {number} for {service} is taken: "
                                 f"{error.strerror}") from error
            listener.listen(1024)
            listeners.append(listener)
            targets.append(f"{listener.fileno()}="
                           f"{ADDRESSES[service]}:{number}")
        self._forwarder.start(
            [sys.executable, os.path.join(_HERE, "forward.py"),
             self._namespace, *targets],
            pass_fds=[listener.fileno() for listener in listeners])
        for listener in listeners:
            listener.close()


def _ports():
    """(service, name of a port) of all ports."""
    for name, service in SERVICES.items():
        for _, port, _ in service.listeners:
            yield name, port
        yield name, service.metrics


def _ip(*args):
    done = subprocess.run(
        ["ip", *args], capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": os.environ.get("PATH", "")
             + ":/usr/sbin:/sbin"})
    if done.returncode != 0:
        raise StackError(f"ip {' '.join(args)} failed: {done.stderr.strip()}"
                         "; containers need a network namespace, which a "
                         "machine without privileges doesn't give: "
                         "use ./otrp up")
    return done.stdout
