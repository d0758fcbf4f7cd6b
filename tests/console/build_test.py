"""The console's build: the same octets each time, no longer built where the
REST interface has lost something, and nothing in it that its page's policy
forbids."""

import json
import os
import re
import tempfile
import unittest
from unittest import mock

from deploy import console

PACKAGES = os.path.join(console.cache_folder(), "console-tools",
                        "node_modules")
LOCKS = ("clients/console", "tests/console")


def text_of(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def content(folder):
    """Name below the folder -> octets."""
    found = {}
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            with open(full, "rb") as f:
                found[os.path.relpath(full, folder)] = f.read()
    return found


class BuildTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(PACKAGES):
            raise AssertionError(f"{PACKAGES} isn't there: ./otrp test makes "
                                 "it")
        cls.cache = tempfile.TemporaryDirectory(prefix="console-")
        cls.addClassCleanup(cls.cache.cleanup)

    def build(self, name, change=lambda document: None):
        """The files' folder; None: it can't be built. `change` alters the
        description of the REST interface."""
        root = os.path.join(self.cache.name, name)
        for path in console.sources():
            into = os.path.join(root, path)
            os.makedirs(os.path.dirname(into), exist_ok=True)
            text = text_of(path)
            if path == console.OPENAPI:
                document = json.loads(text)
                change(document)
                text = json.dumps(document)
            with open(into, "w", encoding="utf-8") as f:
                f.write(text)
        return console.make(PACKAGES, os.path.join(root, "out"), root)

    def test_the_same_sources_give_the_same_octets(self):
        one = content(self.build("one"))
        # Elsewhere, so that no path can be a part of them.
        deeper = os.path.join(self.cache.name, "deeper", "and", "deeper")
        os.makedirs(deeper)
        with mock.patch.object(tempfile, "tempdir", deeper):
            two = content(self.build("two"))
        self.assertEqual(one, two)
        self.assertRegex(" ".join(sorted(one)),
                         r"^assets/main-\w{8}\.js assets/style-\w{8}\.css "
                         r"index\.html$")

    def test_what_the_rest_interface_has_lost_is_not_built(self):
        def without_path(document):
            del document["paths"]["/v1/reviews"]

        def without_member(document):
            del document["components"]["schemas"]["Task"]["properties"][
                "advice"]
        for change in (without_path, without_member):
            with self.subTest(change.__name__):
                self.assertIsNone(self.build(change.__name__, change))

    def test_nothing_in_it_is_forbidden_by_its_pages_policy(self):
        files = content(self.build("policy"))
        page = files["index.html"].decode()
        self.assertNotRegex(page, r"<style|<script(?![^>]* src=)|\son\w+=|"
                            r"\sstyle=")
        for name, octets in files.items():
            text = octets.decode()
            hosts = set(re.findall(r"https?://([\w.]+)", text))
            # The names of XML's languages, which nobody loads.
            self.assertLessEqual(hosts, {"www.w3.org"}, name)
            self.assertNotRegex(text, r"\beval\(|new Function\(|"
                                r"document\.write", name)

    def test_no_text_becomes_markup(self):
        for path in console.sources():
            if path.startswith(console.SOURCES + "/src/"):
                self.assertNotRegex(
                    text_of(path), r"(?i)\w*(inner|outer)html\b|"
                    r"insertAdjacent|createContextualFragment|DOMParser|"
                    r"srcdoc|javascript:", path)

    def test_it_is_small(self):
        sizes = {name: len(octets)
                 for name, octets in content(self.build("small")).items()}
        self.assertLess(sum(sizes.values()), 200_000, sizes)


class LockFileTest(unittest.TestCase):

    def test_they_name_no_registry_and_exact_versions(self):
        for folder in LOCKS:
            packages = json.loads(text_of(os.path.join(
                folder, "package-lock.json")))["packages"]
            for name, package in packages.items():
                self.assertNotIn("resolved", package, name)
                if name:
                    self.assertTrue(
                        package["integrity"].startswith("sha512-"), name)
            asked = {**packages[""]["dependencies"],
                     **packages[""].get("devDependencies", {})}
            for name, version in asked.items():
                self.assertRegex(version, r"^\d+\.\d+\.\d+$", name)


if __name__ == "__main__":
    unittest.main()
