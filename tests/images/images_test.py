"""The images: what is in them, how they run, and the suite made of them, by
podman, with everything real."""

import copy
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import urllib.request

from deploy.images import build, stage
from deploy.images.images import ENTRYPOINT, IMAGES, MIGRATIONS, USER
from deploy.images.podman import Podman, PodmanError
from deploy.suite.containers import HARDENING
from deploy.suite.runners import StackError
from tests.e2e.world import ROOT, SERVICES, World
from tests.images import spdx

WORLD = None
MOUNTS = {}
PREFIX = "org.opencontainers.image."


def setUpModule():
    global WORLD  # pylint: disable=W0603
    started = time.monotonic()
    WORLD = World(runner="containers")
    print(f"images built and started in {time.monotonic() - started:.1f} s")


def tearDownModule():
    if WORLD:
        for image in [i for i in MOUNTS if i]:
            WORLD.stack.runner.podman("image", "unmount", image, check=False)
        WORLD.close()


def runner():
    return WORLD.stack.runner


def inspect(name):
    return json.loads(runner().podman("image", "inspect",
                                      runner().image(name)).stdout)[0]


def mounted(image):
    """Folder with an image's files."""
    if image not in MOUNTS:
        MOUNTS[image] = runner().podman("image", "mount",
                                        image).stdout.strip()
    return MOUNTS[image]


def files_of(name):
    return mounted(runner().image(name))


def dpkg(folder):
    """Package -> version, by dpkg's own reading of what status.d says."""
    notes = os.path.join(folder, "var/lib/dpkg/status.d")
    with tempfile.TemporaryDirectory() as home:
        with open(os.path.join(home, "status"), "w",
                  encoding="utf-8") as status:
            for name in sorted(os.listdir(notes)):
                with open(os.path.join(notes, name), encoding="utf-8") as f:
                    status.write(f.read() + "\n")
        done = subprocess.run(
            ["dpkg-query", "--admindir", home, "-W", "-f",
             "${Package}\\t${Version}\\t${db:Status-Status}\\n"],
            capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert all(state == "installed" for _, _, state in rows), rows
    assert sorted(name for name, _, _ in rows) == sorted(os.listdir(notes))
    return {name: version for name, version, _ in rows}


def everything_in(root):
    """(path in the image, path here, lstat) of all of an image."""
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            yield path[len(root):], path, os.lstat(path)


# Programs that run what they are told, by their names.
INTERPRETERS = re.compile(
    r"(ba|da|z|c|k|tc|fi|a)?sh|busybox|toybox|perl\S*|python\S*|[mg]?awk|env|"
    r"apt|apt-\S+|dpkg|dpkg-\S+|tar|wget|curl|nc|openssl|gdb")


def runnable(root):
    """What in an image could be started, or looks like it; libraries can't,
    and what is a link leads to something that is looked at by itself."""
    found = set()
    for short, path, info in everything_in(root):
        base = os.path.basename(short)
        if not stat.S_ISREG(info.st_mode) or re.search(r"\.so(\.|$)", base):
            continue
        if short.startswith(("/usr/share/doc/", "/var/lib/dpkg/status.d/")):
            # Named after packages.
            if not info.st_mode & 0o111:
                continue
        with open(path, "rb") as f:
            begins = f.read(4)
        if begins.startswith(b"#!") or begins == b"\x7fELF" or \
                info.st_mode & 0o111 or INTERPRETERS.fullmatch(base):
            found.add(short)
    return found


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def git(*args):
    root = os.path.dirname(os.path.realpath(
        os.path.join(ROOT, "deploy/images/Dockerfile")))
    return subprocess.run(["git", "-c", "safe.directory=*", "-C", root, *args],
                          capture_output=True, text=True,
                          check=True).stdout.strip()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


class DockerfileTest(unittest.TestCase):

    def setUp(self):
        with open("deploy/images/Dockerfile", encoding="ascii") as f:
            self.text = f.read()

    def test_only_what_a_target_is_made_of_is_built(self):
        alone = build.stages_for(self.text, "image")
        names = re.findall(r"^FROM \S+ AS (\S+)", alone, re.M)
        self.assertEqual(names, ["build", "binaries", "scripts", "packages",
                                 "sbom", "common", "runtime", "unpacked",
                                 "files", "parts", "image"])
        # What a container is made of comes from nothing.
        self.assertIn("FROM scratch AS runtime\n", alone)
        self.assertIn("FROM runtime AS files\n", alone)
        replaced = build.stages_for(self.text, "image", ["binaries"])
        self.assertNotIn("bazel build", replaced)
        with self.assertRaises(PodmanError):
            build.stages_for(self.text, "nobody")

    def test_a_program_that_is_not_built_is_named(self):
        with self.assertRaisesRegex(stage.StageError, "missing: run ./otrp"):
            stage.stage(os.path.join(WORLD.folder, "x"), ROOT, "/nowhere")


class ImageTest(unittest.TestCase):

    def test_configuration(self):
        commit = git("rev-parse", "HEAD")
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
            int(git("log", "-1", "--format=%ct"))))
        for name, image in IMAGES.items():
            with self.subTest(name):
                found = inspect(name)
                config = found["Config"]
                self.assertEqual(config["User"], f"{USER}:{USER}")
                self.assertEqual(config["Entrypoint"], [ENTRYPOINT])
                self.assertEqual(
                    "/" + os.readlink(files_of(name) + ENTRYPOINT),
                    image.program_path())
                self.assertFalse(config.get("Cmd"))
                labels = {k[len(PREFIX):]: v
                          for k, v in found["Labels"].items()
                          if k.startswith(PREFIX)}
                self.assertEqual(set(labels), {
                    "title", "description", "version", "revision", "created"})
                self.assertEqual(labels["title"], "otrp/" + name)
                self.assertEqual(labels["description"], image.description)
                self.assertEqual(labels["revision"], commit)
                self.assertEqual(labels["created"], when)
                self.assertIn(commit[:7], labels["version"])
                self.assertEqual(found["Created"], when)
                print(f"otrp/{name}: {found['Size'] / 1e6:.1f} MB, "
                      f"{len(dpkg(files_of(name)))} packages")

    def test_programs_are_those_that_were_built(self):
        for name, image in IMAGES.items():
            for program in image.programs:
                path = os.path.join(files_of(name), "usr/bin",
                                    os.path.basename(program))
                self.assertEqual(sha256(path), sha256(program), path)
        psql = os.path.join(files_of("migrate"), "usr/bin/psql")
        with open(psql, "rb") as f:
            self.assertEqual(f.read(4), b"\x7fELF")

    def test_migrations_are_those_of_the_checkout(self):
        for schema, folder in MIGRATIONS.items():
            there = os.path.join(files_of("migrate"),
                                 "usr/share/otrp/migrations", schema)
            want = sorted(f for f in os.listdir(folder) if f.endswith(".sql"))
            self.assertTrue(want)
            self.assertEqual(sorted(os.listdir(there)), want)
            for file in want:
                self.assertEqual(sha256(f"{there}/{file}"),
                                 sha256(f"{folder}/{file}"))

    def test_its_user_can_change_nothing_and_no_file_gives_rights(self):
        for name in IMAGES:
            for short, path, info in everything_in(files_of(name)):
                self.assertNotEqual(info.st_uid, USER, short)
                self.assertNotEqual(info.st_gid, USER, short)
                if stat.S_ISLNK(info.st_mode):
                    continue
                # No device, no socket.
                self.assertTrue(stat.S_ISREG(info.st_mode) or
                                stat.S_ISDIR(info.st_mode), short)
                if short != "/tmp":
                    self.assertFalse(info.st_mode & 0o022, short)
                if stat.S_ISREG(info.st_mode):
                    self.assertFalse(info.st_mode & 0o6000, short)
                    self.assertEqual(os.listxattr(path), [], short)

    def test_nothing_can_be_run_but_the_images_own_programs(self):
        # No mask, no removal: no layer has a shell, an interpreter or a
        # package manager.
        for name, image in IMAGES.items():
            programs = {f"/usr/bin/{os.path.basename(p)}" for p in
                        [*image.programs, *(p for p, _ in image.copied)]}
            self.assertEqual(runnable(files_of(name)), programs, name)
            self.assertFalse(os.path.lexists(
                os.path.join(files_of(name), "etc/apt")), name)

    def test_what_could_be_run_in_an_image_would_be_found(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "usr/lib"))
            shutil.copy("/bin/true", os.path.join(root, "usr/lib/helper"))
            # Not marked as a program, but the dynamic linker would start it.
            os.chmod(os.path.join(root, "usr/lib/helper"), 0o644)
            for name, mode, text in (("script", 0o644, "#!/x\n"),
                                     ("dash", 0o644, ""),
                                     ("tool", 0o755, ""),
                                     ("fine.so.1", 0o755, "\x7fELF"),
                                     ("fine", 0o644, "text")):
                path = os.path.join(root, name)
                with open(path, "w", encoding="ascii") as f:
                    f.write(text)
                os.chmod(path, mode)
            self.assertEqual(runnable(root), {"/usr/lib/helper", "/script",
                                              "/dash", "/tool"})

    def test_nothing_of_the_installation_is_left(self):
        for name in IMAGES:
            root = files_of(name)
            self.assertEqual(
                sorted(os.listdir(root)),
                ["bin", "entrypoint", "etc", "lib", "lib64", "run", "sbin",
                 "tmp", "usr", "var"], name)
            self.assertEqual(os.listdir(os.path.join(root, "tmp")), [], name)
            for path in ("var/log", "var/cache", "var/lib/apt",
                         "var/lib/dpkg/info", "usr/share/man"):
                self.assertFalse(os.path.lexists(os.path.join(root, path)),
                                 f"{name}: {path}")

    def test_only_the_shared_libraries_that_are_needed(self):
        for name, image in IMAGES.items():
            libraries = set()
            for program in [*image.programs, *(p for p, _ in image.copied)]:
                libraries.update(stage.needed_libraries(program))
            needed = stage.Owners(libraries).of(libraries)
            self.assertEqual(set(dpkg(files_of(name))),
                             stage.with_licences(needed), name)
            for path in libraries:
                # Found where it stands here: that is how the loader finds it.
                self.assertTrue(os.path.exists(
                    files_of(name) + os.path.realpath(path)), path)
            for package in needed:
                self.assertTrue(os.path.isfile(os.path.join(
                    files_of(name), "usr/share/doc", os.path.basename(
                        os.path.realpath(f"/usr/share/doc/{package}")),
                    "copyright")), package)


class ArchiveTest(unittest.TestCase):

    def test_a_node_that_loads_it_has_what_the_chart_names(self):
        # A folder that is gone with the test; images are some 100 MB.
        path = os.path.join(WORLD.folder, "images.tar")
        self.addCleanup(os.unlink, path)
        builder = build.Builder(Podman(), ROOT)
        images = {n: runner().image(n) for n in ("tsm", "migrate")}
        names = builder.save(images, "registry.example.com/team", path)
        # One that is there is written anew.
        self.assertEqual(builder.save(images, "registry.example.com/team",
                                      path), names)
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))
        self.assertEqual(sorted(t for m in manifest for t in m["RepoTags"]),
                         sorted(names))
        with open("helm/otrp/Chart.yaml", encoding="utf-8") as f:
            version = re.search(r'^appVersion: "(.+)"', f.read(), re.M)[1]
        self.assertEqual(names[0],
                         f"registry.example.com/team/otrp/tsm:{version}")
        for name in names:
            self.assertFalse(Podman().has_image(name))


class ListOfPartsTest(unittest.TestCase):

    def document(self, name):
        with open(os.path.join(files_of(name),
                               "usr/share/otrp/sbom.spdx.json"),
                  encoding="ascii") as f:
            return json.load(f)

    def test_they_are_spdx(self):
        for name in IMAGES:
            self.assertEqual(spdx.problems(self.document(name)), [], name)

    def test_what_is_no_spdx_is_found(self):
        good = self.document("ca")

        def spoil(change):
            bad = copy.deepcopy(good)
            change(bad)
            self.assertNotEqual(spdx.problems(bad), [])
        spoil(lambda d: d.pop("documentNamespace"))
        spoil(lambda d: d.update(licence="x"))
        spoil(lambda d: d["packages"][3].update(SPDXID="SPDXRef-a_b"))
        spoil(lambda d: d["packages"].append(d["packages"][3]))
        spoil(lambda d: d["packages"][3].pop("downloadLocation"))
        spoil(lambda d: d["relationships"].pop(3))
        spoil(lambda d: d["relationships"][3].update(relationshipType="HAS"))
        spoil(lambda d: d["creationInfo"].update(created="yesterday"))

    def test_they_say_what_dpkg_says(self):
        for name in IMAGES:
            listed = {p["name"]: p["versionInfo"]
                      for p in self.document(name)["packages"]
                      if p["SPDXID"].startswith("SPDXRef-Deb-")}
            self.assertEqual(listed, dpkg(files_of(name)), name)

    def test_programs_have_their_digest(self):
        for name, image in IMAGES.items():
            listed = {p["name"]: p["checksums"][0]["checksumValue"]
                      for p in self.document(name)["packages"]
                      if p["SPDXID"].startswith("SPDXRef-Program-")}
            self.assertEqual(listed, {
                os.path.basename(p): sha256(p) for p in image.programs})

    def test_what_is_linked_statically_is_named_with_its_version(self):
        with open("deploy/images/boringssl.version", encoding="utf-8") as f:
            source, version = re.match(r"(\S+) \((\S+)\)", f.read()).groups()
        for name, image in IMAGES.items():
            document = self.document(name)
            parts = {p["name"]: p for p in document["packages"]
                     if p["SPDXID"].startswith("SPDXRef-Part-")}
            names = {p["SPDXID"]: p["name"] for p in document["packages"]}
            links = {names[r["spdxElementId"]]
                     for r in document["relationships"]
                     if r["relationshipType"] == "STATIC_LINK"}
            for program in image.programs:
                with open(program, "rb") as f:
                    inside = b"external/boringssl/src/" in f.read()
                if inside:
                    self.assertEqual(parts[source]["versionInfo"], version)
                    self.assertIn(os.path.basename(program), links)
        with open("clients/console/package.json", encoding="utf-8") as f:
            bundled = json.load(f)["dependencies"]
        parts = {p["name"]: p for p in self.document("api")["packages"]}
        for name, version in bundled.items():
            self.assertEqual(parts[name]["versionInfo"], version)
        self.assertIn("postgresql-client-15",
                      [p["name"] for p in self.document("migrate")["packages"]
                       ])


class RunTest(unittest.TestCase):

    def pid(self, name):
        pid = WORLD.stack.process(name).pid()
        self.assertIsNotNone(pid, name)
        return pid

    def test_endpoints(self):
        for name in SERVICES:
            for path, words in (("/livez", ""), ("/readyz", ""), (
                    "/metrics", "otrp_process_cpu_seconds_total")):
                status, text = get(WORLD.stack.metrics_url(name, path))
                self.assertEqual(status, 200, name + path)
                self.assertIn(words, text)

    def test_processes_have_no_rights(self):
        for name in SERVICES:
            with open(f"/proc/{self.pid(name)}/status",
                      encoding="ascii") as f:
                status = dict(re.findall(r"^(\w+):\t(.*)$", f.read(), re.M))
            self.assertEqual(status["Uid"].split(), [str(USER)] * 4)
            self.assertEqual(status["Gid"].split(), [str(USER)] * 4)
            self.assertLessEqual(set(status["Groups"].split()), {str(USER)})
            for rights in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
                self.assertEqual(int(status[rights], 16), 0, rights)
            self.assertEqual(status["NoNewPrivs"], "1")
            # The first process of its container is the program itself.
            self.assertEqual(status["NSpid"].split()[-1], "1")
            self.assertEqual(os.readlink(f"/proc/{self.pid(name)}/exe"),
                             "/usr/bin/" + name)

    def test_their_root_is_read_only(self):
        for name in SERVICES:
            with open(f"/proc/{self.pid(name)}/mountinfo",
                      encoding="utf-8") as f:
                mounts = [line.split() for line in f]
            root = [m for m in mounts if m[4] == "/"]
            self.assertTrue(all("ro" in m[5].split(",") for m in root), name)
            for path in ("/usr/bin/ca", "/tmp/x", "/x"):
                with self.assertRaises(OSError, msg=path):
                    with open(f"/proc/{self.pid(name)}/root{path}", "w",
                              encoding="ascii"):
                        pass
            # Of the state folder a container has only what it was given.
            state = WORLD.stack.state
            given = {m[4][len(state):] for m in mounts
                     if m[4].startswith(state)}
            for path in given:
                self.assertIn(path.split("/")[1], ("tls", "secrets"))
            self.assertIn("/tls/" + name, given)
            self.assertEqual(name == "ca", "/secrets/kek-ca" in given)
            self.assertEqual(name == "tsm", "/secrets/kek-tsm" in given)
            self.assertEqual(name == "attestation_verifier",
                             "/secrets/kek-verifier" in given)
            self.assertEqual(name == "sp_portal",
                             "/secrets/kek-portal" in given)
            self.assertEqual(name == "gateway", "/tls/gateway-web" in given)
            self.assertEqual(name == "api", "/tls/api-web" in given)

    def test_their_network_leads_nowhere_else(self):
        for name in SERVICES:
            with open(f"/proc/{self.pid(name)}/net/route",
                      encoding="ascii") as f:
                routes = [line.split()[1] for line in f.readlines()[1:]]
            self.assertEqual(routes, ["0000590A"], name)  # 10.89.0.0

    def test_no_shell_can_be_started(self):
        self.assertFalse([option for option in HARDENING if "mask" in option])
        for shell in ("sh", "/bin/sh", "/bin/bash", "perl"):
            done = runner().podman("exec", f"{runner().id}-tsm", shell, "-c",
                                   "exit 0", check=False)
            self.assertNotEqual(done.returncode, 0, shell)
            self.assertRegex(done.stderr, "(?i)not found|no such file")

    def test_every_program_starts_without_a_shell(self):
        for name, image in IMAGES.items():
            for program in [*image.programs, *(p for p, _ in image.copied)]:
                program = os.path.basename(program)
                done = runner().podman(
                    "run", "--rm", "--pull=never", "--network=none",
                    *HARDENING, f"--entrypoint=/usr/bin/{program}",
                    runner().image(name), "--help", check=False)
                said = done.stdout + done.stderr
                # Abseil's --help ends with 1.
                self.assertIn(done.returncode, (0, 1), program + said)
                self.assertRegex(said, "(?i)usage|flags|commands", program)

    def tool(self, name, *args):
        """Runs a client's image in the network, as another user would."""
        operator = os.path.join(WORLD.stack.tls, "operator")
        addresses = [f"--env=OTRP_{service.short.upper()}_ADDR="
                     + runner().peer(service.name, service.short)
                     for service in SERVICES.values() if service.rpc_port]
        work = os.path.join(WORLD.folder, "volume")
        if not os.path.isdir(work):
            os.mkdir(work)
            os.chown(work, USER, USER)
        done = runner().podman(
            "run", "--rm", "--pull=never", f"--network={runner().id}",
            *HARDENING, *runner().hosts(), *addresses,
            f"--volume={operator}:/tls:ro", "--env=OTRP_TLS_DIR=/tls",
            f"--volume={work}:/w", runner().image(name), *args, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_clients_images_do_a_devices_work(self):
        url = "http://" + runner().peer("gateway", "http") + "/otrp"
        self.tool("device", "init", "--dir", "/w/d", "--alg", "ec")
        certificates = []
        for role in ("tee", "tfw"):
            self.tool("otrpctl", "ca", "issue", "--profile", role, "--csr",
                      f"/w/d/{role}.csr", "--out", f"/w/{role}.pem")
            certificates += [f"--{role}-cert", f"/w/{role}.pem"]
        self.tool("otrpctl", "trust", "export", "--role", "tsm", "--out",
                  "/w/roots.pem")
        self.tool("device", "provision", "--dir", "/w/d", *certificates,
                  "--tsm-roots", "/w/roots.pem")
        answer = json.loads(self.tool("device", "contact", "--dir", "/w/d",
                                      "--url", url, "-o", "json"))
        self.assertEqual([(m["request"], m["status"])
                          for m in answer["messages"]],
                         [("GetDeviceStateRequest", "pass")])

    def test_the_demo(self):
        done = subprocess.run(
            [sys.executable, "-m", "deploy.suite", "demo", "--containers",
             "--state-dir", WORLD.stack.state, "--bin-dir", ROOT],
            cwd=ROOT, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("All seven OTrP requests", done.stdout)

    def test_up_starts_only_what_does_not_run(self):
        before = {name: self.pid(name) for name in SERVICES}
        WORLD.kill("sp_portal")
        said = []
        WORLD.stack.up(say=said.append)
        self.assertIn("sp_portal: started", said)
        self.assertEqual(sum("runs already" in s for s in said),
                         len(SERVICES) - 1)
        self.assertFalse([s for s in said if "built" in s], said)
        for name in SERVICES:
            self.assertEqual(self.pid(name) == before[name],
                             name != "sp_portal", name)

    def test_what_runs_as_containers_is_not_started_as_processes(self):
        stack = type(WORLD.stack)(
            WORLD.stack.state, root=ROOT, bin_dir=ROOT, runner="processes")
        with self.assertRaisesRegex(StackError, "as containers .* down"):
            stack.up(say=lambda _: None)

    def test_logs_are_lines_of_json(self):
        for name in SERVICES:
            with open(WORLD.stack.process(name).log_file,
                      encoding="utf-8") as f:
                lines = f.readlines()
            self.assertTrue(lines, name)
            for line in lines:
                self.assertEqual(json.loads(line)["service"], name, line)


class StopTest(unittest.TestCase):
    """The last, by its name."""

    def test_sigterm_ends_each_with_0_and_down_leaves_nothing(self):
        stack = WORLD.stack
        for name in reversed(SERVICES):
            process = stack.process(name)
            started = time.monotonic()
            self.assertTrue(process.stop(), name)
            took = time.monotonic() - started
            self.assertEqual(process.exit_code, 0, name)
            self.assertLess(took, 20, name)
            print(f"{name}: exit code 0 in {took:.1f} s")
        # One that came to an end is cleared away too.
        stack._start("ca", lambda _: None)
        WORLD.kill("ca")
        self.assertTrue(stack.down(say=lambda _: None))
        engine = Podman()
        self.assertNotIn(runner().id,
                         engine.run("ps", "--all").stdout)
        self.assertFalse(os.path.exists("/run/netns/" + runner().id))
        with self.assertRaises(OSError):
            get(stack.metrics_url("tsm", "/livez"))
        self.assertFalse(stack.postgres.running())


if __name__ == "__main__":
    unittest.main()
