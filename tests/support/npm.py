"""Where ./otrp test puts the packages of npm."""

import os
import pwd


def node_modules(name):
    """Those of npm_tools NAME in ./otrp."""
    cache = os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(
            pwd.getpwuid(os.geteuid()).pw_dir, ".cache"), "otrp")
    return os.path.join(cache, name, "node_modules")
