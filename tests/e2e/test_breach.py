"""A breach in a browser: from the first warning to the result that is handed over with its letter."""

import io

import builders
import pytest
from builders import at
from playwright.sync_api import expect
from pypdf import PdfReader

from accounts.models import Notice
from accounts.roles import Role
from kinerjaku import audit
from services.actions import case as cases
from services.actions import standard as standards
from services.models import Obligation

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = at("2026-04-20 07:30")  # the promise, 23 hours 45, ends on Thursday at 08.45


def told(user, words: str) -> bool:
    return Notice.objects.filter(user=user, subject__contains=words).exists()


def test_from_the_first_warning_to_the_handed_over_letter(session, travel, tick):
    setjen, bureau, unit = builders.ministry()
    official = builders.user(Role.OFFICIAL, unit, name="Sari Dewi", position="Kepala Biro Keuangan")
    verifier = builders.user(Role.VERIFIER, unit)
    karoren = builders.user(Role.KAROREN, bureau, position="Kepala Biro Perencanaan")
    sekjen = builders.user(Role.SEKJEN, setjen)

    travel(MONDAY)
    standards.load(at=MONDAY)
    case = cases.start("verification", unit, "Triwulan I 2026", by=None, at=MONDAY)
    cases.complete_step(case.pk, 1, by=None, at=MONDAY)

    for warned, percent in (("2026-04-22 10:20", "75%"), ("2026-04-22 15:00", "90%")):
        travel(at(warned))
        tick()
        assert told(verifier, percent)
    assert not Obligation.objects.exists()

    travel(at("2026-04-23 09:00"))
    tick()
    assert told(karoren, "melewati janji waktunya")
    assert told(verifier, "Permohonan maaf lisan")

    with session(verifier, javascript=False) as page:
        page.get_by_role("link", name="Sampaikan permohonan maaf lisan").click()
        page.get_by_label("Kepada (nama)").fill(official.name)
        page.get_by_label("Jabatan penerima").fill(official.position)
        page.get_by_label("Waktu (WIB)").fill("2026-04-23T08:50")
        page.get_by_label("Cara").select_option(label="Telepon")
        page.get_by_role("button", name="Catat permohonan maaf").click()
        expect(page.get_by_text("Dipenuhi").first).to_be_visible()
        page.goto("/")
        page.get_by_role("link", name="Susun surat permohonan maaf").click()
        page.get_by_label("Sebab keterlambatan").fill("Dokumen terlambat diperiksa.")
        page.get_by_label("Yang dilakukan agar tidak terulang").fill("Jadwal periksa ditambah.")
        page.get_by_role("button", name="Simpan dan lihat surat").click()
        expect(page.get_by_text("Menunggu Kepala Biro Perencanaan")).to_be_visible()

    with session(karoren) as page:
        page.get_by_role("link", name="Terbitkan surat permohonan maaf").click()
        expect(page.get_by_text("kerja melebihi janji kami")).to_be_visible()
        page.get_by_role("button", name="Terbitkan surat").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("1/SJ.1/OT.310/IV/2026")
    tick()

    with session(official, width=360) as page:
        page.goto("/pemberitahuan/")
        page.get_by_role("link", name="Permohonan maaf atas keterlambatan").first.click()
        page.get_by_role("button", name="Buka halaman terkait").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Unduh PDF").click()
        text = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages[0].extract_text()
        assert "1/SJ.1/OT.310/IV/2026" in text

    travel(at("2026-05-05 09:00"))  # 72 hours have passed on Monday at noon
    tick()
    assert told(sekjen, "melewati 72 jam kerja")
    for order in (2, 3, 4, 5):
        cases.complete_step(case.pk, order, by=verifier, at=at(f"2026-05-05 09:0{order}"))

    travel(at("2026-05-05 11:00"))
    with session(verifier) as page:
        page.get_by_role("link", name="Serahkan hasil layanan langsung").click()
        page.get_by_label("Kepada (nama)").fill(official.name)
        page.get_by_label("Jabatan penerima").fill(official.position)
        page.get_by_label("Waktu (WIB)").fill("2026-05-05T10:30")
        page.get_by_label("Tempat").fill("Ruang rapat Biro Keuangan")
        page.get_by_label("Yang diserahkan").fill("Lembar kerja verifikasi dan surat permohonan maaf")
        scan = {"name": "ba.pdf", "mimeType": "application/pdf", "buffer": builders.pdf().read()}
        page.get_by_label("Pindaian berita acara").set_input_files(scan)
        page.get_by_role("button", name="Catat penyerahan").click()
        expect(page.get_by_role("link", name="ba.pdf")).to_be_visible()
        page.goto("/layanan/kompensasi/?status=overdue")
        expect(page.get_by_text("Tidak ada kewajiban yang cocok")).to_be_visible()

    assert not Obligation.objects.unsettled().exists()
    assert list(audit.problems()) == []
