"""What is in each image: the one table that the build, the SBOMs, the tests
and the local stack read. A program is named by its path below bazel-bin."""

# The user and the group of every process in a container.
USER = 65532

# The name under which the base image is known everywhere.
BASE = "docker.io/library/debian:bookworm-slim"

# schema -> folder of its migrations in the checkout.
MIGRATIONS = {
    "ca": "services/ca/storage/migrations",
    "portal": "services/sp_portal/storage/migrations",
    "tsm": "services/tsm/storage/migrations",
    "verifier": "services/attestation_verifier/storage/migrations",
}

# Debian's program that is copied as it is, and the package that it is from.
# The package itself would bring Perl for a wrapper that nobody needs here.
PSQL = ("/usr/lib/postgresql/15/bin/psql", "postgresql-client-15")


class Image:
    """An image: /usr/bin/<name> for each program, the first one started."""

    def __init__(self, description, programs, migrations=False, copied=()):
        self.description = description
        self.programs = programs
        self.migrations = migrations
        self.copied = copied

    def entrypoint(self):
        return "/usr/bin/" + program_name(self.programs[0])


def program_name(path):
    return path.rsplit("/", 1)[-1]


IMAGES = {
    "ca": Image(
        "OTrP Suite: certification authority, CRLs and OCSP",
        ["services/ca/ca", "services/ca/ca_bootstrap"]),
    "tsm": Image(
        "OTrP Suite: Trusted Service Manager, the sessions with devices",
        ["services/tsm/tsm"]),
    "sp_portal": Image(
        "OTrP Suite: portal of the service providers",
        ["services/sp_portal/sp_portal"]),
    "attestation_verifier": Image(
        "OTrP Suite: appraisal of what devices claim",
        ["services/attestation_verifier/attestation_verifier"]),
    "gateway": Image(
        "OTrP Suite: HTTP side for devices, CRLs and OCSP",
        ["services/gateway/gateway"]),
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
