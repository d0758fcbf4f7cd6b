"""Verifies a webhook as a receiver does, by Python's own hmac: Standard
Webhooks 1.0.0. Exit code 0: as many of the signatures as are wanted fit.

usage: webhook_verifier.py SECRETS BODY_FILE ID TIMESTAMP SIGNATURES
SECRETS: one whsec_.. for each signature, in order, joined by ','.
"""

import base64
import hashlib
import hmac
import sys


def expected(secret, content):
    assert secret.startswith("whsec_")
    key = base64.b64decode(secret[len("whsec_"):], validate=True)
    assert 24 <= len(key) <= 64
    return base64.b64encode(
        hmac.new(key, content, hashlib.sha256).digest()).decode()


def main(secrets, body_file, message_id, timestamp, signatures):
    with open(body_file, "rb") as f:
        content = f"{message_id}.{timestamp}.".encode() + f.read()
    found = [one.split(",", 1) for one in signatures.split(" ")]
    wanted = [["v1", expected(secret, content)]
              for secret in secrets.split(",")]
    return 0 if found == wanted else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
