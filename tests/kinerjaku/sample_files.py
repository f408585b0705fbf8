"""Builders of legitimate and hostile files, all in memory."""

import io
import struct
import zipfile
import zlib

from openpyxl import Workbook
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(48) + b"PE\0\0" + bytes(500)
HTML = b"<!DOCTYPE html>\n<html><body><script>alert(1)</script></body></html>\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
CSV = "indikator;capaian\nNilai “SAKIP”;81,25\n"


def pdf(
    *,
    pages: int = 2,
    catalog: dict[str, object] | None = None,
    orphan: dict[str, object] | None = None,
    attachment: bytes = b"",
    attachment_filter: str = "",
    password: str = "",
) -> bytes:
    """`catalog` adds entries to the root, `orphan` an object to which nothing leads; both in plain values."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    for key, value in (catalog or {}).items():
        writer.root_object[NameObject(key)] = writer._add_object(_pdf_value(value))
    if orphan:
        writer._add_object(_pdf_value(orphan))
    if attachment:
        writer.add_attachment("lampiran.txt", attachment)
    if attachment_filter:
        stream = next(part for part in writer._objects if "/EmbeddedFile" in str(part))
        stream[NameObject("/Filter")] = NameObject(attachment_filter)
    if password:
        writer.encrypt(user_password="", owner_password=password, algorithm="RC4-128")
    return _written(writer)


def pdf_with_aes() -> bytes:
    """Locked with AES-256, revision 6; made by hand, since pypdf needs another package to write it."""
    keys = " ".join(f"/{key} <{'ab' * length}>" for key, length in (("O", 48), ("U", 48), ("OE", 32), ("UE", 32)))
    lock = (
        f"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /P -4 {keys} /Perms <{'ab' * 16}> "
        "/StmF /StdCF /StrF /StdCF /CF << /StdCF << /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >> >> >> "
        "/ID [ <ab> <ab> ]\n/Size"
    )
    return pdf().replace(b"/Size", lock.encode())


def pdf_with_button(action: dict[str, object]) -> bytes:
    """The action sits on a mouse-down of a button on the page, the hardest place to find."""
    writer = PdfWriter()
    page = writer.add_blank_page(595, 842)
    button = {"/Type": "/Annot", "/Subtype": "/Widget", "/AA": {"/D": action}}
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(_pdf_value(button))])
    return _written(writer)


def pdf_with_object_stream(*objects: str) -> bytes:
    """Version 1.5: catalog, page list and these objects (from number 3 on) are in a compressed stream."""
    objects = ("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[20 0 R]>>", *objects)
    starts = [sum(len(text) + 1 for text in objects[:index]) for index in range(len(objects))]
    index = " ".join(f"{number} {start}" for number, start in enumerate(starts, 1)) + " "
    packed = zlib.compress((index + " ".join(objects)).encode())
    out = b"%PDF-1.5\n"
    page_at = len(out)
    out += b"20 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n"
    stream_at = len(out)
    info = f"/Type/ObjStm/N {len(objects)}/First {len(index)}/Filter/FlateDecode/Length {len(packed)}"
    out += f"21 0 obj\n<<{info}>>\nstream\n".encode() + packed + b"\nendstream\nendobj\n"
    table_at = len(out)
    entries = [
        (0, 0, 0),
        *((2, 21, place) for place in range(len(objects))),
        (1, page_at, 0),
        (1, stream_at, 0),
    ]
    table = b"".join(struct.pack(">BHB", *entry) for entry in entries)
    info = f"/Type/XRef/Root 1 0 R/Size 23/W[1 2 1]/Index[0 {len(objects) + 1} 20 2]/Length {len(table)}"
    out += f"22 0 obj\n<<{info}>>\nstream\n".encode() + table + b"\nendstream\nendobj\n"
    return out + f"startxref\n{table_at}\n%%EOF\n".encode()


def _pdf_value(value: object) -> object:
    if isinstance(value, list):
        return ArrayObject([_pdf_value(part) for part in value])
    if isinstance(value, dict):
        return DictionaryObject({NameObject(key): _pdf_value(part) for key, part in value.items()})
    text = str(value)
    return NameObject(text) if text.startswith("/") else TextStringObject(text)


def _written(writer: PdfWriter) -> bytes:
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def image(image_format: str, *, size: tuple[int, int] = (200, 150), frames: int = 1) -> bytes:
    """Noise, so that it does not compress away and half of it is really half of the picture."""
    buffer = io.BytesIO()
    pictures = [Image.effect_noise(size, 80).convert("RGB") for _ in range(frames)]
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(buffer, image_format, **more)
    return buffer.getvalue()


def archive(members: dict[str, bytes | str], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return buffer.getvalue()


def office(main_type: str, part: str, *, more: dict[str, bytes | str] | None = None, overrides: str = "") -> bytes:
    """The smallest OOXML package with this main part."""
    types = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{main_type}"/>{overrides}</Types>'
    )
    return archive({"[Content_Types].xml": types, part: f"<x>{'isi ' * 500}</x>", **(more or {})})


def docx(**more: bytes | str) -> bytes:
    """Extra parts by name, with / written as __."""
    parts = {name.replace("__", "/"): content for name, content in more.items()}
    return office(f"{OFFICE}wordprocessingml.document.main+xml", "word/document.xml", more=parts)


def pptx() -> bytes:
    return office(f"{OFFICE}presentationml.presentation.main+xml", "ppt/presentation.xml")


def xlsx() -> bytes:
    book = Workbook()
    for row in range(200):
        book.active.append([f"Indikator {row}", row * 1.5])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def open_document(kind: str, *, manifest: str = "", more: dict[str, bytes | str] | None = None) -> bytes:
    """`kind`: text, spreadsheet or presentation."""
    return archive(
        {
            "mimetype": OPEN_DOCUMENT + kind,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="urn:m">{manifest}</m:manifest>',
            "content.xml": f"<x>{'isi ' * 500}</x>",
            **(more or {}),
        }
    )


def as_encrypted(packed: bytes) -> bytes:
    """The same ZIP with the flag "encrypted" on every member."""
    data = bytearray(packed)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        found = data.find(signature)
        while found >= 0:
            data[found + offset] |= 1
            found = data.find(signature, found + 1)
    return bytes(data)


def word_stream(*, flags: int = 0) -> bytes:
    return struct.pack("<H8xH", 0xA5EC, flags) + bytes(8180)


def excel_stream(*, encrypted: bool = False, sheet_type: int = 0) -> bytes:
    """BOF, perhaps FILEPASS, BOUNDSHEET, EOF of the workbook's globals."""
    records = [(0x809, bytes(16)), (0x2F, bytes(6))] if encrypted else [(0x809, bytes(16))]
    records += [(0x85, struct.pack("<IBB", 0, 0, sheet_type) + b"\x06\x00Sheet1"), (0x0A, b"")]
    globals_ = b"".join(struct.pack("<HH", kind, len(body)) + body for kind, body in records)
    return globals_.ljust(8192, b"\0")


def powerpoint_stream(*, macros: bool = False) -> bytes:
    vba = bytes.fromhex("1f00ff0314000000 020000040c000000") + struct.pack("<III", 3, macros, 2)
    return (bytes(64) + vba).ljust(8192, b"\0")


def doc(*, flags: int = 0) -> bytes:
    return compound({"WordDocument": word_stream(flags=flags), "1Table": bytes(8192)})


def compound(streams: dict[str, bytes], storages: tuple[str, ...] = ()) -> bytes:
    """An OLE compound file, version 3 with sectors of 512 bytes: FAT, directory, streams in turn.

    Every stream has 4096 bytes or more, so that it needs no mini stream. One sector of FAT does for 64 KB.
    """
    entries = 1 + len(streams) + len(storages)
    directory_sectors = -(-entries // 4)
    fat = [0xFFFFFFFD, *range(2, directory_sectors + 1), 0xFFFFFFFE]
    starts = []
    for content in streams.values():
        sectors = len(content) // 512
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + sectors), 0xFFFFFFFE]
    names = [*streams, *storages]
    kinds = [2] * len(streams) + [1] * len(storages)
    sizes = [len(content) for content in streams.values()] + [0] * len(storages)
    directory = _entry("Root Entry", 5, child=1, start=0xFFFFFFFE)
    for index, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        right = index + 2 if index + 1 < len(names) else 0xFFFFFFFF
        start = starts[index] if kind == 2 else 0
        directory += _entry(name, kind, right=right, start=start, size=sizes[index])
    header = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16)
    header += struct.pack("<HHHHH6xII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1)  # versions, byte order, sizes, one FAT sector
    header += struct.pack("<IIIIIII", 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<I", 0) + b"\xff" * 4 * 108  # the FAT is in sector 0
    fat += [0xFFFFFFFF] * (128 - len(fat))
    return b"".join(
        [
            header,
            struct.pack("<128I", *fat),
            directory.ljust(512 * directory_sectors, b"\0"),
            *streams.values(),
        ]
    )


def _entry(
    name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF, start: int = 0, size: int = 0
) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    links = struct.pack("<III", 0xFFFFFFFF, right, child)
    head = encoded.ljust(64, b"\0") + struct.pack("<HBB", len(encoded), kind, 1) + links
    return head + bytes(16 + 4 + 16) + struct.pack("<IQ", start, size)
