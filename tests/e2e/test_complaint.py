"""A complaint in a browser, from an anonymous phone without JavaScript to the bureau and back."""

import re
from datetime import timedelta

import builders
import pytest
from builders import at
from playwright.sync_api import Page, expect

from accounts.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = at("2026-04-20 09:00")


def fits(page: Page) -> None:
    page.wait_for_load_state()  # without its styles nothing fits
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def open_own(page: Page, number: str, secret: str) -> None:
    page.goto("/pengaduan/lacak/")
    page.get_by_label("Nomor pengaduan").fill(number)
    page.get_by_label("Kode rahasia").fill(secret)
    page.get_by_role("button", name="Buka pengaduan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hasil verifikasi terlambat")


def test_from_an_anonymous_complaint_to_its_reopening(session, travel, tick):
    _, bureau, _ = builders.ministry()
    chief = builders.user(Role.TEAM_LEAD, bureau)

    travel(MONDAY)
    with session(width=360, javascript=False) as phone:
        phone.goto("/standar/")
        phone.get_by_role("link", name="disampaikan di portal").click()
        expect(phone.get_by_role("heading", level=1)).to_have_text("Sampaikan pengaduan")
        fits(phone)
        phone.get_by_label("Pengaduan pelayanan").check()
        phone.get_by_label("Perihal").fill("Hasil verifikasi terlambat")
        phone.get_by_role("textbox", name=re.compile("^Isi")).fill("<b>Belum</b> kami terima.")
        phone.get_by_label("Anonim").check()
        phone.get_by_label("Lampiran").set_input_files(
            {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + bytes(500)}
        )
        travel(MONDAY + timedelta(minutes=2))
        phone.get_by_role("button", name="Kirim pengaduan").click()
        expect(phone.get_by_role("alert")).to_contain_text("“surat.pdf” tidak diterima")
        expect(phone.get_by_label("Perihal")).to_have_value("Hasil verifikasi terlambat")
        fits(phone)
        phone.get_by_role("button", name="Kirim pengaduan").click()
        expect(phone.get_by_role("heading", level=1)).to_have_text("Tanda terima pengaduan")
        fits(phone)
        number, secret = phone.locator(".facts .hash").all_inner_texts()

        open_own(phone, number, secret)
        fits(phone)
        expect(phone.get_by_text("<b>Belum</b> kami terima.")).to_be_visible()
        expect(phone.get_by_text("paling lambat 23 April 2026 pukul 23.59 WIB")).to_be_visible()

        with session(chief) as desk:
            desk.get_by_role("link", name="Disposisi pengaduan").click()
            desk.get_by_role("link", name=number).click()
            desk.get_by_label("Jawaban").check()
            desk.get_by_role("textbox", name=re.compile("^Isi")).fill("Hasilnya kami kirim hari ini.")
            desk.get_by_role("button", name="Kirim kepada pengadu").click()
            expect(desk.get_by_text("Pesan terkirim kepada pengadu.")).to_be_visible()

            phone.reload()
            expect(phone.get_by_text("Hasilnya kami kirim hari ini.")).to_be_visible()
            phone.get_by_label("Tulisan Anda").fill("Sudah, tetapi salah unit.")
            phone.get_by_role("button", name="Kirim").click()
            expect(phone.get_by_text("Tulisan Anda sudah terkirim.")).to_be_visible()

            desk.reload()
            expect(desk.get_by_text("Sudah, tetapi salah unit.")).to_be_visible()
            desk.get_by_label("Jawaban").check()
            desk.get_by_role("textbox", name=re.compile("^Isi")).fill("Sudah diperbaiki.")
            desk.get_by_role("button", name="Kirim kepada pengadu").click()
            expect(desk.get_by_text("Pesan terkirim kepada pengadu.")).to_be_visible()

        travel(at("2026-05-06 00:01"))  # ten working days without a reply
        tick()
        open_own(phone, number, secret)
        expect(phone.get_by_text("Ditutup otomatis")).to_be_visible()
        phone.get_by_label("Alasan dibuka kembali").fill("Masih salah.")
        phone.get_by_role("button", name="Buka kembali").click()
        expect(phone.get_by_text("Pengaduan Anda dibuka kembali.")).to_be_visible()
        expect(phone.get_by_text("Ditangani").first).to_be_visible()
        fits(phone)
