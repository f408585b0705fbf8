"""Files that come with a complaint: hostile until checked; fewer and smaller than evidence, for anybody sends them."""

import time
from collections.abc import Iterable

from django.core.files.uploadedfile import UploadedFile

from kinerjaku import files
from kinerjaku.errors import DomainError
from kinerjaku.file_types import clean_name
from kinerjaku.files import FileFacts

from .models import ComplaintEvent, ComplaintFile

MOST_FILES = 3
MOST_MEGABYTES = 10
MOST_SECONDS = 45  # for all files of one request: it holds a thread of the server
Checked = list[tuple[UploadedFile, FileFacts]]


def check(uploads: Iterable[UploadedFile]) -> Checked:
    """What the files are. Before the transaction: a check takes its time.

    Raises DomainError `too_many`, `too_big`, `busy`, or what files.inspect says; the sentence names the file.
    """
    uploads, began = list(uploads), time.monotonic()
    if len(uploads) > MOST_FILES:
        raise DomainError(f"Paling banyak {MOST_FILES} lampiran. Gabungkan dalam PDF atau ZIP.", code="too_many")
    checked = []
    for upload in uploads:
        try:
            if (upload.size or 0) > MOST_MEGABYTES * 2**20:
                raise DomainError(f"Berkas lebih besar dari {MOST_MEGABYTES} MB. Perkecil dahulu.", code="too_big")
            if time.monotonic() - began > MOST_SECONDS:
                raise DomainError("Berkas sebelumnya lama diperiksa. Kirim lagi tanpa berkas itu.", code="busy")
            checked.append((upload, files.inspect(upload)))
        except DomainError as error:
            said = f"“{clean_name(upload.name or '')}” tidak diterima. {error.message}"
            raise DomainError(said, code=error.code, status=error.status) from error
    return checked


def attach(event: ComplaintEvent, checked: Checked) -> None:
    for upload, facts in checked:
        ComplaintFile.objects.create(
            event=event,
            name=facts.name,
            kind=facts.kind,
            content_type=facts.content_type,
            size=facts.size,
            sha256=facts.sha256,
            storage_name=files.store(upload, facts, "complaints"),
        )
