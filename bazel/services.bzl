"""deploy/services.json for BUILD files: load("@services//:table.bzl", ..).

    SERVICE_PROGRAMS    labels of what the services run
    SERVICE_MIGRATIONS  labels of their migrations
"""

def _services_table_impl(ctx):
    programs = []
    migrations = []
    for row in json.decode(ctx.read(ctx.path(ctx.attr.table))):
        package = "//services/" + row["name"]
        for program in [row["name"]] + row.get("programs", []):
            programs.append("%s:%s" % (package, program))
        if "schema" in row:
            migrations.append(package + "/storage:migrations")
    ctx.file("BUILD", "")
    ctx.file("table.bzl", "SERVICE_PROGRAMS = %r\nSERVICE_MIGRATIONS = %r\n" %
                          (programs, migrations))

services_table = repository_rule(
    implementation = _services_table_impl,
    attrs = {"table": attr.label(mandatory = True, allow_single_file = True)},
    doc = "Reads the table again whenever it has changed.",
)
