"""The public reference: made of the protos as they are, sound in the eyes of
Redocly's linter, and readable without any other host."""

import copy
import json
import os
import pwd
import re
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser

from tests.openapi import reference

MADE = "tests/openapi/openapi.json"
FOLDER = os.path.dirname(os.path.realpath(__file__))


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def node_modules():
    cache = os.environ.get("OTRP_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.join(
            pwd.getpwuid(os.geteuid()).pw_dir, ".cache"), "otrp")
    return os.path.join(cache, "openapi-tools", "node_modules")


def lint(document):
    """The linter's lines about a document, parsed JSON."""
    with tempfile.TemporaryDirectory(prefix="openapi-") as folder:
        path = os.path.join(folder, "openapi.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(document, f)
        done = subprocess.run(
            ["node", os.path.join(FOLDER, "lint.js"), node_modules(), path],
            capture_output=True, text=True, check=False, timeout=120,
            stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(done.stderr + f"\n{node_modules()}: ./otrp test "
                             "puts it there")
    return done.stdout.splitlines()


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


class DocumentTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.document = json.loads(text_of("docs/openapi.json"))

    def test_it_is_what_the_protos_make(self):
        self.assertTrue(text_of("docs/openapi.json") == text_of(MADE),
                        "docs/openapi.json isn't what the protos make: "
                        "./otrp docs")

    def test_a_linter_has_nothing_against_it(self):
        self.assertEqual(lint(self.document), [])

    def test_the_linter_would_tell(self):
        broken = copy.deepcopy(self.document)
        operation = next(o for _, _, o in operations(broken)
                         if "$ref" in o.get("parameters", [{}])[0])
        del operation["summary"]
        operation["parameters"][0]["$ref"] = "#/components/parameters/None"
        found = "\n".join(lint(broken))
        self.assertIn("operation-summary", found)
        self.assertIn("no-unresolved-refs", found)

    def test_every_operation_and_parameter_has_its_words(self):
        count = 0
        for method, path, operation in operations(self.document):
            count += 1
            where = f"{method} {path}"
            self.assertGreater(len(operation["summary"]), 10, where)
            self.assertTrue(operation["x-callers"], where)
            self.assertIn("200", operation["responses"], where)
            self.assertIn("4XX", operation["responses"], where)
        self.assertGreater(count, 40)
        for name, schema in self.document["components"]["schemas"].items():
            for member, value in schema.get("properties", {}).items():
                self.assertIn("description", value, f"{name}.{member}")

    def test_names_are_those_of_json(self):
        for match in re.finditer(r'"(?:name|description|summary)": "(.*)"',
                                 text_of("docs/openapi.json")):
            # A claim of RFC 9711 is called as it is there.
            words = re.sub(r"urn:[\w:-]+|`eat_nonce`", "", match[1])
            self.assertNotRegex(words.replace("request_id", ""),
                                r"(?<![\w/])[a-z]+_[a-z_]+\b(?!\.)", match[0])

    def test_what_reads_is_cached_and_changes_of_it_are_conditional(self):
        for method, path, operation in operations(self.document):
            named = {p.get("$ref", "").rpartition("/")[2]
                     for p in operation.get("parameters", [])}
            self.assertEqual("IfNoneMatch" in named, method == "get", path)
            self.assertEqual(
                "IfMatch" in named,
                method != "get" and "get" in self.document["paths"][path],
                path)

    def test_a_change_takes_a_key_of_whoever_has_a_name(self):
        for method, path, operation in operations(self.document):
            named = {p.get("$ref", "").rpartition("/")[2]
                     for p in operation.get("parameters", [])}
            self.assertEqual(
                "IdempotencyKey" in named,
                method != "get"
                and operation["x-callers"] != [{"kind": "anybody"}],
                path)
            self.assertEqual(
                "IdempotencyKey" in named, "Idempotency-Replayed"
                in operation["responses"]["200"]["headers"], path)

    def test_who_may_call_is_said_with_the_roles(self):
        seen = set()
        for method, path, operation in operations(self.document):
            kinds = [one["kind"] for one in operation["x-callers"]]
            self.assertEqual(len(set(kinds)), len(kinds), path)
            for one in operation["x-callers"]:
                roles = one.get("roles", [])
                known = reference.CALLERS[one["kind"]][1]
                self.assertEqual(roles, [r for r in known if r in roles])
                self.assertEqual(bool(roles), one["kind"] != "anybody", path)
                # Auditors change nothing.
                self.assertTrue(method == "get" or "auditor" not in roles)
                seen.add((one["kind"], *roles))
        for kinds in (("service-provider", "releaser", "owner"),
                      ("service-provider", "owner"),
                      ("operator", "ca-admin"),
                      ("operator", "operator", "ca-admin"),
                      ("operator", "operator", "approver", "ca-admin"),
                      ("anybody",)):
            self.assertIn(kinds, seen)
        page = text_of("docs/api.html")
        self.assertIn("service providers (releaser, owner).", page)

    def test_a_list_has_its_pages(self):
        for method, path, operation in operations(self.document):
            names = {p.get("name") for p in operation.get("parameters", [])}
            # Sums come a day a page.
            self.assertEqual("pageSize" in names or path.endswith(":sum"),
                             "pageToken" in names, path)


class LockFileTest(unittest.TestCase):

    def test_it_names_no_registry_and_exact_versions(self):
        packages = json.loads(text_of(os.path.join(
            FOLDER, "package-lock.json")))["packages"]
        for name, package in packages.items():
            self.assertNotIn("resolved", package, name)
            if name:
                self.assertTrue(package["integrity"].startswith("sha512-"))
        for version in packages[""]["dependencies"].values():
            self.assertRegex(version, r"^\d+\.\d+\.\d+$")


class Page(HTMLParser):
    """Ids, links and elements of a page."""

    VOID = {"meta", "link", "br"}

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.tags, self.open = [], [], set(), []
        self.loads = []
        self.faults = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs["href"])
        self.loads += [attrs[name] for name in ("src", "srcset", "style")
                       if name in attrs]
        self.faults += [name for name in attrs if name.startswith("on")]
        if tag == "link":
            self.loads.append(attrs["href"])
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")


class ReferenceTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.document = json.loads(text_of("docs/openapi.json"))
        cls.text = text_of("docs/api.html")
        cls.page = Page(cls.text)

    def test_it_is_what_the_document_makes(self):
        self.assertTrue(reference.make(self.document) == self.text,
                        "docs/api.html isn't what docs/openapi.json makes: "
                        "./otrp docs")

    def test_its_elements_are_closed_and_its_ids_unique(self):
        self.assertEqual(self.page.faults, [])
        self.assertEqual(self.page.open, [])
        self.assertEqual(len(self.page.ids), len(set(self.page.ids)))

    def test_every_link_leads_somewhere_on_it(self):
        self.assertGreater(len(self.page.links), 100)
        for link in self.page.links:
            if link != "openapi.json":
                self.assertTrue(link.startswith("#"), link)
                self.assertIn(link[1:], self.page.ids)

    def test_every_operation_and_schema_stands_on_it(self):
        for _, _, operation in operations(self.document):
            self.assertIn(operation["operationId"], self.page.ids)
        for name in self.document["components"]["schemas"]:
            self.assertIn("schema-" + name, self.page.ids)

    def test_a_string_with_a_rule_is_no_number(self):
        self.assertIn('<dt><code>Idempotency-Key</code> <span class="dim">'
                      "header, string</span></dt>", self.text)
        self.assertIn('<span class="dim">integer in a string</span>', self.text)
        self.assertIn(", hex</span>", self.text)

    def test_it_loads_nothing_and_runs_nothing(self):
        self.assertEqual(self.page.loads, [])
        self.assertNotIn("script", self.page.tags)
        self.assertNotRegex(self.text, r"url\(|@import|https?://")

    def test_what_a_comment_says_is_text(self):
        document = copy.deepcopy(self.document)
        _, _, operation = next(operations(document))
        evil = "<script>alert(1)</script>\" onload=\"x"
        operation["description"] = operation["summary"] = evil
        document["info"]["title"] = evil
        page = Page(reference.make(document))
        self.assertNotIn("script", page.tags)
        self.assertEqual(page.faults, [])


if __name__ == "__main__":
    unittest.main()
