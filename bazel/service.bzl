"""The targets that every service has, by the file list of docs/architecture.md."""

load(":otrp.bzl", "otrp_cc_binary", "otrp_cc_library", "otrp_cc_test")

def otrp_service(
        name,
        proto,
        config_deps = [],
        flags_deps = [],
        authz_deps = [],
        env_deps = [],
        handlers = [],
        server_deps = [],
        server_visibility = None,
        limits_deps = [],
        authz_test_deps = []):
    """A gRPC service with a database.

    Targets: the binary, config_values (config.h), config (the flags),
    env, authz, authz_test, services, server, errors, limits. What a target
    needs of the frame and of the others it has; the arguments are what only
    this service needs.

    Args:
      name: the binary.
      proto: the service's generated code, e.g. "//protos/otrp/ca/v1:ca_cc".
      config_deps: of config.h and config.cc.
      flags_deps: of config.cc alone: flags that it shares with a tool.
      authz_deps: of authz.cc, where the table is made from another.
      env_deps: the rooms whose headers env.h includes.
      handlers: the targets that services.cc calls.
      server_deps: what only server.cc puts together: stores, clients.
      server_visibility: for tests that run the service in their process.
      limits_deps: of limits.h beside Abseil.
      authz_test_deps: of authz_test.cc beside both protos.
    """
    otrp_cc_binary(
        name = name,
        srcs = ["main.cc"],
        visibility = ["//visibility:public"],
        deps = [
            ":config",
            ":server",
            "//libs/service:service_main",
        ],
    )
    otrp_cc_library(
        name = "config_values",
        hdrs = ["config.h"],
        deps = config_deps + [
            "//libs/service:common_config",
            "@system//:absl",
        ],
    )

    # The flags: linked into binaries only, since other services have flags
    # of the same names.
    otrp_cc_library(
        name = "config",
        srcs = ["config.cc"],
        deps = config_deps + flags_deps + [
            ":config_values",
            "//libs/base:status_macros",
            "//libs/service:common_flags",
            "@system//:absl",
        ],
    )
    otrp_cc_library(
        name = "limits",
        hdrs = ["limits.h"],
        deps = limits_deps + ["@system//:absl"],
    )
    otrp_cc_library(
        name = "errors",
        hdrs = ["errors.h"],
        deps = ["@system//:absl"],
    )
    otrp_cc_library(
        name = "authz",
        srcs = ["authz.cc"],
        hdrs = ["authz.h"],
        # Tests hold all tables together against what is offered to people.
        visibility = [
            "//%s:__subpackages__" % native.package_name(),
            "//tests:__subpackages__",
        ],
        deps = authz_deps + [
            "//libs/rpc:authz",
            "//libs/service:audit_service",
            "//libs/service:usage_service",
        ],
    )
    otrp_cc_test(
        name = "authz_test",
        srcs = ["authz_test.cc"],
        deps = authz_test_deps + [
            proto,
            ":authz",
            "//libs/rpc:authz_test_util",
            "//protos/otrp/common/v1:common_cc",
            "//protos/otrp/common/v1:usage_cc",
        ],
    )
    otrp_cc_library(
        name = "env",
        hdrs = ["env.h"],
        deps = env_deps + [
            "//libs/base:clock",
            "//libs/rpc:guard",
        ],
    )
    otrp_cc_library(
        name = "services",
        srcs = ["services.cc"],
        hdrs = ["services.h"],
        # Tests put the REST front before them.
        visibility = [
            "//%s:__subpackages__" % native.package_name(),
            "//tests:__subpackages__",
        ],
        deps = handlers + [
            proto,
            ":env",
            "//libs/rpc:service",
            "@system//:grpcpp",
        ],
    )
    otrp_cc_library(
        name = "server",
        srcs = ["server.cc"],
        hdrs = ["server.h"],
        visibility = server_visibility,
        deps = server_deps + [
            ":authz",
            ":config_values",
            ":env",
            ":limits",
            ":services",
            "//libs/base:clock",
            "//libs/base:status_macros",
            "//libs/rpc:guard",
            "//libs/rpc:revocation_view",
            "//libs/service:caller_revocations",
            "//libs/service:kept_answers",
            "//libs/service:server",
            "//libs/service:server_parts",
            "//libs/store:pool",
            "@system//:absl",
            "@system//:grpcpp",
        ],
    )
