"""A node of one's own, for the real programs: runs the rendered pods of the
chart as a kubelet would, with their commands, flags, users, volumes and
probes, in a root of their own. No image, no container runtime, no network but
loopback. Must run as root in a network and mount namespace made for it."""

import copy
import os
import shutil
import stat
import subprocess
import time
import urllib.error
import urllib.request

from deploy.console import built_console
from deploy.images.images import CONSOLE, IMAGES, MIGRATIONS, USER

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
# Program in the images -> in the runfiles.
PROGRAMS = {os.path.basename(path): path
            for image in IMAGES.values()
            for path in (*image.programs, *(p for p, _ in image.copied))
            if not path.startswith("clients/load/")}


class NodeError(Exception):
    pass


def mount(*args):
    subprocess.run(["mount", *args], check=True)


class Node:
    """`api` keeps the Secrets, `socket` is the folder of the database's
    socket, for the pods /database; `hosts` are pairs of an address and the
    names of Services that have it."""

    def __init__(self, folder, objects, api, socket, hosts):
        self.folder = folder
        self.objects = {(o["kind"], o["metadata"]["name"]): o
                        for o in objects}
        self.api = api
        self.socket = socket
        self.running = {}
        self._count = 0
        self._usr = os.path.join(folder, "usr")
        self._etc = os.path.join(folder, "etc")
        self._make_usr()
        os.makedirs(os.path.join(self._etc, "otrp"))
        self._write(self._etc, "hosts", "127.0.0.1 localhost\n" + "".join(
            f"{address} {' '.join(names)}\n" for address, names in hosts))
        self._write(self._etc, "nsswitch.conf", "hosts: files\n")
        self._write(self._etc, "resolv.conf", "")
        self._write(self._etc, "passwd",
                    f"nonroot:x:{USER}:{USER}::/:/usr/sbin/nologin\n")

    # -- pods ---------------------------------------------------------------

    def complete(self, metadata, spec):
        """Runs a pod's containers to their end, the init ones first; what the
        last one said."""
        volumes = self._volumes(metadata, spec)
        for container in spec.get("initContainers", []) + spec["containers"]:
            process, log = self._start(spec, container, volumes)
            code = process.wait(timeout=120)
            if code != 0:
                raise NodeError(f"{container['name']} ended with {code}: "
                                + self._read(log))
        return self._read(log)

    def start(self, metadata, spec, address="127.0.0.1"):
        """`address` of the pod; that which it listens on is the first of all.
        Those of the others are part of their names."""
        container, = copy.deepcopy(spec["containers"])
        container["args"] = [a.replace("=127.0.0.1:", f"={address}:")
                             for a in container["args"]]
        volumes = self._volumes(metadata, spec)
        process, log = self._start(spec, container, volumes)
        name = container["name"]
        if address != "127.0.0.1":
            name += "@" + address
        self.running[name] = (process, container, log)

    def url(self, name, path="", port="metrics"):
        """Of a port of a pod that runs, by its name."""
        address = name.partition("@")[2] or "127.0.0.1"
        ports = {p["name"]: p["containerPort"]
                 for p in self.running[name][1]["ports"]}
        return f"http://{address}:{ports[port]}{path}"

    def ready(self, name, seconds=60):
        """Waits until the startup and readiness probes pass."""
        process, container, log = self.running[name]
        end = time.monotonic() + seconds
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            get = container[probe]["httpGet"]
            url = self.url(name, get["path"], get["port"])
            while not self._ok(url):
                if process.poll() is not None or time.monotonic() > end:
                    raise NodeError(f"{name}: no {probe}: "
                                    + self._read(log)[-2000:])
                time.sleep(0.1)

    def stop(self, name, seconds=20):
        """SIGTERM; the process must end by itself and well."""
        process, _, log = self.running.pop(name)
        process.terminate()
        code = process.wait(timeout=seconds)
        if code != 0:
            raise NodeError(f"{name} ended with {code} after SIGTERM: "
                            + self._read(log)[-2000:])

    def close(self):
        for process, _, _ in self.running.values():
            process.kill()
            process.wait()
        subprocess.run(["umount", self._usr], check=True)

    # -- inside -------------------------------------------------------------

    def _ok(self, url):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def _make_usr(self):
        """What the images add to /usr."""
        extra = os.path.join(self.folder, "image")
        os.makedirs(os.path.join(extra, "bin"))
        os.mkdir(self._usr)
        for name, path in PROGRAMS.items():
            shutil.copy(path, os.path.join(extra, "bin", name))
            os.chmod(os.path.join(extra, "bin", name), 0o755)
        for schema, folder in MIGRATIONS.items():
            shutil.copytree(
                folder, os.path.join(extra, "share/otrp/migrations", schema))
        console = built_console()
        if console is None:
            raise NodeError("the console is missing: run ./otrp console")
        shutil.copytree(console, os.path.join(
            extra, os.path.relpath(CONSOLE, "/usr")))
        for path, _, _ in os.walk(extra):
            os.chmod(path, 0o755)
        mount("-t", "overlay", "overlay", "-o",
              f"lowerdir={extra}:/usr", self._usr)

    def _write(self, folder, name, data):
        path = os.path.join(folder, name)
        with open(path, "wb" if isinstance(data, bytes) else "w") as f:
            f.write(data)
        os.chmod(path, 0o644)
        return path

    def _read(self, path):
        with open(path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def _new(self, what):
        self._count += 1
        path = os.path.join(self.folder, f"{what}-{self._count}")
        os.mkdir(path)
        os.chmod(path, 0o755)
        return path

    def _volumes(self, metadata, spec):
        """Name -> folder, as the kubelet makes them."""
        group = spec["securityContext"]["fsGroup"]
        made = {}
        for volume in spec.get("volumes", []):
            folder = self._new("volume")
            if "emptyDir" in volume:
                os.chown(folder, 0, group)
                os.chmod(folder, 0o2777)
            elif "secret" in volume:
                source = volume["secret"]
                data = self.api.data(source["secretName"])
                files = {i["path"]: data[i["key"]] for i in source["items"]}
                self._files(folder, files, group, source["defaultMode"])
            elif "configMap" in volume:
                data = self.objects["ConfigMap",
                                    volume["configMap"]["name"]]["data"]
                self._files(folder, data, group, 0o644)
            else:
                raise NodeError(f"volume {volume}")
            made[volume["name"]] = folder
        if spec["automountServiceAccountToken"]:
            folder = self._new("account")
            account = spec["serviceAccountName"]
            files = {"token": f"token of {account}".replace(" ", "-"),
                     "namespace": "suite",
                     "ca.crt": self._read(os.path.join(self.api.account,
                                                       "ca.crt"))}
            self._files(folder, files, group, 0o600)
            made[ACCOUNT] = folder
        return made

    def _files(self, folder, files, group, mode):
        """Behind a link that is exchanged as a whole."""
        data = os.path.join(folder, "..1")
        os.mkdir(data)
        os.chmod(data, 0o755)
        for name, text in files.items():
            path = self._write(data, name, text)
            os.chown(path, 0, group)
            # With a group, the kubelet lets it read.
            os.chmod(path, mode | stat.S_IRGRP)
            os.symlink(f"..data/{name}", os.path.join(folder, name))
        os.symlink("..1", os.path.join(folder, "..data"))

    def _environment(self, container):
        values = {"PATH": "/usr/bin", "KUBERNETES_SERVICE_HOST": "127.0.0.1",
                  "KUBERNETES_SERVICE_PORT": self.api.url.rsplit(":", 1)[1]}
        for variable in container.get("env", []):
            if "value" in variable:
                values[variable["name"]] = variable["value"]
            else:
                ref = variable["valueFrom"]["secretKeyRef"]
                values[variable["name"]] = self.api.data(
                    ref["name"])[ref["key"]]
        return values

    def _start(self, spec, container, volumes):
        root = self._new("root")
        script = ["set -e", f"cd {root}",
                  "mkdir usr etc proc dev tmp run var",
                  "ln -s usr/bin bin; ln -s usr/lib lib",
                  "ln -s usr/lib64 lib64; ln -s /run var/run",
                  f"mount --rbind {self._usr} usr",
                  f"mount --bind {self._etc} etc",
                  "mount --rbind /proc proc; mount --rbind /dev dev",
                  "mkdir database",
                  f"mount --bind {self.socket} database"]
        mounts = [(m["mountPath"], volumes[m["name"]],
                   m.get("readOnly", False))
                  for m in container["volumeMounts"]]
        if ACCOUNT in volumes:
            mounts.append((ACCOUNT.replace("/var/run", "/run"),
                           volumes[ACCOUNT], True))
        for path, folder, read_only in mounts:
            target = f".{path}"
            script += [f"mkdir -p {target}",
                       f"mount --bind {folder} {target}"]
            if read_only:
                script.append(f"mount -o remount,bind,ro {target}")
        user = spec["securityContext"]
        script.append(
            "exec /usr/sbin/chroot . /usr/bin/setpriv "
            f"--reuid={user['runAsUser']} --regid={user['runAsGroup']} "
            f"--groups={user['fsGroup']} --bounding-set=-all "
            '--inh-caps=-all --no-new-privs -- "$@"')
        log = os.path.join(root, "..", os.path.basename(root) + ".log")
        with open(log, "wb") as out:
            process = subprocess.Popen(
                ["unshare", "--mount", "--propagation=private", "bash", "-c",
                 "\n".join(script), "pod", *container["command"],
                 *container.get("args", [])],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env=self._environment(container))
        return process, log
