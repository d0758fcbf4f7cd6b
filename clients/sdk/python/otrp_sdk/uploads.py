"""Images of applications on their way to the portal, in chunks: after a break,
the same call goes on where it was."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from typing import cast

from otrp_sdk import models
from otrp_sdk.client import Client
from otrp_sdk.errors import ProblemError

# The largest that the portal takes.
_CHUNK = 1 << 20


def upload(client: Client, path: str, *, spid: str, taid: str, version: str,
           format: str = "jws",  # pylint: disable=redefined-builtin
           manifest: models.Manifest | None = None,
           personalizationData: str | None = None,
           on_progress: Callable[[int, int], None] = lambda received, size:
           None) -> models.CompleteUploadResponse:
    """Makes a version of the signed image in a file, which must stay as it is
    meanwhile. on_progress: octets that the portal has, and all."""
    with open(path, "rb") as f:
        digest = hashlib.file_digest(f, "sha256").digest()
        size = f.seek(0, os.SEEK_END)
        # The same again is the same upload.
        begun = cast(models.CreateUploadResponse, client._call(
            "POST", "/v1/uploads", repeatable=True, body={
                "spid": spid, "taid": taid, "version": version,
                "format": format, "size": str(size),
                "sha256": base64.b64encode(digest).decode()}))["upload"]
        upload_id, received = begun["uploadId"], int(begun["received"])
        while received < size:
            on_progress(received, size)
            f.seek(received)
            chunk = f.read(_CHUNK)
            if not chunk:
                raise ValueError(f"{path}: is shorter than it was")
            received = _write(client, upload_id, received, chunk)
        on_progress(received, size)
        return cast(models.CompleteUploadResponse, client._call(
            "POST", f"/v1/uploads/{upload_id}:complete", repeatable=True,
            body={"manifest": manifest,
                  "personalizationData": personalizationData}))


def _write(client: Client, upload_id: str, offset: int, chunk: bytes) -> int:
    """The offset to go on at."""
    try:
        return int(client.write_chunk(uploadId=upload_id, offset=str(offset),
                                      content=chunk)["received"])
    except ProblemError as error:
        if error.code != "FAILED_PRECONDITION":
            raise
        # Somebody else writes it too, or more came than we were told.
        received = int(client.get_upload(
            uploadId=upload_id)["upload"]["received"])
        if received == offset:
            raise
        return received
