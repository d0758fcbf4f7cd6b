"""linked_libraries: which libraries from outside this repository each program
is built from, as JSON {program: [label, ..]}; the SBOMs' source for what dpkg
can't see in an image, because it is linked statically or is only headers."""

_External = provider(
    doc = "Labels of targets of other repositories below a target.",
    fields = {"labels": "depset of strings"},
)

def _collect_impl(target, ctx):
    below = [
        dep[_External].labels
        for dep in getattr(ctx.rule.attr, "deps", [])
        if _External in dep
    ]
    own = []
    if target.label.workspace_name:
        own = ["@%s//%s:%s" % (
            target.label.workspace_name,
            target.label.package,
            target.label.name,
        )]
    return [_External(labels = depset(own, transitive = below))]

_collect = aspect(implementation = _collect_impl, attr_aspects = ["deps"])

def _linked_libraries_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".json")
    found = {}
    for program in ctx.attr.programs:
        path = program.label.package + "/" + program.label.name
        found[path] = sorted(program[_External].labels.to_list())
    ctx.actions.write(out, struct(**{"programs": found}).to_json() + "\n")
    return [DefaultInfo(files = depset([out]))]

linked_libraries = rule(
    implementation = _linked_libraries_impl,
    attrs = {"programs": attr.label_list(aspects = [_collect])},
    doc = "See the top of the file.",
)
