"""What the server says when it says no (RFC 9457), and what it means when
nothing was said."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Mapping
from email.message import Message

# As http.client and http.server have them, whatever case they are in.
Headers = Mapping[str, str] | Message


class OtrpError(Exception):
    """All that the SDK raises for what the server does."""


class ProblemError(OtrpError):
    """An answer that isn't 2xx. `code` is for decisions, the text for people.

    code: as gRPC's, such as "NOT_FOUND"; "" where the answer is not the
        suite's own, such as a proxy's.
    field: the member or parameter at fault, such as "target.did"; or "".
    request_id: to be told to the operator: logs and audit events have it.
    retry_after: seconds; of 429 and 503, None without.
    """

    def __init__(self, status: int, headers: Headers,
                 body: bytes) -> None:
        problem: dict[str, object] = {}
        if "problem+json" in headers.get("Content-Type", ""):
            try:
                parsed = json.loads(body)
                problem = parsed if isinstance(parsed, dict) else {}
            except ValueError:
                pass
        super().__init__(problem.get("detail") or problem.get("title")
                         or f"the server answered {status}")
        self.status = status
        self.code = str(problem.get("code", ""))
        self.field = str(problem.get("field", ""))
        self.request_id = str(problem.get("request_id")
                              or headers.get("X-Request-Id", ""))
        self.retry_after = retry_after(headers)


class NoAnswerError(OtrpError):
    """None came: whether the request had its effect isn't known."""


def retry_after(headers: Headers) -> float | None:
    """Seconds of the header (RFC 9110 section 10.2.3)."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, at.timestamp() - time.time())
