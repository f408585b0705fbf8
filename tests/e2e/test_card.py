"""The card of an indicator: added to a draft, filled in, changed by two people at once, read and downloaded."""

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.roles import Role
from indicators.actions.card import edit_card
from indicators.models import Indicator

pytestmark = pytest.mark.django_db(transaction=True)
NOW = builders.at("2026-04-10 09:00")


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way, and nothing is wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


def test_a_card_from_the_draft_to_the_manual(session, travel):
    _, bureau, unit = builders.ministry()
    draft = builders.decree(2026, state="draft")
    builders.indicator(unit, decree=draft, name="Persentase temuan selesai")
    admin, operator = builders.user(Role.ADMIN, bureau), builders.user(Role.OPERATOR, unit)
    travel(NOW)

    with session(admin, javascript=False) as page:  # a new one
        page.goto(draft.get_absolute_url())
        page.get_by_role("link", name="Tambah indikator").click()
        page.get_by_label("Unit kerja", exact=False).first.select_option(label="Unit ROKEU")
        page.get_by_label("Nama", exact=False).first.fill("Indeks layanan keuangan")
        page.get_by_label("Atau tulis sasaran baru").fill("Layanan keuangan yang baik")
        page.get_by_role("button", name="Tambahkan ke rancangan").click()
        expect(page.get_by_role("link", name="Satuan: Tulis satuannya.")).to_be_visible()
        expect(page.get_by_label("Atau tulis sasaran baru")).to_have_value("Layanan keuangan yang baik")
        page.locator("[name=measure]").fill("indeks")
        page.locator("[name=method]").select_option("survey")
        page.locator("[name=polarity]").select_option("maximize")
        page.get_by_role("button", name="Tambahkan ke rancangan").click()
        expect(page.get_by_text("Indikator ditambahkan ke rancangan.")).to_be_visible()
    made = Indicator.objects.get(name="Indeks layanan keuangan")
    assert (made.no, made.objective.no) == (2, 2)

    with session(admin, width=360) as page:  # its evidence, on a telephone, by keyboard
        page.goto(made.get_absolute_url())
        expect(page.get_by_text("Belum diisi pada kartu ini: perspektif")).to_be_visible()
        check(page)
        page.get_by_role("link", name="Ubah", exact=True).click()
        check(page)
        page.get_by_label("Dokumen 1", exact=True).fill("Laporan survei")
        page.get_by_label("Dokumen 2", exact=True).fill("Daftar responden")
        page.get_by_label("wajib, dokumen 2").focus()
        page.keyboard.press("Space")
        page.get_by_label("Realisasi 2025").fill("3,41")
        edit_card(made.pk, {"source": "Survei triwulanan"}, by=admin, at=NOW)  # somebody else, meanwhile
        page.get_by_role("button", name="Simpan", exact=True).click()
        expect(page.get_by_text("Yang tersimpan sekarang")).to_be_visible()
        check(page)
        page.locator("[name=source]").fill("Survei triwulanan")
        page.get_by_role("button", name="Simpan", exact=True).click()
        expect(page.get_by_text("Kartu indikator tersimpan.")).to_be_visible()
        expect(page.get_by_text("Laporan survei (wajib)", exact=True)).to_be_visible()
        expect(page.get_by_text("Daftar responden (bila ada)", exact=True)).to_be_visible()

    with session(operator) as page:  # everybody reads it and takes it along
        page.goto(f"/iku/?unit={unit.code}")
        check(page)
        with page.expect_download() as manual:
            page.get_by_role("link", name="Manual IKU").first.click()
        assert manual.value.suggested_filename == "manual-iku-rokeu-2026.pdf"
        page.goto(made.get_absolute_url())
        check(page)
        expect(page.get_by_role("link", name="Ubah", exact=True)).to_have_count(0)
        with page.expect_download() as card:
            page.get_by_role("link", name="Unduh kartu (PDF)").click()
        assert card.value.suggested_filename == "manual-iku-rokeu-2-2026.pdf"
