"""deploy/services.json: the one table of the services, a row each. The local
stack, the images, Bazel, the chart, the dashboards, the rules, the drills and
the tests read it. Its order is that in which a device's message meets them.

    name          of the folder below services/, the program, the image, the
                  certificate, the chart's component and Prometheus' job
    short         in flags, ports and environment: --ca_addr, OTRP_CA_PORT
    title, image  in the chart's values; in the image's description
    programs      built beside the service's own and put into its image
    rpc_port      of gRPC; or http: ports of its own, with their flags
    loopback_http as http, of what may be on loopback only: where the suite
                  runs as processes of one machine, neither in images nor in
                  the chart
    metrics_port  of /metrics, /livez, /readyz
    schema        of its database role otrp_<schema> and its migrations
    calls         services whose addresses it is told
    secrets       flag, file in the local stack's secrets/, key in the chart's
                  values, folder below /run/otrp in the chart's pods
    local_flags   what only the local stack tells it; {tls}, {pki_url}
                  and {console}
    pages         whether its absence wakes somebody up
    resources     in Kubernetes, by default

A service more: its folder, a row here, ./otrp docs, its arrows in
docs/architecture.md, its certificate in services/ca/issuing/bootstrap.cc.
"""

import dataclasses
import json
import os
from typing import Optional

_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "services.json")


@dataclasses.dataclass(frozen=True)
class Service:
    name: str
    short: str
    title: str
    image: str
    metrics_port: int
    calls: list
    pages: bool
    resources: dict
    programs: list = dataclasses.field(default_factory=list)
    rpc_port: Optional[int] = None
    http: list = dataclasses.field(default_factory=list)
    loopback_http: list = dataclasses.field(default_factory=list)
    schema: Optional[str] = None
    secrets: list = dataclasses.field(default_factory=list)
    local_flags: dict = dataclasses.field(default_factory=dict)

    @property
    def program(self):
        """Its path below bazel-bin."""
        return f"services/{self.name}/{self.name}"

    @property
    def migrations(self):
        """Their folder in the checkout."""
        return f"services/{self.name}/storage/migrations"

    @property
    def value_key(self):
        """Of its block in the chart's values: attestationVerifier."""
        first, *others = self.name.split("_")
        return first + "".join(word.title() for word in others)

    @property
    def metrics(self):
        """Name of its metrics port in PORTS."""
        return self.short + "_metrics"

    @property
    def listeners(self):
        """(flag, name of the port in PORTS, default) of what it serves."""
        found = [(h["flag"], h["name"], h["port"]) for h in self.http]
        if self.rpc_port:
            found.append(("listen", self.short, self.rpc_port))
        return found

    @property
    def loopback_listeners(self):
        """The same, of what is served on loopback only."""
        return [(h["flag"], h["name"], h["port"]) for h in self.loopback_http]


def load(path=_PATH):
    """Name -> Service, in the table's order."""
    with open(path, encoding="utf-8") as f:
        return {row["name"]: Service(**row) for row in json.load(f)}


def in_start_order(table):
    """Each after those that it calls."""
    ordered = {}

    def visit(name, above):
        if name in above:
            raise ValueError("services call each other in a circle: "
                             + " -> ".join((*above, name)))
        for other in sorted(table[name].calls):
            visit(other, (*above, name))
        ordered.setdefault(name, table[name])
    for name in table:
        visit(name, ())
    return ordered


TABLE = load()
SERVICES = in_start_order(TABLE)
# Schema -> the service that owns it.
SCHEMAS = {s.schema: s for s in SERVICES.values() if s.schema}
# Name of a port -> its default. OTRP_<NAME>_PORT or --<name>-port change it.
PORTS = {name: port for s in SERVICES.values()
         for _, name, port in s.listeners + s.loopback_listeners}
# Of those, the ones with TLS for the whole world.
HTTPS_PORTS = {h["name"] for s in SERVICES.values() for h in s.http
               if h["flag"] == "https_listen"}
PORTS.update({s.metrics: s.metrics_port for s in SERVICES.values()})
