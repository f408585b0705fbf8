"""Help while entering: the panel beside the table, an unusual figure explained, required evidence, comments."""

import re
from decimal import Decimal

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import Notice
from accounts.roles import Role
from indicators.actions import catalogue
from indicators.models import Achievement, Comment, EvidenceSlot, Submission

pytestmark = pytest.mark.django_db(transaction=True)


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way, and nothing is wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


@pytest.fixture
def world(travel):
    """Four quarters of 2025, and quarter I of 2026 of an indicator that requires a report."""
    unit = builders.ministry()[2]
    operator = builders.user(Role.OPERATOR, unit, name="Operator Unit")
    verifier = builders.user(Role.VERIFIER, unit, name="Verifikator Unit")
    before = builders.indicator(unit, decree=builders.decree(2025), name="Indeks layanan")
    for number, when in ((1, "2025-04-02"), (2, "2025-07-02"), (3, "2025-10-02"), (4, "2026-01-02")):
        done = str(88 + number)
        builders.fill(builders.row(before, number), by=operator, done=done, when=builders.at(f"{when} 09:00"))
    indicator = builders.indicator(unit, name="Indeks layanan", target="35")
    EvidenceSlot.objects.create(indicator=indicator, order=1, name="Laporan layanan")
    catalogue.keep_rule(indicator)
    row = builders.row(indicator)
    travel(builders.IN_TIME)
    return operator, verifier, row


def test_help_while_entering(session, world):
    operator, verifier, row = world
    with session(operator) as page:
        page.goto(row.quarter.entry_path(row.unit))
        link = page.get_by_role("link", name="Bantuan untuk indikator 1")
        link.focus()
        page.keyboard.press("Enter")
        panel = page.get_by_role("complementary", name="Bantuan pengisian")
        expect(panel.get_by_role("heading", level=2)).to_be_focused()
        expect(panel).to_contain_text("tertinggi 92,00 (IV 2025)")
        expect(panel).to_contain_text("Belum diunggah")
        check(page)
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(link).to_be_focused()

        page.get_by_label("Selesai").fill("40")
        page.get_by_label("Rencana").fill("100")
        page.get_by_label("Rencana").blur()
        expect(page.get_by_text("Perlu penjelasan: Realisasi 40,00 jauh")).to_be_visible()
        page.get_by_role("link", name="Tulis penjelasan").click()
        for label in ("Penjelasan kemajuan", "Penjelasan nilai yang tidak biasa"):
            page.get_by_label(label, exact=True).fill("Contoh: anggaran dipotong.")
        page.get_by_label("Penjelasan nilai yang tidak biasa").blur()
        expect(page.get_by_text("Tidak biasa, sudah dijelaskan")).to_be_visible()

        page.locator("summary", has_text="Pakai berkas sebelumnya").click()
        page.locator("[name=sumber]").first.check()
        page.locator("#tautan-untuk").select_option(label="Laporan layanan")
        check(page)
        page.get_by_role("button", name="Pakai berkas ini").click()
        expect(page.get_by_text("1 berkas ditautkan")).to_be_visible()
        expect(page.get_by_text(re.compile("Terisi: bukti"))).to_be_visible()
        page.locator("#berkas-untuk").select_option(label="Lainnya")
        page.get_by_label("Unggah berkas").set_input_files(
            {"name": "rekap.pdf", "mimeType": "application/pdf", "buffer": builders.pdf("rekap").read()}
        )
        expect(page.get_by_role("link", name="rekap.pdf")).to_be_visible()

        page.locator("textarea[name=komentar-text]").press_sequentially("Mohon dicek @verif")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("checkbox", name="Verifikator Unit")).to_be_checked()
        check(page)
        page.get_by_role("button", name="Kirim komentar").click()
        expect(page.get_by_text("Diberi tahu: Verifikator Unit")).to_be_visible()
        page.goto(f"{row.quarter.entry_path(row.unit)}periksa/")
        page.get_by_role("button", name="Kirim capaian").click()
        expect(page.get_by_text("Capaian terkirim.")).to_be_visible()

    assert Comment.objects.get().text == "Mohon dicek @Verifikator Unit"
    assert Notice.objects.filter(user=verifier, cause__startswith="comment/").count() == 1
    assert Submission.objects.get().document.content["rows"][0]["explanation"] == "Contoh: anggaran dipotong."
    assert Achievement.objects.get(pk=row.pk).actual == Decimal(40)


def test_it_works_without_javascript_and_on_a_narrow_screen(session, world):
    operator, _, row = world
    with session(operator, javascript=False) as page:
        page.goto(row.quarter.entry_path(row.unit))
        page.get_by_role("link", name="Bantuan untuk indikator 1").click()
        expect(page.get_by_role("heading", name="Delapan triwulan sebelumnya")).to_be_visible()
        page.locator("textarea[name=komentar-text]").fill("Tanpa skrip.")
        page.locator("summary", has_text="Beri tahu seseorang").click()
        page.get_by_label("Verifikator Unit").check()
        page.get_by_role("button", name="Kirim komentar").click()
        expect(page.get_by_text("Diberi tahu: Verifikator Unit")).to_be_visible()
    with session(operator, width=360) as page:
        page.goto(row.quarter.entry_path(row.unit))
        check(page)
        page.get_by_role("link", name="Bantuan untuk indikator 1").click()
        expect(page.get_by_role("heading", name="Delapan triwulan sebelumnya")).to_be_visible()
        check(page)
