"""An import in a browser: its progress survives a reload, its preview is read, and it is applied."""

import builders
import pytest
from playwright.sync_api import expect

from accounts import importing
from accounts.roles import Role
from indicators.models import Achievement
from kinerjaku import clock

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_is_checked_looked_at_and_applied_while_the_page_is_left(session, travel, monkeypatch):
    monkeypatch.setattr(importing, "AT_ONCE_ROWS", 0)  # everything waits for the worker
    monkeypatch.setattr(importing, "AT_ONCE_BYTES", 0)
    unit = builders.ministry()[2]
    row = builders.row(builders.indicator(unit, 1))
    operator = builders.user(Role.OPERATOR, unit)
    travel(builders.IN_TIME)
    with session(operator) as page:
        page.goto("/capaian/2026/1/ROKEU/impor/")
        file = {"name": "isian.csv", "mimeType": "text/csv"}
        text = b"versi;no;selesai;rencana\n0;1;banyak;100\n"
        page.get_by_label("Berkas Excel").set_input_files({**file, "buffer": text})
        page.get_by_role("button", name="Periksa berkas").click()
        expect(page.get_by_role("progressbar")).to_be_visible()
        page.reload()
        expect(page.get_by_role("progressbar")).to_be_visible()
        importing.sweep(clock.now())
        expect(page.get_by_text("“banyak” bukan angka.")).to_be_visible()
        page.goto("/capaian/2026/1/ROKEU/impor/")
        page.get_by_label("Berkas Excel").set_input_files({**file, "buffer": text.replace(b"banyak", b"95")})
        page.get_by_role("button", name="Periksa berkas").click()
        page.goto("/impor/")
        page.get_by_role("link", name="isian.csv").first.click()
        importing.sweep(clock.now())
        page.get_by_role("button", name="Simpan 1 baris").click()
        expect(page.get_by_text("Menunggu disimpan").first).to_be_visible()
        importing.sweep(clock.now())
        expect(page.get_by_text("1 baris berubah, 0 tetap.")).to_be_visible()
    row.refresh_from_db()
    assert (row.actual, Achievement.objects.filter(version=1).count()) == (95, 1)
