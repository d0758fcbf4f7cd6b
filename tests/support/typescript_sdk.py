"""The TypeScript SDK, built as its package.json says: types made of
docs/openapi.json by openapi-typescript, then the compiler, strict."""

import os
import shutil
import subprocess

from tests.support import npm

SOURCES = "clients/sdk/typescript"
MODULES = npm.node_modules("sdk-tools")


def _run(folder, *argv):
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"{argv[0]}: {done.stdout}{done.stderr}\n"
                             f"{MODULES}: ./otrp test puts it there")


def build(folder, change=lambda _: None):
    """In a folder that isn't there yet; the folder of the JavaScript. change:
    gets the folder before the compiler does."""
    shutil.copytree(SOURCES, folder)
    os.symlink(MODULES, os.path.join(folder, "node_modules"))
    programs = os.path.join(MODULES, ".bin")
    _run(folder, os.path.join(programs, "openapi-typescript"),
         os.path.abspath("docs/openapi.json"), "-o", "src/made/api.d.ts")
    change(folder)
    _run(folder, os.path.join(programs, "tsc"))
    return os.path.join(folder, "dist")
