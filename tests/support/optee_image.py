"""Makes an image as OP-TEE loads it, by python3-cryptography and from the
layout alone, so that what the suite reads isn't what the suite wrote.

    optee_image.py SPEC.json OUT

SPEC: {"kind": "legacy" | "bootstrap" | "encrypted", "alg": "pss" | "pkcs1",
       "salt": 32, "uuid": "" or the application's, "version": 0,
       "binary": "..", "key": "PEM file of who signs first",
       "subkeys": [{"key": "PEM file", "uuid": "" or its own, "name": "..",
                    "name_size": 0, "max_depth": 0}]}

A UUID that is left empty is the one that the subkey above demands.
"""

import hashlib
import json
import os
import struct
import sys
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = 0x4f545348
ALGS = {"pss": 0x70414930, "pkcs1": 0x70004830}
KINDS = {"legacy": 0, "bootstrap": 1, "encrypted": 2, "subkey": 3}
MODULUS, EXPONENT = 0xd0000130, 0xd0000230
TOP = "8aaaf200-2450-11e4-abe2-0002a5d5c51b"


def load(path):
    with open(path, "rb") as file:
        return serialization.load_pem_private_key(file.read(), None)


def signed(spec, key, kind, img_size, content):
    """Header, digest and signature over header and content."""
    header = struct.pack("<IIIIHH", MAGIC, KINDS[kind], img_size,
                         ALGS[spec["alg"]], 32, (key.key_size + 7) // 8)
    digest = hashlib.sha256(header + content).digest()
    if spec["alg"] == "pss":
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), spec["salt"])
    else:
        scheme = padding.PKCS1v15()
    return header + digest + key.sign(digest, scheme,
                                      utils.Prehashed(hashes.SHA256()))


def below(own, name, name_size):
    """The UUID that stands below a subkey's: RFC 4122 version 5, of SHA-512."""
    if name_size == 0:
        return own
    digest = hashlib.sha512(own.bytes + name.encode()).digest()
    return uuid.UUID(bytes=digest[:16], version=5)


def octets(number):
    # One zero in front where the highest bit is set, as the tool writes it.
    return number.to_bytes((number.bit_length() + 8) // 8, "big")


def subkey(spec, signer, entry, own):
    numbers = load(entry["key"]).public_key().public_numbers()
    n, e = octets(numbers.n), octets(numbers.e)
    end = 16 + 5 * 4 + 2 * 3 * 4
    image = own.bytes + struct.pack(
        "<11I", entry["name_size"], 1, entry["max_depth"], ALGS[spec["alg"]],
        2, MODULUS, end, len(n), EXPONENT, end + len(n), len(e)) + n + e
    name = entry["name"].encode().ljust(entry["name_size"], b"\0")
    return signed(spec, signer, "subkey", len(image), image) + image + name


def application(spec, signer, own):
    binary = spec["binary"].encode()
    names = own.bytes + struct.pack("<I", spec["version"])
    if spec["kind"] == "legacy":
        return signed(spec, signer, "legacy", len(binary), binary) + binary
    if spec["kind"] == "bootstrap":
        return signed(spec, signer, "bootstrap", len(binary),
                      names + binary) + names + binary
    nonce = os.urandom(12)
    sealed = AESGCM(os.urandom(32)).encrypt(nonce, binary, None)
    crypt = struct.pack("<IIHH", 0x40000810, 0, 12, 16) + nonce + sealed[-16:]
    # The digest is over the binary in the clear.
    return signed(spec, signer, "encrypted", len(binary),
                  names + crypt + binary) + names + crypt + sealed[:-16]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    signer, next_uuid, out = load(spec["key"]), uuid.UUID(TOP), b""
    for entry in spec["subkeys"]:
        own = uuid.UUID(entry["uuid"]) if entry["uuid"] else next_uuid
        out += subkey(spec, signer, entry, own)
        signer = load(entry["key"])
        next_uuid = below(own, entry["name"], entry["name_size"])
    own = uuid.UUID(spec["uuid"]) if spec["uuid"] else next_uuid
    out += application(spec, signer, own)
    with open(sys.argv[2], "wb") as file:
        file.write(out)


if __name__ == "__main__":
    main()
