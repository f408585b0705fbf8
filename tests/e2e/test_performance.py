"""The performance of a unit in a browser: from the list to the evidence of one score, without a script, on a phone."""

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from reporting.actions import score

pytestmark = pytest.mark.django_db(transaction=True)


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_from_the_list_to_the_evidence(session, travel, cast):
    builders.indicator(cast.unit, target="95")
    builders.indicator(cast.unit, 2, target="118.75")
    builders.submitted(cast.unit, by=cast.operator)
    builders.frozen(builders.worksheet(cast.unit), by=cast.verifier)
    score.recompute(2026, at=builders.AFTER_CLOSE)
    travel(builders.AFTER_CLOSE)

    with session(cast.karoren) as page:
        page.goto("/kinerja/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Kinerja unit")
        expect(page.get_by_role("row", name="Unit ROKEU")).to_contain_text("90,00")
        check(page)
        page.get_by_role("link", name="Unit ROKEU").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kinerja Unit ROKEU")
        expect(page.get_by_role("row", name="2. Indikator 2")).to_contain_text("Kuning")
        expect(page.get_by_role("img", name="Grafik capaian indikator sasaran 1")).to_be_visible()
        check(page)
        page.get_by_role("link", name="2. Indikator 2").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("2. Indikator 2")
        check(page)

    with session(cast.operator, width=360, javascript=False) as page:
        page.goto("/kinerja/ROKEU/")
        page.get_by_label("Tampilan").select_option(label="Tahunan")
        page.get_by_role("button", name="Tampilkan").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("Tahun 2026", exact=False).first).to_be_visible()
        page.get_by_role("link", name="1. Indikator 1").click()
        expect(page.get_by_text("Nilai posisi akhir: triwulan terakhir yang diketahui (Triwulan I).")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        expect(page.get_by_role("link", name="bukti-").first).to_be_visible()
