"""The web console's files, made of clients/console and docs/openapi.json into
the cache: console/<digest of what they are made of>/. ./otrp builds them; the
stack and the images take them where they are there.
"""

import argparse
import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCES = "clients/console"
OPENAPI = "docs/openapi.json"


def cache_folder():
    return os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(
            pwd.getpwuid(os.geteuid()).pw_dir, ".cache"), "otrp")


def sources(root=ROOT):
    """Paths below the root of what the console is made of."""
    found = [OPENAPI]
    for folder, _, names in os.walk(os.path.join(root, SOURCES)):
        found += [os.path.relpath(os.path.join(folder, name), root)
                  for name in names if name != "BUILD"]
    return sorted(found)


def console_folder(root=ROOT):
    """Where the files are, or would be."""
    digest = hashlib.sha256()
    for path in sources(root):
        with open(os.path.join(root, path), "rb") as f:
            digest.update(f"{path}\0".encode() + hashlib.sha256(
                f.read()).digest())
    return os.path.join(cache_folder(), "console", digest.hexdigest()[:16])


def built_console(root=ROOT):
    """The folder, or None: it isn't built."""
    folder = console_folder(root)
    return folder if os.path.isdir(folder) else None


def make(packages, out, root=ROOT):
    """Makes the files in a new folder, with npm packages; the folder, or None
    where the sources are wrong: the compiler has said what it is."""
    with tempfile.TemporaryDirectory(prefix="console-") as work:
        for path in sources(root):
            into = os.path.join(work, os.path.relpath(path, SOURCES)
                                if path != OPENAPI else "openapi.json")
            os.makedirs(os.path.dirname(into), exist_ok=True)
            shutil.copyfile(os.path.join(root, path), into)
        os.symlink(packages, os.path.join(work, "node_modules"))
        done = subprocess.run(
            ["node", os.path.join(work, "build.mjs"), work, out],
            check=False, stdin=subprocess.DEVNULL)
    return out if done.returncode == 0 else None


def build(packages, root=ROOT):
    """The folder in the cache, as make() fills it; None as there."""
    folder = console_folder(root)
    if os.path.isdir(folder):
        return folder
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(folder)) as work:
        made = make(packages, os.path.join(work, "out"), root)
        if made is None:
            return None
        try:
            os.rename(made, folder)
        except OSError:
            # Somebody else has made the same in the meantime.
            if not os.path.isdir(folder):
                raise
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", help="folder node_modules")
    folder = build(parser.parse_args().packages)
    if folder is None:
        print("otrp: the console can't be built", file=sys.stderr)
        return 1
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
