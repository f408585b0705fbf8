"""ZIP and what is made of ZIP: Office (OOXML), OpenDocument. Runs in the process of `file_check`.

Every container: at most MAX_MEMBERS members, MAX_TOTAL bytes unpacked and MAX_RATIO times its own size; no
links, no path that leaves the folder, no name twice, only the two usual compression methods, every checksum
right.

A ZIP of evidence: each member must be a file that would be accepted alone, under an accepted extension; no
ZIP inside a ZIP. So nothing gets in by being packed. Two harmless leftovers of macOS are let through.
"""

import io
import re
import stat
import zipfile
from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat

from . import file_legacy
from .errors import DomainError
from .file_types import (
    DOCX,
    ODP,
    ODS,
    ODT,
    PARSER_ERRORS,
    PPTX,
    XLSX,
    ZIP,
    FileType,
    clean_name,
    damaged,
    encrypted,
    macros,
    refuse_program,
    suffix_of,
    too_complex,
    wrong_type,
)

MEGABYTE = 1024 * 1024
MAX_MEMBERS = 3000
MAX_ZIP_MEMBERS = 300
MAX_TOTAL = 400 * MEGABYTE
MAX_RATIO = 150  # the densest ordinary spreadsheets reach about 50
RATIO_FROM = 10 * MEGABYTE  # below that, a ratio does no harm
MAX_IN_MEMORY = 64 * MEGABYTE
MAX_DEPTH = 2  # documents inside documents that are looked into

MAIN_PARTS = {
    f"application/vnd.openxmlformats-officedocument.{name}.main+xml": file_type
    for name, file_type in (
        ("wordprocessingml.document", DOCX),
        ("spreadsheetml.sheet", XLSX),
        ("presentationml.presentation", PPTX),
    )
}
OPEN_DOCUMENTS = {file_type.content_type: file_type for file_type in (ODT, ODS, ODP)}
_DRIVE = re.compile(r"[A-Za-z]:")
_MACRO_TYPES = ("macroenabled", "vbaproject", "macrosheet")
_MACOS_HEADS = {b"\x00\x05\x16\x07": "._", b"\x00\x00\x00\x01Bud1": ".DS_Store"}


def check(stream: BinaryIO, examine: Callable[[BinaryIO, str], FileType] | None) -> FileType:
    """The type of a container. `examine` checks a member of a ZIP of evidence; None: this is inside one."""
    try:
        with zipfile.ZipFile(stream) as archive:
            members = _members(archive, stream)
            if "[content_types].xml" in members:
                return _office(archive, members)
            if "mimetype" in members:
                return _open_document(archive, members)
            if examine is None:
                raise wrong_type("ZIP di dalam ZIP tidak diterima. Keluarkan isinya, lalu unggah lagi.")
            return _evidence(archive, members, examine)
    except DomainError:
        raise
    except (*PARSER_ERRORS, expat.ExpatError) as error:
        raise damaged() from error


def _members(archive: zipfile.ZipFile, stream: BinaryIO) -> dict[str, zipfile.ZipInfo]:
    """The members by lower-case name, folders left out; DomainError if the container breaks a limit."""
    members: dict[str, zipfile.ZipInfo] = {}
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise _too_much()
    total = sum(info.file_size for info in infos)
    size = stream.seek(0, io.SEEK_END)
    if total > MAX_TOTAL or (total > RATIO_FROM and total > MAX_RATIO * size):
        raise _too_much()
    for info in infos:
        if info.flag_bits & 0x41:
            raise encrypted()
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise wrong_type("Cara pemampatan ZIP ini tidak didukung. Buat ulang ZIP biasa, lalu unggah lagi.")
        name = info.orig_filename.replace("\\", "/")
        if _leads_outside(name) or _is_link(info):
            raise wrong_type("ZIP berisi lokasi berkas yang tidak aman. Buat ulang ZIP, lalu unggah lagi.")
        if name.endswith("/"):
            if info.file_size:
                raise damaged()
            continue
        if name.lower() in members:
            raise damaged("Ada dua berkas bernama sama di dalamnya. Buat ulang, lalu unggah lagi.")
        members[name.lower()] = info
    if not members:
        raise DomainError("ZIP ini kosong. Pilih berkas lain.", code="empty")
    return members


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or ".." in name.split("/") or "\0" in name or bool(_DRIVE.match(name))


def _is_link(info: zipfile.ZipInfo) -> bool:
    return info.create_system == 3 and stat.S_ISLNK(info.external_attr >> 16)


def _too_much() -> DomainError:
    return DomainError(
        "Isinya terlalu besar atau terlalu banyak saat dibuka. Bagi berkasnya, lalu unggah lagi.",
        code="too_big",
    )


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> io.BytesIO:
    """One member in memory, its checksum checked."""
    if info.file_size > MAX_IN_MEMORY:
        raise _too_much()
    return io.BytesIO(archive.read(info))


def _evidence(
    archive: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    examine: Callable[[BinaryIO, str], FileType],
) -> FileType:
    if len(members) > MAX_ZIP_MEMBERS:
        raise _too_much()
    for name, info in members.items():
        content, shown = _read(archive, info), clean_name(info.filename)
        if not info.file_size or _is_macos_leftover(name, content.getvalue()[:8]):
            continue
        suffix = suffix_of(shown)
        if not suffix:
            raise wrong_type(f"ZIP berisi “{shown[:80]}”, jenis yang tidak diterima. Hapus dari ZIP, lalu unggah lagi.")
        try:
            examine(content, suffix)
        except DomainError as error:
            raise DomainError(f"“{shown[:80]}” di dalam ZIP: {error.message}", code=error.code) from error
    return ZIP


def _is_macos_leftover(name: str, head: bytes) -> bool:
    base = name.rsplit("/", 1)[-1]
    return any(head.startswith(magic) and base.startswith(start.lower()) for magic, start in _MACOS_HEADS.items())


def _office(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], depth: int = 0) -> FileType:
    """OOXML. The content types list names the main part; each part is read whole once."""
    types = _attributes(_read(archive, members["[content_types].xml"]), "ContentType", "PartName")
    found = {content_type.lower(): part.lower().lstrip("/") for _, (content_type, part) in types}
    if any(word in content_type for content_type in found for word in _MACRO_TYPES):
        raise macros()
    main = next((content_type for content_type in MAIN_PARTS if content_type.lower() in found), None)
    if main is None:
        raise wrong_type()
    part = found[main.lower()]
    if part and part not in members:
        raise damaged()
    _check_parts(archive, members, depth)
    _refuse_fetching(archive, members)
    return MAIN_PARTS[main]


_FETCHED = ("attachedtemplate", "oleobject", "frame", "subdocument")


def _refuse_fetching(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> None:
    """A template or an embedded object that is fetched from elsewhere when the document is opened brings its macros
    along. Links that a reader clicks are not meant."""
    for name, info in members.items():
        if name.endswith(".rels"):
            for _, (mode, kind) in _attributes(_read(archive, info), "TargetMode", "Type"):
                if mode.lower() == "external" and kind.lower().rsplit("/", 1)[-1] in _FETCHED:
                    raise macros(
                        "Berkas mengambil templat atau objek dari tempat lain. Cetak ke PDF, lalu unggah lagi."
                    )


def _open_document(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], depth: int = 0) -> FileType:
    """ODF. LibreOffice keeps macros under Basic/ and Scripts/, and notes encryption in the manifest."""
    mimetype = _read(archive, members["mimetype"]).getvalue()[:100].decode("ascii").strip()
    if mimetype not in OPEN_DOCUMENTS:
        raise wrong_type()
    if "encrypted-package" in members:
        raise encrypted()
    manifest = _attributes(_read(archive, members["meta-inf/manifest.xml"]))
    if any(element.endswith("encryption-data") for element, _ in manifest):
        raise encrypted()
    if any(name.startswith(("basic/", "scripts/")) for name in members):
        raise macros("Berkas berisi makro. Hapus makronya atau cetak ke PDF, lalu unggah lagi.")
    if "content.xml" not in members:
        raise damaged()
    _check_parts(archive, members, depth)
    return OPEN_DOCUMENTS[mimetype]


def _check_parts(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], depth: int) -> None:
    """Read every part to its end, which compares its checksum, and look into embedded documents."""
    for name, info in members.items():
        if name.rsplit("/", 1)[-1] == "vbaproject.bin":
            raise macros()
        with archive.open(info) as part:
            head = part.read(512)
            while part.read(MEGABYTE):
                pass
        refuse_program(head)
        if head.startswith(file_legacy.SIGNATURE):
            file_legacy.refuse_macros(_read(archive, info))
        elif head.startswith(b"PK\x03\x04"):
            _check_embedded(_read(archive, info), depth + 1)


def _check_embedded(stream: BinaryIO, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise too_complex()
    with zipfile.ZipFile(stream) as archive:
        members = _members(archive, stream)
        if "[content_types].xml" in members:
            _office(archive, members, depth)
        elif "mimetype" in members:
            _open_document(archive, members, depth)
        else:
            raise wrong_type("Berkas berisi ZIP di dalamnya. Hapus ZIP itu, simpan ulang, lalu unggah lagi.")


def _attributes(content: io.BytesIO, *names: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each element with the named attributes ("" where there is none). ExpatError; a DTD is refused."""
    found = []

    def refuse(*args: object) -> None:
        raise ValueError("a DTD has no place here")

    def element(tag: str, values: dict[str, str]) -> None:
        found.append((tag, tuple(values.get(name, "") for name in names)))

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = element
    parser.ParseFile(content)
    return found
