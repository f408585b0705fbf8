"""An Admin brings closed days from a calendar application; the clock of an open case is counted anew."""

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from builders import at
from playwright.sync_api import expect

from accounts.roles import Role
from services.actions import case as cases
from services.actions import standard as standards

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = at("2026-04-20 07:30")
EVENT = ["DTSTART;VALUE=DATE:20260421", "DTEND;VALUE=DATE:20260423", "SUMMARY:Cuti bersama"]


def test_a_calendar_file_is_previewed_completed_and_kept(session, travel, tick):
    _, bureau, unit = builders.ministry()
    admin = builders.user(Role.ADMIN, bureau)
    standards.load(at=MONDAY)
    case = cases.start("verification", unit, "Triwulan I 2026", by=None, at=MONDAY)
    cases.complete_step(case.pk, 1, by=None, at=MONDAY)
    travel(at("2026-04-20 09:00"))
    with session(admin, javascript=False) as page:
        page.goto("/kalender/")
        page.get_by_role("link", name="Impor hari libur").click()
        data = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *EVENT, "END:VEVENT", "END:VCALENDAR", ""]).encode()
        file = {"name": "cuti.ics", "mimeType": "text/calendar", "buffer": data}
        page.get_by_label("Berkas Excel").set_input_files(file)
        page.get_by_role("button", name="Lihat pratinjau").click()
        expect(page.get_by_role("alert")).to_contain_text("2 baris perlu diperbaiki")
        page.get_by_label("Dasar hukum").fill("SKB 3 Menteri 2026")
        page.get_by_role("button", name="Periksa lagi").click()
        expect(page.get_by_role("row", name="Rabu, 22 April 2026")).to_contain_text("Baru")
        page.get_by_role("button", name="Simpan 2 hari libur").click()
        expect(page.get_by_role("status")).to_contain_text("1 berkas berjalan akan dihitung ulang")
        tick()
        page.reload()
        row = page.get_by_role("row", name="Triwulan I 2026")
        expect(row).to_contain_text("23 April 2026 pukul 08.45 WIB")
        expect(row).to_contain_text("27 April 2026 pukul 08.45 WIB")
    with session(admin) as page:
        for address in ("/kalender/impor/", "/kalender/hitung-ulang/", "/kalender/2026/4/"):
            page.goto(address)
            found = Axe().run(page)
            assert found.violations_count == 0, found.generate_report()
