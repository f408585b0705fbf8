"""A validation in a browser: matrix, a return, findings of bureau and Itjen, three signatures, the letter."""

from datetime import timedelta

import builders
import pytest
from builders import at
from playwright.sync_api import expect

from accounts.roles import Role
from services.models import Case

pytestmark = pytest.mark.django_db(transaction=True)
NOW = at("2026-10-05 09:00")
HOUR = timedelta(hours=1)


def sign(page, name):
    page.get_by_role("link", name=f"Tanda tangani lembar kerja validasi {name}").click()
    page.get_by_label("Saya telah membaca").check()
    page.get_by_label("Kata sandi Anda").fill(builders.PASSWORD)
    page.get_by_role("button", name="Tanda tangani").click()
    expect(page.get_by_text("Lembar kerja ditandatangani.")).to_be_visible()


def test_from_the_empty_matrix_to_the_letter(session, travel, tick):
    setjen, bureau, _ = builders.ministry()
    operator = builders.user(Role.OPERATOR, setjen, name="Sari")
    official = builders.user(Role.OFFICIAL, setjen)
    verifier = builders.user(Role.VERIFIER, setjen)
    itjen = builders.user(Role.ITJEN_VALIDATOR, builders.unit("ITJEN", level="I"))
    karoren = builders.user(Role.KAROREN, bureau, position="Kepala Biro Perencanaan")
    builders.indicator(setjen, 1, validity="lag_output", source="Laporan unit")
    travel(NOW)
    sheet = builders.validation(setjen, when=NOW)

    with session(operator, javascript=False, width=360) as page:
        page.get_by_role("link", name="Isi matriks usulan indikator").click()
        page.get_by_role("button", name="Salin 1 indikator yang berlaku").click()
        page.get_by_role("link", name="Tambah usulan").click()
        page.get_by_label("Indikator", exact=False).first.wait_for()
        page.locator("[name=name]").fill("Indeks kinerja")
        page.locator("[name=target_4]").fill("sembilan")
        page.get_by_role("button", name="Simpan usulan").click()
        expect(page.get_by_role("alert")).to_contain_text("Target triwulan IV")
        expect(page.locator("[name=name]")).to_have_value("Indeks kinerja")
        page.locator("[name=target_4]").fill("87,5")
        page.locator("[name=period]").select_option("yearly")
        page.get_by_role("button", name="Simpan usulan").click()
        expect(page.get_by_text("Usulan 2 belum lengkap: sasaran, satuan, polarisasi")).to_be_visible()
        page.get_by_role("link", name="Indeks kinerja").click()
        page.locator("[name=objective]").fill("Kinerja yang baik")
        page.locator("[name=measure]").fill("nilai")
        page.locator("[name=polarity]").select_option("maximize")
        page.locator("[name=calculation]").fill("Rata-rata nilai unit.")
        page.locator("[name=source]").fill("Biro Perencanaan")
        page.get_by_role("button", name="Simpan usulan").click()
        page.get_by_label("Matriks ini sudah lengkap").check()
        page.get_by_role("button", name="Kirim matriks").click()
        expect(page.get_by_text("Matriks dikirim kepada validator.")).to_be_visible()

    travel(NOW + HOUR)
    with session(verifier) as page:
        page.get_by_role("link", name="Validasi usulan indikator").click()
        page.get_by_text("Kembalikan matriks kepada unit").click()
        page.get_by_label("Yang perlu diperbaiki").fill("Lengkapi alasan usulan 2.")
        page.get_by_role("button", name="Kembalikan").click()
        expect(page.get_by_text("Giliran: Unit kerja")).to_be_visible()

    travel(NOW + 2 * HOUR)
    with session(operator) as page:
        page.get_by_role("link", name="Perbaiki matriks usulan indikator").click()
        expect(page.get_by_text("Lengkapi alasan usulan 2.").first).to_be_visible()
        page.get_by_role("link", name="Indeks kinerja").click()
        page.locator("[name=justification]").fill("Sesuai rencana strategis.")
        page.get_by_role("button", name="Simpan usulan").click()
        page.get_by_label("Matriks ini sudah lengkap").check()
        page.get_by_role("button", name="Kirim matriks").click()

    travel(NOW + 3 * HOUR)
    with session(itjen) as page:
        page.get_by_role("link", name="Validasi usulan indikator").click()
        page.get_by_role("link", name="Validasi usulan berikutnya").click()
        page.get_by_label("Tidak valid").check()
        page.get_by_role("button", name="Simpan dan lanjutkan").click()
        expect(page.get_by_role("alert")).to_contain_text("Tulis catatan mengapa usulan tidak valid.")
        page.get_by_label("Catatan validator").fill("Targetnya belum menantang.")
        page.get_by_role("button", name="Simpan dan lanjutkan").click()
        page.get_by_label("Valid", exact=True).check()
        page.get_by_role("button", name="Simpan dan lanjutkan").click()
        expect(page.get_by_text("2 dari 2 usulan divalidasi")).to_be_visible()

    with session(verifier) as page:
        page.get_by_role("link", name="Bekukan lembar kerja validasi").click()
        page.get_by_label("Saya sudah memeriksa semua baris").check()
        page.get_by_role("button", name="Bekukan lembar kerja").click()
        page.goto("/")
        sign(page, "")
    for person in (itjen, official):
        with session(person) as page:
            sign(page, "")

    travel(NOW + 4 * HOUR)
    with session(karoren) as page:
        page.get_by_role("link", name="Terbitkan nota dinas").first.click()
        expect(page.get_by_text("1 dari 2 usulan valid.")).to_be_visible()
        page.get_by_role("button", name="Terbitkan nota dinas").click()
        expect(page.get_by_text("Targetnya belum menantang.")).to_be_visible()
        tick()
        page.reload()
        with page.expect_download() as download:
            page.get_by_role("link", name="Unduh PDF").click()
        assert download.value.suggested_filename.startswith("ND ")
    assert Case.objects.get(pk=sheet.case_id).state == "done"
