"""BoringSSL, built from Debian's source package: @boringssl//:crypto.

gRPC, libpq and libs/http carry OpenSSL 3, whose symbols have the same names.
So BoringSSL is linked statically into each executable, with hidden symbols
(shared libraries keep finding OpenSSL's) that have a prefix (so do our own
objects that call OpenSSL). Only libs/crypto may use it. The source comes
through apt into a cache outside the tree (bazel/boringssl/fetch.sh) and is
never part of this repository.
"""

def _cache_dir(ctx):
    env = ctx.os.environ
    if env.get("OTRP_CACHE"):
        return env["OTRP_CACHE"]
    if env.get("XDG_CACHE_HOME"):
        return env["XDG_CACHE_HOME"] + "/otrp"
    if env.get("HOME"):
        return env["HOME"] + "/.cache/otrp"
    return "/var/tmp/otrp-cache"

def _debian_boringssl_impl(ctx):
    cache = _cache_dir(ctx) + "/boringssl"
    fetched = ctx.execute(
        [ctx.path(Label("//bazel/boringssl:fetch.sh")), cache],
        timeout = 600,
    )
    if fetched.return_code != 0:
        fail("\n\nThe source of BoringSSL could not be had: " +
             fetched.stderr.strip() + "\n")
    for name in [
        "BUILD.generated.bzl",
        "err_data.c",
        "linux-aarch64",
        "linux-x86_64",
        "src",
    ]:
        ctx.symlink(cache + "/src/" + name, name)

    # Its first line has the version, for the images' lists of parts.
    ctx.symlink(cache + "/src/debian/changelog", "changelog")
    ctx.symlink(Label("//bazel/boringssl:boringssl.BUILD"), "BUILD")

debian_boringssl = repository_rule(
    implementation = _debian_boringssl_impl,
    environ = ["OTRP_CACHE", "XDG_CACHE_HOME", "HOME"],
    doc = "Debian's BoringSSL source; see the top of the file.",
)

# For libs/crypto only: BoringSSL's headers before the system's OpenSSL, and the
# prefix of its symbols.
BORINGSSL_COPTS = [
    "-isystem",
    "external/boringssl/src/include",
    "-include",
    "$(GENDIR)/external/boringssl/otrp_boringssl_prefix.h",
]
