"""Who talks to whom, from the three places that say so: the picture in
docs/architecture.md, the services' authorization tables, the chart."""

import os
import re

from deploy.services import SERVICES
from tests.helm.chart import ROOT, component

PROCESSES = set(SERVICES)
# Those that others call by RPC.
CALLED = {name for name, service in SERVICES.items() if service.rpc_port}
NODES = sorted(PROCESSES | {"device", "operator", "SP", "every service"},
               key=len, reverse=True)
UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)
ENDS = {"►": RIGHT, "◄": LEFT, "▲": UP, "▼": DOWN}


def picture():
    """The lines of the first block under "Who talks to whom"."""
    with open(os.path.join(ROOT, "docs", "architecture.md"),
              encoding="utf-8") as f:
        text = f.read()
    part = text.split("## Who talks to whom\n", 1)[1]
    lines = []
    for line in part.splitlines():
        if line.startswith("    "):
            lines.append(line)
        elif lines and line.strip():
            break
    return lines


class Picture:
    """Lines and labels are cells; cells that touch are one arrow."""

    def __init__(self, lines):
        width = max(map(len, lines)) + 2
        self.grid = [line.ljust(width) for line in lines]
        self.node = {}
        for row, line in enumerate(self.grid):
            for name in NODES:
                for found in re.finditer(rf"(?<!\S){name}(?!\S)", line):
                    cells = [(row, c) for c in range(*found.span())]
                    if not any(cell in self.node for cell in cells):
                        self.node.update(dict.fromkeys(cells, name))

    def char(self, cell):
        row, column = cell
        if 0 <= row < len(self.grid) and \
                0 <= column < len(self.grid[row]) and cell not in self.node:
            return self.grid[row][column]
        return " "

    def _next(self, cell):
        """Cells of the same arrow beside one."""
        row, column = cell
        for step in (LEFT, RIGHT):
            # Words of a label stand one space apart, and so does a label from
            # its line.
            for far in (1, 2):
                other = (row, column + far * step[1])
                if other in self.node:
                    break
                if self.char(other) != " ":
                    yield other
                    break
        for step in (UP, DOWN):
            other = (row + step[0], column)
            if self.char(other) in "│╎▲▼" or \
                    self.char(other) != " " and self._bends(cell, step):
                yield other

    def _bends(self, cell, step):
        """Whether the line of a cell leaves it that way."""
        here = self.char(cell)
        if here in "│╎▲▼":
            return True
        return here in "└┘" and step == UP or here in "┌┐" and step == DOWN

    def arrows(self):
        """(from, to) of every line."""
        left = {(r, c) for r, line in enumerate(self.grid)
                for c in range(len(line)) if self.char((r, c)) != " "}
        found = set()
        while left:
            todo, cells = [left.pop()], set()
            while todo:
                cell = todo.pop()
                if cell in cells:
                    continue
                cells.add(cell)
                todo.extend(self._next(cell))
            left -= cells
            found |= self._ends(cells)
        return found

    def _ends(self, cells):
        sources, targets = set(), set()
        for row, column in cells:
            char = self.char((row, column))
            for step in (UP, DOWN, LEFT, RIGHT):
                node = None
                for far in (1, 2) if step in (LEFT, RIGHT) else (1,):
                    node = node or self.node.get(
                        (row + far * step[0], column + far * step[1]))
                if node is None:
                    continue
                if ENDS.get(char) == step:
                    targets.add(node)
                elif char in "─╌" and step in (LEFT, RIGHT) or \
                        char in "│╎└┘" and step in (UP, DOWN):
                    sources.add(node)
        return {(a, b) for a in sources for b in targets if a != b}


def drawn():
    """(from, to) of the picture; "every service" spelt out."""
    found = set()
    for source, target in Picture(picture()).arrows():
        targets = CALLED if target == "every service" else {target}
        found |= {(source, one) for one in targets}
    return found


def allowed():
    """(named, anybody): pairs (caller, service) of the authorization tables,
    by Allow::Service("x") and by Allow::Services(). The front calls for whoever
    may call."""
    named = {(who, "api") for who in ("operator", "SP")}
    general = set()
    for service in CALLED:
        with open(os.path.join(ROOT, "services", service, "authz.cc"),
                  encoding="utf-8") as f:
            text = f.read()
        # The rules of the audit log stand elsewhere, the same for all.
        calls = set(re.findall(
            r'Allow::(\w+)\((?:"([^"]*)"|Role::\w+)?\)', text))
        assert calls, service
        for kind, name in calls:
            if kind == "Service":
                named.add((name, service))
            elif kind == "Services":
                general |= {(one, service) for one in PROCESSES}
            elif kind in ("Operators", "CaAdmins", "Approvers", "Auditors"):
                named |= {("operator", service), ("api", service)}
            elif kind == "Sps":
                general.add(("SP", service))
            else:
                raise AssertionError(f"{service}: unknown caller {kind}")
    return named, general


def _selects(selector, labels):
    assert set(selector) <= {"matchLabels"}, selector
    return all(labels.get(k) == v for k, v in
               selector.get("matchLabels", {}).items())


class Policies:
    """What the NetworkPolicies of one scenario let through."""

    def __init__(self, objects, pods):
        self.policies = [o for o in objects if o["kind"] == "NetworkPolicy"]
        # component -> labels, ports by name
        self.pods = {}
        for _, metadata, spec in pods:
            ports = {p["name"]: p["containerPort"]
                     for c in spec["containers"] for p in c.get("ports", [])}
            name = metadata["labels"]["app.kubernetes.io/component"]
            self.pods[name] = (metadata["labels"], ports)

    def of(self, name):
        labels, _ = self.pods[name]
        return [p for p in self.policies
                if _selects(p["spec"]["podSelector"], labels)]

    def denies_by_default(self, name):
        types = {t for p in self.of(name) for t in p["spec"]["policyTypes"]}
        return types == {"Ingress", "Egress"}

    def _ports(self, rule, owner):
        """Numbers; a name is the owner's port."""
        _, names = self.pods[owner]
        return {names.get(p["port"], p["port"])
                for p in rule.get("ports", []) if p["protocol"] == "TCP"}

    def _match(self, rule, side, other):
        labels, _ = self.pods[other]
        return any(set(peer) == {"podSelector"} and
                   _selects(peer["podSelector"], labels)
                   for peer in rule.get(side, []))

    def passes(self, source, target):
        """Ports on which both sides let it through."""
        out = set()
        for policy in self.of(source):
            for rule in policy["spec"].get("egress", []):
                if self._match(rule, "to", target):
                    out |= self._ports(rule, target)
        into = set()
        for policy in self.of(target):
            for rule in policy["spec"].get("ingress", []):
                if self._match(rule, "from", source):
                    into |= self._ports(rule, target)
        return out, into

    def open_ports(self, target):
        """Ports that anybody may use."""
        return {port for policy in self.of(target)
                for rule in policy["spec"].get("ingress", [])
                if not rule.get("from")
                for port in self._ports(rule, target)}

    def goes_anywhere(self, source):
        """Ports on which it may call anybody."""
        return {port["port"] for policy in self.of(source)
                for rule in policy["spec"].get("egress", [])
                if not rule.get("to") for port in rule["ports"]}


__all__ = ["PROCESSES", "Picture", "Policies", "allowed", "component",
           "drawn", "picture"]
