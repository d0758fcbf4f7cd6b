"""Podman with storage of its own: neither the machine's images nor its
containers or networks are seen or changed.

Everything is in one folder, $OTRP_CACHE/containers by default, so that the
base image and what builds on it are made once. Debian 12's podman 4.3.1 needs
some help, which is in the configuration that is written here.
"""

import hashlib
import os
import shutil
import subprocess

CONTAINERS_CONF = """\
[containers]
# The defaults are above the hard limits of a machine that is itself confined.
default_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]
[engine]
# runc works where crun refuses; no systemd is needed.
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{run}/tmp"
[network]
network_backend = "netavark"
"""

STORAGE_CONF = """\
[storage]
driver = "overlay"
graphroot = "{root}/storage"
runroot = "{run}/storage"
"""


class PodmanError(Exception):
    """Says in one sentence what is wrong and what to do."""


def cache_folder():
    """The folder that ./otrp calls OTRP_CACHE."""
    return os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or
        os.path.join(os.path.expanduser("~"), ".cache"), "otrp")


class Podman:
    def __init__(self, root=None):
        self.root = os.path.abspath(
            root or os.path.join(cache_folder(), "containers"))
        # Short, and gone after a restart of the machine, as podman wants it.
        name = hashlib.sha256(self.root.encode()).hexdigest()[:12]
        self.run_dir = "/run/otrp-containers-" + name

    def prepare(self):
        """Writes the configuration; says why containers can't run here."""
        for program in ("podman", "runc"):
            if not shutil.which(program, path=os.environ.get("PATH", "") +
                                ":/usr/sbin:/sbin"):
                raise PodmanError(f"{program} is missing: apt-get install "
                                  "podman runc netavark")
        if os.geteuid() != 0:
            raise PodmanError(
                "containers need root here: podman makes network namespaces "
                "and mounts; without root use ./otrp up")
        os.makedirs(self.root, mode=0o700, exist_ok=True)
        os.makedirs(self.run_dir, mode=0o700, exist_ok=True)
        for name, text in (("containers.conf", CONTAINERS_CONF),
                           ("storage.conf", STORAGE_CONF)):
            path = os.path.join(self.root, name)
            with open(path + f".{os.getpid()}", "w", encoding="ascii") as f:
                f.write(text.format(root=self.root, run=self.run_dir))
            os.replace(f.name, path)

    def environment(self):
        return {
            **os.environ,
            "PATH": os.environ.get("PATH", "/usr/bin:/bin")
                    + ":/usr/sbin:/sbin",
            "CONTAINERS_CONF": os.path.join(self.root, "containers.conf"),
            "CONTAINERS_STORAGE_CONF": os.path.join(self.root,
                                                    "storage.conf"),
        }

    def run(self, *args, check=True, text=True, namespace=None, **more):
        """Runs podman, in a network namespace when one is given; its result
        has stdout and stderr."""
        argv = ["nsenter", f"--net={namespace}"] if namespace else []
        more.setdefault("stdin", subprocess.DEVNULL)
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        done = subprocess.run([*argv, "podman", *args], check=False,
                              text=text, env=self.environment(), **more)
        if check and done.returncode != 0:
            said = (done.stderr or "") if text else ""
            raise PodmanError(f"podman {' '.join(args[:4])} failed: "
                              + last_words(said))
        return done

    def has_image(self, name):
        return self.run("image", "exists", name, check=False).returncode == 0

    def image_id(self, name):
        done = self.run("image", "inspect", "-f", "{{.Id}}", name,
                        check=False)
        return done.stdout.strip() if done.returncode == 0 else None


def last_words(text, lines=12):
    """The end of what a tool said, without podman's remarks about CNI, which
    isn't used."""
    kept = [line for line in (text or "").splitlines() if "CNI" not in line]
    return "\n".join(kept[-lines:]) or "it said nothing"
