"""What is in each image: the services' by deploy/services.json, and the others.
The build, the SBOMs, the tests and the local stack read it. A program is named
by its path below bazel-bin."""

from deploy.services import SCHEMAS, SERVICES

# The user and the group of every process in a container.
USER = 65532

# A link to the program that an image starts.
ENTRYPOINT = "/entrypoint"

# The name under which the base image is known everywhere.
BASE = "docker.io/library/debian:bookworm-slim"

# schema -> folder of its migrations in the checkout.
MIGRATIONS = {schema: service.migrations
              for schema, service in SCHEMAS.items()}

# Where the web console's files are, in the image that serves them.
CONSOLE = "/usr/share/otrp/console"

# Debian's program that is copied as it is, and the package that it is from.
# The package itself would bring Perl for a wrapper that nobody needs here.
PSQL = ("/usr/lib/postgresql/15/bin/psql", "postgresql-client-15")


class Image:
    """An image: /usr/bin/<name> for each program, the first one started."""

    def __init__(self, description, programs, migrations=False, copied=(),
                 console=False):
        self.description = description
        self.programs = programs
        self.migrations = migrations
        self.copied = copied
        self.console = console

    def program_path(self):
        """Of the one that it starts, in the image."""
        return "/usr/bin/" + program_name(self.programs[0])


def program_name(path):
    return path.rsplit("/", 1)[-1]


def of_service(service):
    return Image(f"OTrP Suite: {service.image}",
                 [service.program, *(f"services/{service.name}/{program}"
                                     for program in service.programs)],
                 console="console_dir" in service.local_flags)


IMAGES = {
    **{name: of_service(service) for name, service in SERVICES.items()},
    "migrate": Image(
        "OTrP Suite: the database's migrations and the tool that runs them",
        ["libs/store/otrp_migrate"], migrations=True, copied=[PSQL]),
    "otrpctl": Image(
        "OTrP Suite: the operators' command line",
        ["clients/otrpctl/otrpctl"]),
    "device": Image(
        "OTrP Suite: software TEE and agent",
        ["clients/device/otrp-device"]),
    "load": Image(
        "OTrP Suite: many simulated devices at once",
        ["clients/load/otrp-load"]),
}
