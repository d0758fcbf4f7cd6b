"""Makes docs/api.html, the readable reference, out of docs/openapi.json: one
page without scripts, images or other hosts. ./otrp docs runs it."""

import html
import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))))

# Kinds of callers in words, and their roles.
CALLERS = {"operator": ("operators", ["operator", "approver",
                                       "ca-admin"]),
           "auditor": ("auditors", ["auditor"]),
           "service-provider": ("service providers", [
               "auditor", "developer", "releaser", "owner"]),
           "anybody": ("anybody", [])}

STYLE = """
:root{color-scheme:light dark;--ground:#fff;--text:#1f1f1f;--line:#8885;
--dim:#595959;--code:#f2f2f2;--link:#0b57d0}
@media(prefers-color-scheme:dark){:root{--ground:#121212;--text:#e3e3e3;
--dim:#b0b0b0;--code:#262626;--link:#8ab4f8}}
body{background:var(--ground);color:var(--text);
font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1rem;
overflow-wrap:anywhere}
a{color:var(--link)}
h1,h2,h3{line-height:1.25}
h2{border-bottom:1px solid var(--line);margin-top:3rem}
section{margin:2rem 0}
code{font:.9em ui-monospace,monospace;background:var(--code);
padding:.1em .3em;border-radius:3px}
dt{margin-top:.75rem}
dd{margin:.15rem 0 0 1.5rem}
.dim{color:var(--dim)}
nav ul{columns:20rem;padding-left:1.25rem}
"""


def words(text):
    """Text with its paragraphs and `code`."""
    parts = []
    for paragraph in text.split("\n\n"):
        escaped = html.escape(paragraph)
        parts.append("<p>" + re.sub(r"`([^`]+)`", r"<code>\1</code>",
                                    escaped) + "</p>")
    return "\n".join(parts)


def said(schema):
    """The comment of a member, on one line."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>",
                  html.escape(schema.get("description", "")))


def type_of(schema):
    """What a value is, with links to schemas."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#schema-{name}">{name}</a>'
    if schema.get("type") == "array":
        return "list of " + type_of(schema["items"])
    if "additionalProperties" in schema:
        return "map to " + type_of(schema["additionalProperties"])
    if schema.get("contentEncoding"):
        return "octets in base64"
    if schema.get("format") == "date-time":
        return "time"
    if "pattern" in schema:
        if "a-f" in schema["pattern"]:
            return "hex"
        if "0-9" in schema["pattern"]:
            return "integer in a string"
    return schema.get("type", "anything")


def members(schema):
    """The properties of an object as a list of definitions."""
    if not schema.get("properties"):
        return []
    lines = ["<dl>"]
    for name, value in schema["properties"].items():
        lines.append(f"<dt><code>{html.escape(name)}</code> "
                     f'<span class="dim">{type_of(value)}</span></dt>')
        lines.append(f"<dd>{said(value)}</dd>")
    return lines + ["</dl>"]


def parameters(operation, document):
    lines = []
    for one in operation.get("parameters", []):
        if "$ref" in one:
            one = document["components"]["parameters"][
                one["$ref"].rpartition("/")[2]]
        lines.append(f"<dt><code>{html.escape(one['name'])}</code> "
                     f'<span class="dim">{one["in"]}, '
                     f"{type_of(one['schema'])}</span></dt>")
        lines.append(f"<dd>{said(one)}</dd>")
    return ["<h4>Parameters</h4>", "<dl>", *lines, "</dl>"] if lines else []


def listed(names):
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def caller(one):
    """A kind with its roles, where not all of them may."""
    words, roles = CALLERS[one["kind"]]
    mine = one.get("roles", [])
    return words if mine == roles else f"{words} ({', '.join(mine)})"


def content(title, holder):
    """Media types of a body or an answer, with their schemas."""
    lines = []
    for media, what in holder.get("content", {}).items():
        lines.append(f"<p>{title}: {type_of(what['schema'])} "
                     f'<span class="dim">{html.escape(media)}</span></p>')
    return lines


def operation_lines(method, path, operation, document):
    yield f'<section id="{operation["operationId"]}">'
    yield f"<h3>{html.escape(operation['summary'])}</h3>"
    yield f"<p><code>{method.upper()} {html.escape(path)}</code></p>"
    yield words(operation["description"])
    callers = listed([caller(one) for one in operation["x-callers"]])
    yield f'<p class="dim">For {callers}.</p>'
    yield from parameters(operation, document)
    yield from content("Body", operation.get("requestBody", {}))
    yield from content("Answer", operation["responses"]["200"])
    yield "</section>"


def by_tag(document):
    """(tag, [(method, path, operation)]) in the document's order."""
    for tag in document["tags"]:
        yield tag, [
            (method, path, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if tag["name"] in operation["tags"]]


def spaced(name):
    """"ServiceProviders" in words."""
    first, *rest = re.findall(r"[A-Z][a-z0-9]*", name)
    return " ".join([first, *(word.lower() for word in rest)])


def schema_lines(name, schema):
    yield f'<section id="schema-{name}">'
    yield f"<h3>{name}</h3>"
    if schema.get("description"):
        yield words(schema["description"])
    if "enum" in schema:
        yield "<p>" + " ".join(f"<code>{html.escape(value)}</code>"
                               for value in schema["enum"]) + "</p>"
    yield from members(schema)
    yield "</section>"


def lines_of(document):
    title = html.escape(document["info"]["title"])
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}: REST API</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield f"<h1>{title}: REST API</h1>"
    yield words(document["info"]["description"])
    yield '<p>For programs: <a href="openapi.json">openapi.json</a>.</p>'
    yield '<nav aria-label="Operations">'
    yield "<h2>Operations</h2>"
    for tag, found in by_tag(document):
        yield f"<h3>{spaced(tag['name'])}</h3>"
        yield "<ul>"
        for method, path, operation in found:
            yield (f'<li><a href="#{operation["operationId"]}">'
                   f"{html.escape(operation['summary'])}</a> "
                   f"<code>{method.upper()} {html.escape(path)}</code></li>")
        yield "</ul>"
    yield "</nav>"
    for tag, found in by_tag(document):
        yield f"<h2>{spaced(tag['name'])}</h2>"
        yield words(tag["description"])
        for method, path, operation in found:
            yield from operation_lines(method, path, operation, document)
    yield "<h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield from schema_lines(name, schema)
    yield "</main>"
    yield "</body>"
    yield "</html>"


def make(document):
    """The page of a document, parsed JSON."""
    return "\n".join(lines_of(document)) + "\n"


def main():
    docs = os.path.join(ROOT, "docs")
    with open(os.path.join(docs, "openapi.json"), encoding="utf-8") as f:
        page = make(json.load(f))
    with open(os.path.join(docs, "api.html"), "w", encoding="utf-8") as f:
        f.write(page)


if __name__ == "__main__":
    main()
