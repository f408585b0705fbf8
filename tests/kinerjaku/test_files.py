import hashlib
import io
import stat
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import pytest
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import HttpResponseBase

from kinerjaku import file_archives, file_check, file_pdf, files
from kinerjaku.errors import DomainError
from tests.kinerjaku import sample_files as sample

NOISE = bytes(hash_byte for seed in range(400) for hash_byte in hashlib.sha256(str(seed).encode()).digest())


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch) -> None:
    """Each test has its files checked anew."""
    monkeypatch.setattr(files, "_known", {})


def inspect(content: bytes, name: str = "berkas") -> files.FileFacts:
    return files.inspect(SimpleUploadedFile(name, content))


def temporary(content: bytes) -> TemporaryUploadedFile:
    upload = TemporaryUploadedFile("a.pdf", "application/pdf", 0, None)
    upload.write(content)
    upload.seek(0)
    upload.size = len(content)
    return upload


def refusal(content: bytes, name: str = "berkas") -> DomainError:
    with pytest.raises(DomainError) as caught:
        inspect(content, name)
    assert caught.value.status == 422
    assert caught.value.message.endswith(".")
    return caught.value


# What is accepted, told by its content


@pytest.mark.parametrize(
    ("name", "content", "kind", "content_type"),
    [
        ("a.pdf", sample.pdf(), "PDF", "application/pdf"),
        (
            "a.pdf",
            sample.pdf_with_object_stream("<</A<</S/URI/URI(https://kkp.go.id/JavaScript)>>>>"),
            "PDF",
            "application/pdf",
        ),
        ("a.png", sample.image("PNG"), "Gambar", "image/png"),
        ("a.jpg", sample.image("JPEG"), "Gambar", "image/jpeg"),
        ("a.webp", sample.image("WEBP"), "Gambar", "image/webp"),
        ("a.tiff", sample.image("TIFF", frames=3), "Gambar", "image/tiff"),
        ("a.docx", sample.docx(), "Word", f"{sample.OFFICE}wordprocessingml.document"),
        ("a.xlsx", sample.xlsx(), "Excel", f"{sample.OFFICE}spreadsheetml.sheet"),
        ("a.pptx", sample.pptx(), "PowerPoint", f"{sample.OFFICE}presentationml.presentation"),
        ("a.odt", sample.open_document("text"), "OpenDocument", f"{sample.OPEN_DOCUMENT}text"),
        ("a.ods", sample.open_document("spreadsheet"), "OpenDocument", f"{sample.OPEN_DOCUMENT}spreadsheet"),
        (
            "a.odp",
            sample.open_document("presentation"),
            "OpenDocument",
            f"{sample.OPEN_DOCUMENT}presentation",
        ),
        ("a.doc", sample.doc(), "Word", "application/msword"),
        ("a.xls", sample.compound({"Workbook": sample.excel_stream()}), "Excel", "application/vnd.ms-excel"),
        (
            "a.ppt",
            sample.compound({"PowerPoint Document": sample.powerpoint_stream()}),
            "PowerPoint",
            "application/vnd.ms-powerpoint",
        ),
        ("a.csv", sample.CSV.encode(), "CSV", "text/csv"),
        ("a.csv", sample.CSV.encode("cp1252"), "CSV", "text/csv"),
        ("a.csv", sample.CSV.encode("utf-8-sig"), "CSV", "text/csv"),
        ("a.csv", b"PK;nama\n1;Ani\n", "CSV", "text/csv"),
        (
            "a.zip",
            sample.archive({"bukti/a.pdf": sample.pdf(), "b.csv": sample.CSV}),
            "ZIP",
            "application/zip",
        ),
    ],
)
def test_accepts(name: str, content: bytes, kind: str, content_type: str) -> None:
    assert inspect(content, name) == files.FileFacts(
        name=name,
        content_type=content_type,
        kind=kind,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def test_keeps_an_attachment_of_a_pdf_that_is_data() -> None:
    assert inspect(sample.pdf(attachment=b"<faktur/>")).kind == "PDF"


def test_ignores_what_macos_adds_to_a_zip() -> None:
    leftovers = {
        "__MACOSX/._a.pdf": b"\x00\x05\x16\x07 resource fork",
        ".DS_Store": b"\x00\x00\x00\x01Bud1 folder",
    }
    assert inspect(sample.archive({"a.pdf": sample.pdf(), **leftovers})).kind == "ZIP"


def test_a_zip_that_only_has_the_name_of_a_leftover_is_refused() -> None:
    assert refusal(sample.archive({"__MACOSX/._a.exe": sample.EXE})).code == "wrong_type"


def test_reads_an_upload_that_is_on_disk_already() -> None:
    upload = temporary(sample.pdf())
    assert files.inspect(upload).sha256 == hashlib.sha256(sample.pdf()).hexdigest()


# Names


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\Users\\ani\\Laporan Q1.pdf", "Laporan Q1.pdf"),
        ("../../etc/laporan.pdf", "laporan.pdf"),
        ("lap\x00oran\r\n.pdf", "laporan.pdf"),
        ("laporan\u202efdp.exe", "laporanfdp.exe.pdf"),
        ("\u2066laporan\u2069\u200b.pdf", "laporan.pdf"),
        ("cafe\u0301.pdf", "caf\u00e9.pdf"),
        ("laporan.exe", "laporan.exe.pdf"),
        ("laporan.PDF", "laporan.PDF"),
        ("laporan.docx", "laporan.pdf"),
        (".pdf", "pdf.pdf"),
        ("...", "berkas.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("laporan." + "y" * 300, "laporan." + "y" * 138 + ".pdf"),
    ],
)
def test_shows_a_clean_name_with_the_extension_of_the_content(given: str, shown: str) -> None:
    upload = SimpleUploadedFile("a.pdf", sample.pdf())
    upload._name = given  # past the cleaning of UploadedFile
    assert files.inspect(upload).name == shown


# Size


def test_refuses_an_empty_file() -> None:
    assert refusal(b"").code == "empty"


def test_refuses_a_file_over_the_limit(settings) -> None:
    settings.EVIDENCE_MAX_BYTES = 2 * 1024 * 1024
    error = refusal(bytes(2 * 1024 * 1024 + 1))
    assert (error.code, error.message) == (
        "too_big",
        "Berkas lebih besar dari 2 MB. Perkecil atau bagi berkas, lalu unggah lagi.",
    )


@pytest.mark.parametrize("code", ["too_big", "too_many"])
def test_refuses_what_the_upload_handler_did_not_keep(code: str) -> None:
    upload = SimpleUploadedFile("a.pdf", sample.pdf())
    upload.refused = code
    with pytest.raises(DomainError) as caught:
        files.inspect(upload)
    assert caught.value.code == code


# The wrong type, whatever the name says


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", sample.HTML),
        ("a.csv", sample.HTML),
        ("a.png", sample.SVG),
        ("a.csv", sample.SVG),
        ("a.csv", b"\xef\xbb\xbf\n <?xml version='1.0'?><a/>"),
        ("a.csv", b"a;b\n1;<script>alert(1)</script>\n"),
        ("a.csv", b"<p>teks;1\n"),
        ("a.csv", b"#!/bin/sh\nrm -rf /\n"),
        ("a.csv", b"@echo off\r\ndel *.*\r\n"),
        ("a.csv", b"{\\rtf1 teks}"),
        ("a.csv", b"a;b\n1;\x002\n"),
        ("a.csv", "a;b\n".encode("utf-16")),
        ("a.csv", b"a;b\n1;\x81\n"),
        ("a.csv", sample.EXE),
        ("a.bat", b"del /q *.*\n"),
        ("a.docx", sample.EXE),
        ("a.zip", sample.EXE),
        ("a.gif", sample.image("GIF")),
        ("a.docx", b"{\\rtf1 teks}"),
        ("a.docx", sample.archive({"[Content_Types].xml": "<Types/>"})),
        ("a.odt", sample.archive({"mimetype": "application/epub+zip"})),
        ("a.msi", sample.compound({"Tables": bytes(4096)})),
        ("a.zip", sample.archive({"a.pdf": sample.pdf()}, compression=zipfile.ZIP_LZMA)),
    ],
)
def test_refuses_the_wrong_type(name: str, content: bytes) -> None:
    assert refusal(content, name).code == "wrong_type"


# Locked with a password


@pytest.mark.parametrize(
    "content",
    [
        sample.pdf(password="rahasia"),
        sample.pdf_with_aes(),
        sample.as_encrypted(sample.archive({"a.pdf": sample.pdf()})),
        sample.compound({"EncryptedPackage": bytes(4096), "EncryptionInfo": bytes(4096)}),
        sample.doc(flags=0x0100),
        sample.compound({"Workbook": sample.excel_stream(encrypted=True)}),
        sample.compound({"PowerPoint Document": sample.powerpoint_stream(), "EncryptedSummary": bytes(4096)}),
        sample.open_document("text", manifest='<e:encryption-data xmlns:e="urn:e"/>'),
        sample.open_document("text", more={"encrypted-package": b"x"}),
    ],
    ids=["pdf", "pdf-aes", "zip", "ooxml", "doc", "xls", "ppt", "odf", "odf-whole"],
)
def test_refuses_a_locked_file(content: bytes) -> None:
    assert refusal(content).code == "encrypted"


# Macros, scripts, programs


@pytest.mark.parametrize(
    "content",
    [
        sample.docx(word__vbaProject_bin=b"").replace(b"vbaProject_bin", b"vbaProject.bin"),
        sample.office("application/vnd.ms-word.document.macroEnabled.main+xml", "word/document.xml"),
        sample.office(
            f"{sample.OFFICE}spreadsheetml.sheet.main+xml",
            "xl/workbook.xml",
            overrides='<Override PartName="/x" ContentType="application/vnd.ms-excel.macrosheet+xml"/>',
        ),
        sample.docx(
            word__embeddings__a=sample.office("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "xl/workbook.xml")
        ),
        sample.docx(word__embeddings__a=sample.compound({"Workbook": sample.excel_stream()}, ("_VBA_PROJECT_CUR",))),
        sample.compound({"WordDocument": sample.word_stream()}, ("Macros",)),
        sample.compound({"Workbook": sample.excel_stream()}, ("_VBA_PROJECT_CUR",)),
        sample.compound({"Workbook": sample.excel_stream(sheet_type=1)}),
        sample.compound({"PowerPoint Document": sample.powerpoint_stream(macros=True)}),
        sample.open_document("text", more={"Basic/script-lc.xml": "<x/>"}),
        sample.pdf(catalog={"/OpenAction": {"/S": "/JavaScript", "/JS": "app.alert(1)"}}),
        sample.pdf(catalog={"/OpenAction": {"/S": "/JavaScript"}}).replace(b"/JavaScript", b"/Java#53cript"),
        sample.pdf(catalog={"/OpenAction": {"/S": "/Launch", "/F": "cmd.exe"}}),
        sample.pdf(catalog={"/AcroForm": {"/XFA": ["template", "<xdp/>"]}}),
        sample.pdf_with_button({"/S": "/Launch", "/F": "cmd.exe"}),
        sample.pdf(orphan={"/S": "/JavaScript"}),
        sample.pdf_with_object_stream("<</S/JavaScript/JS(app.alert)>>"),
        sample.pdf_with_object_stream("<</S%\n4 0 R/F(cmd.exe)>>", "/Launch"),
        sample.archive({"a.pdf": sample.pdf(catalog={"/OpenAction": {"/S": "/Launch"}})}),
    ],
    ids=[
        "vbaProject.bin",
        "docm",
        "excel-4-sheet",
        "xlsm-in-docx",
        "xls-in-docx",
        "doc",
        "xls",
        "xls-excel-4",
        "ppt",
        "odt",
        "pdf-javascript",
        "pdf-hidden-name",
        "pdf-launch",
        "pdf-xfa",
        "pdf-button",
        "pdf-unlisted-object",
        "pdf-object-stream",
        "pdf-name-elsewhere",
        "pdf-in-zip",
    ],
)
def test_refuses_what_acts_by_itself(content: bytes) -> None:
    assert refusal(content).code == "macros"


def test_refuses_a_program_attached_to_a_pdf() -> None:
    assert refusal(sample.pdf(attachment=sample.EXE)).code == "wrong_type"


def test_does_not_unpack_an_unusual_attachment_of_a_pdf() -> None:
    assert refusal(sample.pdf(attachment=b"x", attachment_filter="/JBIG2Decode")).code == "damaged"


def test_refuses_a_program_inside_a_document() -> None:
    assert refusal(sample.docx(word__media__image1=sample.EXE)).code == "wrong_type"


# Cut off or broken


@pytest.mark.parametrize(
    "content",
    [
        sample.pdf(pages=50),
        sample.image("PNG"),
        sample.image("JPEG"),
        sample.image("WEBP"),
        sample.image("TIFF"),
        sample.xlsx(),
        sample.open_document("text"),
        sample.doc(),
        sample.archive({"a.pdf": sample.pdf()}),
    ],
    ids=["pdf", "png", "jpeg", "webp", "tiff", "xlsx", "odt", "doc", "zip"],
)
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_refuses_a_file_that_was_cut_off(content: bytes, part: float) -> None:
    assert refusal(content[: int(len(content) * part)]).code == "damaged"


def test_refuses_a_zip_with_a_wrong_checksum() -> None:
    packed = sample.archive({"a.csv": "a;b\n1;2\n"}, compression=zipfile.ZIP_STORED)
    assert refusal(packed.replace(b"1;2", b"1;3")).code == "damaged"


def test_refuses_a_document_with_a_wrong_checksum() -> None:
    packed = sample.docx(word__media__a=NOISE)
    start = packed.index(b"word/media/a") + 6000
    assert refusal(packed[:start] + b"other" + packed[start + 5 :]).code == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        sample.docx().replace(b"word/document.xml", b"word/documenT.xm_"),
        sample.open_document("text").replace(b"content.xml", b"content.xm_"),
    ],
    ids=["docx", "odt"],
)
def test_refuses_a_document_whose_main_part_is_missing(content: bytes) -> None:
    assert refusal(content).code == "damaged"


def test_refuses_a_document_whose_list_of_parts_has_a_dtd() -> None:
    dtd, main = '<!DOCTYPE a [<!ENTITY b "c">]>', f"{sample.OFFICE}wordprocessingml.document.main+xml"
    types = f'{dtd}<Types><Default Extension="xml" ContentType="{main}"/></Types>'
    assert inspect(sample.archive({"[Content_Types].xml": types.removeprefix(dtd)})).kind == "Word"
    assert refusal(sample.archive({"[Content_Types].xml": types})).code == "damaged"


def test_refuses_a_pdf_whose_last_revision_was_cut_off() -> None:
    assert refusal(sample.pdf() + b"3 0 obj\n<</Type/Catalog" + NOISE).code == "damaged"


def test_refuses_a_pdf_without_pages() -> None:
    assert refusal(sample.pdf(pages=0)).code == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n" + NOISE + b"\nstartxref\n99999999999999999999\n%%EOF",
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 100_000 + b"\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\ntrailer<</Root 1 0 R>>\n1 0 obj\n<</Pages 1 0 R/Kids[1 0 R]>>\nendobj\n%%EOF",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + NOISE,
        b"\xff\xd8\xff\xe0" + NOISE,
        b"II*\x00\x08\x00\x00\x00" + NOISE,
        b"RIFF\xff\x00\x00\x00WEBPVP8 " + NOISE,
        b"PK\x03\x04" + NOISE,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE,
        sample.docx().replace(b"[Content_Types].xml", b"[Content_Types].xm\0"),
        sample.archive({"mimetype": b"\xff\xfe"}),
        sample.archive({"[Content_Types].xml": '<!DOCTYPE a [<!ENTITY b "c">]><Types/>'}),
        sample.compound({"Workbook": b"\xff\x01" * 2048}),
        sample.compound({"WordDocument": bytes(4096)}),
    ],
)
def test_refuses_nonsense_after_a_right_beginning(content: bytes) -> None:
    assert refusal(content).code in {"damaged", "wrong_type"}


# Bombs and traps


def test_refuses_a_zip_that_unpacks_to_far_too_much() -> None:
    assert refusal(sample.archive({"a.csv": bytes(12 * 1024 * 1024)})).code == "too_big"


def test_refuses_a_document_that_unpacks_to_far_too_much() -> None:
    assert refusal(sample.docx(word__x=bytes(12 * 1024 * 1024))).code == "too_big"


def test_refuses_a_zip_with_too_many_members() -> None:
    members = {f"{number}.csv": "a" for number in range(file_archives.MAX_ZIP_MEMBERS + 1)}
    assert refusal(sample.archive(members)).code == "too_big"


def test_refuses_a_document_with_too_many_parts() -> None:
    parts = {f"part{number}": "" for number in range(file_archives.MAX_MEMBERS)}
    assert refusal(sample.docx(**parts)).code == "too_big"


@pytest.mark.parametrize("limit", ["MAX_TOTAL", "MAX_IN_MEMORY"])
def test_refuses_a_container_over_a_limit_in_bytes(monkeypatch, limit: str) -> None:
    content = io.BytesIO(sample.docx(word__x=NOISE))
    assert file_archives.check(content, None).kind == "Word"
    monkeypatch.setattr(file_archives, limit, 100)
    with pytest.raises(DomainError, match="terlalu besar"):
        file_archives.check(content, None)


def test_refuses_a_pdf_that_needs_too_many_lookups(monkeypatch) -> None:
    content = io.BytesIO(sample.pdf_with_object_stream("<</S 1 0 R/A<</S 2 0 R>>>>"))
    file_pdf.check(content)
    monkeypatch.setattr(file_pdf, "MAX_LOOKUPS", 1)
    with pytest.raises(DomainError, match="terlalu rumit"):
        file_pdf.check(content)


def test_refuses_a_tiff_with_too_many_pages(monkeypatch) -> None:
    content = sample.image("TIFF", frames=3)
    assert file_check.examine(io.BytesIO(content), "").kind == "Gambar"
    monkeypatch.setattr(file_check, "MAX_FRAMES", 3)
    with pytest.raises(DomainError, match="terlalu rumit"):
        file_check.examine(io.BytesIO(content), "")


def test_refuses_an_empty_zip() -> None:
    assert refusal(sample.archive({})).code == "empty"


def test_refuses_a_zip_in_a_zip() -> None:
    inner = sample.archive({"a.pdf": sample.pdf()})
    assert refusal(sample.archive({"a.zip": inner})).code == "wrong_type"


def test_refuses_a_name_with_an_end_before_its_end() -> None:
    packed = sample.archive({"a.exe|.pdf": sample.pdf()})
    assert refusal(packed.replace(b"a.exe|.pdf", b"a.pdf\0.exe")).code == "wrong_type"


def test_refuses_a_folder_that_has_content() -> None:
    assert refusal(sample.archive({"a.pdf": sample.pdf(), "b/": sample.EXE})).code == "damaged"


@pytest.mark.parametrize(
    "name",
    ["../a.pdf", "/a.pdf", "C:\\a.pdf", "b\\..\\..\\a.pdf"],
    ids=["parent", "root", "drive", "backslash"],
)
def test_refuses_a_zip_whose_members_leave_the_folder(name: str) -> None:
    assert refusal(sample.archive({name: sample.pdf()})).code == "wrong_type"


def test_refuses_a_link_in_a_zip() -> None:
    link = zipfile.ZipInfo("a.csv")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(link, "/etc/passwd")
    assert refusal(buffer.getvalue()).code == "wrong_type"


def test_refuses_two_members_of_the_same_name() -> None:
    packed = sample.archive({"a.pdf": sample.pdf(), "b.pdf": sample.pdf()})
    assert refusal(packed.replace(b"b.pdf", b"A.pdf")).code == "damaged"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.exe", sample.EXE),
        ("a.html", sample.HTML),
        ("a.csv", sample.SVG),
        ("a.hta", sample.pdf()),
        ("a.txt", b"teks"),
    ],
)
def test_refuses_a_member_that_would_not_be_accepted_alone(name: str, content: bytes) -> None:
    error = refusal(sample.archive({"bukti/a.pdf": sample.pdf(), f"bukti/{name}": content}))
    assert error.code == "wrong_type"
    assert f"“{name}”" in error.message


def test_refuses_a_picture_with_too_many_pixels() -> None:
    buffer = io.BytesIO()
    sample.Image.new("1", (12_000, 9_000)).save(buffer, "PNG")
    assert refusal(buffer.getvalue()).code == "too_big"


def test_refuses_a_tiff_whose_second_page_has_too_many_pixels() -> None:
    buffer = io.BytesIO()
    pages = [sample.Image.new("1", size) for size in ((10, 10), (12_000, 9_000))]
    pages[0].save(buffer, "TIFF", compression="group4", save_all=True, append_images=pages[1:])
    assert refusal(buffer.getvalue()).code == "too_big"


def test_refuses_documents_nested_without_end() -> None:
    content = sample.docx()
    for _ in range(file_archives.MAX_DEPTH + 1):
        content = sample.docx(word__embeddings__a=content)
    assert refusal(content).code == "damaged"


def test_a_check_that_takes_too_long_is_a_refusal(monkeypatch) -> None:
    monkeypatch.setattr(files, "CHECK_SECONDS", 0.5)
    monkeypatch.setattr(files, "_START_CHECK", "import time; time.sleep(60)")
    assert refusal(sample.pdf()).code == "damaged"


def test_a_check_that_is_killed_by_the_file_is_a_refusal(monkeypatch) -> None:
    monkeypatch.setattr(files, "_START_CHECK", "import os; os.abort()")
    assert refusal(sample.pdf()).code == "damaged"


def test_a_bug_in_the_check_is_a_refusal_and_logged_without_content(monkeypatch, caplog) -> None:
    broken = files._START_CHECK.replace(
        "main(*", "import kinerjaku.file_check as c; c.examine = lambda *a: {}['isi']; main(*"
    )
    monkeypatch.setattr(files, "_START_CHECK", broken)
    assert refusal(sample.pdf()).code == "damaged"
    assert "KeyError at " in caplog.text
    assert "isi" not in caplog.text


def test_a_check_that_needs_too_much_memory_is_a_refusal(monkeypatch) -> None:
    greedy = files._START_CHECK.replace(
        "main(*", "import kinerjaku.file_check as c; c.examine = lambda *a: bytes(2**31); main(*"
    )
    monkeypatch.setattr(files, "_START_CHECK", greedy)
    assert refusal(sample.pdf()).message.startswith("Isi berkas terlalu rumit")


def test_a_check_that_needs_too_much_processor_time_is_a_refusal(monkeypatch) -> None:
    busy = "c.CPU_SECONDS = 1; c.examine = lambda *a: [0 for _ in iter(int, 1)]; main(*"
    busy = files._START_CHECK.replace("main(*", f"import kinerjaku.file_check as c; {busy}")
    monkeypatch.setattr(files, "_START_CHECK", busy)
    monkeypatch.setattr(files, "CHECK_SECONDS", 20)
    started = time.monotonic()
    assert refusal(sample.pdf()).message.startswith("Isi berkas terlalu rumit")
    assert time.monotonic() - started < 10


def test_checks_wait_for_a_free_slot(monkeypatch) -> None:
    slots = threading.BoundedSemaphore(1)
    free = []
    run = subprocess.run
    monkeypatch.setattr(files, "_slots", slots)
    monkeypatch.setattr(
        files.subprocess,
        "run",
        lambda *args, **more: free.append(slots.acquire(blocking=False)) or run(*args, **more),
    )
    inspect(sample.pdf())
    assert free == [False]


@pytest.fixture
def checks(monkeypatch) -> list[dict[str, object]]:
    """The arguments of every process that was started for a check."""
    started: list[dict[str, object]] = []
    run = subprocess.run
    monkeypatch.setattr(files.subprocess, "run", lambda *args, **more: started.append(more) or run(*args, **more))
    return started


def test_the_same_bytes_are_checked_once(checks) -> None:
    assert inspect(sample.pdf(), "a.pdf").name == "a.pdf"
    assert inspect(sample.pdf(), "b.pdf").name == "b.pdf"
    assert len(checks) == 1


def test_the_same_bytes_under_another_extension_are_checked_again(checks) -> None:
    inspect(sample.CSV.encode(), "a.csv")
    refusal(sample.CSV.encode(), "a.bat")
    assert len(checks) == 2


def test_a_refused_file_is_refused_again_without_another_check_for_a_while(checks, monkeypatch) -> None:
    assert refusal(sample.HTML, "a.pdf").message == refusal(sample.HTML, "a.pdf").message
    assert len(checks) == 1
    now = files.time.monotonic()
    monkeypatch.setattr(files.time, "monotonic", lambda: now + files.REFUSED_SECONDS + 1)
    refusal(sample.HTML, "a.pdf")
    assert len(checks) == 2


def test_nobody_waits_long_for_a_check_to_begin(monkeypatch) -> None:
    monkeypatch.setattr(files, "SLOT_SECONDS", 0.01)
    monkeypatch.setattr(files, "_slots", threading.BoundedSemaphore(1))
    with files._slots, pytest.raises(DomainError) as caught:
        inspect(sample.pdf())
    assert (caught.value.code, caught.value.status) == ("busy", 503)


def test_what_is_remembered_has_a_limit(checks, monkeypatch) -> None:
    monkeypatch.setattr(files, "MOST_KNOWN", 2)
    for pages in (1, 2, 3):
        inspect(sample.pdf(pages=pages))
    assert len(files._known) == 1


def test_the_check_sees_no_environment(checks) -> None:
    inspect(sample.pdf())
    assert [more["env"] for more in checks] == [{}]


def test_the_check_imports_neither_django_nor_celery() -> None:
    source = "; import sys; assert not {'django', 'celery'} & set(sys.modules)"
    code = files._START_CHECK.replace("main(*sys.argv[2:])", "from kinerjaku.file_check import main" + source)
    folder = str(Path(file_check.__file__).parent)
    subprocess.run([files.sys.executable, "-I", "-c", code, folder], env={}, check=True)


# Stored


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_stores_under_a_random_name_without_extension(media: Path) -> None:
    upload = SimpleUploadedFile("a.pdf", sample.pdf())
    folder, short, name = files.store(upload, files.inspect(upload), "bukti").split("/")
    assert (folder, short, len(name)) == ("bukti", name[:2], 32)
    assert (media / folder / short / name).read_bytes() == sample.pdf()


def test_moves_the_file_that_is_on_disk_already(media: Path) -> None:
    upload = temporary(sample.pdf())
    path = Path(upload.temporary_file_path())
    name = files.store(upload, files.inspect(upload), "bukti")
    upload.close()
    assert not path.exists()
    assert (media / name).read_bytes() == sample.pdf()


def test_a_stored_file_is_for_the_server_alone_and_never_runs(media: Path) -> None:
    upload = temporary(sample.pdf())
    name = files.store(upload, files.inspect(upload), "bukti")
    upload.close()
    assert stat.S_IMODE((media / name).stat().st_mode) == 0o600


def test_does_not_store_another_file_than_the_inspected_one(media: Path) -> None:
    facts = inspect(sample.pdf())
    with pytest.raises(ValueError, match="do not belong"):
        files.store(SimpleUploadedFile("a.pdf", b"lain"), facts, "bukti")
    assert list(media.iterdir()) == []


# Handed out


def response(
    content: bytes = b"isi", *, filename: str = "Laporan.pdf", content_type: str = "application/pdf"
) -> HttpResponseBase:
    name = default_storage.save("bukti/ab/nama é", ContentFile(content))
    return files.download(name, filename=filename, content_type=content_type)


def test_a_download_carries_the_bytes(media: Path) -> None:
    assert b"".join(response(b"isi").streaming_content) == b"isi"


def test_a_download_is_an_attachment_that_no_browser_runs_or_keeps(media: Path) -> None:
    headers = response().headers
    assert headers["Content-Disposition"] == 'attachment; filename="Laporan.pdf"'
    assert headers["Content-Type"] == "application/pdf"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert headers["Cache-Control"] == "private, no-store"


def test_the_site_wide_policy_does_not_replace_that_of_a_download(media: Path, rf) -> None:
    request = rf.get("/")
    answer = CSPMiddleware(lambda request: response())(request)
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_the_name_of_a_download_may_have_any_letter(media: Path) -> None:
    disposition = response(filename='Naïve "lap\r\noran\u202e\udc80.pdf')["Content-Disposition"]
    assert disposition == "attachment; filename*=utf-8''Na%C3%AFve%20%22lap%20oran.pdf"


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "", "application/pdf\r\nX: y"])
def test_a_download_of_another_type_is_plain_bytes(media: Path, content_type: str) -> None:
    assert response(content_type=content_type)["Content-Type"] == "application/octet-stream"


def test_behind_nginx_the_body_is_left_to_it(media: Path, settings) -> None:
    settings.X_ACCEL_PREFIX = "/terlindung/"
    answer = response()
    assert answer.content == b""
    assert answer["X-Accel-Redirect"] == "/terlindung/bukti/ab/nama%20%C3%A9"
    assert answer["Content-Disposition"] == 'attachment; filename="Laporan.pdf"'
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize("prefix", ["", "/terlindung"])
@pytest.mark.parametrize("name", ["bukti/ab/hilang", "bukti", ""])
def test_a_file_that_the_storage_lost_is_said_so(media: Path, settings, prefix: str, name: str) -> None:
    settings.X_ACCEL_PREFIX = prefix
    (media / "bukti").mkdir()
    with pytest.raises(DomainError) as caught:
        files.download(name, filename="a.pdf", content_type="application/pdf")
    assert (caught.value.code, caught.value.status) == ("file_missing", 410)


def test_the_folder_for_uploads_is_not_the_one_that_is_handed_out() -> None:
    assert not Path(settings.FILE_UPLOAD_TEMP_DIR).is_relative_to(settings.MEDIA_ROOT)
