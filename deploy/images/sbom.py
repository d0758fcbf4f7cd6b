#!/usr/bin/env python3
"""Writes an image's list of parts as SPDX 2.3 JSON: every package that dpkg's
status.d names, our programs with their SHA-256, and what the build linked into
them. The same input gives the same octets."""

import argparse
import hashlib
import json
import os
import re
import sys
import time
import uuid

NOTHING = "NOASSERTION"


def dpkg_packages(status_folder):
    """The fields of each package that is in the image."""
    for name in os.listdir(status_folder):
        with open(os.path.join(status_folder, name), encoding="utf-8") as f:
            yield dict(re.findall(r"^([A-Za-z-]+): (.*)$", f.read(), re.M))


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def spdx_id(*words):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", "-".join(words))


def package(identifier, name, version, supplier=NOTHING, **more):
    return {
        "SPDXID": identifier,
        "name": name,
        "versionInfo": version,
        "supplier": supplier,
        "downloadLocation": NOTHING,
        "filesAnalyzed": False,
        "licenseConcluded": NOTHING,
        "licenseDeclared": NOTHING,
        "copyrightText": NOTHING,
        **more,
    }


def purl(name, version, arch):
    version = version.replace("%", "%25").replace("+", "%2B") \
        .replace(":", "%3A")
    return [{
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": f"pkg:deb/debian/{name}@{version}"
                            f"?arch={arch}&distro=debian-12",
    }]


class Document:
    def __init__(self, image, version):
        self.root = spdx_id("Image", image)
        self.packages = [package(
            self.root, "otrp/" + image, version, "Organization: OTrP Suite",
            primaryPackagePurpose="CONTAINER")]
        self.relations = []
        self.relate("SPDXRef-DOCUMENT", "DESCRIBES", self.root)

    def relate(self, one, how, other):
        self.relations.append({
            "spdxElementId": one, "relationshipType": how,
            "relatedSpdxElement": other})

    def add_dpkg(self, status_folder):
        for fields in sorted(dpkg_packages(status_folder),
                             key=lambda f: f["Package"]):
            name, version = fields["Package"], fields["Version"]
            identifier = spdx_id("Deb", name)
            supplier = re.sub(r"[^ -~]", "?", fields["Maintainer"])
            source = fields.get("Source", name).split()[0]
            self.packages.append(package(
                identifier, name, version, "Organization: " + supplier,
                sourceInfo=f"built from Debian's source package {source}",
                externalRefs=purl(name, version, fields["Architecture"])))
            self.relate(self.root, "CONTAINS", identifier)

    def add_programs(self, folder, version, copied):
        for name in sorted(os.listdir(folder)):
            if name in copied:
                continue
            identifier = spdx_id("Program", name)
            self.packages.append(package(
                identifier, name, version, "Organization: OTrP Suite",
                checksums=[{"algorithm": "SHA256", "checksumValue":
                            sha256(os.path.join(folder, name))}],
                primaryPackagePurpose="APPLICATION"))
            self.relate(self.root, "CONTAINS", identifier)

    def add_parts(self, parts, folder):
        for part in parts:
            identifier = spdx_id("Part", part["name"])
            if part["how"] == "npm":
                self.add_npm(identifier, part)
                continue
            more = {}
            if part["how"] == "copied":
                more["checksums"] = [{
                    "algorithm": "SHA256", "checksumValue":
                    sha256(os.path.join(folder, part["in"][0]))}]
            arch = "source" if part["name"] == part["source"] else "any"
            self.packages.append(package(
                identifier, part["name"], part["version"],
                "Organization: Debian",
                sourceInfo="built from Debian's source package "
                           + part["source"],
                comment={"static": "given to the linker statically: ",
                         "headers": "headers, compiled into ",
                         "copied": "only this file of it: "}[part["how"]]
                + ", ".join(part["in"]),
                externalRefs=purl(part["name"], part["version"], arch),
                **more))
            if part["how"] == "copied":
                self.relate(self.root, "CONTAINS", identifier)
                continue
            for program in part["in"]:
                self.relate(spdx_id("Program", program),
                            "STATIC_LINK" if part["how"] == "static"
                            else "DEPENDS_ON", identifier)

    def add_npm(self, identifier, part):
        name, version = part["name"], part["version"]
        self.packages.append(package(
            identifier, name, version, licenseDeclared=part["licence"],
            comment="bundled into " + ", ".join(part["in"]),
            externalRefs=[{
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": "pkg:npm/" + name.replace("@", "%40")
                                    + "@" + version}]))
        self.relate(self.root, "CONTAINS", identifier)

    def text(self, image, version, created):
        body = {
            "packages": self.packages,
            "relationships": self.relations,
        }
        name = f"otrp-{image}-{version}"
        digest = hashlib.sha256(json.dumps(
            [name, created, body], sort_keys=True).encode()).hexdigest()
        return json.dumps({
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": name,
            # Unique for its content, and no name of a host.
            "documentNamespace":
                f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}",
            "creationInfo": {
                "created": time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                         time.gmtime(created)),
                "creators": ["Tool: otrp-images"],
            },
            **body,
        }, indent=1) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("image", "version", "dpkg-status", "parts", "programs",
                 "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--created", type=int, required=True,
                        help="seconds since 1970")
    args = parser.parse_args()
    with open(args.parts, encoding="ascii") as f:
        parts = json.load(f)
    copied = {p["in"][0] for p in parts if p["how"] == "copied"}
    document = Document(args.image, args.version)
    document.add_dpkg(args.dpkg_status)
    document.add_programs(args.programs, args.version, copied)
    document.add_parts(parts, args.programs)
    with open(args.out, "w", encoding="ascii") as f:
        f.write(document.text(args.image, args.version, args.created))
    return 0


if __name__ == "__main__":
    sys.exit(main())
