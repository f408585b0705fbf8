"""The portal's whole main job in a browser: five roles, from the first figure to the export."""

import hashlib
import io
import zipfile

import builders
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from accounts.roles import Role
from indicators.models import Achievement
from kinerjaku import audit
from reporting.models import NotaDinas

pytestmark = pytest.mark.django_db(transaction=True)


def row(page: Page, name: str):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def explain(page: Page, text: str) -> None:
    """Type the narrative on a row's page and see it saved."""
    for label in ("Penjelasan kemajuan", "Kendala", "Tindak lanjut"):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Tindak lanjut", exact=True).blur()
    expect(page.locator("[data-note]").first).to_contain_text("Tersimpan")


def upload(page: Page, name: str) -> None:
    file = builders.pdf(name)
    page.get_by_label("Unggah berkas").set_input_files(
        {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": file.read()}
    )
    expect(page.get_by_role("link", name=f"{name}.pdf")).to_be_visible()


def test_from_the_first_figure_to_the_export(session, travel, tick):
    setjen, bureau, unit = builders.ministry()
    ratio = builders.indicator(unit, 1, name="Persentase temuan selesai")
    builders.scored_indicator(unit, 2, name="Nilai kinerja anggaran")
    operator = builders.user(Role.OPERATOR, unit)
    verifier = builders.user(Role.VERIFIER, unit)
    official, chief = builders.user(Role.OFFICIAL, unit), builders.user(Role.OFFICIAL, setjen)
    karoren = builders.user(Role.KAROREN, bureau, position="Kepala Biro Perencanaan")
    admin = builders.user(Role.ADMIN, bureau)
    builders.quarter()

    travel(builders.IN_TIME)
    with session(operator) as page:
        page.get_by_role("link", name="Isi capaian").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Capaian Triwulan I 2026")
        first, second = row(page, "Persentase temuan selesai"), row(page, "Nilai kinerja anggaran")
        page.get_by_label("Selesai").fill("sembilan")
        page.get_by_label("Selesai").press("Enter")
        expect(first).to_contain_text("bukan angka")
        expect(page.get_by_label("Selesai")).to_have_value("sembilan")
        page.get_by_label("Selesai").fill("95")
        page.get_by_label("Rencana").fill("100")
        page.get_by_label("Rencana").press("Enter")
        expect(first).to_contain_text("Tersimpan")
        expect(first).to_contain_text("105,56")
        second.get_by_role("textbox").fill("84,5")
        second.get_by_role("textbox").blur()
        expect(second).to_contain_text("93,89")
        page.get_by_role("link", name="Periksa dan kirim").click()
        expect(page.get_by_text("Data dukung belum diunggah.").first).to_be_visible()

        page.goto(builders.row(ratio).get_absolute_url())
        explain(page, "Berjalan sesuai rencana.")
        upload(page, "rekap-temuan")
        page.get_by_role("link", name="Berikutnya").first.click()
        page.get_by_label("Sumber nilai").fill("Surat Itjen 12/2026")
        explain(page, "Nilai turun karena revisi anggaran.")
        upload(page, "nilai-anggaran")
        page.goto("/capaian/2026/1/ROKEU/periksa/")
        page.get_by_role("button", name="Kirim capaian").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("TT-2026-TW1-ROKEU-01")

    travel(builders.AFTER_CLOSE)
    tick()
    with session(verifier) as page:
        page.goto("/verifikasi/")
        page.get_by_role("link", name=unit.name).first.click()
        page.get_by_role("link", name="Nilai kinerja anggaran").click()
        page.get_by_text("Kembalikan ke unit untuk diperbaiki").click()
        page.get_by_label("Yang perlu diperbaiki").fill("Lampirkan surat hasil penilaian.")
        page.get_by_role("button", name="Kembalikan baris ini").click()
        expect(page.get_by_text("Dikembalikan").first).to_be_visible()

    with session(operator) as page:
        page.get_by_role("link", name="Perbaiki capaian").click()
        expect(page.get_by_text("Lampirkan surat hasil penilaian.").first).to_be_visible()
        upload(page, "surat-penilaian")
        page.goto("/capaian/2026/1/ROKEU/periksa/")
        page.get_by_role("button", name="Kirim capaian").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("TT-2026-TW1-ROKEU-02")

    with session(verifier) as page:
        page.goto("/verifikasi/")
        page.get_by_role("link", name=unit.name).first.click()
        sheet = page.url
        for name in ("Persentase temuan selesai", "Nilai kinerja anggaran"):
            page.goto(sheet)
            page.get_by_role("link", name=name).click()
            page.get_by_role("radio", name="Sesuai", exact=True).check()
            page.get_by_role("radio", name="Ya, sesuai").check()
            page.get_by_role("button", name="Simpan dan lanjutkan").click()
        page.goto(sheet)
        for box in page.locator("#bekukan input[type=checkbox]").all():
            box.check()
        page.get_by_role("button", name="Bekukan lembar kerja").click()
        expect(page.get_by_text("Menunggu tanda tangan").first).to_be_visible()
        sign(page, sheet)

    for signer in (official, chief):
        with session(signer) as page:
            sign(page, sheet)

    with session(karoren) as page:
        page.goto("/nota-dinas/siap/")
        page.get_by_role("link", name=unit.name).first.click()
        page.get_by_role("button", name="Terbitkan nota dinas").click()
        expect(page.get_by_text("1/SJ.1/OT.310/IV/2026").first).to_be_visible()

    tick()
    nota = NotaDinas.objects.select_related("document").get()
    with session(admin) as page:
        page.goto(nota.get_absolute_url())
        with page.expect_download() as download:
            page.get_by_role("link", name="PDF").first.click()
        data = download.value.path().read_bytes()
        assert hashlib.sha256(data).hexdigest() == nota.document.sha256
        page.goto("/nota-dinas/")
        page.get_by_role("checkbox", name="Pilih 1/SJ.1").check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Unduh PDF terpilih (ZIP)").click()
        with zipfile.ZipFile(download.value.path()) as archive:
            assert [hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()] == [
                nota.document.sha256
            ]
        with page.expect_download() as download:
            page.locator("a[href*='angka'][href*='xlsx']").first.click()
        cells = [
            c for line in load_workbook(io.BytesIO(download.value.path().read_bytes())).active.values for c in line
        ]
        assert "Persentase temuan selesai" in cells

    with session() as page:
        page.goto(nota.document.get_absolute_url())
        expect(page.get_by_text(nota.document.sha256)).to_be_visible()

    assert set(Achievement.objects.filter(quarter__number=1).values_list("state", flat=True)) == {"verified"}
    assert list(audit.problems()) == []


def sign(page: Page, sheet: str) -> None:
    page.goto(f"{sheet.partition('?')[0].rstrip('/')}/tanda-tangan/")
    for box in page.locator("form input[type=checkbox]").all():
        box.check()
    page.get_by_label("Kata sandi").fill(builders.PASSWORD)
    page.get_by_role("button", name="Tanda tangani").click()
    expect(page.get_by_text("Ditandatangani").first).to_be_visible()
