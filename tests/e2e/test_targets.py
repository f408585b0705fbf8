"""Targets filled in like a spreadsheet, shared out over the quarters, and changed with a reason once decided."""

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.roles import Role
from indicators.models import Decree, Indicator

pytestmark = pytest.mark.django_db(transaction=True)


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way, and nothing is wider than the screen."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")


def field(page: Page, indicator: Indicator, number: int):
    return page.locator(f"#target-{indicator.pk}-{number}")


def test_targets_by_keyboard_and_a_change_with_its_reason(session, travel):
    _, bureau, unit = builders.ministry()
    operator, admin = builders.user(Role.OPERATOR, unit), builders.user(Role.ADMIN, bureau)
    first, second = (builders.indicator(unit, no, consolidation="sum") for no in (1, 2))
    for one in (first, second):
        one.targets.all().delete()
        builders.catalogue.keep_rule(one)
    Decree.objects.update(state=Decree.State.DRAFT)
    travel(builders.IN_TIME)

    with session(operator) as page:
        page.goto("/target/")
        check(page)
        page.get_by_role("link", name="Rincian target").first.click()
        check(page)
        field(page, first, 0).click()
        page.keyboard.type("10")
        page.keyboard.press("Enter")
        expect(field(page, second, 0)).to_be_focused()
        page.keyboard.type("12")
        page.keyboard.press("ArrowUp")
        expect(field(page, first, 0)).to_be_focused()
        page.get_by_role("button", name="Bagikan target setahun").click()
        expect(page.get_by_text("Belum tersimpan")).to_be_visible()
        expect(field(page, first, 4)).to_have_value("3")
        field(page, second, 4).fill("4")
        page.get_by_role("button", name="Simpan target").click()
        expect(page.locator(f"#galat-target-{second.pk}-0")).to_contain_text("tidak sama dengan jumlah triwulannya, 13")
        check(page)
        field(page, second, 4).fill("3")
        page.get_by_role("button", name="Simpan target").click()
        expect(page.get_by_text("Target 2 indikator tersimpan.")).to_be_visible()

    Decree.objects.update(state=Decree.State.ENACTED)
    with session(operator) as page:
        page.goto(f"/target/{first.decree_id}/{unit.code}/")
        expect(page.get_by_text("Target diubah lewat keputusan perubahan")).to_be_visible()
        check(page)
    with session(admin, width=360) as page:
        page.goto(f"/target/{first.decree_id}/{unit.code}/")
        field(page, first, 0).fill("11")
        field(page, first, 4).fill("4")
        page.get_by_role("button", name="Simpan target").click()
        expect(page.locator("#galat-alasan")).to_contain_text("tulis alasan perubahan")
        expect(field(page, first, 4)).to_have_value("4")
        check(page)
        page.get_by_label("Alasan perubahan").fill("Refocusing anggaran")
        page.get_by_role("button", name="Simpan target").click()
        expect(page.get_by_text("Alasan: Refocusing anggaran")).to_be_visible()
        check(page)


def test_a_block_of_a_spreadsheet_is_pasted(session, travel):
    _, _, unit = builders.ministry()
    operator = builders.user(Role.OPERATOR, unit)
    first, second = (builders.indicator(unit, no) for no in (1, 2))
    Decree.objects.update(state=Decree.State.DRAFT)
    travel(builders.IN_TIME)
    with session(operator) as page:
        page.goto(f"/target/{first.decree_id}/{unit.code}/")
        field(page, first, 1).evaluate(
            """(input) => {
                const data = new DataTransfer();
                data.setData("text", "10\\t20\\n30\\t40\\n");
                const options = { clipboardData: data, bubbles: true, cancelable: true };
                input.dispatchEvent(new ClipboardEvent("paste", options));
            }"""
        )
        expect(field(page, first, 2)).to_have_value("20")
        expect(field(page, second, 1)).to_have_value("30")
        expect(field(page, second, 2)).to_have_value("40")
