"""The base image debian:bookworm-slim without a registry: made by mmdebstrap
from the machine's own apt sources, and podman's name for it."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile

from deploy.images.images import BASE
from deploy.images.podman import PodmanError, last_words

SUITES = re.compile(r"bookworm(-updates|-security)?$")

# What Debian's own slim image leaves out too.
SLIM = [
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/man/*",
]


def apt(*args):
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PodmanError(f"{args[0]} {args[1]} failed: "
                          + last_words(done.stderr))
    return done.stdout


def debian_sources():
    """The machine's entries for Debian itself, one a line."""
    lines = []
    for line in apt("apt-get", "indextargets", "--format",
                    "$(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
                    ).splitlines():
        kind, uri, release, component = line.split("|")
        entry = f"deb {uri} {release} {component}"
        if kind == "Packages" and SUITES.match(release) and \
                component == "main" and entry not in lines:
            lines.append(entry)
    if not lines:
        raise PodmanError("apt knows no source of Debian 12 (bookworm): see "
                          "/etc/apt/sources.list")
    return lines


def apt_options():
    """The machine's own way to its sources: proxies, time-outs, retries."""
    return [line for line in apt("apt-config", "dump").splitlines()
            if re.match(r"Acquire::(https?|ftp|Retries|By-Hash)\b", line)
            and not line.endswith('"";')]


def write_apt_folder(folder):
    """A copy of /etc/apt with Debian's sources only, for builds that run in
    the base image. Returns the bind mounts that it needs."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("apt.conf.d", "preferences.d", "auth.conf.d",
                 "sources.list.d"):
        os.makedirs(os.path.join(folder, name))
    for name in ("trusted.gpg.d", "auth.conf.d"):
        if os.path.isdir(f"/etc/apt/{name}"):
            shutil.copytree(f"/etc/apt/{name}", os.path.join(folder, name),
                            dirs_exist_ok=True)
    with open(os.path.join(folder, "sources.list"), "w",
              encoding="ascii") as f:
        f.write("\n".join(debian_sources()) + "\n")
    options = apt_options()
    authorities = "/etc/ssl/certs/ca-certificates.crt"
    if os.path.exists(authorities):
        shutil.copyfile(authorities, os.path.join(folder, "ca.crt"))
        options.append('Acquire::https::CAInfo "/etc/apt/ca.crt";')
    options += ['Acquire::Languages "none";', 'APT::Sandbox::User "root";']
    with open(os.path.join(folder, "apt.conf.d", "90otrp"), "w",
              encoding="ascii") as f:
        f.write("\n".join(options) + "\n")
    mounts = [f"{folder}:/etc/apt:ro"]
    for entry in debian_sources():
        local = re.match(r"deb (?:file|copy):/*(/\S+)", entry)
        if local and os.path.isdir(local[1]):
            mounts.append(f"{local[1]}:{local[1]}:ro")
    return mounts


def make_base(podman, say=print, fresh=False):
    """Makes the base image when there is none."""
    if podman.has_image(BASE) and not fresh:
        return
    if not shutil.which("mmdebstrap"):
        raise PodmanError("mmdebstrap is missing: apt-get install mmdebstrap")
    say("base image: debian:bookworm-slim by mmdebstrap")
    with tempfile.TemporaryDirectory(dir=podman.root) as work:
        sources = os.path.join(work, "sources.list")
        with open(sources, "w", encoding="ascii") as f:
            f.write("\n".join(debian_sources()) + "\n")
        tar = os.path.join(work, "base.tar")
        options = [f"--aptopt={o}" for o in apt_options()]
        options += [f"--dpkgopt={o}" for o in SLIM]
        # Neither the machine's sources nor its proxies are part of an image.
        clean = ("rm -f $1/etc/apt/apt.conf.d/99mmdebstrap; echo " +
                 shlex.quote("# none") + " >$1/etc/apt/sources.list")
        done = subprocess.run(
            ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
             "--format=tar", "--aptopt=Acquire::Languages \"none\"",
             "--dpkgopt=force-unsafe-io", *options,
             "--customize-hook=" + clean, "bookworm", tar, sources],
            capture_output=True, text=True, check=False,
            env=podman.environment(), stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            raise PodmanError("mmdebstrap failed: " + last_words(done.stderr))
        podman.run("import", "--change", "CMD bash", tar, BASE)
