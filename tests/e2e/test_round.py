"""The eight steps of a collection inside a unit in a browser, one row coming back once."""

import builders
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.roles import Role
from indicators.models import CollectionRound, Submission
from kinerjaku import audit
from services.actions import standard as standards

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "Pengumpulan data Triwulan I 2026"


def step(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    check(page)


def fill(page: Page, name: str, done: str, *, file: str) -> None:
    """One row by its own page, without a script: as on a slow line."""
    page.get_by_role("link", name=name).first.click()
    page.get_by_label("Selesai").fill(done)
    page.get_by_label("Rencana").fill("100")
    for label in ("Penjelasan kemajuan", "Kendala", "Tindak lanjut"):
        page.get_by_label(label, exact=True).fill("Berjalan sesuai rencana.")
    page.get_by_role("button", name="Simpan").click()
    proof = {"name": f"{file}.pdf", "mimeType": "application/pdf", "buffer": builders.pdf(file).read()}
    page.get_by_label("Unggah berkas").set_input_files(proof)
    page.get_by_role("button", name="Unggah", exact=True).click()
    expect(page.get_by_role("link", name=f"{file}.pdf")).to_be_visible()
    page.get_by_role("link", name="Buka pengumpulan data").click()


def task(page: Page, title: str) -> None:
    page.goto("/")
    page.get_by_role("link", name=title).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGE)


def check(page: Page) -> None:
    """Nothing that axe knows stands in anybody's way."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_from_the_draft_of_the_format_to_the_receipt(session, travel):
    _, _, unit = builders.ministry()
    for no, name in ((1, "Persentase temuan selesai"), (2, "Persentase surat terjawab")):
        builders.indicator(unit, no, name=name)
    builders.quarter()
    operator, kasubag = builders.user(Role.OPERATOR, unit), builders.user(Role.KASUBAG, unit, name="Budi")
    first = builders.user(Role.OFFICIAL, unit, name="Sari", position="Kepala Biro")
    second = builders.user(Role.OFFICIAL, unit, name="Tono")
    standards.load(at=builders.IN_TIME)
    travel(builders.IN_TIME)

    with session(kasubag) as page:
        page.goto("/pengumpulan/")
        page.get_by_role("button", name="Buka pengumpulan data Triwulan I 2026").click()
        step(page, "Langkah 1 dari 8")
    with session(operator) as page:  # 1: the draft
        task(page, "Susun format")
        page.get_by_role("button", name="Kirim format untuk dikoreksi").click()
        expect(page.get_by_role("alert")).to_contain_text("IKU 1. Pejabat: Pilih pejabat yang mengisi.")
        for row, person in zip(page.get_by_label("Pejabat").all(), (first, second), strict=True):
            row.select_option(label=person.name)
        page.get_by_label("Petunjuk pengisian").first.fill("Angka kumulatif sampai Maret.")
        page.get_by_role("button", name="Kirim format untuk dikoreksi").click()
        step(page, "Langkah 2 dari 8")
    with session(kasubag) as page:  # 2: corrected
        task(page, "Koreksi format")
        expect(page.get_by_label("Petunjuk pengisian").first).to_have_value("Angka kumulatif sampai Maret.")
        page.get_by_label("Batas pengisian").first.fill("2026-04-14")
        page.get_by_role("button", name="Setujui format").click()
        step(page, "Langkah 3 dari 8")
    with session(operator) as page:  # 3: handed out
        task(page, "Bagikan format")
        page.get_by_role("button", name="Bagikan format").click()
        step(page, "Langkah 4 dari 8")
        page.goto("/capaian/2026/1/ROKEU/")
        expect(page.get_by_role("row").filter(has_text="Persentase temuan selesai")).to_contain_text(
            "Ditugaskan kepada Sari sampai 14 April 2026"
        )
        expect(page.get_by_role("link", name="Periksa dan kirim")).to_have_count(0)
    with session(first, javascript=False) as page:  # 4: filled in and returned
        task(page, "Isi capaian yang ditugaskan")
        expect(page.get_by_text("Angka kumulatif sampai Maret.").first).to_be_visible()
        fill(page, "Persentase temuan selesai", "95", file="rekap")
        page.get_by_role("button", name="Kembalikan formulir saya").click()
        expect(page.get_by_role("status")).to_contain_text("Formulir Anda dikembalikan")
    with session(second, width=360, javascript=False) as page:
        task(page, "Isi capaian yang ditugaskan")
        fill(page, "Persentase surat terjawab", "59", file="surat")
        page.get_by_role("button", name="Kembalikan formulir saya").click()
        expect(page.get_by_role("heading", name="Langkah 5 dari 8")).to_be_visible()
    with session(kasubag) as page:  # 5: one row is wrong
        task(page, "Periksa isian")
        step(page, "Langkah 5 dari 8")
        page.get_by_label("Yang perlu diperbaiki pada IKU 2").fill("Angkanya tertukar.")
        page.get_by_role("button", name="Kembalikan baris bercatatan").click()
        step(page, "Langkah 4 dari 8")
    with session(second) as page:  # 4 again, for that row alone
        task(page, "Isi capaian yang ditugaskan")
        expect(page.get_by_text("Perbaiki: Angkanya tertukar.").first).to_be_visible()
        page.get_by_role("link", name="Persentase surat terjawab").first.click()
        page.get_by_label("Selesai").fill("95")
        page.get_by_label("Selesai").press("Enter")
        expect(page.locator("[data-note]").first).to_contain_text("Tersimpan")
        page.get_by_role("link", name="Buka pengumpulan data").click()
        page.get_by_role("button", name="Kembalikan formulir saya").click()
    with session(kasubag) as page:  # 5, with it 6, and 7
        task(page, "Periksa isian")
        page.get_by_role("button", name="Terima semua isian").click()
        step(page, "Langkah 7 dari 8")
        page.get_by_label("Kata sandi Anda").fill("keliru")
        page.get_by_role("button", name="Paraf capaian").click()
        expect(page.get_by_role("alert")).to_contain_text("Kata sandi salah")
        page.get_by_label("Kata sandi Anda").fill(builders.PASSWORD)
        page.get_by_role("button", name="Paraf capaian").click()
        step(page, "Langkah 8 dari 8")
    with session(first) as page:  # 8
        task(page, "Tanda tangani dan kirim capaian")
        step(page, "Langkah 8 dari 8")
        page.get_by_label("Kata sandi Anda").fill(builders.PASSWORD)
        page.get_by_role("button", name="Tanda tangani dan kirim").click()
        step(page, "Selesai")
        number = Submission.objects.get().number
        page.locator("main").get_by_role("link", name=number).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Tanda terima {number}")
    assert CollectionRound.objects.for_pages().get().case.state == "done"
    assert list(audit.problems()) == []
