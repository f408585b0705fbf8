"""Uploads go to disk, are counted and hashed on the way, and are not kept past the limits.

A file that is too big raises nothing here: it reaches the form without its bytes and with `refused` set, so
that the person reads a sentence (`files.inspect`) instead of an error page.
"""

import hashlib
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser

MAX_FILES = 20
REQUEST_FACTOR = 4  # one request may leave this many times EVIDENCE_MAX_BYTES on disk
DRAIN_BYTES = 64 * 1024 * 1024  # still read, and thrown away, so that the browser gets to see the answer


class ReceivedFile(TemporaryUploadedFile):
    """A file on disk with its SHA-256 (64 hex digits), or empty with the reason why it was not kept.

    `size` counts the bytes that arrived, also of a refused file.
    """

    sha256 = ""
    refused = ""  # "too_big" or "too_many"


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """EVIDENCE_MAX_BYTES a file; MAX_FILES files and REQUEST_FACTOR times EVIDENCE_MAX_BYTES a request.

    What follows in the request after a refusal is read and thrown away if it is at most DRAIN_BYTES. If it
    is more, reading stops: what came before is parsed, later fields are lost, the server closes the
    connection.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.files = 0
        self.kept = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],
        content_length: int,
        boundary: bytes,
        encoding: str | None = None,
    ) -> Any:
        """Parse from a body that can be ended early; the inner parser calls this again and just goes on."""
        if isinstance(input_data, _Body):
            return None
        self.body = _Body(input_data, content_length, boundary)
        return MultiPartParser(META, self.body, [self], encoding).parse()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        # Not the parent's: it puts the extension into the name on disk, and a very long one is an OSError.
        self.file = ReceivedFile("upload", self.content_type, 0, self.charset, self.content_type_extra)
        self.file.name = self.file_name
        self.digest = hashlib.sha256()
        self.files += 1
        if self.files > MAX_FILES:
            self._refuse("too_many")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self.file.refused:
            return
        if start + len(raw_data) > settings.EVIDENCE_MAX_BYTES:
            self._refuse("too_big")
        elif self.kept + len(raw_data) > REQUEST_FACTOR * settings.EVIDENCE_MAX_BYTES:
            self._refuse("too_many")
        else:
            self.kept += len(raw_data)
            self.digest.update(raw_data)
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        if not self.file.refused:
            self.file.sha256 = self.digest.hexdigest()
        return super().file_complete(file_size)

    def _refuse(self, code: str) -> None:
        self.file.refused = code
        self.file.truncate(0)
        if self.body.remaining > DRAIN_BYTES:
            self.body.end()


class _Body:
    """The request body; after `end()` it reads as if the form closed here."""

    def __init__(self, stream: BinaryIO, content_length: int, boundary: bytes) -> None:
        self.stream, self.remaining = stream, content_length
        self.closing = b"\r\n--" + boundary + b"--\r\n"
        self.ended = False

    def end(self) -> None:
        self.ended = True

    def read(self, size: int) -> bytes:
        if self.ended:
            data, self.closing = self.closing[:size], self.closing[size:]
            return data
        data = self.stream.read(size)
        self.remaining -= len(data)
        return data
