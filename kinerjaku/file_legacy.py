"""Word, Excel and PowerPoint files before 2007 (OLE compound files). Runs in the process of `file_check`.

Structures and numbers after [MS-CFB], [MS-DOC] 2.5.2, [MS-XLS] 2.3 and 2.4, [MS-PPT] 2.4.10.
"""

import struct
from typing import Any, BinaryIO

from .errors import DomainError
from .file_types import DOC, PARSER_ERRORS, PPT, XLS, FileType, damaged, encrypted, macros, wrong_type

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAIN_STREAMS = {"worddocument": DOC, "workbook": XLS, "book": XLS, "powerpoint document": PPT}
_MACRO_NAMES = {"macros", "vba", "_vba_project", "_vba_project_cur"}
_FILE_PASS, _BOUND_SHEET, _END_OF_FILE = 0x2F, 0x85, 0x0A
# VBAInfoContainer with its VBAInfoAtom; persistIdRef and fHasMacros follow
_PPT_VBA = bytes.fromhex("1f00ff0314000000 020000040c000000")


def check(stream: BinaryIO) -> FileType:
    """DomainError: damaged, encrypted, macros, or wrong_type for an OLE file that is no document."""
    return _opened(stream, _document)


def refuse_macros(stream: BinaryIO) -> None:
    """For an object inside another document, which may be of any kind."""
    _opened(stream, _refuse_macro_names)


def _opened(stream: BinaryIO, look: Any) -> Any:
    import olefile

    try:
        with olefile.OleFileIO(stream) as ole:
            return look(ole)
    except DomainError:
        raise
    except PARSER_ERRORS as error:
        raise damaged() from error


def _names(ole: Any) -> set[str]:
    return {part.lower() for path in ole.listdir(streams=True, storages=True) for part in path}


def _refuse_macro_names(ole: Any) -> None:
    if _names(ole) & _MACRO_NAMES:
        raise macros()


def _document(ole: Any) -> FileType:
    names = _names(ole)
    if names & {"encryptedpackage", "encryptioninfo", "encryptedsummary"}:
        raise encrypted()
    name = next((name for name in _MAIN_STREAMS if ole.exists(name)), None)
    if name is None:
        raise wrong_type()
    _refuse_macro_names(ole)
    _refuse_cut_off(ole)
    with ole.openstream(name) as stream:
        content = stream.read()
    file_type = _MAIN_STREAMS[name]
    if file_type is DOC:
        _check_word(content)
    elif file_type is XLS:
        _check_excel(content)
    else:
        _check_powerpoint(content)
    return file_type


def _refuse_cut_off(ole: Any) -> None:
    """Every stream has the length that the directory promises."""
    for path in ole.listdir(streams=True, storages=False):
        with ole.openstream(path) as stream:
            if len(stream.read()) != ole.get_size(path):
                raise damaged()


def _check_word(content: bytes) -> None:
    magic, flags = struct.unpack_from("<H8xH", content)
    if magic not in (0xA5EC, 0xA5DC):
        raise damaged()
    if flags & 0x0100:  # fEncrypted
        raise encrypted()


def _check_excel(content: bytes) -> None:
    """Walk the records of the workbook's globals: encryption, and sheets of Excel 4.0 macros."""
    position = 0
    while position + 4 <= len(content):
        record, length = struct.unpack_from("<HH", content, position)
        if record == _FILE_PASS:
            raise encrypted()
        if record == _BOUND_SHEET and content[position + 9] == 1:  # dt: macro sheet
            raise macros()
        if record == _END_OF_FILE:
            return
        position += 4 + length
    raise damaged()


def _check_powerpoint(content: bytes) -> None:
    found = content.find(_PPT_VBA)
    while found >= 0:
        if content[found + 20 : found + 24] != b"\0\0\0\0":
            raise macros()
        found = content.find(_PPT_VBA, found + 1)
