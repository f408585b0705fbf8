"""What leaves the portal in one piece: the figures of nota dinas, and their PDFs in a ZIP."""

import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any

from django.db.models import QuerySet

from kinerjaku import documents
from kinerjaku.clock import WIB
from kinerjaku.errors import DomainError
from kinerjaku.figures import FigureError, parse_figure
from kinerjaku.listing import Column

from .models import NotaDinas

MOST_PDFS = 200


@dataclass(frozen=True)
class Figure:
    """One indicator of one nota dinas, as it was frozen."""

    nota: NotaDinas
    row: dict[str, Any]


def figures(notas: QuerySet[NotaDinas]) -> Iterator[Figure]:
    for nota in notas:
        for row in nota.document.content["rows"]:
            yield Figure(nota, row)


FIGURE_COLUMNS = [
    Column("nomor", "Nomor nota dinas", lambda figure: figure.nota.number),
    Column("kode", "Kode unit", lambda figure: figure.nota.unit.code),
    Column("unit", "Unit kerja", lambda figure: figure.nota.unit.name),
    Column("tahun", "Tahun", lambda figure: figure.nota.about_year, numeric=True),
    Column("triwulan", "Triwulan", lambda figure: figure.nota.about_quarter, numeric=True),
    Column("no", "No. IKU", lambda figure: figure.row["no"], numeric=True),
    Column("sasaran", "Sasaran", lambda figure: figure.row["objective"]),
    Column("indikator", "Indikator", lambda figure: figure.row["indicator"]),
    Column("satuan", "Satuan", lambda figure: figure.row["measure"]),
    Column("target", "Target", lambda figure: number_or_text(figure.row["target_text"]), numeric=True),
    Column("klaim", "Realisasi klaim", lambda figure: exact(figure.row["actual"]), numeric=True),
    Column(
        "realisasi",
        "Realisasi terverifikasi",
        lambda figure: exact(figure.row["verified_actual"]),
        numeric=True,
    ),
    Column(
        "capaian",
        "Capaian terverifikasi (%)",
        lambda figure: exact(figure.row["verified_percent"]),
        numeric=True,
    ),
    Column("hasil", "Hasil", lambda figure: figure.row["verdict_text"]),
    Column("catatan", "Catatan", lambda figure: figure.row["note"]),
]


def exact(text: str | None) -> Decimal | None:
    """A figure as it stands in frozen content."""
    return None if text is None else Decimal(text)


def number_or_text(text: str) -> Decimal | str | None:
    """A printed figure as a number; what is none, such as a range or a dash, stays text."""
    try:
        return parse_figure(text)
    except FigureError:
        return text


def zipped(notas: Iterable[NotaDinas]) -> IO[bytes]:
    """The stored PDFs, each checked against its hash. DomainError: nothing_chosen, too_many, not_rendered."""
    notas = list(notas)
    if not notas:
        raise DomainError("Centang dahulu nota dinas yang ingin diunduh.", code="nothing_chosen")
    if len(notas) > MOST_PDFS:
        raise DomainError(
            f"Paling banyak {MOST_PDFS} nota dinas sekali unduh, terpilih {len(notas)}. Persempit filternya.",
            code="too_many",
        )
    unready = [nota.number for nota in notas if not nota.document.rendered_at]
    if unready:
        raise DomainError(
            f"PDF {unready[0]} masih dibuat. Coba lagi sebentar lagi, atau hapus centangnya.",
            code="not_rendered",
            status=409,
        )
    packed = tempfile.TemporaryFile()  # noqa: SIM115 -- the response closes it
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:  # a PDF is compressed already
        for nota in notas:
            made = nota.document.rendered_at.astimezone(WIB)
            entry = zipfile.ZipInfo(pdf_name(nota), made.timetuple()[:6])
            archive.writestr(entry, documents.read(nota.document))
    packed.seek(0)
    return packed


def pdf_name(nota: NotaDinas) -> str:
    """A name that every system accepts, unique because the number is: ND 1-SJ.1-OT.310-IV-2026 ROKEU.pdf."""
    return f"ND {re.sub(r'[^A-Za-z0-9.]+', '-', nota.number)} {nota.unit.code}.pdf"
