"""Builds the images with podman from the programs that Bazel built already.

The Dockerfile's stage "binaries" is replaced by what stage.py lays out; the
stages after it are the same that everybody builds. Images whose ingredients
have not changed are not built again.
"""

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent import futures

from deploy.images.base import make_base, write_apt_folder
from deploy.images.images import BASE, IMAGES
from deploy.images.podman import Podman, PodmanError, last_words
from deploy.images.stage import StageError, stage

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CONTEXT = ("deploy/images/install.sh", "deploy/images/rootfs.sh",
           "deploy/images/sbom.py")
# So many generations of images are kept: a stack may still run the last one.
KEPT = 3
# So many are built at a time.
WORKERS = 2


class Revision:
    """The commit that the images say they are from."""

    def __init__(self, root):
        def git(*args):
            done = subprocess.run(
                ["git", "-c", "safe.directory=*", "-C", root, *args],
                capture_output=True, text=True, check=False)
            return done.stdout.strip() if done.returncode == 0 else ""
        self.revision = git("rev-parse", "HEAD") or "unknown"
        self.created = int(git("log", "-1", "--format=%ct") or 0)
        self.version = git("describe", "--tags", "--always") or "unknown"
        if git("status", "--porcelain", "--untracked-files=no"):
            self.version += "-dirty"

    def created_text(self):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.created))

    def build_args(self):
        return {"VERSION": self.version, "REVISION": self.revision,
                "CREATED": str(self.created),
                "CREATED_TEXT": self.created_text()}


def stages_for(text, target, replaced=()):
    """The Dockerfile with only the stages that the target is made of, as
    newer builders do by themselves; stages in `replaced` come from outside."""
    parts = re.split(r"(?m)^(?=FROM )", text)
    head, stages = parts[0], {}
    for part in parts[1:]:
        name = re.match(r"FROM \S+ AS (\S+)", part)[1]
        stages[name] = part.rstrip() + "\n\n"
    wanted, queue = set(), [target]
    while queue:
        name = queue.pop()
        if name in wanted or name in replaced or name not in stages:
            continue
        wanted.add(name)
        queue += re.findall(r"^FROM (\S+)", stages[name])
        queue += re.findall(r"from=([\w-]+)", stages[name])
    if target not in wanted:
        raise PodmanError(f"the Dockerfile has no stage {target}")
    return head + "".join(t for n, t in stages.items() if n in wanted)


def digest_of(folder, *more):
    """A digest of names, modes and contents."""
    found = hashlib.sha256(repr(more).encode())
    for path, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            full = os.path.join(path, name)
            found.update(repr((os.path.relpath(full, folder),
                               os.stat(full).st_mode)).encode())
            with open(full, "rb") as f:
                found.update(hashlib.sha256(f.read()).digest())
    return found.hexdigest()[:16]


class Step:
    """Builds stages of the Dockerfile one after the other."""

    def __init__(self, builder, work, context, text, fresh):
        self.podman = builder.podman
        self.say = builder.say
        self.revision = builder.revision
        self.work = work
        self.context = context
        self.text = text
        self.fresh = fresh
        self.mounts = write_apt_folder(os.path.join(work, "apt"))
        # Stages that come from outside -> the folder.
        self.contexts = {}

    def build(self, name, image):
        """name: one of IMAGES, or "packages", a stage by itself."""
        started = time.monotonic()
        target = "image" if name in IMAGES else name
        file = os.path.join(self.work, name + ".Dockerfile")
        with open(file, "w", encoding="ascii") as f:
            f.write(stages_for(self.text, target, self.contexts))
        args = {"BASE": BASE, **self.revision.build_args()}
        if name in IMAGES:
            args.update(IMAGE=name, DESCRIPTION=IMAGES[name].description)
        done = self.podman.run(
            "build", "--pull=never", "--target", target, "--tag", image,
            "--file", file, "--format=oci",
            # Only apt uses it, the way that the machine itself does.
            "--network=host",
            *(f"--volume={m}" for m in self.mounts),
            *(f"--build-arg={k}={v}" for k, v in args.items()),
            *(f"--build-context={k}={v}" for k, v in self.contexts.items()),
            "--timestamp", str(self.revision.created),
            *(["--no-cache"] if self.fresh else ["--layers"]),
            self.context, check=False)
        if done.returncode != 0:
            raise PodmanError(
                f"building otrp/{name} failed; the end of it:\n"
                + last_words(done.stdout + done.stderr, 25))
        self.say(f"image otrp/{name}: built in "
                 f"{time.monotonic() - started:.1f} s")


class Builder:
    def __init__(self, podman, root=ROOT, bin_dir=None, say=print):
        self.podman = podman
        self.root = root
        self.bin = bin_dir or os.path.join(root, "bazel-bin")
        self.say = say
        # Below a test's links stands the checkout itself.
        self.revision = Revision(os.path.dirname(os.path.realpath(
            os.path.join(root, "deploy", "images", "Dockerfile"))))

    def build(self, names=None, fresh=False):
        """Builds what is missing; returns {name: reference of the image}.

        fresh: everything anew, from a base image with today's packages.
        """
        self.podman.prepare()
        with open(os.path.join(self.podman.root, "lock"), "w",
                  encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            make_base(self.podman, self.say, fresh)
            with tempfile.TemporaryDirectory(dir=self.podman.root,
                                             prefix="build-") as work:
                return self._build(work, list(names or IMAGES), fresh)

    def _build(self, work, names, fresh):
        binaries = os.path.join(work, "binaries")
        stage(binaries, self.root, self.bin)
        context = os.path.join(work, "context")
        for path in CONTEXT:
            os.makedirs(os.path.dirname(os.path.join(context, path)),
                        exist_ok=True)
            shutil.copyfile(os.path.join(self.root, path),
                            os.path.join(context, path))
        with open(os.path.join(self.root, "deploy/images/Dockerfile"),
                  encoding="ascii") as f:
            text = f.read()
        tag = digest_of(work, text, self.podman.image_id(BASE),
                        self.revision.build_args())
        images = {n: f"localhost/otrp/{n}:{tag}" for n in names}
        missing = [n for n in names
                   if fresh or not self.podman.has_image(images[n])]
        if not missing:
            return images
        step = Step(self, work, context, text, fresh)
        step.contexts["binaries"] = binaries
        # Buildah 1.28 mounts nothing from a stage that it takes from its
        # cache: the stage becomes an image, and that a folder.
        packages = f"localhost/otrp/packages:{tag}"
        step.build("packages", packages)
        step.contexts["packages"] = self.podman.run(
            "image", "mount", packages).stdout.strip()
        try:
            # The first one makes the layers that the others share.
            step.build(missing[0], images[missing[0]])
            with futures.ThreadPoolExecutor(WORKERS) as pool:
                for done in [pool.submit(step.build, name, images[name])
                             for name in missing[1:]]:
                    done.result()
        finally:
            self.podman.run("image", "unmount", packages)
        self._remember(tag, names)
        return images

    def save(self, images, registry, path):
        """Writes the images into one archive, by the names under which the
        chart looks for them in `registry`; returns the names."""
        names = [f"{registry.rstrip('/')}/otrp/{name}:{self._version()}"
                 for name in images]
        for image, name in zip(images.values(), names):
            self.podman.run("tag", image, name)
        try:
            # It appends to one that is there.
            if os.path.exists(path):
                os.unlink(path)
            self.podman.run("save", "--quiet", "--multi-image-archive",
                            "--output", os.path.abspath(path), *names)
        finally:
            for name in names:
                self.podman.run("untag", name, name, check=False)
        return names

    def _version(self):
        """The tag of the images in the chart."""
        with open(os.path.join(self.root, "helm/otrp/Chart.yaml"),
                  encoding="utf-8") as f:
            return re.search(r'^appVersion: "(.+)"$', f.read(), re.M)[1]

    def _remember(self, tag, names):
        """Names the newest generation, and lets go of old ones."""
        path = os.path.join(self.podman.root, "generations.json")
        try:
            with open(path, encoding="ascii") as f:
                generations = json.load(f)
        except (OSError, ValueError):
            generations = []
        generations = [g for g in generations if g != tag] + [tag]
        for old in generations[:-KEPT]:
            for name in ["packages", *IMAGES]:
                # Fails, rightly, for one that is in use.
                self.podman.run("rmi", f"localhost/otrp/{name}:{old}",
                                check=False)
        with open(path, "w", encoding="ascii") as f:
            json.dump(generations[-KEPT:], f)
        for name in names:
            self.podman.run("tag", f"localhost/otrp/{name}:{tag}",
                            f"localhost/otrp/{name}:latest")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-dir", default=None)
    parser.add_argument("--fresh", action="store_true",
                        help="everything anew, with today's packages")
    parser.add_argument("--save", metavar="FILE",
                        help="writes them into an archive, too")
    parser.add_argument("--registry", default="localhost",
                        help="their names in it begin so, as the chart's "
                        "image.registry; localhost")
    parser.add_argument("image", nargs="*")
    args = parser.parse_args()
    for name in args.image:
        if name not in IMAGES:
            print(f"otrp images: no image {name}: one of "
                  + ", ".join(IMAGES), file=sys.stderr)
            return 2
    try:
        builder = Builder(Podman(), bin_dir=args.bin_dir)
        built = builder.build(args.image, args.fresh)
        if args.save:
            for name in builder.save(built, args.registry, args.save):
                print(name)
            return 0
    except (PodmanError, StageError) as error:
        print(f"otrp images: {error}", file=sys.stderr)
        return 1
    for image in built.values():
        print(image)
    return 0


if __name__ == "__main__":
    sys.exit(main())
