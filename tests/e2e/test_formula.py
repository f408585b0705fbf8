"""A formula changed in a browser: its result appears while typing, faults say what to do, the card shows it."""

import re

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.roles import Role
from indicators.actions import achievement as achievements
from indicators.models import Achievement
from kinerjaku import audit

pytestmark = pytest.mark.django_db(transaction=True)


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way, and nothing is wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


def test_a_formula_is_changed_and_what_was_sent_keeps_its_figures(session, travel):
    _, bureau, unit = builders.ministry()
    sent, opened = builders.indicator(unit, 1), builders.indicator(unit, 2)
    admin, operator = builders.user(Role.ADMIN, bureau), builders.user(Role.OPERATOR, unit)
    builders.scale(sent)
    travel(builders.IN_TIME)
    row = builders.fill(builders.row(sent), by=operator)
    builders.fill(builders.row(opened), by=operator)
    achievements.submit(row.quarter_id, unit, by=operator, at=builders.IN_TIME)
    before = Achievement.objects.values("actual", "percent", "state", "values").get(pk=row.pk)

    with session(admin) as page:
        page.goto(sent.get_absolute_url())
        page.get_by_role("link", name="Ubah rumus").click()
        check(page)
        result, rule = page.locator("[data-result]"), page.get_by_label("Rumus dengan kode variabel")
        rule.fill("(selesai + 1) / rencana * 100")  # the result appears by itself
        expect(result).to_contain_text("95 + 1 = 96")
        expect(result).to_contain_text("0,96 × 100 = 96")
        expect(page.get_by_role("status").filter(has_text="Hasil 96, A.")).to_have_count(1)
        rule.fill("(selesai + 1) / rencanaa * 100")
        expect(result).to_contain_text("Maksud Anda “rencana”?")
        check(page)
        page.get_by_role("button", name="Simpan rumus").click()
        expect(page.locator(".error-summary")).to_be_focused()
        page.locator(".error-summary").get_by_role("link").first.click()
        expect(rule).to_be_focused()
        check(page)
        rule.fill("(selesai + tambahan) / rencana * 100")
        page.get_by_role("button", name="Tambah baris variabel").click()
        page.get_by_label("Kode, baris 3").fill("tambahan")
        page.get_by_label("Label, baris 3").fill("Tambahan di luar rencana")
        page.get_by_label("Contoh nilai, baris 3").fill("2,5")
        expect(result).to_contain_text("95 + 2,5 = 97,5")
        page.get_by_role("button", name="Simpan rumus").click()
        expect(page.locator("#id_reason_error")).to_contain_text("tulis alasan perubahan")
        page.get_by_label("Alasan perubahan").fill("Tambahan ikut dihitung menurut nota perbaikan.")
        page.get_by_role("button", name="Simpan rumus").click()
        expect(page.get_by_text("Rumus disimpan.")).to_be_visible()
        expect(page.get_by_text("(“Selesai” + “Tambahan di luar rencana”) ÷ “Rencana” × 100").first).to_be_visible()
    assert Achievement.objects.values(*before).get(pk=row.pk) == before
    assert list(audit.problems()) == []


def test_a_formula_is_changed_on_a_telephone_without_javascript(session, travel):
    _, bureau, unit = builders.ministry()
    indicator = builders.indicator(unit)
    admin, operator = builders.user(Role.ADMIN, bureau), builders.user(Role.OPERATOR, unit)
    travel(builders.IN_TIME)
    row = builders.fill(builders.row(indicator), by=operator)

    with session(admin, width=360, javascript=False) as page:
        page.goto(f"{indicator.get_absolute_url()}rumus/")
        page.get_by_label("Rumus dengan kode variabel").fill("selesai")
        page.get_by_label("Hapus, baris 2").check()
        page.get_by_role("button", name="Tambah baris skala").click()
        expect(page.get_by_label("Rumus dengan kode variabel")).to_have_value("selesai")
        expect(page.get_by_label("Hapus, baris 2")).to_be_checked()
        page.get_by_label("Batas bawah, baris 1", exact=True).fill("0")
        page.get_by_label("Predikat, baris 1").fill("Baik")
        page.get_by_role("button", name="Coba hitung").last.click()
        expect(page.locator("[data-result]")).to_contain_text("Baik")
        page.get_by_label("Alasan perubahan").fill("Rencana tidak lagi dihitung.")
        page.get_by_role("button", name="Simpan rumus").click()
        expect(page.locator(".error-summary")).to_contain_text("“rencana” pada 1 baris")
        page.get_by_label(re.compile("^Hapus variabelnya")).check()
        page.get_by_role("button", name="Simpan rumus").click()
        expect(page.get_by_text("1 isian yang masih terbuka dihitung ulang")).to_be_visible()
    with session(admin, width=360) as page:
        page.goto(f"{indicator.get_absolute_url()}rumus/")
        check(page)
    assert Achievement.objects.get(pk=row.pk).values == {"selesai": "95", "rencana": "100"}
