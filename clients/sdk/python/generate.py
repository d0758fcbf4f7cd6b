"""Makes the typed half of the Python SDK out of docs/openapi.json: a TypedDict
for each schema (otrp_sdk/models.py) and a method for each operation
(otrp_sdk/operations.py). ./otrp docs runs it.

Names of members and parameters are those of the reference, so that there is
one list to look them up; methods are the operations' ids in snake_case.
"""

import json
import os
import re
import textwrap

FOLDER = os.path.dirname(os.path.realpath(__file__))
MARK = '"""Made by clients/sdk/python/generate.py of docs/openapi.json."""\n'
# Names that a parameter can't have in Python.
KEYWORDS = {"from", "class", "import", "pass", "global", "lambda", "in", "is"}


def snake(name):
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def identifier(name):
    """Of a parameter: "target.did" is target_did."""
    name = name.replace(".", "_")
    return name + "_" if name in KEYWORDS else name


def name_of(ref):
    return ref.rpartition("/")[2]


def type_of(schema, prefix=""):
    """In Python's words. prefix: where the schemas are."""
    if "$ref" in schema:
        return prefix + name_of(schema["$ref"])
    kind = schema.get("type")
    if kind == "array":
        return f"list[{type_of(schema['items'], prefix)}]"
    if kind == "object":
        if "additionalProperties" in schema:
            return f"dict[str, {type_of(schema['additionalProperties'])}]"
        return "dict[str, object]"
    return {"string": "str", "boolean": "bool", "integer": "int",
            "number": "float"}.get(kind, "object")


def wrapped(text, indent):
    """A docstring of one paragraph."""
    text = " ".join(text.replace("\\", "").split()).replace('"""', "'''")
    quoted = f'"""{text}"""' if not text.endswith('"') else f'"""{text} """'
    return textwrap.fill(quoted, 79, initial_indent=indent,
                         subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)


def commented(text, indent):
    text = " ".join(text.split())
    return textwrap.fill(text, 79, initial_indent=indent + "# ",
                         subsequent_indent=indent + "# ",
                         break_long_words=False, break_on_hyphens=False)


def model_lines(name, schema):
    if "enum" in schema:
        yield f"{name} = Literal["
        for value in schema["enum"]:
            yield f'    "{value}",'
        yield "]"
        return
    yield f"class {name}(TypedDict):"
    if schema.get("description"):
        yield wrapped(schema["description"], "    ")
    required = set(schema.get("required", []))
    for member, value in schema.get("properties", {}).items():
        if value.get("description"):
            yield commented(value["description"], "    ")
        kind = type_of(value)
        if member not in required:
            kind = f"NotRequired[{kind}]"
        yield f"    {member}: {kind}"
    if not schema.get("properties"):
        yield "    pass"


def models(document):
    lines = [MARK, "from __future__ import annotations", "",
             "from typing import Literal, NotRequired, TypedDict"]
    for name, schema in document["components"]["schemas"].items():
        lines += ["", "", *model_lines(name, schema)]
    return "\n".join(lines) + "\n"


def split_path(path):
    """In parts that fit on a line each."""
    parts = [""]
    for segment in re.findall(r"/[^/]*", path):
        if len(parts[-1] + segment) > 60:
            parts.append("")
        parts[-1] += segment
    return parts


class Operation:
    """One of the document."""

    def __init__(self, document, path, method, operation):
        self.path, self.method = path, method.upper()
        self.id = operation["operationId"]
        self.words = operation["summary"]
        self.name = snake(self.id)
        named = [p for p in operation.get("parameters", []) if "$ref" not in p]
        self.in_path = [p for p in named if p["in"] == "path"]
        self.in_query = [p for p in named if p["in"] == "query"]
        schemas = document["components"]["schemas"]
        self.body, self.octets = {}, False
        for media, what in operation.get("requestBody", {}).get(
                "content", {}).items():
            self.octets = media != "application/json"
            if not self.octets:
                self.body = schemas[name_of(what["schema"]["$ref"])].get(
                    "properties", {})
        self.has_body = "requestBody" in operation
        answer = operation["responses"]["200"]["content"]
        self.answer = name_of(answer["application/json"]["schema"]["$ref"])
        # Octets aren't written twice at their offset.
        self.takes_key = not self.octets and any(
            name_of(p.get("$ref", "")) == "IdempotencyKey"
            for p in operation.get("parameters", []))
        # Who has no credential may have no key, and somebody may call who
        # has none.
        self.keyed = self.takes_key and all(
            caller["kind"] != "anybody" for caller in operation["x-callers"])
        # (member, type of an element) of a list that has pages.
        self.list = None
        if any(p["name"] == "pageToken" for p in self.in_query):
            for member, value in schemas[self.answer]["properties"].items():
                if value.get("type") == "array":
                    self.list = member, type_of(value["items"], "models.")

    def parameters(self, skip=()):
        """(name in Python, name in the reference, type, where)."""
        for p in self.in_path:
            yield (identifier(p["name"]), p["name"],
                   type_of(p["schema"], "models."), "path")
        for p in self.in_query:
            if p["name"] not in skip:
                yield (identifier(p["name"]), p["name"],
                       type_of(p["schema"], "models."), "query")
        if self.octets:
            yield "content", "", "bytes", "content"
        for member, value in self.body.items():
            yield (identifier(member), member, type_of(value, "models."),
                   "body")

    def signature(self, name, answer, skip=()):
        own = list(self.parameters(skip))
        yield f"    def {name}("
        yield "        self,"
        if own or self.takes_key:
            yield "        *,"
        for python, _, kind, where in own:
            needed = where in ("path", "content")
            yield f"        {python}: {kind}," if needed else \
                f"        {python}: {kind} | None = None,"
        if self.takes_key:
            yield "        idempotency_key: str | None = None,"
        yield f"    ) -> {answer}:"
        yield wrapped(self.words + ".", "        ")

    def lines(self):
        yield from self.signature(self.name, f"models.{self.answer}")
        path = self.path
        for python, name, _, where in self.parameters():
            if where == "path":
                path = path.replace("{" + name + "}", "{part(" + python + ")}")
        yield f"        return cast(models.{self.answer}, self._call("
        yield f'            "{self.method}",'
        parts = split_path(path)
        for n, one in enumerate(parts, 1):
            yield ("            " + ("f" if "{" in one else "")
                   + f'"{one}"' + ("," if n == len(parts) else ""))
        for where in ("query", "body"):
            found = [(python, name) for python, name, _, place
                     in self.parameters() if place == where]
            if not found and not (
                    where == "body" and self.has_body and not self.octets):
                continue
            yield f"            {where}={{"
            for python, name in found:
                yield f'                "{name}": {python},'
            yield "            },"
        if self.octets:
            yield "            content=content,"
        if self.takes_key:
            if self.keyed:
                yield "            keyed=True,"
            yield "            idempotency_key=idempotency_key,"
        yield "        ))"
        if self.list:
            yield ""
            yield from self.each_lines()

    def each_lines(self):
        member, kind = self.list
        name = re.sub("^(list|find|sum)_", "each_", self.name)
        yield from self.signature(name, f"Iterator[{kind}]",
                                  skip=("pageToken",))
        yield "        token: str | None = None"
        yield "        while token != \"\":"
        yield f"            page = self.{self.name}("
        for python, reference, _, _ in self.parameters():
            value = "token" if reference == "pageToken" else python
            yield f"                {python}={value},"
        yield "            )"
        yield f'            yield from page["{member}"]'
        yield '            token = page["nextPageToken"]'


def operations(document):
    lines = [MARK, "from __future__ import annotations", "",
             "from collections.abc import Iterator, Mapping",
             "from typing import cast", "from urllib.parse import quote", "",
             "from otrp_sdk import models", "", "",
             "def part(value: str | int) -> str:",
             '    """Of a path: nothing in it begins another one."""',
             "    if value in (\"\", \".\", \"..\"):",
             "        raise ValueError(f\"{value!r} is no part of a path\")",
             "    return quote(str(value), safe=\"\")", "", "",
             "class Operations:",
             '    """All that there is to ask; Client is what asks."""', "",
             "    def _call(",
             "        self,", "        method: str,", "        path: str,",
             "        query: Mapping[str, object] | None = None,",
             "        body: Mapping[str, object] | None = None,",
             "        content: bytes | None = None,",
             "        repeatable: bool = False,",
             "        keyed: bool = False,",
             "        idempotency_key: str | None = None,",
             "    ) -> object:", "        raise NotImplementedError"]
    for path, item in document["paths"].items():
        for method, operation in item.items():
            lines += ["", *Operation(document, path, method,
                                     operation).lines()]
    return "\n".join(lines) + "\n"


def make(document):
    """{file's name: its text} of a document, parsed JSON."""
    return {"models.py": models(document),
            "operations.py": operations(document)}


def main():
    docs = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(
        FOLDER))), "docs")
    with open(os.path.join(docs, "openapi.json"), encoding="utf-8") as f:
        document = json.load(f)
    for name, text in make(document).items():
        with open(os.path.join(FOLDER, "otrp_sdk", name), "w",
                  encoding="utf-8") as f:
            f.write(text)


if __name__ == "__main__":
    main()
