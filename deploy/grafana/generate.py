"""Makes the dashboards (*.json here) and docs/dashboards.md out of src/.

src/ is TypeScript against the types of @grafana/schema, so that a misspelt
option of a panel doesn't compile. ./otrp docs runs this with what it needs.
"""

import argparse
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

# Also where a link led here.
FOLDER = os.path.dirname(os.path.realpath(__file__))
DOCUMENT = os.path.join(os.path.dirname(os.path.dirname(FOLDER)), "docs",
                        "dashboards.md")


class GenerateError(Exception):
    """Says why there are no dashboards."""


def node_modules():
    """The packages of src/package-lock.json."""
    cache = os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(
            pwd.getpwuid(os.geteuid()).pw_dir, ".cache"), "otrp")
    folder = os.path.join(cache, "dashboard-tools", "node_modules")
    if not os.path.isdir(folder):
        raise GenerateError(f"{folder} is missing: ./otrp docs puts it there")
    return folder


def run(*command):
    done = subprocess.run(["node", *command], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise GenerateError(done.stdout + done.stderr)


def generate(folder, instead=None):
    """Name -> text of all dashboards and of the document; compiles in
    `folder`, which is empty. `instead`: other texts of some sources."""
    packages = node_modules()
    source = os.path.join(folder, "src")
    shutil.copytree(os.path.join(FOLDER, "src"), source)
    shutil.copy(os.path.join(os.path.dirname(FOLDER), "services.json"), source)
    for name, text in (instead or {}).items():
        with open(os.path.join(source, name), "w", encoding="utf-8") as f:
            f.write(text)
    # Where the compiler, and then node, look for packages.
    os.symlink(packages, os.path.join(folder, "node_modules"))
    compiled, made = (os.path.join(folder, n) for n in ("js", "made"))
    os.mkdir(made)
    run(os.path.join(packages, "typescript", "lib", "tsc.js"), "--project",
        source, "--outDir", compiled)
    run(os.path.join(compiled, "main.js"), made,
        os.path.join(made, os.path.basename(DOCUMENT)))
    texts = {}
    for name in sorted(os.listdir(made)):
        with open(os.path.join(made, name), encoding="utf-8") as f:
            texts[name] = f.read()
    return texts


def place(name):
    """Where a made file stands in the checkout."""
    return DOCUMENT if name == os.path.basename(DOCUMENT) else \
        os.path.join(FOLDER, name)


def committed():
    """Name -> text of what stands in the checkout."""
    names = [n for n in sorted(os.listdir(FOLDER)) if n.endswith(".json")]
    names.append(os.path.basename(DOCUMENT))
    texts = {}
    for name in names:
        if os.path.exists(place(name)):
            with open(place(name), encoding="utf-8") as f:
                texts[name] = f.read()
    return texts


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="dashboards-") as folder:
            made = generate(folder)
    except GenerateError as error:
        print(f"dashboards: {error}", file=sys.stderr)
        return 1
    for name in committed():
        if name not in made:
            os.unlink(place(name))
    for name, text in made.items():
        with open(place(name), "w", encoding="utf-8") as f:
            f.write(text)
    print(f"{len(made) - 1} dashboards in {FOLDER}, and {DOCUMENT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
