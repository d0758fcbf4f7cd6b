"""A copy of the checkout in which things are broken; the checkout itself is
never touched."""

import contextlib
import fcntl
import os
import shutil
import subprocess

from tests.mutations.mutation import ROOT, edited


def home():
    """Where the copy and the results are kept from one run to the next, so
    that Bazel finds again what it has built there."""
    cache = os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
        "otrp")
    return os.path.join(cache, "mutations")


def _files_of_the_checkout():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
        check=True, stdout=subprocess.PIPE).stdout.decode()
    return {path for path in listed.split("\0")
            if path and os.path.lexists(os.path.join(ROOT, path))}


def _same(one, other):
    if os.path.islink(one) or os.path.islink(other):
        return os.path.islink(one) and os.path.islink(other) and \
            os.readlink(one) == os.readlink(other)
    if not os.path.isfile(other) or \
            os.stat(one).st_mode != os.stat(other).st_mode:
        return False
    with open(one, "rb") as a, open(other, "rb") as b:
        return a.read() == b.read()


class Tree:
    """The copy, as the checkout is now."""

    def __init__(self, path):
        self.path = path

    def refresh(self):
        """Copies what differs and removes what is gone."""
        wanted = _files_of_the_checkout()
        for folder, folders, names in os.walk(self.path):
            folders[:] = [name for name in folders if not os.path.islink(
                os.path.join(folder, name))]
            for name in names:
                path = os.path.join(folder, name)
                if os.path.relpath(path, self.path) not in wanted:
                    os.remove(path)
        for path in sorted(wanted):
            there = os.path.join(self.path, path)
            if _same(os.path.join(ROOT, path), there):
                continue
            os.makedirs(os.path.dirname(there), exist_ok=True)
            if os.path.lexists(there):
                os.remove(there)
            shutil.copy2(os.path.join(ROOT, path), there,
                         follow_symlinks=False)
        cache = os.path.dirname(home())
        with open(os.path.join(self.path, ".bazelrc.local"), "w",
                  encoding="utf-8") as f:
            f.write("startup --max_idle_secs=600\n"
                    f"build --disk_cache={cache}/bazel\n")

    def _read(self, file):
        with open(os.path.join(self.path, file), encoding="utf-8") as f:
            return f.read()

    def _write(self, file, text):
        with open(os.path.join(self.path, file), "w", encoding="utf-8") as f:
            f.write(text)

    @contextlib.contextmanager
    def broken(self, mutation):
        """With the mutation in it; afterwards as it was."""
        before = {edit[0]: self._read(edit[0]) for edit in mutation.edits}
        try:
            for edit in mutation.edits:
                self._write(edit[0], edited(self._read(edit[0]), edit))
            yield
        finally:
            for file, text in before.items():
                self._write(file, text)


@contextlib.contextmanager
def tree():
    """The one copy; a second run waits for the first."""
    os.makedirs(home(), exist_ok=True)
    with open(os.path.join(home(), "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = os.path.join(home(), "tree")
        os.makedirs(path, exist_ok=True)
        one = Tree(path)
        one.refresh()
        yield one
