"""A decree amended in mid-year: drafted, compared, initialled twice, signed; the open quarter follows it."""

from decimal import Decimal

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.models import Achievement, Decree
from kinerjaku import audit

pytestmark = pytest.mark.django_db(transaction=True)
MID_YEAR = builders.at("2026-08-20 10:00")


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way, and nothing is wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


def prove(page: Page, button: str) -> None:
    page.get_by_label("Kata sandi Anda").fill(builders.PASSWORD)
    page.get_by_role("button", name=button).click()


def test_an_amendment_in_mid_year(session, travel):
    setjen, bureau, unit = builders.ministry()
    legal = builders.legal_head(setjen)
    for no, name in ((1, "Persentase temuan selesai"), (2, "Persentase surat terjawab"), (3, "Indeks layanan")):
        builders.indicator(unit, no, name=name)
    quarter = builders.quarter(number=3)
    admin, karoren = builders.user(Role.ADMIN, bureau), builders.user(Role.KAROREN, bureau)
    sekjen, operator = builders.user(Role.SEKJEN, setjen), builders.user(Role.OPERATOR, unit)
    travel(MID_YEAR)
    typed = Achievement.objects.get(quarter=quarter, indicator__no=3)
    values = {"values": {"selesai": Decimal(5), "rencana": Decimal(10)}}
    achievements.save(typed.pk, values, version=0, by=operator, at=MID_YEAR)

    with session(admin) as page:
        page.goto("/keputusan/")
        check(page)
        page.get_by_role("link", name="Keputusan IKU 2026").click()
        page.locator("summary", has_text="Buat perubahan").click()
        page.get_by_role("button", name="Buat draf perubahan").click()
        expect(page.get_by_text("Isi nomor keputusan.")).to_be_visible()
        draft = Decree.objects.get(amends__isnull=False)
        page.locator("summary", has_text="Ubah nomor, judul, dan tanggal").click()
        page.get_by_label("Nomor keputusan").first.fill("12/KEP-SJ/2026")
        page.get_by_label("Berlaku sejak").fill("2026-07-01")
        page.get_by_role("button", name="Simpan", exact=True).click()
        expect(page.get_by_text("Keputusan disimpan.")).to_be_visible()
        page.get_by_role("link", name="Ubah Persentase temuan selesai").click()  # change one
        page.locator("[name=name]").fill("Persentase temuan tuntas")
        page.get_by_role("button", name="Simpan", exact=True).click()
        page.goto(draft.get_absolute_url())  # drop one
        dropped = page.get_by_role("row").filter(has_text="Persentase surat terjawab")
        dropped.locator("summary").click()
        dropped.get_by_role("button", name="Hapus").click()
        expect(page.get_by_text("Indikator dihapus dari rancangan.")).to_be_visible()
        builders.indicator(unit, 4, decree=draft, objective=draft.objectives.get(), name="Indeks kepuasan")  # add one
        page.goto(draft.get_absolute_url())
        check(page)
        page.locator("summary", has_text="Minta paraf").click()
        page.get_by_role("button", name="Minta paraf").click()
        page.get_by_role("link", name="Lihat perubahan").click()
        for words in ("Baru (1)", "Berubah (1)", "Dihapus (1)", "Tetap (1)"):
            expect(page.get_by_role("link", name=words)).to_be_visible()
        check(page)
    with session(operator, width=360, javascript=False) as page:
        page.goto(f"{draft.get_absolute_url()}perubahan/")
        page.get_by_role("link", name="Berubah (1)").click()
        expect(page.get_by_role("cell", name="Persentase temuan tuntas")).to_be_visible()
    for person in (karoren, legal):
        with session(person, width=360) as page:
            page.goto(draft.get_absolute_url())
            check(page)
            prove(page, "Paraf keputusan")
            expect(page.get_by_text("Rancangan keputusan diparaf.")).to_be_visible()
    with session(sekjen) as page:
        page.goto(draft.get_absolute_url())
        prove(page, "Tanda tangani dan tetapkan")
        expect(page.get_by_text("Keputusan ditandatangani dan ditetapkan.")).to_be_visible()
        check(page)
    with session(operator) as page:
        page.goto("/capaian/2026/3/ROKEU/")
        for name in ("Persentase temuan tuntas", "Indeks layanan", "Indeks kepuasan"):
            expect(page.get_by_text(name).first).to_be_visible()
        expect(page.get_by_text("Persentase surat terjawab")).to_have_count(0)
        page.goto(typed.get_absolute_url())
        expect(page.get_by_text("versi sebelumnya")).to_be_visible()
        check(page)
    assert Achievement.objects.get(pk=typed.pk).indicator.decree.key == "keputusan-2026"
    assert list(audit.problems()) == []
