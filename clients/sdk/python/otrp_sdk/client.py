"""The way in: who calls, where to, and how often."""

from __future__ import annotations

import functools
import http.client
import json
import os
import random
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping

from otrp_sdk.errors import NoAnswerError, ProblemError
from otrp_sdk.operations import Operations

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
# Answers are JSON of some KB; a page of a list is the largest.
_MAX_ANSWER = 64 << 20
# Seconds. A service that died holds its requests' keys for 30.
_MAX_RUNNING = 45


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes to the server that it is for."""

    def redirect_request(self, *_args: object, **_more: object) -> None:
        return None


class Client(Operations):
    """A method for each operation of the reference.

    url: such as "https://otrp.example:8444"; http on loopback only.
    token: a bearer token, or what gives one for each request. Without one the
        client certificate of `tls`, or nobody.
    tls: an ssl.SSLContext; None: the system's roots.
    timeout: seconds without a sign of the server.
    tries: of one request, the first included.
    wait: seconds before the second try; doubles, up to max_wait.
    max_wait: seconds. A server that says to wait longer is taken at its word:
        the answer is raised.

    Thread-safety: any method from any thread.
    """

    def __init__(self, url: str, *,
                 token: str | Callable[[], str] | None = None,
                 tls: ssl.SSLContext | None = None, timeout: float = 30,
                 tries: int = 5, wait: float = 0.5,
                 max_wait: float = 30) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https" and (
                parts.scheme != "http" or parts.hostname not in _LOOPBACK):
            raise ValueError(f"url: {url} must be https, or http on loopback")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._tries = tries
        self._wait = wait
        self._max_wait = max_wait
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if parts.hostname in _LOOPBACK:
            # A proxy has no way to us.
            handlers.append(urllib.request.ProxyHandler({}))
        handlers.append(urllib.request.HTTPSHandler(
            context=tls or ssl.create_default_context()))
        self._opener = urllib.request.build_opener(*handlers)

    @classmethod
    def from_environment(
            cls, environment: Mapping[str, str] = os.environ) -> Client:
        """From OTRP_API, OTRP_CA_FILE, and OTRP_TOKEN_FILE or OTRP_TOKEN, or
        OTRP_CERT_FILE with OTRP_KEY_FILE. The token's file is read for each
        request, so that another one may be put there. ValueError without
        OTRP_API, OSError where a file can't be read."""
        url = environment.get("OTRP_API")
        if not url:
            raise ValueError("OTRP_API is not set")
        tls = ssl.create_default_context(
            cafile=environment.get("OTRP_CA_FILE") or None)
        certificate = environment.get("OTRP_CERT_FILE")
        if certificate:
            tls.load_cert_chain(certificate, environment.get("OTRP_KEY_FILE"))
        path = environment.get("OTRP_TOKEN_FILE")
        if path:
            return cls(url, tls=tls, token=functools.partial(_text_of, path))
        return cls(url, tls=tls, token=environment.get("OTRP_TOKEN") or None)

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
        content: bytes | None = None,
        repeatable: bool = False,
        keyed: bool = False,
        idempotency_key: str | None = None,
    ) -> object:
        """429 says that nothing was done, so that any request may be sent
        again. Where nobody knows whether it was, only one that does no harm
        twice: a GET, PUT or DELETE, what is repeatable, and whatever has an
        Idempotency-Key, which is the same each time. keyed: makes one up where
        the caller has none."""
        url = self._url + path
        given = {name: _in_query(value) for name, value
                 in (query or {}).items() if value is not None}
        if given:
            url += "?" + urllib.parse.urlencode(given)
        headers = {"Accept": "application/json, application/problem+json"}
        if idempotency_key is None and keyed:
            idempotency_key = str(uuid.uuid4())
        if idempotency_key is not None:
            headers["Idempotency-Key"] = idempotency_key
        data = content
        if body is not None:
            data = json.dumps({name: value for name, value in body.items()
                               if value is not None}).encode()
        if data is not None:
            headers["Content-Type"] = "application/json" \
                if content is None else "application/octet-stream"
        harmless = repeatable or idempotency_key is not None \
            or method in ("GET", "PUT", "DELETE")
        return self._until_settled(
            lambda: self._send(method, url, headers, data), harmless)

    def _until_settled(self, send: Callable[[], object],
                       harmless: bool) -> object:
        began = time.monotonic()
        attempt = 0
        while True:
            asked: float | None = None
            try:
                return send()
            except ProblemError as error:
                asked = error.retry_after
                running = error.status == 409 and asked is not None and \
                    time.monotonic() - began < _MAX_RUNNING
                attempt += not running
                again = running or error.status == 429 or (
                    error.status in (502, 503, 504) and harmless)
                if not again or attempt >= self._tries \
                        or (asked or 0) > self._max_wait:
                    raise
            except NoAnswerError:
                attempt += 1
                if attempt >= self._tries or not harmless:
                    raise
            most = min(self._wait * 2 ** max(attempt - 1, 0), self._max_wait)
            # Up to half more, so that many clients don't come back at once.
            time.sleep((most / 2 if asked is None else asked)
                       + random.random() * most / 2)

    def _send(self, method: str, url: str, headers: Mapping[str, str],
              data: bytes | None) -> object:
        request = urllib.request.Request(url, data=data, method=method,
                                         headers=dict(headers))
        if self._token is not None:
            token = self._token if isinstance(self._token, str) \
                else self._token()
            request.add_unredirected_header("Authorization",
                                            f"Bearer {token}")
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.loads(_read(answer))
        except urllib.error.HTTPError as error:
            with error:
                raise ProblemError(error.code, error.headers,
                                   _read(error)) from None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(f"{self._url}: {error}") from error


def _read(answer: http.client.HTTPResponse | urllib.error.HTTPError) -> bytes:
    body = answer.read(_MAX_ANSWER + 1)
    if len(body) > _MAX_ANSWER:
        raise NoAnswerError(f"answers with more than {_MAX_ANSWER} octets")
    return body


def _in_query(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text_of(path: str) -> str:
    with open(path, encoding="ascii") as f:
        return f.read().strip()
