"""Lays out what Bazel built as the Dockerfile's stage "binaries": a folder for
each image with

    rootfs/         what is copied to /
    packages        the Debian packages of the shared libraries, one a line,
                    without those of "common"
    parts.json      what else is inside: linked statically, headers, copied

"common", the packages that all of them need, and "packages", those of all
together. The build stage of the Dockerfile runs it, and
so does build.py for what is built already.
"""

import argparse
import functools
import json
import os
import re
import shutil
import subprocess
import sys

from deploy.console import SOURCES, built_console
from deploy.images.images import (
    CONSOLE, ENTRYPOINT, IMAGES, MIGRATIONS, program_name)

# A library of bazel/system.bzl -> its package, where its code comes into a
# program from headers alone; the others are shared libraries, which dpkg
# knows.
HEADERS_ONLY = {
    "@system//:boost_beast": "libboost1.81-dev",
    "@system//:boost_json": "libboost1.81-dev",
    "@system//:cli11": "libcli11-dev",
}


class StageError(Exception):
    """Says in one sentence what is missing."""


def output_of(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False,
                          env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        raise StageError(f"{' '.join(argv[:2])} failed: "
                         f"{done.stderr.strip()}")
    return done.stdout


def needed_libraries(program):
    """Paths of the shared libraries that a program and they themselves ask
    for, the dynamic linker among them."""
    found, missing = [], []
    for line in output_of("ldd", program).splitlines():
        match = re.match(r"\s*(?:(\S+) => )?(\S+)", line)
        if match[2].startswith("/"):
            found.append(match[2])
        elif match[1]:
            missing.append(match[1])
    if missing or not found:
        raise StageError(f"{program} needs {', '.join(missing)}, which this "
                         "machine has not got")
    return sorted(found)


def with_licences(packages):
    """Some share the folder of their documents with another package, e.g.
    libgcc-s1 with gcc-12-base; that one comes too."""
    return packages | {
        os.path.basename(os.path.realpath(f"/usr/share/doc/{package}"))
        for package in packages}


class Owners:
    """Which installed package owns a file; asks dpkg once for all."""

    def __init__(self, paths):
        # dpkg knows a library by one of its names: /lib is /usr/lib.
        names = {}
        for path in paths:
            for name in (path, os.path.realpath(path)):
                names[name] = path
                if name.startswith("/usr/lib"):
                    names[name[len("/usr"):]] = path
        done = subprocess.run(["dpkg-query", "-S", *sorted(names)],
                              capture_output=True, text=True, check=False)
        self._owners = {}
        for line in done.stdout.splitlines():
            match = re.match(r"([^\s:,]+)(?::\w+)?: (\S+)$", line)
            if match and match[2] in names:
                self._owners[names[match[2]]] = match[1]

    def of(self, paths):
        for path in paths:
            if path not in self._owners:
                raise StageError(f"no Debian package owns {path}")
        return {self._owners[path] for path in paths}


@functools.lru_cache(maxsize=None)
def version_of(package):
    return output_of("dpkg-query", "-W", "-f", "${source:Package} ${Version}",
                     package).split()


def boringssl(version_file):
    with open(version_file, encoding="utf-8") as f:
        match = re.match(r"(\S+) \(([^)]+)\)", f.readline())
    return {"name": match[1], "source": match[1], "version": match[2],
            "how": "static"}


def package_part(package, how):
    source, version = version_of(package)
    return {"name": package, "source": source, "version": version, "how": how}


def bundled(root):
    """The npm packages whose code is in the console's files."""
    with open(os.path.join(root, SOURCES, "package-lock.json"),
              encoding="utf-8") as f:
        packages = json.load(f)["packages"]
    for path, package in packages.items():
        if path and not package.get("dev") and not package.get("optional"):
            yield {"name": path.removeprefix("node_modules/"),
                   "version": package["version"], "how": "npm",
                   "licence": package["license"], "in": ["the console"]}


def parts_of(image, linked, lists, root):
    """What an image holds beside our own code and dpkg's packages."""
    parts = {}
    for program in image.programs:
        if program not in linked:
            raise StageError(f"{program} is not in the build's list of "
                             "libraries: add it to PROGRAMS in BUILD")
        for label in linked[program]:
            part = None
            if label.startswith("@boringssl//"):
                part = boringssl(os.path.join(lists,
                                              "boringssl.version"))
            elif label in HEADERS_ONLY:
                part = package_part(HEADERS_ONLY[label], "headers")
            elif not label.startswith("@system//"):
                raise StageError(f"nobody says what {label} is in an image")
            if part:
                parts.setdefault(part["name"], {**part, "in": []})
                users = parts[part["name"]]["in"]
                if program_name(program) not in users:
                    users.append(program_name(program))
    for path, package in image.copied:
        parts[package] = {**package_part(package, "copied"),
                          "in": [program_name(path)]}
    for part in bundled(root) if image.console else ():
        parts[part["name"]] = part
    return [parts[name] for name in sorted(parts)]


def link_entrypoint(image, rootfs):
    """The same name in every image, since a Dockerfile's can't be an
    argument."""
    os.symlink(image.program_path().lstrip("/"),
               os.path.join(rootfs, ENTRYPOINT.lstrip("/")))


def install_console(root, rootfs):
    console = built_console(root)
    if console is None:
        raise StageError("the console is missing: run ./otrp console")
    for folder, _, names in os.walk(console):
        for name in names:
            path = os.path.join(folder, name)
            install(path, os.path.join(rootfs, CONSOLE.lstrip("/"),
                                       os.path.relpath(path, console)), 0o644)


def install(source, target, mode):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)
    os.chmod(target, mode)


def stage_image(name, image, out, root, bin_dir, linked):
    """Returns the shared libraries that it asks for."""
    rootfs = os.path.join(out, name, "rootfs")
    libraries = set()
    sources = [os.path.join(bin_dir, path) for path in image.programs]
    for source in sources + [path for path, _ in image.copied]:
        if not os.path.exists(source):
            raise StageError(f"{source} is missing: run ./otrp build")
        install(source, os.path.join(rootfs, "usr/bin",
                                     os.path.basename(source)), 0o755)
        libraries.update(needed_libraries(source))
    link_entrypoint(image, rootfs)
    for schema, folder in MIGRATIONS.items() if image.migrations else ():
        for file in sorted(os.listdir(os.path.join(root, folder))):
            if file.endswith(".sql"):
                install(os.path.join(root, folder, file), os.path.join(
                    rootfs, "usr/share/otrp/migrations", schema, file), 0o644)
    if image.console:
        install_console(root, rootfs)
    lists = os.path.join(bin_dir, "deploy", "images")
    with open(os.path.join(out, name, "parts.json"), "w",
              encoding="ascii") as f:
        json.dump(parts_of(image, linked, lists, root), f, indent=1)
        f.write("\n")
    return libraries


def write_lines(path, lines):
    with open(path, "w", encoding="ascii") as f:
        f.write("".join(line + "\n" for line in sorted(lines)))


def stage(out, root, bin_dir, names=None):
    lists = os.path.join(bin_dir, "deploy", "images")
    for name in ("linked.json", "boringssl.version"):
        if not os.path.exists(os.path.join(lists, name)):
            raise StageError(f"{lists}/{name} is missing: run ./otrp build")
    with open(os.path.join(lists, "linked.json"), encoding="ascii") as f:
        linked = json.load(f)["programs"]
    needed = {name: stage_image(name, IMAGES[name], out, root, bin_dir,
                                linked) for name in names or IMAGES}
    everything = set().union(*needed.values())
    owners = Owners(everything)
    packages = {name: with_licences(owners.of(libraries))
                for name, libraries in needed.items()}
    common = set.intersection(*packages.values())
    for name, own in packages.items():
        write_lines(os.path.join(out, name, "packages"), own - common)
    write_lines(os.path.join(out, "common"), common)
    write_lines(os.path.join(out, "packages"), set().union(
        *packages.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=".", help="the checkout")
    parser.add_argument("--bin-dir", default="bazel-bin")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    try:
        stage(args.out, args.root, args.bin_dir)
    except StageError as error:
        print(f"stage: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
