"""The house's C++ rules: native rules with warnings as errors."""

COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    # Debian's gRPC and protobuf headers have unused parameters.
    "-Wno-unused-parameter",
    "-fno-strict-aliasing",
]

def otrp_cc_library(name, copts = [], **kwargs):
    native.cc_library(
        name = name,
        copts = COPTS + copts,
        linkstatic = True,
        **kwargs
    )

def otrp_cc_binary(name, copts = [], **kwargs):
    native.cc_binary(name = name, copts = COPTS + copts, **kwargs)

def otrp_cc_test(
        name,
        copts = [],
        deps = [],
        tags = [],
        needs_postgres = False,
        needs_vectors = False,
        **kwargs):
    """A GoogleTest.

    Args:
      name: ends in _test.
      copts: added to the house's.
      deps: @system//:gtest_main is added.
      tags: added to.
      needs_postgres: it starts a private PostgreSQL as another user, which
        the sandbox's user namespace doesn't allow.
      needs_vectors: it reads the shared vectors, which stand outside the tree.
      **kwargs: passed on to cc_test.
    """
    if needs_postgres or needs_vectors:
        tags = tags + ["local"]
    native.cc_test(
        name = name,
        copts = COPTS + copts,
        deps = deps + ["@system//:gtest_main"],
        tags = tags,
        **kwargs
    )

def otrp_py_test(name, main, data = [], tags = [], **kwargs):
    """A unittest file, run by the system's Python from the runfiles' root.

    Args:
      name: ends in _test.
      main: the file.
      data: what it reads and runs.
      tags: added to; it may start servers, so it runs outside the sandbox.
      **kwargs: passed on to sh_test.
    """
    native.sh_test(
        name = name,
        srcs = ["//bazel/tools:py_test.sh"],
        args = ["$(rootpath %s)" % main],
        data = data + [
            main,
            "//tests/support:loopback.py",
        ],
        tags = tags + ["local"],
        **kwargs
    )
