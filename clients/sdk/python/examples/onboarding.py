"""A bank's whole way: it registers, is approved, brings its people, gets a
certificate, and ships an application to a group of devices.

  PYTHONPATH=.. python3 onboarding.py SPID GROUP FOLDER

Environment: OTRP_API and OTRP_CA_FILE; OTRP_CERT_FILE and OTRP_KEY_FILE are
the operator's, who here sits at the same desk. FOLDER gets the bank's key.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import subprocess
import sys

from otrp_sdk import Client, ProblemError, upload

SPID, GROUP, FOLDER = sys.argv[1:]
TAID = "com.example.wallet"
VERSION = "1.0.0"

URL = os.environ["OTRP_API"]
ROOTS = ssl.create_default_context(cafile=os.environ["OTRP_CA_FILE"])
OPERATOR = Client.from_environment()
NOBODY = Client(URL, tls=ROOTS)


def accept(code: str, name: str) -> Client:
    token = NOBODY.accept_invitation(code=code, name=name)["token"]
    return Client(URL, token=token, tls=ROOTS)


def register() -> Client:
    asked = NOBODY.register(spid=SPID, name="The Bank",
                            contact="+49 30 123456")
    OPERATOR.approve_registration(
        registrationId=asked["registration"]["registrationId"])
    return accept(asked["code"], "alice")


def invite(owner: Client, role: str, name: str) -> Client:
    return accept(owner.create_invitation(spid=SPID, role=role)["code"], name)


def reviewer() -> Client:
    invited = OPERATOR.create_invitation_by(role="approver")
    return accept(invited["code"], f"reviewer-of-{SPID}")


def openssl(*args: str, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *args], input=data, check=True,
                          capture_output=True).stdout


def enrol(owner: Client, key: str) -> list[str]:
    """The certificate's chain, DER in base64; its key is in a file."""
    csr = openssl("req", "-new", "-newkey", "rsa:2048", "-noenc", "-keyout",
                  key, "-subj", "/CN=TA signing", "-outform", "DER")
    return owner.enroll_certificate(
        spid=SPID, csrDer=base64.b64encode(csr).decode())["chainDer"]


def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def sign(code: bytes, key: str, x5c: list[str]) -> str:
    """The file of a flattened JWS (docs/ta-image.md)."""
    header = base64url(json.dumps(
        {"alg": "RS256", "taid": TAID, "taver": VERSION}).encode())
    payload = base64url(code)
    signature = openssl("dgst", "-sha256", "-sign", key,
                        data=f"{header}.{payload}".encode())
    path = os.path.join(FOLDER, "ta.jws")
    with open(path, "w", encoding="ascii") as f:
        json.dump({"payload": payload, "protected": header,
                   "header": {"x5c": x5c},
                   "signature": base64url(signature)}, f)
    return path


def main() -> None:
    owner = register()
    developer = invite(owner, "developer", "bob")
    releaser = invite(owner, "releaser", "carol")
    print("members:", ", ".join(
        f"{member['name']}: {member['role']}"
        for member in owner.each_members(spid=SPID, pageSize=1)))

    key = os.path.join(FOLDER, "ta.key")
    image = sign(os.urandom(2 << 20), key, enrol(owner, key))
    upload(developer, image, spid=SPID, taid=TAID, version=VERSION,
           manifest={"displayName": "Wallet"},
           on_progress=lambda received, size:
           print(f"uploaded: {received} of {size}"))

    review = developer.submit_version(spid=SPID, taid=TAID,
                                      version=VERSION)["review"]
    print("checked:", ", ".join(review["checks"]))
    reviewer().approve_version(spid=SPID, taid=TAID, version=VERSION,
                               reason="as agreed")

    try:
        developer.release_version(spid=SPID, taid=TAID, version=VERSION)
    except ProblemError as error:
        print(f"a developer releases: {error.status} {error.code}")
    OPERATOR.grant_entitlement(spid=SPID, target={"group": GROUP})
    releaser.release_version(spid=SPID, taid=TAID, version=VERSION)
    assigned = releaser.assign(spid=SPID, taid=TAID, target={"group": GROUP})
    print(f"assigned to {GROUP}, delivered: {assigned['delivered']}")


main()
