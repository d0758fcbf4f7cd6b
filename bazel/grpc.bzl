"""Protobuf and gRPC stubs by Debian's protoc.

    otrp_proto_library(name = "ca_cc", srcs = ["ca.proto"], deps = [...])

is a C++ library with messages and stubs, included as "otrp/ca/v1/ca.pb.h" and
"otrp/ca/v1/ca.grpc.pb.h". The import root is protos/.
"""

_ProtoSources = provider(fields = ["sources"])

def _sources_impl(ctx):
    return [_ProtoSources(sources = depset(
        ctx.files.srcs,
        transitive = [d[_ProtoSources].sources for d in ctx.attr.deps],
    ))]

_proto_sources = rule(
    implementation = _sources_impl,
    attrs = {
        "deps": attr.label_list(providers = [_ProtoSources]),
        "srcs": attr.label_list(allow_files = [".proto"]),
    },
)

def _generate_impl(ctx):
    outputs = []
    root = "protos"
    out_dir = ctx.bin_dir.path + "/" + root
    for src in ctx.files.srcs:
        stem = src.basename[:-len(".proto")]
        for end in [".pb.h", ".pb.cc", ".grpc.pb.h", ".grpc.pb.cc"]:
            outputs.append(ctx.actions.declare_file(stem + end))
    ctx.actions.run(
        outputs = outputs,
        inputs = depset(transitive = [
            s[_ProtoSources].sources
            for s in ctx.attr.sources
        ]),
        executable = "/usr/bin/protoc",
        arguments = [
            "-I" + root,
            "--cpp_out=" + out_dir,
            "--grpc_out=" + out_dir,
            "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin",
        ] + [src.path for src in ctx.files.srcs],
        mnemonic = "Protoc",
    )
    return [DefaultInfo(files = depset(outputs))]

_generate = rule(
    implementation = _generate_impl,
    attrs = {
        "sources": attr.label_list(providers = [_ProtoSources]),
        "srcs": attr.label_list(allow_files = [".proto"]),
    },
    output_to_genfiles = False,
)

def _descriptors_impl(ctx):
    output = ctx.actions.declare_file(ctx.label.name + ".binpb")
    ctx.actions.run(
        outputs = [output],
        inputs = depset(transitive = [
            s[_ProtoSources].sources
            for s in ctx.attr.sources
        ]),
        executable = "/usr/bin/protoc",
        arguments = [
            "-Iprotos",
            "--include_imports",
            "--include_source_info",
            "--descriptor_set_out=" + output.path,
        ] + [src.path for src in ctx.files.srcs],
        mnemonic = "Protoc",
    )
    return [DefaultInfo(files = depset([output]))]

_descriptors = rule(
    implementation = _descriptors_impl,
    attrs = {
        "sources": attr.label_list(providers = [_ProtoSources]),
        "srcs": attr.label_list(allow_files = [".proto"]),
    },
)

def otrp_proto_library(name, srcs, deps = [], **kwargs):
    """Messages and gRPC stubs of protos as one C++ library.

    Beside it, NAME_descriptors is a FileDescriptorSet of them and of all that
    they import, with their comments.

    Args:
      name: the library, ending in _cc.
      srcs: .proto files of this folder.
      deps: other otrp_proto_library targets, as labels with a name.
      **kwargs: passed on to cc_library.
    """
    _proto_sources(
        name = name + "_protos",
        srcs = srcs,
        deps = [d + "_protos" for d in deps],
        visibility = ["//protos:__subpackages__"],
    )
    _generate(
        name = name + "_generated",
        srcs = srcs,
        sources = [":" + name + "_protos"],
    )
    _descriptors(
        name = name + "_descriptors",
        srcs = srcs,
        sources = [":" + name + "_protos"],
        visibility = ["//visibility:public"],
    )
    native.cc_library(
        name = name,
        srcs = [":" + name + "_generated"],
        hdrs = [":" + name + "_generated"],
        copts = ["-w"],
        linkstatic = True,
        deps = deps + [
            "//protos:include_root",
            "@system//:grpcpp",
        ],
        **kwargs
    )
