"""Assistance with a performance report in a browser: from its beginning, given back once, to the signed PDF."""

import hashlib

import builders
import pytest
from playwright.sync_api import Page, expect

from accounts.roles import Role
from kinerjaku import audit
from reporting.models import AssistanceSheet
from services.actions import standard as standards

pytestmark = pytest.mark.django_db(transaction=True)


def upload(page: Page, name: str) -> None:
    page.get_by_label("Berkas PDF atau Word").set_input_files(
        {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": builders.pdf(name).read()}
    )
    page.get_by_role("button", name="Unggah").click()
    expect(page.get_by_role("link", name=f"{name}.pdf")).to_be_visible()


def ask(page: Page, message: str) -> None:
    page.get_by_label("Pesan kepada Biro Perencanaan").fill(message)
    page.get_by_role("button", name="Minta pendampingan").click()
    expect(page.get_by_text("Permintaan pendampingan dikirim")).to_be_visible()


def sign(page: Page, sheet: str) -> None:
    page.goto(f"{sheet}tanda-tangan/")
    page.get_by_role("checkbox").check()
    page.get_by_label("Kata sandi").fill(builders.PASSWORD)
    page.get_by_role("button", name="Tanda tangani").click()
    expect(page.get_by_text("Lembar kerja ditandatangani.")).to_be_visible()


def test_from_the_beginning_to_the_signed_pdf(session, travel, tick):
    _, _, unit = builders.ministry()
    builders.indicator(unit)
    operator, official = builders.user(Role.OPERATOR, unit), builders.user(Role.OFFICIAL, unit)
    verifier = builders.user(Role.VERIFIER, unit)
    builders.frozen(builders.worksheet(unit), by=verifier)
    travel(builders.AFTER_CLOSE)
    standards.load(at=builders.AFTER_CLOSE)

    with session(operator) as page:
        page.goto("/pendampingan/")
        page.get_by_role("link", name="Mulai pendampingan").click()
        page.get_by_label("Unit kerja").select_option(unit.code)
        page.get_by_label("Tahun").fill("2026")
        page.get_by_role("button", name="Mulai layanan").click()
        expect(page.get_by_text("Dapat dikirim setelah semua persyaratan terpenuhi.")).to_be_visible()
        upload(page, "lkj-versi-1")
        ask(page, "Mohon didampingi pekan ini.")
        sheet = page.url

    with session(verifier) as page:
        page.get_by_role("link", name="Dampingi penyusunan LKj").click()
        page.get_by_text("Kembalikan rancangan kepada unit").click()
        page.get_by_label("Yang perlu diperbaiki").fill("Bab 3 kosong.")
        page.get_by_role("button", name="Kembalikan", exact=True).click()
        expect(page.get_by_text("Rancangan dikembalikan kepada unit.")).to_be_visible()

    with session(verifier) as page:
        page.goto(sheet)
        expect(page.get_by_text("Dapat diisi setelah unit mengirim permintaan pendampingan.")).to_be_visible()

    with session(operator, width=360, javascript=False) as page:
        page.get_by_role("link", name="Lengkapi dan kirim permintaan pendampingan").click()
        expect(page.get_by_text("Bab 3 kosong.").first).to_be_visible()
        upload(page, "lkj-versi-2")
        ask(page, "Bab 3 sudah dilengkapi.")

    with session(verifier) as page:
        page.goto(sheet)
        page.get_by_label("Catatan butir 1", exact=True).fill("Belum disimpan.")
        page.get_by_text("Kembalikan rancangan kepada unit").click()
        page.get_by_label("Yang perlu diperbaiki").fill("Lagi.")
        asked = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.get_by_role("button", name="Kembalikan", exact=True).click(no_wait_after=True)
        page.wait_for_timeout(500)
        assert asked == ["beforeunload"]  # what was typed beside would be left behind

    with session(verifier, javascript=False) as page:
        page.goto(sheet)
        for no in range(1, 23):
            page.get_by_label(f"Jawaban butir {no}", exact=True).select_option("Sesuai")
        page.get_by_label("Jawaban butir 23", exact=True).select_option("Sebagian")
        page.get_by_label("Catatan umum dan rekomendasi").fill("Perkuat analisis.")
        page.get_by_role("button", name="Simpan jawaban").click()
        expect(page.get_by_text("Tulis apa yang perlu diperbaiki unit.").first).to_be_visible()
        expect(page.get_by_label("Catatan umum dan rekomendasi")).to_have_value("Perkuat analisis.")
        page.get_by_label("Catatan butir 23", exact=True).fill("IKU 4 belum berbatas waktu.")
        page.get_by_role("button", name="Simpan jawaban").click()
        expect(page.get_by_text("Jawaban tersimpan.")).to_be_visible()
        page.goto(sheet)
        page.get_by_label("Saya sudah memeriksa semua butir").check()
        page.get_by_role("button", name="Bekukan lembar kerja").click()
        expect(page.get_by_text("siap ditandatangani")).to_be_visible()

    for signer in (verifier, official):
        with session(signer) as page:
            sign(page, sheet)

    tick()
    document = AssistanceSheet.objects.select_related("document").get().document
    with session(operator) as page:
        page.goto(sheet)
        expect(page.get_by_text("IKU 4 belum berbatas waktu.").first).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="Unduh PDF").click()
        assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == document.sha256
        page.get_by_role("link", name="Buka berkas layanan").click()
        expect(page.get_by_text("Selesai").first).to_be_visible()

    with session() as page:
        page.goto(document.get_absolute_url())
        expect(page.get_by_text("Lengkap ditandatangani")).to_be_visible()
        expect(page.get_by_text(document.sha256)).to_be_visible()
    assert list(audit.problems()) == []
