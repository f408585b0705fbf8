"""The menu, in the order of the SAKIP cycle: a stage and its pages; the first page is where the stage leads."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple, Protocol

from django.utils.safestring import SafeString

from . import jinja


class Rights(Protocol):
    """Whether somebody holds a verb, by its name in small letters."""

    def __getitem__(self, verb: str, /) -> bool: ...


class Page(NamedTuple):
    route: str
    label: str
    right: str = ""  # the verb somebody must hold somewhere to see it, as in `may`; empty: everybody

    @property
    def address(self) -> str:
        return jinja.url(self.route)


HOME = Page("home", "Beranda")
STAGES = {
    "Perencanaan": (
        Page("catalogue", "Indikator"),
        Page("targets", "Target"),
        Page("cascade_tree", "Pohon kinerja"),
        Page("decrees", "Keputusan"),
        Page("validations", "Validasi"),
    ),
    "Pengukuran": (
        Page("entry_index", "Capaian"),
        Page("rounds", "Pengumpulan"),
        Page("receipts", "Tanda terima"),
        Page("worksheets", "Verifikasi"),
        Page("extensions", "Perpanjangan"),
    ),
    "Pelaporan": (Page("notas", "Nota dinas"), Page("assistances", "Pendampingan LKj")),
    "Evaluasi": (Page("performances", "Kinerja unit"),),
    "Layanan": (
        Page("cases", "Berkas"),
        Page("obligations", "Kompensasi"),
        Page("escalations", "Eskalasi", "oversee_services"),
        Page("invitations", "Undangan"),
        Page("calendar", "Kalender"),
        Page("complaints", "Pengaduan", "view_complaints"),
        Page("survey", "Survei"),
        Page("service_reports", "Laporan", "oversee_services"),
    ),
}
REST = (
    Page("imports", "Impor"),
    Page("audit_log", "Audit", "view_audit"),
    Page("admin:index", "Admin", "administer"),
    Page("guide", "Panduan"),
)
_ALL = [*((stage, page) for stage, pages in STAGES.items() for page in pages), *(("", page) for page in REST)]
_RIGHTS = sorted({page.right for _, page in _ALL if page.right})


def navigation(path: str, may: Rights) -> SafeString:
    """The menu on the page with this path. Few menus differ, and it stands on every page: drawn once each."""
    rights = frozenset(right for right in _RIGHTS if may[right])
    outside = ("", HOME if path == HOME.address else None)
    stage, here = max(_holding(path, rights), key=lambda found: len(found[1].address), default=outside)
    return _drawn(stage, here, here is not None and path == here.address, rights)


def _holding(path: str, rights: frozenset[str]) -> Iterator[tuple[str, Page]]:
    """A page belongs to the page of the menu with the longest address that it begins with."""
    for stage, page in _ALL:
        if path.startswith(page.address) and _is_shown(page, rights):
            yield stage, page


def _is_shown(page: Page, rights: frozenset[str]) -> bool:
    return not page.right or page.right in rights


@lru_cache(maxsize=1024)
def _drawn(stage: str, here: Page | None, is_itself: bool, rights: frozenset[str]) -> SafeString:
    def shown(pages: tuple[Page, ...]) -> list[Page]:
        return [page for page in pages if _is_shown(page, rights)]

    return jinja.render(
        "components/navigation.jinja",
        {
            "home": HOME,
            "stages": {name: shown(pages) for name, pages in STAGES.items()},
            "rest": shown(REST),
            "stage": stage,
            "here": here,
            "is_itself": is_itself,
        },
    )
