import hashlib
import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token

from kinerjaku import uploads

MEGABYTE = 1024 * 1024
LIMIT = 256 * 1024
BOUNDARY = "batas"


class Wire(io.RawIOBase):
    """A request body that is made while it is read, and knows how much of it was."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts, self.rest, self.sent = parts, b"", 0

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size:
            part = next(self.parts, None)
            if part is None:
                break
            self.rest += part
        data, self.rest = self.rest[:size], self.rest[size:]
        self.sent += len(data)
        return data


def head(name: str, filename: str = "") -> bytes:
    file = f'; filename="{filename}"\r\nContent-Type: application/pdf' if filename else ""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()


def field(name: str, value: str) -> list[bytes]:
    return [head(name), value.encode(), b"\r\n"]


def file(size: int, *, name: str = "bukti", filename: str = "a.pdf", byte: bytes = b"x") -> list[bytes]:
    block = byte * 65536
    return [head(name, filename), *[block] * (size // 65536), block[: size % 65536], b"\r\n"]


def request(*parts: list[bytes], cut: int = 0, **meta: str) -> tuple[WSGIRequest, Wire]:
    """A POST of these parts; `cut` bytes are missing at the end although the header announces them."""
    pieces = [*[piece for part in parts for piece in part], f"--{BOUNDARY}--\r\n".encode()]
    length = sum(map(len, pieces))
    if cut:
        pieces = [b"".join(pieces)[:-cut]]
    wire = Wire(iter(pieces))
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY}",
        "CONTENT_LENGTH": str(length),
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "wsgi.input": wire,
        **meta,
    }
    return WSGIRequest(environ), wire


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.EVIDENCE_MAX_BYTES = LIMIT
    return tmp_path


def test_a_file_goes_to_the_upload_folder_and_is_hashed() -> None:
    got, _ = request(file(100_000))
    upload = got.FILES["bukti"]
    assert upload.read() == b"x" * 100_000
    assert upload.sha256 == hashlib.sha256(b"x" * 100_000).hexdigest()
    assert (upload.name, upload.size, upload.refused) == ("a.pdf", 100_000, "")


def test_nothing_is_left_when_the_request_ends(folder: Path) -> None:
    got, _ = request(file(100_000), file(LIMIT + 1))
    assert len(got.FILES.getlist("bukti")) == len(list(folder.iterdir())) == 2
    got.close()
    assert list(folder.iterdir()) == []


def test_fields_before_and_after_the_files_arrive() -> None:
    got, _ = request(field("nama", "Ani"), file(10), field("catatan", "é"), file(20, name="lain"))
    assert got.POST.dict() == {"nama": "Ani", "catatan": "é"}
    assert {name: upload.size for name, upload in got.FILES.items()} == {"bukti": 10, "lain": 20}


def test_a_file_of_exactly_the_limit_is_kept() -> None:
    got, _ = request(file(LIMIT))
    upload = got.FILES["bukti"]
    assert (upload.refused, upload.size, len(upload.read())) == ("", LIMIT, LIMIT)


def test_a_file_over_the_limit_reaches_the_form_without_its_bytes() -> None:
    got, _ = request(file(LIMIT + 1))
    upload = got.FILES["bukti"]
    assert (upload.refused, upload.size, upload.sha256) == ("too_big", LIMIT + 1, "")
    assert os.path.getsize(upload.temporary_file_path()) == 0


def test_an_empty_file_reaches_the_form() -> None:
    got, _ = request(file(0))
    assert (got.FILES["bukti"].size, got.FILES["bukti"].refused) == (0, "")


def test_a_little_too_much_is_read_to_its_end_and_the_rest_of_the_form_counts() -> None:
    got, wire = request(file(LIMIT * 4), field("catatan", "masih ada"), file(30, name="lain"))
    assert got.POST["catatan"] == "masih ada"
    assert got.FILES["lain"].refused == ""
    assert wire.sent == int(got.META["CONTENT_LENGTH"])


def test_far_too_much_is_not_read(monkeypatch) -> None:
    monkeypatch.setattr(uploads, "DRAIN_BYTES", MEGABYTE)
    got, wire = request(field("nama", "Ani"), file(100 * MEGABYTE), field("catatan", "hilang"))
    assert got.FILES["bukti"].refused == "too_big"
    assert got.POST.dict() == {"nama": "Ani"}
    assert wire.sent < LIMIT + 3 * 65536


def test_the_twenty_first_file_is_refused() -> None:
    got, _ = request(*[file(10) for _ in range(uploads.MAX_FILES + 1)])
    refused = [upload.refused for upload in got.FILES.getlist("bukti")]
    assert refused == [""] * 20 + ["too_many"]


def test_files_that_are_too_much_together_are_refused() -> None:
    got, _ = request(*[file(LIMIT) for _ in range(uploads.REQUEST_FACTOR)], file(1))
    refused = [upload.refused for upload in got.FILES.getlist("bukti")]
    assert refused == [""] * uploads.REQUEST_FACTOR + ["too_many"]


def test_memory_does_not_grow_with_the_file(settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 50 * MEGABYTE
    got, _ = request(file(40 * MEGABYTE))
    tracemalloc.start()
    try:
        assert got.FILES["bukti"].size == 40 * MEGABYTE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * MEGABYTE


def test_a_file_whose_end_never_arrived_does_not_reach_the_form(folder: Path) -> None:
    got, _ = request(field("nama", "Ani"), file(100_000), cut=50_000)
    assert got.POST["nama"] == "Ani"
    assert not got.FILES
    assert list(folder.iterdir()) == []


def test_a_very_long_extension_is_no_error() -> None:
    got, _ = request(file(10, filename="a." + "x" * 600))
    assert got.FILES["bukti"].size == 10


def test_the_path_in_a_name_is_dropped() -> None:
    got, _ = request(file(10, filename="..\\\\..\\\\rahasia/a.pdf"))
    assert got.FILES["bukti"].name == "a.pdf"


@pytest.mark.parametrize("size", [10, LIMIT * 3])
def test_the_csrf_token_in_the_form_is_found(size: int) -> None:
    got, _ = request()
    token = get_token(got)
    secret = got.META["CSRF_COOKIE"]
    checked, _ = request(field("csrfmiddlewaretoken", token), file(size), HTTP_COOKIE=f"csrftoken={secret}")
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(checked)
    assert middleware.process_view(checked, lambda request: None, (), {}) is None
    assert checked.FILES["bukti"].size == size


def test_a_wrong_csrf_token_is_refused() -> None:
    checked, _ = request(field("csrfmiddlewaretoken", "x" * 64), file(10), HTTP_COOKIE=f"csrftoken={'y' * 32}")
    middleware = CsrfViewMiddleware(lambda request: HttpResponse())
    middleware.process_request(checked)
    assert middleware.process_view(checked, lambda request: None, (), {}).status_code == 403
