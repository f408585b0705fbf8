"""From the link on the card to the parent's value and the tree: by keyboard, without a script, on a phone."""

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from indicators.models import Achievement

pytestmark = pytest.mark.django_db(transaction=True)


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way, and nothing is wider than the page."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_from_the_link_to_the_value_and_the_tree(session, travel, cast):
    parent = builders.indicator(cast.setjen, name="Indeks profesionalitas Setjen")
    child = builders.indicator(cast.unit, name="Indeks profesionalitas biro")
    builders.indicator(cast.unit, 2, name="Laporan yang lepas")
    builders.quarter()
    travel(builders.IN_TIME)

    with session(cast.admin) as page:
        page.goto(parent.get_absolute_url())
        page.get_by_role("link", name="Atur penurunan").click()
        check(page)
        page.get_by_label("Cari nama indikator").fill("profesionalitas")
        page.get_by_role("button", name="Cari", exact=True).last.click()
        page.get_by_label("Indikator turunan").select_option(label=str(child))
        page.get_by_label("Cara penurunan").select_option(label="Komponen pembentuk")
        page.locator("#tautkan-reason").fill("Sesuai hasil rapat.")
        page.get_by_role("button", name="Tautkan").click()
        expect(page.get_by_role("row", name="Indeks profesionalitas biro")).to_contain_text("Komponen pembentuk")
        for variable in ("Selesai", "Rencana"):
            page.get_by_label(variable, exact=True).select_option(label="Rata-rata")
        page.locator("#nilai-reason").fill("Sesuai hasil rapat.")
        page.get_by_role("button", name="Simpan cara menghitung").click()
        expect(page.get_by_text("Cara menghitung dari turunan disimpan.")).to_be_visible()
        check(page)

    row = Achievement.objects.get(indicator=parent)
    with session(cast.stranger, width=360, javascript=False) as page:
        page.goto(row.get_absolute_url())
        expect(page.get_by_text("belum ada nilai dari ROKEU 1").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    builders.submitted(cast.unit, by=cast.operator)
    with session(cast.stranger, width=360) as page:
        page.goto(row.get_absolute_url())
        check(page)
        page.get_by_role("button", name="Ambil nilai dari turunan").press("Enter")
        expect(page.get_by_text("Nilai diambil dari unit di bawahnya")).to_be_visible()
        expect(page.get_by_label("Selesai", exact=True)).to_have_value("95")
        check(page)

    with session(cast.karoren, width=360) as page:
        page.goto("/pohon-kinerja/?tahun=2026&triwulan=1")
        check(page)
        expect(page.get_by_text("Indeks profesionalitas biro")).to_be_hidden()
        page.locator("summary", has_text="Indeks profesionalitas Setjen").press("Enter")
        expect(page.get_by_text("Indeks profesionalitas biro")).to_be_visible()
        check(page)

    with session(cast.karoren, javascript=False) as page:
        page.goto("/pohon-kinerja/?tahun=2026&triwulan=1")
        page.get_by_label("Cari indikator").fill("profesionalitas biro")
        page.get_by_role("button", name="Tampilkan").press("Enter")
        expect(page.get_by_text("1 indikator cocok")).to_be_visible()
        expect(page.get_by_role("link", name="Capaian ROKEU 1: 105,56%, buka hitungannya")).to_be_visible()
        page.get_by_role("link", name="Tutup semua").click()
        page.get_by_role("link", name="Buka semua").click()
        expect(page.get_by_role("link", name="Manual IKU ROKEU 1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280

    with session(cast.karoren) as page:
        page.goto("/pohon-kinerja/?tahun=2026&triwulan=1&buka=semua")
        expect(page.get_by_role("heading", name="Belum ditautkan")).to_be_visible()
        check(page)
