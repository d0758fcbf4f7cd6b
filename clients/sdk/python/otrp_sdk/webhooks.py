"""What comes to a webhook: is it ours, and what does it say (Standard Webhooks,
CloudEvents 1.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable
from typing import Literal, NotRequired, TypedDict, cast

from otrp_sdk.errors import Headers, OtrpError


class Event(TypedDict):
    """A CloudEvent in structured JSON."""

    specversion: Literal["1.0"]
    # The same however often an event is sent: take each once.
    id: str
    source: str
    # Such as "otrp.version.released".
    type: str
    subject: NotRequired[str]
    time: NotRequired[str]
    datacontenttype: NotRequired[str]
    data: NotRequired[object]


class WebhookError(OtrpError):
    """Answer it with 400: nobody who knows the secret sent it, or not now."""


def _key(secret: str) -> bytes:
    try:
        octets = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        octets = b""
    if not secret.startswith("whsec_") or len(octets) < 24:
        raise ValueError('secret: must be "whsec_" and base64')
    return octets


def verify(secrets: str | Iterable[str], headers: Headers,
           body: bytes, *, tolerance: float = 300,
           now: float | None = None) -> Event:
    """The event of a request.

    secrets: while they rotate, the new one and the one before.
    headers: what finds "webhook-id" in it, as http.server's and WSGI
        frameworks' do.
    body: its octets exactly as they came.
    tolerance: seconds that the sender's clock may be away, and that an old
        message is good.
    """
    def header(name: str) -> str:
        value = headers.get(name)
        if value is None:
            raise WebhookError(f"{name}: is missing")
        return value

    message, stamp = header("webhook-id"), header("webhook-timestamp")
    if not re.fullmatch(r"[0-9]{1,12}", stamp) or abs(
            (time.time() if now is None else now) - int(stamp)) > tolerance:
        raise WebhookError("webhook-timestamp: is too old or too new")
    signatures = [one[3:].encode() for one
                  in header("webhook-signature").split(" ")
                  if one.startswith("v1,")]
    signed = f"{message}.{stamp}.".encode() + body
    keys = [_key(one) for one in (
        [secrets] if isinstance(secrets, str) else secrets)]
    wanted = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
              for key in keys]
    if not any(hmac.compare_digest(one, sent)
               for one in wanted for sent in signatures):
        raise WebhookError("webhook-signature: is of none of the secrets")
    event = cast(Event, json.loads(body))
    if event.get("id") != message:
        raise WebhookError("id: is not that of the header")
    return event
