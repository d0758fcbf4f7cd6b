"""What of the chart is made: in values.yaml and values.schema.json what every
service has, by deploy/services.json and service.yaml.in; in the scenarios what
is given for each; files/database.sql of database.sql.in; README.md by the
comments of values.yaml. ./otrp docs runs it.

A service's block keeps what stands behind the part that all have; a new
service's block comes behind the others. In values.yaml a line "# -- text" tells
about the value below it.
"""

import glob
import hashlib
import json
import os
import re

from deploy.services import SCHEMAS, TABLE

CHART = os.path.join(os.path.dirname(os.path.realpath(__file__)), "otrp")
VALUES = os.path.join(CHART, "values.yaml")
SCHEMA = os.path.join(CHART, "values.schema.json")
DATABASE = os.path.join(CHART, "files", "database.sql")

README = """# The OTrP Suite's Helm chart

Installs the services, their secrets, certificates and database schemas. How to
use it: [docs/kubernetes.md](../../docs/kubernetes.md). Whole examples:
[scenarios](scenarios).

This file is made of `values.yaml` by `./otrp docs`; `values.schema.json`
refuses any other value.

| value | default | meaning |
| --- | --- | --- |
"""

RPC_PORT = """    # -- Its port.
    port: {port}"""
HTTP_PORT = """    # -- Its port for HTTP.
    httpPort: 80
"""
HTTPS_PORT = """    # -- Its port for HTTPS.
    httpsPort: 443"""
CERTIFICATE = (
    "    # -- The same; `otrp://service/{name}`, `{name}.otrp.internal`.\n"
    "    {key}: \"\"\n")
ROLE = """    {schema}:
      # -- The same for `otrp_{schema}`.
      existingSecret: ""
      # -- Key of its connection string.
      dsnKey: dsn
      # -- Key of its password.
      passwordKey: password
"""


def source(name):
    """Text of a file beside this one."""
    with open(os.path.join(os.path.dirname(CHART), name),
              encoding="utf-8") as f:
        return f.read()


def block(service):
    """What the values have for every service."""
    flags = [one["flag"] for one in service.http]
    ports = (HTTP_PORT if "http_listen" in flags else "") + HTTPS_PORT \
        if flags else RPC_PORT.format(port=service.rpc_port)
    words = {"key": service.value_key, "title": service.title,
             "name": service.name, "ports": ports, "service_hint":
             "" if service.http else " for people; the suite's own processes "
             "use the headless one", **service.resources}
    return re.sub(r"@(\w+)@", lambda m: words[m[1]], source("service.yaml.in"))


def values(text):
    """values.yaml with every service of the table."""
    for service in TABLE.values():
        key = service.value_key
        mine = re.search(rf"^{key}:\n(?:  .*\n)*?"
                         r"  topologySpreadConstraints: \[\]\n", text, re.M)
        if mine:
            text = text[:mine.start()] + block(service) + text[mine.end():]
        else:
            end = text.index("\ningress:\n")
            text = text[:end] + block(service) + text[end:]
        if not re.search(rf"^    {key}: \"\"$", text, re.M):
            at = re.search(r"^    # -- The same, of an operator", text, re.M)
            text = text[:at.start()] + CERTIFICATE.format(
                name=service.name, key=key) + text[at.start():]
    for schema in SCHEMAS:
        if not re.search(rf"^    {schema}:\n", text, re.M):
            at = re.search(r"^    migrate:\n", text, re.M)
            text = text[:at.start()] + ROLE.format(schema=schema) \
                + text[at.start():]
    return text


def schema(text):
    """values.schema.json with every service of the table."""
    import yaml
    whole = json.loads(text)
    parts = whole["properties"]
    # What service.yaml.in has; a service's own values stand behind that.
    ca = TABLE["ca"]
    common = {name: parts[ca.value_key]["properties"][name]
              for name in yaml.safe_load(block(ca))[ca.value_key]}
    for service in TABLE.values():
        key = service.value_key
        mine = parts.setdefault(key, {
            "type": "object", "additionalProperties": False,
            "properties": {}})["properties"]
        for name, part in common.items():
            # Where a service's ports are others, they are its own affair.
            if name != "service" or not service.http:
                mine[name] = part
        parts["tls"]["properties"]["existingSecret"]["properties"].setdefault(
            key, {"$ref": "#/$defs/secretName"})
    roles = parts["database"]["properties"]["roles"]["properties"]
    for name in SCHEMAS:
        roles.setdefault(name, {"$ref": "#/$defs/role"})
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def scenario(text):
    """One that gives every role, certificate or image, with those of every
    service of the table."""
    given = []
    for service in TABLE.values():
        name, key = service.schema, service.value_key
        if name:
            given.append((f"    {name}: {{", f"    {name}: {{existingSecret: "
                          f"otrp-database-{name}}}\n", "    migrate: {"))
        given.append((f"    {key}: otrp-tls-", f"    {key}: otrp-tls-"
                      f"{service.short}\n", "    operator: otrp-tls-"))
        digest = hashlib.sha256(service.name.encode()).hexdigest()
        given.append((f"{key}: {{image: ", f"{key}: {{image: {{digest: "
                      f'"sha256:{digest}"}}}}\n', "migrate: {image: "))
    for line, new, before in given:
        at = text.find("\n" + before)
        if at >= 0 and "\n" + line not in text:
            text = text[:at + 1] + new + text[at + 1:]
    return text


def database(text):
    """Lines with a schema, once for each."""
    lines = []
    for line in text.splitlines():
        each = sorted(SCHEMAS) if "@schema@" in line.lower() else [""]
        lines += [line.replace("@schema@", name)
                  .replace("@SCHEMA@", name.upper()) for name in each]
    return "\n".join(lines) + "\n"


def documented(lines):
    """Yields (path, meaning)."""
    path, meaning = [], None
    for line in lines:
        comment = re.match(r"\s*# -- (.*)", line)
        if comment:
            meaning = comment[1]
            continue
        found = re.match(r"( *)([A-Za-z_][A-Za-z_0-9]*):", line)
        if not found:
            continue
        depth = len(found[1]) // 2
        path[depth:] = [found[2]]
        if meaning is None:
            continue
        yield ".".join(path), meaning
        meaning = None


def readme(text):
    import yaml
    known = yaml.safe_load(text)
    rows = []
    for path, meaning in documented(text.splitlines()):
        value = known
        for part in path.split("."):
            value = value[part]
        shown = json.dumps(value).replace("|", "\\|")
        rows.append(f"| `{path}` | `{shown}` | {meaning} |\n")
    return README + "".join(rows)


def made():
    """Path -> text of every file that is made, or made in part."""
    with open(VALUES, encoding="utf-8") as f:
        new = values(f.read())
    with open(SCHEMA, encoding="utf-8") as f:
        found = {VALUES: new, SCHEMA: schema(f.read()),
                 os.path.join(CHART, "README.md"): readme(new)}
    found[DATABASE] = database(source("database.sql.in"))
    for path in sorted(glob.glob(os.path.join(CHART, "scenarios", "*.yaml"))):
        with open(path, encoding="utf-8") as f:
            found[path] = scenario(f.read())
    return found


if __name__ == "__main__":
    for made_path, made_text in made().items():
        with open(made_path, "w", encoding="utf-8") as out:
            out.write(made_text)
