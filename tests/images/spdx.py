"""What SPDX 2.3 asks of a JSON document, for the parts of it that our lists
use: unknown fields are mistakes, so that a misspelt one is found."""

import re

DOCUMENT = {"spdxVersion", "dataLicense", "SPDXID", "name",
            "documentNamespace", "creationInfo", "packages", "relationships"}
PACKAGE = {"SPDXID", "name", "versionInfo", "supplier", "downloadLocation",
           "filesAnalyzed", "licenseConcluded", "licenseDeclared",
           "copyrightText", "checksums", "externalRefs", "comment",
           "sourceInfo", "primaryPackagePurpose"}
REQUIRED = {"SPDXID", "name", "downloadLocation"}
PURPOSES = {"APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER",
            "OPERATING-SYSTEM", "DEVICE", "FIRMWARE", "SOURCE", "ARCHIVE",
            "FILE", "INSTALL", "OTHER"}
RELATIONS = {"DESCRIBES", "DESCRIBED_BY", "CONTAINS", "CONTAINED_BY",
             "DEPENDS_ON", "DEPENDENCY_OF", "STATIC_LINK", "DYNAMIC_LINK",
             "BUILD_TOOL_OF", "GENERATED_FROM", "GENERATES", "OTHER"}
CHECKSUMS = {"SHA1": 40, "SHA256": 64, "SHA384": 96, "SHA512": 128}
ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
WHO = re.compile(r"NOASSERTION|(Person|Organization): .+")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s#]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
TOOL = re.compile(r"(Tool|Person|Organization): .+")
PURL = re.compile(r"pkg:[a-z]+(/[a-z0-9.%+-]+){1,2}@[A-Za-z0-9.%~_-]+"
                  r"(\?[a-z]+=[^&\s]+(&[a-z]+=[^&\s]+)*)?")


def problems(document):
    """Sentences; none for a good document."""
    found = list(_header(document))
    packages = document.get("packages", [])
    ids = [p.get("SPDXID") for p in packages]
    for repeated in sorted({str(i) for i in ids if ids.count(i) > 1}):
        found.append(f"{repeated} is there twice")
    for package in packages:
        found += [f"{package.get('SPDXID')}: {text}"
                  for text in _package(package)]
    found += _relations(document, set(ids) | {"SPDXRef-DOCUMENT"})
    return found


def _header(document):
    for field in sorted(DOCUMENT - set(document)):
        yield f"{field} is missing"
    for field in sorted(set(document) - DOCUMENT):
        yield f"{field} is unknown"
    for field, value in (("spdxVersion", "SPDX-2.3"),
                         ("dataLicense", "CC0-1.0"),
                         ("SPDXID", "SPDXRef-DOCUMENT")):
        if document.get(field) != value:
            yield f"{field} is not {value}"
    if not URI.fullmatch(document.get("documentNamespace", "")):
        yield "documentNamespace is no URI"
    created = document.get("creationInfo", {})
    if set(created) != {"created", "creators"}:
        yield "creationInfo has other fields"
    if not TIME.fullmatch(created.get("created", "")):
        yield "created is no time"
    creators = created.get("creators", [])
    if not creators or not all(TOOL.fullmatch(c) for c in creators):
        yield "creators name nobody"


def _package(package):
    for field in sorted(REQUIRED - set(package)):
        yield f"{field} is missing"
    for field in sorted(set(package) - PACKAGE):
        yield f"{field} is unknown"
    if not ID.fullmatch(str(package.get("SPDXID"))):
        yield "SPDXID has other characters"
    if not WHO.fullmatch(package.get("supplier", "NOASSERTION")):
        yield "supplier is nobody"
    if package.get("filesAnalyzed") is not False:
        yield "filesAnalyzed promises a list of files"
    if package.get("primaryPackagePurpose", "OTHER") not in PURPOSES:
        yield "primaryPackagePurpose is unknown"
    for checksum in package.get("checksums", []):
        length = CHECKSUMS.get(checksum.get("algorithm"), -1)
        value = checksum.get("checksumValue", "")
        if len(value) != length or not re.fullmatch("[0-9a-f]+", value):
            yield "a checksum is none"
    for ref in package.get("externalRefs", []):
        if (ref.get("referenceCategory"), ref.get("referenceType")) != (
                "PACKAGE-MANAGER", "purl"):
            yield "an external reference is of an unknown kind"
        elif not PURL.fullmatch(ref.get("referenceLocator", "")):
            yield f"{ref.get('referenceLocator')} is no purl"


def _relations(document, ids):
    reached, edges = {"SPDXRef-DOCUMENT"}, []
    for relation in document.get("relationships", []):
        one, other = (relation.get(f) for f in (
            "spdxElementId", "relatedSpdxElement"))
        if relation.get("relationshipType") not in RELATIONS:
            yield f"{relation.get('relationshipType')} is no relationship"
        for end in (one, other):
            if end not in ids:
                yield f"{end} is related, but isn't there"
        edges.append((one, other))
    grew = True
    while grew:
        more = {other for one, other in edges if one in reached} - reached
        reached |= more
        grew = bool(more)
    for lost in sorted(str(i) for i in ids - reached):
        yield f"nothing leads to {lost}"
