"""Debian's C++ libraries as Bazel targets: @system//:grpcpp and so on.

One repository for all: a header of each is probed, and what is missing is named
in one sentence that says what to install. Headers are in /usr/include, so that
the targets need nothing but their linker options.
"""

# target -> (package, header, linker options)
_LIBRARIES = {
    "benchmark": ("libbenchmark-dev", "benchmark/benchmark.h", [
        "-lbenchmark",
        "-lpthread",
    ]),
    "boost_beast": ("libboost1.81-dev", "boost/beast.hpp", [
        "-lssl",
        "-lcrypto",
        "-lpthread",
    ]),
    "boost_json": ("libboost1.81-dev", "boost/json/src.hpp", []),
    "cbor": ("libcbor-dev", "cbor.h", ["-lcbor"]),
    "cli11": ("libcli11-dev", "CLI/CLI.hpp", []),
    "grpcpp": ("libgrpc++-dev", "grpcpp/grpcpp.h", [
        "-lgrpc++_reflection",
        "-lgrpc++",
        "-lgrpc",
        "-lgpr",
    ]),
    "gtest": ("libgmock-dev", "gmock/gmock.h", [
        "-lgmock",
        "-lgtest",
        "-lpthread",
    ]),
    "nlohmann_json": ("nlohmann-json3-dev", "nlohmann/json.hpp", []),
    "p11_kit": ("libp11-kit-dev", "p11-kit-1/p11-kit/uri.h", ["-lp11-kit"]),
    "pqxx": ("libpqxx-dev", "pqxx/pqxx", [
        "-lpqxx",
        "-lpq",
    ]),
    "prometheus": ("prometheus-cpp-dev", "prometheus/registry.h", [
        "-lprometheus-cpp-core",
    ]),
    "protobuf": ("libprotobuf-dev", "google/protobuf/message.h", [
        "-lprotobuf",
        "-lpthread",
    ]),
    "yaml": ("libyaml-dev", "yaml.h", ["-lyaml"]),
}

# Needed beside the libraries' own headers.
_PROBES = {
    "libabsl-dev": "/usr/include/absl/status/statusor.h",
    "libgtest-dev": "/usr/include/gtest/gtest.h",
    "libssl-dev": "/usr/include/openssl/ssl.h",
    "protobuf-compiler": "/usr/bin/protoc",
    "protobuf-compiler-grpc": "/usr/bin/grpc_cpp_plugin",
}

_TARGET = """
cc_library(
    name = "{name}",
    linkopts = {linkopts},
    deps = {deps},
)
"""

def _system_libraries_impl(ctx):
    missing = []
    for package, path in _PROBES.items():
        if not ctx.path(path).exists:
            missing.append(package)
    for package, header, _ in _LIBRARIES.values():
        if not ctx.path("/usr/include/" + header).exists:
            missing.append(package)
    if missing:
        fail("\n\nSystem libraries are missing. Install them with:\n\n" +
             "    apt-get install " + " ".join(sorted(missing)) + "\n")

    # Abseil is many small libraries; the linker keeps those that are used.
    found = ctx.execute([
        "sh",
        "-c",
        "ls /usr/lib/*/libabsl_*.so | sed 's#.*/lib#-l#; s#[.]so$##'",
    ])
    if found.return_code != 0 or not found.stdout:
        fail("libabsl-dev has no shared libraries: reinstall it")
    absl = ["-Wl,--as-needed"] + found.stdout.strip().split("\n")

    build = ["package(default_visibility = [\"//visibility:public\"])\n"]
    build.append(_TARGET.format(name = "absl", linkopts = absl, deps = []))
    for name, (_, _, linkopts) in _LIBRARIES.items():
        deps = [":protobuf", ":absl"] if name == "grpcpp" else []
        build.append(_TARGET.format(
            name = name,
            linkopts = linkopts,
            deps = deps,
        ))
    build.append(_TARGET.format(
        name = "gtest_main",
        linkopts = ["-lgmock_main"],
        deps = [":gtest"],
    ))
    ctx.file("BUILD", "".join(build))

system_libraries = repository_rule(
    implementation = _system_libraries_impl,
    local = True,
    doc = "Debian's C++ libraries; see the top of the file.",
)
