"""An invitation in a browser: the verifier drafts, Karoren issues, the clock waits for the meeting, and who came."""

from datetime import timedelta

import builders
import pytest
from builders import at
from playwright.sync_api import expect

from accounts.roles import Role
from services.actions import case as cases
from services.actions import standard as standards

pytestmark = pytest.mark.django_db(transaction=True)
NOW, MEETING = at("2026-04-20 09:00"), at("2026-04-22 09:00")


def test_from_the_draft_to_the_list_of_who_came(session, travel):
    _, bureau, unit = builders.ministry()
    operator = builders.user(Role.OPERATOR, unit, name="Sari")
    verifier = builders.user(Role.VERIFIER, unit)
    karoren = builders.user(Role.KAROREN, bureau, position="Kepala Biro Perencanaan")
    standards.load(at=NOW - timedelta(hours=2))
    case = cases.start("verification", unit, "Triwulan I 2026", by=None, at=NOW - timedelta(hours=2))
    cases.complete_step(case.pk, 1, by=None, at=NOW - timedelta(hours=2))

    travel(NOW)
    with session(verifier) as page:
        page.goto(case.get_absolute_url())
        page.get_by_role("link", name="Undang", exact=True).click()
        page.get_by_label("Acara").fill("Memeriksa kesesuaian data dukung.")
        page.get_by_label("Mulai (WIB)").fill("2026-04-22T09:00")
        page.get_by_label("Selesai (WIB)").fill("2026-04-22T08:00")
        page.get_by_label("Tempat").fill("Ruang Rapat Biro Perencanaan")
        page.get_by_role("button", name="Simpan dan periksa penerima").click()
        expect(page.get_by_role("alert")).to_contain_text("Rapat harus selesai sesudah mulai.")
        page.get_by_label("Selesai (WIB)").fill("2026-04-22T12:00")
        page.get_by_role("button", name="Simpan dan periksa penerima").click()
        expect(page.get_by_role("heading", name="1 orang akan diundang")).to_be_visible()

    with session(karoren) as page:
        page.get_by_role("link", name="Terbitkan undangan").click()
        page.get_by_role("button", name="Terbitkan undangan").click()
        expect(page.get_by_text("1/SJ.1/OT.310/IV/2026").first).to_be_visible()
        page.goto(case.get_absolute_url())
        expect(page.get_by_text("Dijeda", exact=True)).to_be_visible()
        expect(page.get_by_text("sampai 22 April 2026 pukul 09.00 WIB").first).to_be_visible()
        expect(page.locator(".steps > [aria-current]")).to_contain_text("Memverifikasi capaian bersama unit")

    with session(operator, javascript=False, width=360) as page:
        page.get_by_role("link", name="Jawab undangan").click()
        page.get_by_label("Hadir", exact=True).check()
        page.get_by_role("button", name="Kirim jawaban").click()
        expect(page.get_by_text("Hadir 1 ·")).to_be_visible()

    travel(MEETING + timedelta(hours=1))
    with session(verifier) as page:
        page.get_by_role("link", name="Catat kehadiran").click()
        page.get_by_label("Sari hadir").check()
        page.get_by_role("button", name="Simpan kehadiran").click()
        expect(page.get_by_label("Sari hadir")).to_be_checked()
        page.goto(case.get_absolute_url())
        expect(page.get_by_text("Dijeda", exact=True)).to_have_count(0)
        expect(page.get_by_text("2 jam 30 menit", exact=True)).to_be_visible()
